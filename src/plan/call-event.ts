/**
 * Events: what happens to a call that its document wants told. Nothing here knows how they are kept and sent
 * (src/events).
 */
import { hash } from 'node:crypto'
import type { WalkState } from './state.ts'

/** In the order in which they happen. */
export const EVENTS = ['started', 'ringing', 'answered', 'recorded', 'message', 'missed', 'ended'] as const
export type EventName = (typeof EVENTS)[number]

/** Event → the webhook that is told of it. */
export type EventsSpec = { readonly [K in EventName]?: string }

/** What steps tell: the caller left a message. */
export interface StepEvent {
  readonly event: 'message'
  /** What it says besides what all events say. */
  readonly details: {
    readonly mailbox: string
    /** How long it is. */
    readonly ms?: number
  }
}

/**
 * Tells what came of a step. Told again by a controller that took the step over, it is the same event. Resolves when it is
 * kept, or cannot be kept now; never rejects.
 */
export type TellStep = (event: StepEvent) => Promise<void>

/** What a call leaves that ends with nobody to tell it; `nth`: how many steps were finished before its step. */
export type Left = StepEvent & { readonly nth: number }

/** One event of a call, for one webhook. It can be sent as JSON. */
export interface CallEvent {
  /** The same whenever the same event of the same call is told, by whichever controller: the `Idempotency-Key`. */
  readonly id: string
  /** FreeSWITCH's Unique-ID. */
  readonly call: string
  readonly document: string
  readonly webhook: string
  readonly event: EventName
  /** Its place among the events of its call, which are told in this order. */
  readonly place: number
  /** JSON, as it is sent. It never contains codes. */
  readonly body: string
  /**
   * The controllers that held the call before, so that this event and earlier ones may be with them, such as
   * `pbx1:8084`; absent: this controller alone knows the call.
   */
  readonly holders?: readonly string[]
}

/** Of a call, what is needed to tell its end when nobody holds it any more. It can be sent as JSON. */
export interface CallWatch {
  readonly events: EventsSpec
  /** When the caller profile was created, in microseconds since 1970: the same id may come back with another one. */
  readonly profileCreated: string
  /** Which process kept what was told of it, such as `4711-5f0c3a9b`; absent: one that is lost. */
  readonly keeper?: string
  /** As it stands. */
  readonly callername: string
  /** From the call to the conversation. */
  readonly waitMs?: number
  /** Told as it is over, before its end is. */
  readonly left?: readonly Left[]
  /** How far its walk had come, where no controller saw its end, and maybe not all before it was told. */
  readonly unseen?: Progress
  /** Of such a call: what rang at last. */
  readonly rang?: { readonly destinations: readonly string[]; readonly ringSeconds: number }
}

/** How far a walk has come. */
export type Progress = Pick<WalkState, 'steps' | 'bridges'>

export const START: Progress = { steps: 0, bridges: 0 }
/** Past all steps that a walk may have. */
export const OVER: Progress = { steps: 10_000, bridges: 0 }

/** Which of its kind an event is, for its id: counted so that every controller comes to the same number. */
export function nthOf(event: EventName, { steps, bridges }: Progress): number {
  return event === 'ringing' ? bridges : steps
}

export function eventId(call: string, profileCreated: string, event: EventName, nth: number): string {
  return hash('sha256', `${call}/${profileCreated}/${event}/${nth}`, 'base64url').slice(0, 22)
}

/** Bridges of a call that are told apart; more than operators allow. */
const MOST_BRIDGES = 1000

export function eventPlace(event: EventName, { steps, bridges }: Progress): number {
  return (steps * MOST_BRIDGES + Math.min(bridges, MOST_BRIDGES - 1)) * EVENTS.length + EVENTS.indexOf(event)
}
