/** What came about lately, counted by document: a counter a call, whether somebody looks or not. */

/** Undefined: all, also calls without a document. */
export type MayUse = ((document: string | undefined) => boolean) | undefined

export interface Lately {
  add(document: string | undefined): void
  /** Of the documents that `mayUse` allows. */
  count(mayUse: MayUse): number
}

/** document → how many. */
type Slice = Map<string | undefined, number>

const SLICES = 60

/** Counts what was added within the last `ms`, to a sixtieth of it. `now`: milliseconds of a monotonic clock. */
export function countLately(ms: number, now: () => number): Lately {
  const sliceMs = ms / SLICES
  const slices: Slice[] = [new Map<string | undefined, number>()]
  let began = now()
  let all = 0

  /** The slice that is now; those that are too old are dropped. */
  function current(): Slice {
    const passed = Math.floor((now() - began) / sliceMs)
    if (passed === 0) return slices.at(-1)!
    began += passed * sliceMs
    for (let i = 0; i < Math.min(passed, SLICES); i++) slices.push(new Map())
    for (const slice of slices.splice(0, slices.length - SLICES))
      for (const count of slice.values()) all -= count
    return slices.at(-1)!
  }

  return {
    add(document) {
      const slice = current()
      slice.set(document, (slice.get(document) ?? 0) + 1)
      all++
    },
    count(mayUse) {
      current()
      if (mayUse === undefined) return all
      let sum = 0
      for (const slice of slices) for (const [document, count] of slice) if (mayUse(document)) sum += count
      return sum
    },
  }
}
