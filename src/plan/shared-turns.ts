/** Whose turn it is in the lists that are rung in turn, where several controllers ring them. */
import { LRUCache } from 'lru-cache'
import { shortDigest } from '../util/short-digest.ts'
import { EMPTY, type Tally } from '../util/tally.ts'
import type { Turns } from './ring-orders.ts'

export interface SharedTurns extends Turns {
  /** How often it was each step's turn here, and before, as far as `begin` said: those of late. */
  own(): Tally
  /** How often it was on all other controllers, those that have ended included. */
  setOthers(turns: Tally): void
  /** What an earlier run of this controller told last. */
  begin(turns: Tally): void
}

/** Steps whose turns are remembered; some 1 MB. */
const MOST_STEPS = 10_000
/** Of them, steps that others are told of. */
const MOST_TOLD = 500

/** All count from 0 on, so that they mean the same turn by the same sum. */
export function createSharedTurns(): SharedTurns {
  const turns = new LRUCache<string, number>({ max: MOST_STEPS })
  let others = EMPTY
  let told = EMPTY
  let isChanged = false

  return {
    take(step, count) {
      const key = shortDigest(step)
      const own = turns.get(key) ?? 0
      turns.set(key, own + 1)
      isChanged = true
      const [elsewhere = 0] = others.get(key) ?? []
      return (own + elsewhere) % count
    },
    own() {
      if (!isChanged) return told
      isChanged = false
      const latest = new Map<string, readonly number[]>()
      for (const [key, own] of turns.entries()) {
        if (latest.size === MOST_TOLD) break
        latest.set(key, [own])
      }
      return (told = latest)
    },
    setOthers: (counts) => void (others = counts),
    begin(before) {
      for (const [key, [count = 0]] of before) turns.set(key, (turns.get(key) ?? 0) + count)
      isChanged = true
    },
  }
}
