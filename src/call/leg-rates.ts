/** How many legs each document rings in a second. */
import { LRUCache } from 'lru-cache'
import { MOST_DESTINATIONS } from '../plan/index.ts'
import type { Tally } from '../util/tally.ts'
import { createToldCounts } from './told-counts.ts'

export interface LegRates {
  /** How many of `wanted` may be rung now; those are counted. */
  admit(document: string, wanted: number): number
  /** As `ToldCounts.own`: legs rung in the last second, and 1 for this controller. */
  own(controllers: number, most: number): Tally
  setOthers(others: Tally | undefined): void
}

/** Past this, documents that have not rung for the longest are dropped: all of their legs are free again by then. */
const DOCUMENTS_KEPT = 10_000
const SECOND_MS = 1000

interface Rung {
  readonly atMs: number
  readonly legs: number
}

interface Bucket {
  readonly left: number
  readonly atMs: number
  /** In the last second, where others are told. */
  readonly rung: readonly Rung[]
}

/** `perSecond` 0: no limit. */
export function createLegRates(perSecond: number, now: () => number): LegRates {
  const buckets = new LRUCache<string, Bucket>({ max: DOCUMENTS_KEPT })
  const told = createToldCounts()
  // After a pause, a list of destinations is rung as a whole.
  const most = Math.max(perSecond, MOST_DESTINATIONS)

  const inLastSecond = (rung: readonly Rung[]) => rung.filter(({ atMs }) => atMs > now() - SECOND_MS)

  /** What the others leave, and no less than an equal part: else those that come first would go on having all. */
  function refill(document: string): number {
    const [rung = 0, controllers = 0] = told.others.get(document) ?? []
    return Math.max(perSecond - rung, perSecond / (controllers + 1))
  }

  return {
    admit(document, wanted) {
      if (perSecond === 0) return wanted
      const { left, atMs, rung } = buckets.get(document) ?? { left: most, atMs: now(), rung: [] }
      const there = Math.min(most, left + ((now() - atMs) * refill(document)) / SECOND_MS)
      const legs = Math.min(wanted, Math.floor(there))
      buckets.set(document, {
        ...{ left: there - legs, atMs: now() },
        rung: told.isTold && legs > 0 ? [...inLastSecond(rung), { atMs: now(), legs }] : rung,
      })
      told.touch(document)
      return legs
    },
    own: (controllers, mostTold) =>
      told.own({ controllers, most: mostTold, all: () => buckets.keys() }, (document) => {
        const rung = inLastSecond(buckets.peek(document)?.rung ?? [])
        const legs = rung.reduce((sum, one) => sum + one.legs, 0)
        return legs === 0 ? undefined : { numbers: [legs, 1], share: legs / perSecond }
      }),
    setOthers: told.setOthers,
  }
}
