/** What differs between two plan sets: for calls, and in sentences for people. */
import type { PlanDocument } from '../document.ts'
import { isInternal, type NumberPattern, patternKey } from '../numbers/index.ts'
import type { Change, DocumentChange } from './change.ts'
import { compareDocuments, wholeDocument } from './compare-documents.ts'
import { numberChanges, type NumberPlace } from './compare-numbers.ts'

/** A document of one of the sets. */
export interface ComparedDocument {
  readonly name: string
  /** Documents with the same form are not read. */
  readonly form: string
  /** The document as it serves, with its defaults and without what is ignored. */
  read(): ReadDocument
}

interface ReadDocument {
  readonly document: PlanDocument
  readonly uses: readonly {
    readonly plan: string
    readonly written: string
    readonly pattern: NumberPattern
  }[]
}

interface Both {
  readonly name: string
  readonly before: ReadDocument | undefined
  readonly after: ReadDocument | undefined
}

const NOTHING =
  'calls meet no difference: it is in texts for people, in fields that begin with x-, or in how numbers are written'

/** Document by document, by name, and within each in reading order; nothing where the sets are the same. */
export function* compareSets(
  before: Iterable<ComparedDocument>,
  after: Iterable<ComparedDocument>,
): Generator<Change> {
  const differing = differingDocuments(before, after)
  const numbers = Map.groupBy(
    numberChanges(
      placesOf(differing.map(({ name, before, after }) => [name, before, after?.document.domain])),
      placesOf(differing.map(({ name, after }) => [name, after, undefined])),
    ),
    ({ document }) => document,
  )
  for (const { name, before, after } of differing) {
    let count = 0
    for (const change of changesOf(before, after, numbers.get(name) ?? [])) {
      count++
      yield { document: name, ...change }
    }
    if (count === 0) yield { document: name, kind: 'documentUnaffected', sentence: NOTHING }
  }
}

function* changesOf(
  before: ReadDocument | undefined,
  after: ReadDocument | undefined,
  numbers: readonly DocumentChange[],
): Generator<DocumentChange> {
  if (before && after) {
    yield* compareDocuments(before.document, after.document, numbers)
  } else {
    yield wholeDocument(
      (after ?? before)!.document,
      after === undefined ? 'documentRemoved' : 'documentAdded',
    )
    yield* numbers
  }
}

function differingDocuments(
  before: Iterable<ComparedDocument>,
  after: Iterable<ComparedDocument>,
): readonly Both[] {
  const old = new Map([...before].map((document) => [document.name, document]))
  const all = new Map<string, readonly [ComparedDocument | undefined, ComparedDocument | undefined]>()
  for (const is of after) {
    const was = old.get(is.name)
    if (was?.form !== is.form) all.set(is.name, [was, is])
    old.delete(is.name)
  }
  for (const was of old.values()) all.set(was.name, [was, undefined])
  return [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, [was, is]]) => ({ name, before: was?.read(), after: is?.read() }))
}

/** `domain` takes the place of the document's own: internal numbers that went with it to another are the same. */
function placesOf(
  documents: readonly (readonly [string, ReadDocument | undefined, domain: string | undefined])[],
): Map<string, NumberPlace> {
  const places = new Map<string, NumberPlace>()
  for (const [name, read, domain = read?.document.domain] of documents) {
    for (const { plan, written, pattern } of read?.uses ?? []) {
      const key = patternKey(pattern, isInternal(pattern) ? domain : undefined)
      places.set(key, { document: name, plan, written })
    }
  }
  return places
}
