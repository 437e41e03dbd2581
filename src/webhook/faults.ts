/** Errors of undici, node:net, node:tls and node:dns in the words of the journal. */
import { errors } from 'undici'
import { AddressRefused } from './guard.ts'
import { MAX_ADDRESSES } from './limits.ts'
import type { Fault } from './outcome.ts'

/** How far a request had come. */
export interface Progress {
  /** A connection was there and the request was handed to it. */
  readonly sent: boolean
  /** Status of an answer that had begun. */
  readonly http: number | undefined
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

/** Where trying again would only fail again. */
const FINAL: ReadonlySet<string> = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'WIRE_OVERFLOW',
  'TOO_MANY_LOOKUPS',
  'TOO_MANY_ADDRESSES',
  'EMFILE',
  'ENFILE',
])

/** Never repeats an error's own message: it may hold parts of the URL or of what the server sent. */
export function faultOf(error: Error, { sent, http }: Progress): Fault {
  if (error instanceof AddressRefused) return { kind: 'fault', cause: 'refused', error: error.message, sent }
  const code = codeOf(error)
  if (error instanceof errors.InvalidArgumentError) {
    return { kind: 'fault', cause: 'refused', error: 'request not valid: a header or the URL', sent }
  }
  const words = WORDS[code] ?? (isTls(code) ? `TLS: ${code}` : code)
  return {
    kind: 'fault',
    cause: FINAL.has(code) ? 'refused' : 'network',
    error: http === undefined || FINAL.has(code) ? words : `${words} in the middle of the answer`,
    sent,
    ...(http === undefined ? {} : { http }),
    ...(isStale(error, http) ? { stale: true as const } : {}),
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

/** The connection had served an answer before, and none of this one had come. */
function isStale(error: Error, http: number | undefined): boolean {
  return http === undefined && error instanceof errors.SocketError && (error.socket?.bytesRead ?? 0) > 0
}
