/**
 * What can go wrong and is nobody's bug: bad configuration, a plan set that does not validate, a peer that
 * breaks its promise. Match on `code`, never on the message.
 */
export class BelplanError extends Error {
  readonly code: ErrorCode
  /** More of the same, one entry a fault: every fault of a configuration or a plan set is reported at once. */
  readonly details: readonly string[]

  constructor(code: ErrorCode, message: string, details: readonly string[] = [], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'BelplanError'
    this.code = code
    this.details = details
  }
}

/** An error as fields of a log line; of one that has details, each is there once, and no stack. */
export function errorFields(error: unknown): object {
  if (!(error instanceof BelplanError)) return { err: error }
  const { code, message: reason, details } = error
  return { code, reason, details }
}

export type ErrorCode =
  | 'config' // the configuration is not valid
  | 'plans' // a plan set does not validate or cannot be read
  | 'listen' // a port is in use or cannot be bound
  | 'protocol' // the peer broke the event-socket protocol
  | 'disconnected' // the connection ended while something was expected of it
  | 'timeout' // a reply that had to come did not
  | 'refused' // a value failed a check and was not sent
  | 'usage' // wrong use of the command line

/** Closes an exhaustive `switch`: the compiler names the case that was forgotten. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}
