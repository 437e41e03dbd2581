/** A plan set in pieces that cost the controller a millisecond or two each, so that no call waits for a large one. */
import type { NumberPattern } from '../numbers/index.ts'

/** A valid document as it serves, with what is shown of it. */
export interface ServedDocument {
  readonly name: string
  /** What calls need, as JSON: defaults filled in, what is ignored and `numbers` gone. */
  readonly text: string
  readonly description?: string
  readonly domain?: string
  readonly plans: readonly (readonly [name: string, { readonly description?: string }])[]
}

/** What leads to a plan; its document comes in the same slice or an earlier one. */
export interface PlanNumber {
  readonly document: string
  readonly plan: string
  readonly written: string
  readonly pattern: NumberPattern
}

export interface SetSlice {
  readonly documents: readonly ServedDocument[]
  readonly numbers: readonly PlanNumber[]
}

/** A slice is full with so many characters of documents, a number counting as some. */
const FULL = 48 * 1024
const NUMBER_WEIGHT = 256

export function* slicesOf(
  documents: Iterable<{
    readonly served: ServedDocument
    readonly uses: readonly Omit<PlanNumber, 'document'>[]
  }>,
): Generator<SetSlice> {
  let slice = newSlice()
  let weight = 0
  function* add(more: number): Generator<SetSlice> {
    weight += more
    if (weight < FULL) return
    yield slice
    slice = newSlice()
    weight = 0
  }
  for (const { served, uses } of documents) {
    slice.documents.push(served)
    yield* add(served.text.length)
    for (const { plan, written, pattern } of uses) {
      slice.numbers.push({ document: served.name, plan, written, pattern })
      yield* add(NUMBER_WEIGHT)
    }
  }
  yield slice
}

function newSlice(): { documents: ServedDocument[]; numbers: PlanNumber[] } {
  return { documents: [], numbers: [] }
}
