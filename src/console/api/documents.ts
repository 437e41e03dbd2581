/** What changes documents and their tests: each a file with an `ETag`. */
import type { TestedCase, TestedDocument } from '../../plan/loading/tested.ts'
import type { Changes, Finding } from './plans.ts'
import { ask, askJson, askText, inPath } from './client.ts'

export type { TestedCase, TestedDocument }

export interface Written {
  readonly etag: string | undefined
  readonly revision: string
  /** False: an earlier revision was rolled back to, and serves. */
  readonly served?: boolean
  readonly warnings: readonly Finding[]
  readonly tests?: TestedDocument
}

/** `etag`: of what is replaced; undefined: there is to be none yet. Throws an ApiFault `preconditionFailed` where that is not so. */
async function put(path: string, text: string, etag: string | undefined): Promise<Written> {
  const headers: Record<string, string> = etag === undefined ? { 'if-none-match': '*' } : { 'if-match': etag }
  const response = await ask(path, { method: 'PUT', body: text, headers })
  const written = (await response.json()) as Omit<Written, 'etag'>
  return { ...written, etag: response.headers.get('etag') ?? undefined }
}

export const putDocument = (name: string, text: string, etag: string | undefined): Promise<Written> =>
  put(`/plans/documents/${inPath(name)}`, text, etag)

export const deleteDocument = (name: string, etag: string): Promise<unknown> =>
  askJson(`/plans/documents/${inPath(name)}`, { method: 'DELETE', headers: { 'if-match': etag } })

export const readTests = (name: string, signal?: AbortSignal) =>
  askText(`/plans/tests/${inPath(name)}`, { signal })

export const putTests = (name: string, text: string, etag: string | undefined): Promise<Written> =>
  put(`/plans/tests/${inPath(name)}`, text, etag)

/** The tests that are published, with this text in the place of the document. */
export const runTests = (name: string, document: string, signal?: AbortSignal): Promise<TestedDocument> =>
  askJson('/plans/tests/run', { method: 'POST', body: { name, document }, signal })

/** What this text changes of the published document. */
export const diffOfDraft = (name: string, text: string, signal?: AbortSignal): Promise<Changes> =>
  askJson(`/plans/diff?name=${encodeURIComponent(name)}`, { method: 'POST', body: text, signal })

export const readPlanSchema = (signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> =>
  askJson('/plans/schema', { signal })
