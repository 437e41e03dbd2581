/**
 * Calls that go out and come back in. A carrier that brings one back drops what tells who it was, and
 * Max-Forwards begins anew at every back-to-back agent; a header of our own goes round with it where it can.
 *
 * It comes from outside: whoever forges it shortens a call of their own, and nothing else reads it.
 */
import type { LegVariables } from '../esl/dial-string.ts'
import type { Headers } from '../esl/headers.ts'

const HEADER = 'sip_h_X-Belplan-Hops'

/** A plan that hands on to another platform, and that to a third, is usual; more than this is a loop. */
export const MAX_HOPS = 5

/** How often the call has gone out of a controller before it came in here. */
export function hopsOf(headers: Headers): number {
  const said = headers.variable(HEADER) ?? ''
  return /^\d{1,6}$/.test(said) ? Number(said) : 0
}

/** What the legs of a call carry, so that it is known when it comes back. */
export function nextHop(hops: number): LegVariables {
  return { [HEADER]: String(hops + 1) }
}
