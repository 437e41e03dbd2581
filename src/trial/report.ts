/** What a trial came to. Times are milliseconds since the call came in. */
import type { StepRecord, WebhookRequest, WebhookResult, WebhookValues } from '../plan/index.ts'
import type { Ending } from '../records/index.ts'
import type { QueueEntry, Transfer, VoicemailEntry } from '../simulator/index.ts'

/** A step as the journal has it, and when it began. */
export type TrialStep = StepRecord & {
  readonly atMs: number
  readonly ms: number
  /** The branch that was walked then, such as `on/busy`. */
  readonly branch?: string
}

/** What one called party sees. */
export interface ShownTo {
  /** As the plan or the webhook names it. */
  readonly destination: string
  /** Where FreeSWITCH is told to call. */
  readonly endpoint: string
  /** Of the caller; `anonymous` where it is withheld. */
  readonly number: string
  /** Absent: the number alone is shown. */
  readonly name?: string
  readonly withheld: boolean
}

/** One bridge: destinations that ring together. */
export interface Ring {
  /** Place in `steps` of the step that rings. */
  readonly step: number
  readonly atMs: number
  /** Until somebody answers, or nobody rings any more. */
  readonly ms: number
  readonly shown: readonly ShownTo[]
  /** The destination that answered. */
  readonly answeredBy?: string
}

/** One wait in a queue. */
export interface Queued {
  /** Place in `steps` of the step that it is. */
  readonly step: number
  readonly atMs: number
  readonly ms: number
  readonly queue: string
  readonly end: QueueEntry['end']
  /** What the agent who answered sees. */
  readonly shown?: ShownTo
}

/** One mailbox that was opened. */
export interface Left {
  /** Place in `steps` of the step that it is. */
  readonly step: number
  readonly atMs: number
  readonly ms: number
  readonly mailbox: string
  readonly end: VoicemailEntry['end']
}

/** One request of a webhook, whatever number of HTTP requests it takes. */
export interface Asked {
  /** Place in `steps` of the step that asks; of `missed`, of the last one. */
  readonly step: number
  readonly atMs: number
  readonly ms: number
  readonly webhook: string
  /** `notice`: of a `notify` step; `missed`: after the call, because nobody talked to the caller. */
  readonly kind: WebhookRequest['kind']
  readonly values: WebhookValues
  /** Absent for `notice` and `missed`, whose answers nobody reads. */
  readonly result?: WebhookResult
}

export type Sound = 'silence' | 'ringing' | 'ringingTone' | 'audio' | 'keying' | 'talk'

/** What the caller hears for a while. */
export interface Heard {
  readonly atMs: number
  readonly ms: number
  readonly sound: Sound
  /** The audio's name in the document, else what FreeSWITCH plays. */
  readonly audio?: string
  /** All that the document has for it. */
  readonly names?: readonly string[]
  /** It cannot be played. */
  readonly failed?: true
}

/** What the caller keyed at a prompt. */
export interface Keyed {
  readonly atMs: number
  readonly keys: string
}

export interface TrialReport {
  readonly revision: string
  /** When the call came in, ISO 8601. */
  readonly at: string
  readonly did: string
  readonly caller: string
  /** The forms in which the number was looked up. */
  readonly forms: readonly string[]
  /** Absent where no plan was found. */
  readonly document?: string
  readonly plan?: string
  /** The entry of `numbers` that led there. */
  readonly entry?: string
  readonly steps: readonly TrialStep[]
  readonly rings: readonly Ring[]
  readonly queues: readonly Queued[]
  readonly mailboxes: readonly Left[]
  readonly asks: readonly Asked[]
  readonly keyed: readonly Keyed[]
  /** Without gaps, to the end of the call. */
  readonly hears: readonly Heard[]
  readonly ending: Ending
  readonly cause?: string
  /** The final SIP status that the caller got. */
  readonly sip?: number
  readonly transferredTo?: Transfer
  readonly answered: boolean
  readonly talkMs?: number
  /** How much of the conversation is recorded; absent: nothing. */
  readonly recordedMs?: number
  /** Until two parties talked, or the call ended. */
  readonly waitMs: number
  readonly longestSilence: { readonly atMs: number; readonly ms: number }
  /** What else is to be known, such as webhooks that the script says nothing of. */
  readonly notes: readonly string[]
  /** What the script says and the call did not come to, such as a destination that is never called. */
  readonly unused: readonly string[]
  /** What a controller must never do; always empty, unless belplan has a fault. */
  readonly violations: readonly string[]
}

/** As a telephone's display has it. */
export function displayed({ name, number }: Pick<ShownTo, 'name' | 'number'>): string {
  return name === undefined ? number : `${name} <${number}>`
}
