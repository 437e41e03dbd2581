/** How much longer calls waited than is usual of their kind; in milliseconds. */
import type { Offered } from '../traffic.ts'
import { percentile } from '../verdict.ts'

export interface Late {
  readonly call: Offered
  readonly lateMs: number
}

/** From the caller's INVITE to the first one at a callee, of callers' numbers; calls that ring nobody are none of them. */
export const lateSetUps = (offered: readonly Offered[], setUps: ReadonlyMap<string, number>): Late[] =>
  beyondUsual(offered, ({ number }) => setUps.get(number))

/**
 * From the INVITE to the end, without what was heard meanwhile: a prompt that begins again is no wait. Whoever had to key a code
 * again is not counted.
 */
export const lateCalls = (offered: readonly Offered[]): Late[] =>
  beyondUsual(offered, ({ report }) => {
    if (report === undefined || report.entries > 1) return undefined
    const heardMs = [...report.tones.values()].reduce((sum, ms) => sum + ms, 0)
    return report.endedMs - report.invitedMs - heardMs
  })

export const longest = (all: readonly Late[]) => Math.max(0, ...all.map(({ lateMs }) => lateMs))

/** Of the calls that were set up: half of them took so long, 99 of 100, and the longest. */
export function spread(setUps: ReadonlyMap<string, number>, calls: readonly Offered[]): string {
  const times = calls.flatMap(({ number }) => setUps.get(number) ?? [])
  return [percentile(times, 0.5), percentile(times, 0.99), Math.max(...times)].map(Math.round).join(' / ')
}

function beyondUsual(offered: readonly Offered[], timeOf: (call: Offered) => number | undefined): Late[] {
  const kinds = Map.groupBy(offered, ({ kind }) => kind)
  return [...kinds.values()].flatMap((calls) => {
    const timed = calls.flatMap((call) => {
      const ms = timeOf(call)
      return ms === undefined ? [] : [{ call, ms }]
    })
    const usualMs = percentile(
      timed.map(({ ms }) => ms),
      0.5,
    )
    return timed.map(({ call, ms }) => ({ call, lateMs: Math.round(ms - usualMs) }))
  })
}
