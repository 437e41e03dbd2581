/**
 * Calls that go out and come back in. A carrier that brings one back drops the headers that identify it, and
 * Max-Forwards starts again at every back-to-back user agent; so legs carry headers of belplan's own.
 *
 * They come from outside: forging them ends a call of the forger's own sooner, and nothing else reads them.
 */
import type { Headers, LegVariables } from '../esl/index.ts'

/** One header for each: earlier releases read only the hops. */
const HOPS = 'sip_h_X-Belplan-Hops'
const LEGS = 'sip_h_X-Belplan-Legs'

/** A plan that hands on to another platform, and that to a third, is usual; more than this is a loop. */
export const MAX_HOPS = 5

/**
 * How many legs may ring for a call at one time: a group of five in which each hands on to a group of five, with
 * room. At every hop at most so many calls can be there, whatever the plans on the way ring.
 */
const MAX_LEGS = 32

/** The way of a call before it came in here. */
export interface HopCount {
  /** How often it has gone out of a controller. */
  readonly hops: number
  /** How many legs have been rung at the same time, multiplied along the way that it came. */
  readonly legs: number
}

export function readHopCount(headers: Headers): HopCount {
  return { hops: count(headers.variable(HOPS)) ?? 0, legs: Math.max(1, count(headers.variable(LEGS)) ?? 1) }
}

function count(said = ''): number | undefined {
  return /^\d{1,6}$/.test(said) ? Number(said) : undefined
}

/** How many legs the call may ring here at the same time. */
export function legsLeft({ legs }: HopCount): number {
  return Math.max(1, Math.floor(MAX_LEGS / legs))
}

/** What each of `rung` legs carries, so that it is known when it comes back. */
export function nextHop({ hops, legs }: HopCount, rung: number): LegVariables {
  const all = legs * rung
  return { [HOPS]: String(hops + 1), ...(all > 1 && { [LEGS]: String(all) }) }
}
