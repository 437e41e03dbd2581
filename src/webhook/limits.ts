/** Limits that no plan can lift: the `webhooks` part of the configuration, and what is fixed. */

export interface WebhookLimits {
  /** CIDRs of private, loopback or otherwise special networks that webhooks may reach. */
  readonly allowPrivateNetworks: readonly string[]
  /** Questions under way at one time, per document and origin. */
  readonly maxConcurrent: number
  /** Questions waiting for one of those to end; a further one fails at once. */
  readonly maxQueued: number
  /** Questions under way, and connections, of one document over all origins. */
  readonly maxConcurrentPerDocument: number
  /** Requests of one document, redirects and retries included; 0: no limit. */
  readonly requestsPerSecond: number
  /** Connections in all, idle ones included. */
  readonly maxConnections: number
  readonly breaker: BreakerLimits
  readonly maxTimeoutSeconds: number
  /** URL of an HTTP proxy that every request goes through. It then resolves the names: only literal addresses are checked here. */
  readonly proxy?: string
}

/** Per document and origin. */
export interface BreakerLimits {
  /** Share of failures, above 0 to 1, at which the circuit opens. */
  readonly failureRate: number
  /** Requests within the window below which it does not open. */
  readonly minimum: number
  readonly windowSeconds: number
  /** How long it stays open before one request is let through as a probe. */
  readonly openSeconds: number
}

export const MAX_REPLY_BYTES = 64 * 1024
/** Of a form reply; what stands behind them is not read. */
export const MAX_FORM_PAIRS = 50
/** Of a JSON reply, its commas, colons, `[` and `{` taken together. */
export const MAX_JSON_VALUES = 2000
/** Characters of one value as it came. */
export const MAX_VALUE_LENGTH = 2000
/**
 * Bytes of one answer as they come in from the network: 64 KiB of body, and as much as that for the lines around its
 * chunks, a TLS record for each of them, headers, interim answers and a TLS handshake, and twice that again.
 */
export const MAX_WIRE_BYTES = 512 * 1024
/** Longer than the 5 s that many servers have; a connection costs a descriptor. */
export const MAX_KEEP_ALIVE_MS = 10_000
/**
 * Of an answer until its head is through, line ends and interim answers included, and as much again between two parts
 * of its body and behind it, for chunk sizes and trailers.
 */
export const MAX_HEADER_BYTES = 16 * 1024
export const MAX_REDIRECTS = 3
/** Answers 1xx before the one that counts. */
export const MAX_HINTS = 10
/** Header fields of all of them. */
export const MAX_HINT_FIELDS = 100
/** Of an answer: each costs as much as a hundred bytes do. A server that sends its 8 KiB byte by byte is served. */
export const MAX_CHUNKS = 8192
/** Of a URL in the journal, which all share: a redirect may be 16 KiB, and a call a hundred steps. */
export const MAX_URL_KEPT = 300

/**
 * TCP and TLS together. Long enough for one lost SYN (sent again after 1 s); short enough that a black hole
 * leaves time for another try, and that few sockets hang where nobody waits for them any more.
 */
export const CONNECT_TIMEOUT_MS = 2000

/** Share of `timeoutSeconds` that the first URL may use up where there is a fallback. */
export const FIRST_URL_SHARE = 0.6

/** Answers kept for `cacheSeconds` and `staleIfErrorSeconds`, of one document and of all. */
export const MAX_CACHED_ANSWERS_OF_ONE = 10_000
export const MAX_CACHED_ANSWERS = 50_000

/** Pairs of document and origin whose breaker is remembered. */
export const MAX_ORIGINS = 10_000

/** Names whose last addresses are kept, of one document and of all. */
export const MAX_KNOWN_NAMES_OF_ONE = 100
export const MAX_KNOWN_NAMES = 10_000
/**
 * Of a name. An answer may hold thousands, which a customer's own name server gives for nothing; each is judged for
 * each connection.
 */
export const MAX_ADDRESSES = 32
/** Of a name, in the order in which they came: node:net gives each 250 ms, and a connection has 2 s. */
export const MAX_ADDRESSES_TRIED = 8
