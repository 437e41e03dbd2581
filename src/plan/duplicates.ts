import type { CheckedDocument } from './check.ts'
import type { Finding } from './finding.ts'
import { numberPath, type NumberUse } from './lint/document.ts'
import { pointerOf } from './lint/fault.ts'
import { entryKey } from './select.ts'

/** The same entry in two places of a set. */
export interface Duplicate {
  readonly first: CheckedDocument
  readonly second: CheckedDocument
  /** At the second place, naming both. */
  readonly finding: Finding
}

/** More than anybody reads in one go. */
const MOST = 1000

/** In the order of `documents`, 1000 at most. Entries were normalised when they were read. */
export function findDuplicates(documents: Iterable<CheckedDocument>): Duplicate[] {
  const places = new Map<string, { document: CheckedDocument; use: NumberUse }>()
  const duplicates: Duplicate[] = []
  for (const second of documents) {
    for (const use of second.uses) {
      const key = entryKey(use.entry, second.domain)
      const there = places.get(key)
      if (duplicates.length === MOST) return duplicates
      if (there === undefined) places.set(key, { document: second, use })
      else
        duplicates.push({
          first: there.document,
          second,
          finding: duplicate(there.document, there.use, second, use),
        })
    }
  }
  return duplicates
}

function duplicate(
  first: CheckedDocument,
  there: NumberUse,
  second: CheckedDocument,
  use: NumberUse,
): Finding {
  const { line, column } = first.locator.at(numberPath(there))
  const same = there.written === use.written ? '' : `, written "${there.written}"`
  const place = `at ${first.file}:${line}:${column}${same}`
  return {
    document: second.name,
    file: second.file,
    ...second.locator.at(numberPath(use)),
    pointer: pointerOf(numberPath(use)),
    message: `"${use.written}" leads to the plan "${there.plan}" already, ${place}; take one of the two out`,
  }
}
