/** What a test call is to do, and what came of it. */
import type { Time } from '../util/time.ts'
import type { Invite, TimelineEntry, Transfer } from './timeline.ts'

/** What may become of an INVITE. */
export const PARTY_OUTCOMES = ['answered', 'busy', 'noAnswer', 'rejected', 'unavailable', 'failed'] as const

/** How the destination of an INVITE behaves. */
export interface Party {
  readonly outcome: (typeof PARTY_OUTCOMES)[number]
  /** SIP status of a refusal; by default the usual one of the outcome. */
  readonly sip?: number
  /** FreeSWITCH's cause where no INVITE is sent at all, such as INVALID_GATEWAY or USER_NOT_REGISTERED. */
  readonly cause?: string
  /** From the INVITE to the answer or refusal [40]. */
  readonly afterMs?: number
  /** Length of the conversation [100]. */
  readonly talkMs?: number
  /** Who has to press 1 does so as soon as they are told to [true]; else they listen for `talkMs`, or as long as they may. */
  readonly confirms?: boolean
}

/**
 * What may become of a caller in a queue. `waits`: nobody answers, and the queue lets them wait; `full`: as many wait
 * already as anybody allows; `missing`: there is no such queue.
 */
export const QUEUE_OUTCOMES = [
  'answered',
  'timeout',
  'noAgents',
  'exitKey',
  'waits',
  'full',
  'missing',
] as const

/** How a queue behaves. */
export interface Queue {
  readonly outcome: (typeof QUEUE_OUTCOMES)[number]
  /** From the caller's coming to it [100]. */
  readonly afterMs?: number
  /** Length of the conversation [100]. */
  readonly talkMs?: number
}

/** What the caller does behind the tone of a mailbox; `missing`: there is no such mailbox. */
export const MAILBOX_OUTCOMES = ['left', 'none', 'missing'] as const

export interface Mailbox {
  readonly outcome: (typeof MAILBOX_OUTCOMES)[number]
  /** How long the caller speaks [3000]. */
  readonly messageMs?: number
}

export interface CallScript {
  /** The dialled number, as delivered. */
  readonly did: string
  /** The caller's number, as delivered [+31612345678]; empty or `anonymous` for none. */
  readonly caller?: string
  /** The display name; as bytes where it is not UTF-8. */
  readonly name?: string | Uint8Array
  /** The INVITE carries `Privacy: id`. */
  readonly privacy?: boolean
  /** The channel's UUID. */
  readonly id?: string
  /** Channel variables that the INVITE and the dialplan have set. */
  readonly variables?: Readonly<Record<string, string>>
  /** The variable `domain_name`. */
  readonly domain?: string
  /** What the caller keys at each prompt for digits, terminator included; '' and the end of the list: nothing. */
  readonly digits?: readonly string[]
  /** By the last part of the endpoint, with or without its `@domain`; destinations that are not listed ring on. */
  readonly answers?: Readonly<Record<string, Party>> | ((destination: string) => Party)
  /** By name; in queues that are not listed the caller waits. */
  readonly queues?: Readonly<Record<string, Queue>>
  /** By name; in mailboxes that are not listed a message is left. */
  readonly mailboxes?: Readonly<Record<string, Mailbox>>
  /** How long audio that ends lasts, all of it or each [20]. */
  readonly audioMs?: number | ((audio: string) => number)
  /** Audio that cannot be played. */
  readonly unplayable?: readonly string[]
  /** The caller hangs up in the first prompt, when nothing was executed for 50 ms, while it rings, or at a time. */
  readonly hangUp?: { readonly when: 'prompt' | 'request' | 'ringing' | { readonly afterMs: number } }
  /** The caller hangs up when it aborts. */
  readonly signal?: AbortSignal
  /** How long a parked channel sleeps before it runs the next application, unscaled [20]. */
  readonly tickMs?: number
  /** The caller listens to a prompt to its end before keying, instead of keying at its beginning. */
  readonly listens?: boolean
  /** How long the caller takes to key each digit [0]. */
  readonly keyMs?: number
  /** Where time comes from [this machine's]. */
  readonly time?: Time
  /** Divides every other wait [1]; with Infinity everything happens in its order, and no time passes. */
  readonly speed?: number
  /** How the bytes sent to the controller are cut: not at all, at random, or every so many bytes ['whole']. */
  readonly chunks?: 'whole' | 'random' | number
  /** Whether the linger notice overtakes the last events; FreeSWITCH does both ['last']. */
  readonly lingerNotice?: 'first' | 'last'
  /** How long a connected controller may be silent before its first command; FreeSWITCH waits 25 s [25,000]. */
  readonly firstCommandMs?: number
  /** How many `socket` actions the dialplan has [10]. */
  readonly attempts?: number
  /** Called for each entry of the timeline as it happens. */
  readonly observe?: (entry: TimelineEntry) => void
}

export interface CallResult {
  readonly id: string
  /** `stuck`: the caller sits in silence for ever; `lost`: no controller was left. */
  readonly ended: 'hangup' | 'transferred' | 'talked' | 'lost' | 'stuck'
  readonly cause?: string
  /** The final SIP status that the caller got. */
  readonly sip?: number
  readonly answered: boolean
  readonly talkMs?: number
  readonly transferredTo?: Transfer
  readonly applications: readonly { readonly name: string; readonly argument: string }[]
  readonly invites: readonly Invite[]
  /** What a controller must never cause: a command executed, a forged header, a conversation cut. */
  readonly violations: readonly string[]
  readonly variables: Readonly<Record<string, string>>
}
