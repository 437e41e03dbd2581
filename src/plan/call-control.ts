/** The walk's port to a call: what a step may do to it. Nothing here knows of sockets. */
import type { Presentation } from './document.ts'

/** The channel is gone, or the controller has released it: the walk ends at once, whatever it was about to do. */
export type Gone = 'gone'

/** Who calls, as far as the network says. */
export interface Caller {
  /** E.164 where it is a valid such number, else as delivered; empty when withheld. */
  readonly number: string
  /** The display name as delivered, cleaned; empty when there is none, when it only repeats the number, or when withheld. */
  readonly name: string
  /** Privacy was asked for, or the number is empty or `anonymous` and the like. */
  readonly withheld: boolean
}

/** What the called party is to see. */
export interface ShownCaller {
  readonly presentation: Presentation
  /** The name as it stands; empty for none. */
  readonly name: string
  /** A step set the name: it is shown even where the caller withheld theirs. */
  readonly nameSet: boolean
}

export interface CollectRequest {
  /**
   * FreeSWITCH audio. What was keyed before it begins does not count, such as a `#` behind a code that was
   * complete without it. Undefined: the caller is in the middle of keying.
   */
  readonly prompt: string | undefined
  readonly timeoutMs: number
  readonly interDigitMs: number
  readonly maxDigits: number
  readonly terminator: '#' | '*' | 'none'
  /** The digits are a code: they must not appear in any log or record. */
  readonly secret: boolean
}

/** What the caller keyed: `digits` is empty when only the terminator was. */
export type DigitsInput =
  | { readonly kind: 'digits'; readonly digits: string; readonly terminated: boolean }
  | { readonly kind: 'timeout' }

/** How a bridge ended, in the plan's terms. */
export type BridgeOutcome = 'answered' | 'busy' | 'rejected' | 'noAnswer' | 'unavailable' | 'failed'

/** When and for how long a destination rings among others; what is absent is as of all. */
export interface OwnTimes {
  /** From the begin of the bridge. */
  readonly delayMs?: number
  readonly ringMs?: number
}

/** What is played during a bridge: FreeSWITCH audio. */
export interface BridgeAudio {
  /** What the caller hears in place of ringing. */
  readonly ringback?: string
  /** What whoever answers hears before they talk; the caller hears it ring on. */
  readonly announce?: string
  /** Whoever answers has to press 1 before they talk, within `CONFIRM_SECONDS`. */
  readonly confirm?: true
}

/** A voicemail that answers is done with its greeting by then, and a person has heard twice what to do. */
export const CONFIRM_SECONDS = 20

export interface BridgeRequest {
  /** One or more destinations, rung at the same time; checked, not yet routed. */
  readonly destinations: readonly string[]
  /** The same, to be written down: a code that a server returned as a destination is masked. */
  readonly written?: readonly string[]
  readonly ringMs: number
  /** By destination, of those that have times of their own. */
  readonly own?: Readonly<Record<string, OwnTimes>>
  readonly audio?: BridgeAudio
  readonly shown: ShownCaller
  /** The conversation is to be recorded. */
  readonly record?: boolean
}

/** When the last of them is through with ringing, counted from the begin of the bridge. */
export function ringEndMs({
  destinations,
  ringMs,
  own,
}: Pick<BridgeRequest, 'destinations' | 'ringMs' | 'own'>): number {
  return Math.max(0, ...destinations.map((to) => (own?.[to]?.delayMs ?? 0) + (own?.[to]?.ringMs ?? ringMs)))
}

export interface BridgeResult {
  readonly outcome: BridgeOutcome
  /** FreeSWITCH's cause name, such as `USER_BUSY`: the one that the caller gets at the end of the list. */
  readonly cause: string
  /** Why a destination was not rung (no route, denied), for the journal. */
  readonly reason?: string
  /** What the conversation is recorded in: a path in FreeSWITCH's file system. */
  readonly recording?: string
  /** Why it is not recorded, though it is to be. */
  readonly unrecorded?: string
}

