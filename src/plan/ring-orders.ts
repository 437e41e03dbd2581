/** In which order the lists are rung whose strategy leaves that to the controller. */
import { LRUCache } from 'lru-cache'

/**
 * The places of the destinations of a list, in the order in which they are rung: `random`, or `roundRobin`, which begins
 * each time with the one behind that which it began with the last time at this step. `step` names the step among those
 * of all documents.
 */
export type RingOrder = (strategy: 'roundRobin' | 'random', step: string, count: number) => readonly number[]

/** Whose turn it is in the lists that are rung in turn. */
export interface Turns {
  /** The place, of `count`, that the list of this step begins with; the next one is behind it. */
  take(step: string, count: number): number
}

/** Steps whose turn is remembered; some 1 MB. */
const MOST_STEPS = 10_000

/**
 * Each controller counts for itself, from a random place on: of those that serve the same plan, and of one that is
 * started again, none favours the first destination.
 */
function createTurns(below: (count: number) => number): Turns {
  const next = new LRUCache<string, number>({ max: MOST_STEPS })
  return {
    take(step, count) {
      const first = (next.get(step) ?? below(count)) % count
      next.set(step, (first + 1) % count)
      return first
    },
  }
}

/**
 * `random`: from 0 up to 1; always 0 leaves lists as they are written.
 *
 * @param shared where several controllers count together [each for itself]
 */
export function createRingOrder(random: () => number = Math.random, shared?: Turns): RingOrder {
  const below = (count: number) => Math.floor(random() * count)
  const turns = shared ?? createTurns(below)

  function rotated(step: string, count: number): readonly number[] {
    const first = turns.take(step, count)
    return Array.from({ length: count }, (_, i) => (first + i) % count)
  }

  /** Fisher and Yates's, from the front. */
  function shuffled(count: number): readonly number[] {
    const places = Array.from({ length: count }, (_, i) => i)
    for (let i = 0; i < count; i++) {
      const j = i + below(count - i)
      const place = places[j]!
      places[j] = places[i]!
      places[i] = place
    }
    return places
  }

  return (strategy, step, count) => (strategy === 'random' ? shuffled(count) : rotated(step, count))
}

/** The places of `count` destinations, each once. */
export function isOrderOf(order: readonly number[], count: number): boolean {
  return order.length === count && new Set(order).size === count && order.every((place) => place < count)
}
