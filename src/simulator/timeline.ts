/** The timeline of a call: what FreeSWITCH and the people on the line notice, recorded as it happens. */
import type { Clock } from './clock.ts'
import { toText } from './strings.ts'

/** What the called party sees of the caller. */
export interface Invite {
  /** The last part of the dial string. */
  readonly destination: string
  readonly endpoint: string
  /** User part of `From`. */
  readonly number: string
  /** Display name of `From`, as a telephone shows it. */
  readonly name: string
  /** `Privacy: id` is there, and `From` is anonymous. */
  readonly privacy: boolean
  /** Everything else that says who calls: `Remote-Party-ID` and headers copied or set. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Transfer {
  readonly extension: string
  readonly dialplan: string
  readonly context: string
}

/** `at` is ms since the call came in. */
export type TimelineEntry = { readonly at: number } & Entry

export type Entry =
  | { readonly type: 'connected'; readonly host: string; readonly port: number; readonly attempt: number }
  | { readonly type: 'unreachable'; readonly attempt: number }
  | { readonly type: 'command'; readonly command: string }
  | { readonly type: 'application'; readonly name: string; readonly argument: string; readonly id: string }
  | { readonly type: 'set'; readonly name: string; readonly value: string | undefined }
  | { readonly type: 'invite'; readonly invite: Invite }
  | { readonly type: 'ringing'; readonly heard: 'ringing' | 'ringback' | 'audio' | 'nothing' }
  | { readonly type: 'answer'; readonly by: string }
  | {
      readonly type: 'audio'
      readonly audio: string
      readonly early: boolean
      readonly end: AudioEnd
      /** How long it was heard. */
      readonly ms: number
    }
  | DigitsEntry
  | QueueEntry
  | VoicemailEntry
  /** `endpoint`: whose leg was answered. */
  | { readonly type: 'bridge'; readonly disposition: string; readonly endpoint?: string }
  /** A conversation, or a part of one; at its end. */
  | { readonly type: 'recorded'; readonly file: string; readonly ms: number }
  | { readonly type: 'transfer'; readonly to: Transfer }
  | { readonly type: 'controllerGone'; readonly during: string }
  | { readonly type: 'hangUp'; readonly by: HangUpBy; readonly cause: string; readonly sip: number }
  | { readonly type: 'violation'; readonly what: string }

/** At the end of the input. */
export interface DigitsEntry {
  readonly type: 'digits'
  readonly prompt: string
  readonly keyed: string
  /** The most digits that the prompt takes: a single one is a choice, more may be a code. */
  readonly most: number
  /** From the end of the prompt. */
  readonly ms: number
}

/** At the end of the wait. */
export interface QueueEntry {
  readonly type: 'queue'
  readonly queue: string
  /** `left`: the caller hung up, or the call was taken away. */
  readonly end: 'answered' | 'timeout' | 'noAgents' | 'exitKey' | 'missing' | 'left'
  /** How long the caller waited. */
  readonly ms: number
  /** What the agent who answered sees. */
  readonly shown?: Invite
}

/** At the end of the message. */
export interface VoicemailEntry {
  readonly type: 'voicemail'
  readonly mailbox: string
  readonly end: 'left' | 'none' | 'missing'
  readonly ms: number
}

export type AudioEnd = 'played' | 'failed' | 'interrupted'
export type HangUpBy = 'caller' | 'callee' | 'platform'

/** Records entries, and keeps of them what the result of the call lists. */
export class Timeline {
  /** Arguments expanded. */
  readonly applications: { readonly name: string; readonly argument: string }[] = []
  readonly invites: Invite[] = []
  readonly violations: string[] = []
  readonly #clock: Clock
  readonly #observe: ((entry: TimelineEntry) => void) | undefined

  constructor(clock: Clock, observe: ((entry: TimelineEntry) => void) | undefined) {
    this.#clock = clock
    this.#observe = observe
  }

  add(entry: Entry): void {
    if (entry.type === 'application') this.applications.push({ name: entry.name, argument: entry.argument })
    else if (entry.type === 'invite') this.invites.push(entry.invite)
    else if (entry.type === 'violation') this.violations.push(entry.what)
    this.#observe?.({ at: this.#clock.now(), ...entry })
  }

  /** Something that a controller must never cause; one character per byte. */
  violation(what: string): void {
    this.add({ type: 'violation', what: toText(what) })
  }
}
