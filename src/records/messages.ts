/** The messages that callers left, as the record of a call has them: here it is known that there is one, and of what length. */
import type { CallRecord } from './record.ts'

export interface LeftMessage {
  /** The call's id. */
  readonly callId: string
  /** The document whose plan took it. */
  readonly document: string
  readonly mailbox: string
  /** In milliseconds; absent where FreeSWITCH did not say. */
  readonly ms?: number
  /** Where it is, on FreeSWITCH's machine. */
  readonly file?: string
}

/** In the order in which they were left. A caller who hung up behind the tone is among them. */
export function messagesIn({ id: callId, document, steps }: CallRecord): LeftMessage[] {
  if (document === undefined) return []
  return steps.flatMap(({ type, outcome, mailbox, messageMs: ms, file }) =>
    type === 'voicemail' && outcome === 'left' && typeof mailbox === 'string'
      ? [
          {
            ...{ callId, document, mailbox },
            ...(typeof ms === 'number' && { ms }),
            ...(typeof file === 'string' && { file }),
          },
        ]
      : [],
  )
}
