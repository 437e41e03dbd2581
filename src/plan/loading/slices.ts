/** A set cut into pieces that cost the receiver a millisecond or two each. */
import type { CheckedSummary } from './check.ts'
import type { GoodDocument } from './load.ts'
import type { NumberPattern } from '../numbers/index.ts'

export interface DocumentSlice extends CheckedSummary {
  readonly name: string
  /** JSON, with defaults filled in. */
  readonly text: string
  readonly domain?: string
}

/** What leads to a plan; its document comes in the same slice or an earlier one. */
export interface EntryUse {
  readonly document: string
  readonly plan: string
  readonly written: string
  readonly pattern: NumberPattern
}

export interface SetSlice {
  readonly documents: readonly DocumentSlice[]
  readonly entries: readonly EntryUse[]
}

/** A slice is full with so many characters of documents, an entry counting as some. */
const FULL = 48 * 1024
const ENTRY_WEIGHT = 256

export function* slicesOf(documents: readonly GoodDocument[]): Generator<SetSlice> {
  let slice = newSlice()
  let weight = 0
  function* add(more: number): Generator<SetSlice> {
    weight += more
    if (weight < FULL) return
    yield slice
    slice = newSlice()
    weight = 0
  }
  for (const { name, text, summary, domain, uses } of documents) {
    slice.documents.push({ name, text, ...summary, ...(domain === undefined ? {} : { domain }) })
    yield* add(text.length)
    for (const { plan, written, pattern } of uses) {
      slice.entries.push({ document: name, plan, written, pattern })
      yield* add(ENTRY_WEIGHT)
    }
  }
  yield slice
}

function newSlice(): { documents: DocumentSlice[]; entries: EntryUse[] } {
  return { documents: [], entries: [] }
}
