/** The API as the page asks it: the token goes along, and what is refused becomes an `ApiFault` with code and message. */
import { signal } from '@preact/signals'
import type { ApiErrorCode } from '../../api/error-code.ts'
import { inTab } from '../kept.ts'

const TOKEN = 'belplan.token'

/** In this tab alone. Undefined: none; a controller without configured tokens needs none. */
export const token = signal(inTab.getItem(TOKEN) ?? undefined)

export function keepToken(value: string | undefined): void {
  token.value = value
  if (value === undefined) inTab.removeItem(TOKEN)
  else inTab.setItem(TOKEN, value)
}

/** `network`: no answer at all. */
export type FaultCode = ApiErrorCode | 'network'

export class ApiFault extends Error {
  readonly code: FaultCode
  /** As the API has them, such as findings of a plan set. */
  readonly details: readonly unknown[]

  constructor(code: FaultCode, message: string, details: readonly unknown[] = []) {
    super(message)
    this.name = 'ApiFault'
    this.code = code
    this.details = details
  }
}

/** Also of what is no fault of the API, such as an answer that was cut off. */
export const asFault = (error: unknown): ApiFault =>
  error instanceof ApiFault ? error : new ApiFault('internal', String(error))

/** Undefined where there is no such thing. */
export async function orMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ApiFault && error.code === 'notFound') return undefined
    throw error
  }
}

/** Set by the session: what to do when a token holds no more. */
export const refusals = { onUnauthorized: (): void => undefined }

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** An object goes as JSON, a text as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** Statuses that are answers, too, such as the 503 of `/readyz`. */
  readonly good?: readonly number[]
}

/** The answer, when it is a good one; throws an ApiFault otherwise, and the signal's reason when that is aborted. */
export async function ask(
  path: string,
  { method = 'GET', body, headers, signal, good = [] }: Asked = {},
): Promise<Response> {
  const { value: bearer } = token
  const response = await fetch(path, {
    method,
    // The API sets none, and none of another program on this host goes along.
    credentials: 'omit',
    headers: {
      accept: 'application/json',
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    // Browsers say no more than that it failed, in English.
    throw new ApiFault('network', '')
  })
  if (response.ok || good.includes(response.status)) return response
  const fault = await faultOf(response)
  if (fault.code === 'unauthorized') refusals.onUnauthorized()
  throw fault
}

/** A JSON answer. */
export async function askJson<T>(path: string, asked?: Asked): Promise<T> {
  return (await (await ask(path, asked)).json()) as T
}

/** A text and its `ETag`, which goes back as `If-Match` when it is changed. */
export async function askText(
  path: string,
  asked?: Asked,
): Promise<{ text: string; etag: string | undefined }> {
  const response = await ask(path, asked)
  return { text: await response.text(), etag: response.headers.get('etag') ?? undefined }
}

async function faultOf(response: Response): Promise<ApiFault> {
  const body = (await response.json().catch(() => undefined)) as
    { readonly error?: { code: FaultCode; message: string; details?: readonly unknown[] } } | undefined
  if (body?.error) return new ApiFault(body.error.code, body.error.message, body.error.details)
  const code = response.status === 401 ? 'unauthorized' : response.status === 404 ? 'notFound' : 'internal'
  return new ApiFault(code, `${response.status} ${response.statusText}`)
}

/** Each part of a path with what a URL keeps to itself escaped; folders stay: `north/acme`. */
export const inPath = (name: string): string => name.split('/').map(encodeURIComponent).join('/')
