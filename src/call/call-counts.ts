/** The calls of each document, or of each caller of a document: those held, and those that began in the last minute. */
import type { Rates } from '../config/index.ts'
import type { Tally } from '../util/tally.ts'
import { createToldCounts } from './told-counts.ts'

export interface CallCounts {
  /** Without a limit they are not counted. */
  readonly limited: boolean
  /** The limit that another call would exceed. */
  over(key: string): string | undefined
  add(key: string, begins: boolean): void
  remove(key: string): void
  /** As `ToldCounts.own`: calls held, and begun in the last minute. */
  own(controllers: number, most: number, groupOf?: (key: string) => string): Tally
  setOthers(others: Tally | undefined): void
}

const MINUTE_MS = 60_000

export function createCallCounts({ calls, callsPerMinute }: Rates, now: () => number): CallCounts {
  const held = new Map<string, number>()
  /** When the calls of the last minute began; the key with the latest call is last. */
  const begun = new Map<string, number[]>()
  const told = createToldCounts()

  function lastMinute(key: string): number[] {
    const times = begun.get(key) ?? []
    const since = now() - MINUTE_MS
    while (times[0] !== undefined && times[0] <= since) times.shift()
    return times
  }

  /** Drops the keys whose last call is more than a minute ago: they come first. */
  function forget(): void {
    const since = now() - MINUTE_MS
    for (const [key, times] of begun) {
      if ((times.at(-1) ?? 0) > since) return
      begun.delete(key)
    }
  }

  function* all(): Iterator<string> {
    yield* held.keys()
    yield* begun.keys()
  }

  return {
    limited: calls > 0 || callsPerMinute > 0,
    over(key) {
      const [heldElsewhere = 0, begunElsewhere = 0] = told.others.get(key) ?? []
      if (calls > 0 && (held.get(key) ?? 0) + heldElsewhere >= calls) return `${calls} calls at one time`
      if (callsPerMinute > 0 && lastMinute(key).length + begunElsewhere >= callsPerMinute)
        return `${callsPerMinute} calls in a minute`
      return undefined
    },
    add(key, begins) {
      told.touch(key)
      if (calls > 0) held.set(key, (held.get(key) ?? 0) + 1)
      if (callsPerMinute === 0 || !begins) return
      forget()
      const times = lastMinute(key)
      times.push(now())
      begun.delete(key)
      begun.set(key, times)
    },
    remove(key) {
      const left = (held.get(key) ?? 0) - 1
      if (left > 0) held.set(key, left)
      else held.delete(key)
    },
    own: (controllers, most, groupOf) =>
      told.own({ controllers, most, groupOf, all }, (key) => {
        const numbers = [held.get(key) ?? 0, lastMinute(key).length] as const
        if (numbers[0] + numbers[1] === 0) return undefined
        const share = Math.max(
          calls > 0 ? numbers[0] / calls : 0,
          callsPerMinute > 0 ? numbers[1] / callsPerMinute : 0,
        )
        return { numbers, share }
      }),
    setOthers: told.setOthers,
  }
}
