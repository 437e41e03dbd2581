/**
 * What can go wrong without a fault of the program: bad configuration, a plan set that does not validate, a peer that
 * breaks the protocol. Match on `code`, never on the message.
 */
export class BelplanError extends Error {
  readonly code: ErrorCode
  /** One entry for each fault: all faults of a configuration or a plan set are reported at once. */
  readonly details: readonly string[]

  constructor(code: ErrorCode, message: string, details: readonly string[] = [], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'BelplanError'
    this.code = code
    this.details = details
  }
}

/** An error as fields of a log line. A BelplanError has no stack there: its code and details say more. */
export function errorFields(error: unknown): object {
  if (!(error instanceof BelplanError)) return { err: error }
  const { code, message: reason, details } = error
  return { code, reason, details }
}

export type ErrorCode =
  | 'config' // the configuration is not valid
  | 'plans' // a plan set does not validate or cannot be read
  | 'notGranted' // a revision claims what the operator does not grant any more
  | 'overtaken' // another plan set was put into service meanwhile
  | 'listen' // a port is in use or cannot be bound
  | 'protocol' // the peer broke the event-socket protocol
  | 'disconnected' // the connection ended while a reply was expected
  | 'timeout' // a reply did not come in time
  | 'refused' // a value failed a check and was not sent
  | 'store' // the shared database cannot be used
  | 'usage' // wrong use of the command line

/** Why a file system's operation failed, in a few words. */
export function fileReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'ENOENT' ? 'there is no such file or folder' : (code ?? message)
}

/** Closes an exhaustive `switch`: the compiler names the case that was forgotten. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}
