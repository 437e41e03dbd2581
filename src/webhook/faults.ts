/** Why a request has no complete response, in the words of the journal. Values: a server that fails is nothing unusual. */
import { errors } from 'undici'
import { AddressRefused } from './address-filter.ts'
import type { EndReason } from './deadline.ts'
import { MAX_ADDRESSES } from './dns.ts'

export interface Fault {
  readonly kind: 'fault'
  /**
   * `network`: the connection or the server failed; `refused`: not allowed or not possible, so that a retry would fail
   * as well; `circuit` and `busy`: not sent, to spare server and callers; or why the wait ended.
   */
  readonly cause: EndReason | 'network' | 'refused' | 'circuit' | 'busy'
  /** For the journal: our own words, nothing that the server sent. */
  readonly error: string
  /** The request may have reached the server. */
  readonly sent: boolean
  /** The status, where the response had begun. */
  readonly http?: number
  /** A kept-alive connection was closed just as the request was sent on it: the server has not failed. */
  readonly keepAliveClosed?: true
  /** Where the last redirect led. */
  readonly redirectedTo?: string
}

export function refused(error: string, sent: boolean): Fault {
  return { kind: 'fault', cause: 'refused', error, sent }
}

/** Not sent, since too many requests are in progress: says nothing about the server. */
export function busy(error: string): Fault {
  return { kind: 'fault', cause: 'busy', error, sent: false }
}

/** The fault of a wait that ended; `state` is what it had waited for. */
export function ended(reason: EndReason, state: string, sent: boolean): Fault {
  const error =
    reason === 'timeout' ? `timeout: ${state}` : reason === 'closing' ? 'controller stopping' : 'caller gone'
  return { kind: 'fault', cause: reason, error, sent }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'host name not found',
  ENODATA: 'host name not found',
  EAI_AGAIN: 'name server does not answer',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'connection timed out',
  HTTPParserError: 'answer is not HTTP',
  UND_ERR_SOCKET: 'connection closed',
  UND_ERR_HEADERS_OVERFLOW: 'answer too large: header',
  WIRE_OVERFLOW: 'answer too large: more than 512 KiB with all that is around it',
  TOO_MANY_LOOKUPS: 'too many host names looked up at one time',
  TOO_MANY_ADDRESSES: `the host name has more than ${MAX_ADDRESSES} addresses`,
  EMFILE: 'no file descriptor left',
  ENFILE: 'no file descriptor left',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'connection closed',
  UND_ERR_PRX_CONN: 'proxy refused',
  UND_ERR_PRX_TLS: 'proxy: TLS failed',
}

/** A retry would only fail again. */
const FINAL: ReadonlySet<string> = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'WIRE_OVERFLOW',
  'TOO_MANY_LOOKUPS',
  'TOO_MANY_ADDRESSES',
  'EMFILE',
  'ENFILE',
])

/**
 * Of an error of undici, node:net, node:tls or node:dns. Never repeats its message, which may contain parts of the URL
 * or of what the server sent. `http`: the status, where the response had begun.
 */
export function faultOf(error: Error, sent: boolean, http: number | undefined): Fault {
  if (error instanceof AddressRefused) return refused(error.message, sent)
  if (error instanceof errors.InvalidArgumentError)
    return refused('request not valid: a header or the URL', sent)
  const code = codeOf(error)
  const words = WORDS[code] ?? (isTls(code) ? `TLS: ${code}` : code)
  return {
    kind: 'fault',
    cause: FINAL.has(code) ? 'refused' : 'network',
    error: http === undefined || FINAL.has(code) ? words : `${words} in the middle of the answer`,
    sent,
    ...(http === undefined ? {} : { http }),
    ...(isKeepAliveClose(error, http) ? { keepAliveClosed: true as const } : {}),
  }
}

/** `AggregateError` of several addresses carries the code of the first one. */
function codeOf(error: Error): string {
  const { code, cause, name } = error as Error & { code?: unknown }
  // Its codes are the parser's own, one for each way of not being HTTP.
  if (name === 'HTTPParserError') return name
  if (typeof code === 'string') return code
  return cause instanceof Error ? codeOf(cause) : name
}

function isTls(code: string): boolean {
  return /^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH$)/.test(
    code,
  )
}

/** The connection had carried a response before, and nothing of this one had come. */
function isKeepAliveClose(error: Error, http: number | undefined): boolean {
  return http === undefined && error instanceof errors.SocketError && (error.socket?.bytesRead ?? 0) > 0
}
