/** Clients that publish by the API: one all documents, one those of north. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Controllers, StartOptions } from '../harness/controller.ts'

export const tokens = {
  all: { token: 'the-token-of-all', right: 'publish' },
  north: { token: 'the-token-of-north', right: 'publish', documents: ['north/*'] },
}

/** What the answers that are looked at may have. */
interface Body {
  readonly [field: string]: unknown
  readonly revision?: string
  readonly previous?: string
  readonly changes?: readonly { readonly sentence: string }[]
  readonly error?: { readonly code: string; readonly message: string; readonly details?: unknown }
}

export interface Answer {
  readonly status: number
  readonly etag: string | null
  readonly text: string
  readonly body: Body
}

/** A body that is a text is sent as it is. */
export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>

/** A controller that knows them, and what each of them asks it. */
export async function startForPublishers(controllers: Controllers, { config, ...options }: StartOptions) {
  const controller = await controllers.start({ ...options, config: { api: { tokens }, ...config } })
  const as =
    ({ token }: { token: string }): Ask =>
    async (method, path, body, headers) => {
      const response = await fetch(`${controller.apiUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      const etag = response.headers.get('etag')
      return { status: response.status, etag, text, body: JSON.parse(text) as Body }
    }
  return { controller, folder: controller.folder, ask: as(tokens.all), north: as(tokens.north) }
}

export async function auditIn(folder: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(folder, 'data', 'audit.jsonl'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