export interface QueueRequest {
  /** A queue of mod_callcenter; checked, not yet granted. */
  readonly queue: string
  /** Undefined: as long as the queue itself has it. */
  readonly maxWaitMs: number | undefined
  /** Undefined: none. */
  readonly exitKey: string | undefined
  readonly shown: ShownCaller
  /** The conversation with an agent is to be recorded. */
  readonly record?: boolean
}

/** How a queue was left, in the plan's terms. */
export type QueueOutcome = 'answered' | 'full' | 'timeout' | 'noAgents' | 'exitKey' | 'failed'

export interface QueueResult {
  readonly outcome: QueueOutcome
  /** How long the caller waited, in whole seconds. */
  readonly waitMs?: number
  /** Who answered, by the name that mod_callcenter has. */
  readonly agent?: string
  /** Why the caller was not put into the queue, for the journal. */
  readonly reason?: string
  /** What is wrong with FreeSWITCH, for the journal. */
  readonly warnings?: readonly string[]
}

export interface VoicemailRequest {
  /** A user of FreeSWITCH's directory; checked, not yet granted. */
  readonly mailbox: string
  /** FreeSWITCH audio; undefined: none. */
  readonly greeting: string | undefined
  /** Undefined: as long as mod_voicemail has it. */
  readonly maxMs: number | undefined
  /** Whom the message is from. */
  readonly shown: ShownCaller
}

/** `left`: there is a message. `none`: the caller left none, or said too little. */
export interface VoicemailResult {
  readonly outcome: 'left' | 'none' | 'failed'
  /** How long the message is. */
  readonly messageMs?: number
  /** Where it is, on FreeSWITCH's machine. */
  readonly file?: string
  /** Why the mailbox was not opened, for the journal. */
  readonly reason?: string
  /** What is wrong with FreeSWITCH, for the journal. */
  readonly warnings?: readonly string[]
}

/** What the operator does not allow. */
export interface Refused {
  readonly reason: string
  /** FreeSWITCH's cause name. */
  readonly cause: string
}

/**
 * A call as a step controls it. Every method resolves to 'gone' once the channel is gone; before anything
 * that takes time, the walk's state is saved with the channel, so that another controller can go on.
 */
export interface CallControl {
  readonly id: string
  readonly caller: Caller
  /** The dialled number in E.164 where it is valid, else as delivered. */
  readonly did: string
  /** Aborts when the caller hangs up or the controller releases the call: every wait ends with it. */
  readonly signal: AbortSignal
  readonly answered: boolean
  /**
   * Plays FreeSWITCH audio to its end, `silence_stream://` too; without `answer` as early media where the call is not
   * answered yet. `failed`: it cannot be played. What was begun for a controller before counts as played; with `proven`
   * only where FreeSWITCH has played some of it, and else it is played again.
   */
  play(audio: string, options: { answer: boolean; proven?: boolean }): Promise<'played' | 'failed' | Gone>
  /** Answers first. */
  collect(request: CollectRequest): Promise<DigitsInput | Gone>
  /** Resolves 'answered' when two parties talk; the controller has then released the call. */
  bridge(request: BridgeRequest): Promise<BridgeResult | Gone>
  /**
   * `waiting`: FreeSWITCH has the call now, and the controller has released it; whichever controller takes it up behind
   * the queue gets the result.
   */
  queue(request: QueueRequest): Promise<QueueResult | 'waiting' | Gone>
  /** `waiting`: as in a queue. Answers first. */
  voicemail(request: VoicemailRequest): Promise<VoicemailResult | 'waiting' | Gone>
  transfer(
    destination: string,
    context: string | undefined,
    shown: ShownCaller,
  ): Promise<'transferred' | Refused | Gone>
  hangUp(cause: string): Promise<void>
  /** Plays `audio` (undefined: the country's ringing tone) to an answered caller until the returned function is called. */
  wait(audio: string | undefined): () => Promise<void>
  /** Saves the walk's state with the channel, where it is not saved already; does not wait. */
  save(): void
}
