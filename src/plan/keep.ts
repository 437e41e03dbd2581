/** `invalidDocuments: "keepPrevious"`: one customer's mistake is not everybody's. */
import { canonicalOf, type CheckedDocument, type Checker } from './check.ts'
import { findDuplicates, type Duplicate } from './duplicates.ts'
import type { Finding } from './finding.ts'
import { isObject } from './lint/fault.ts'

/** name → the document as it was served last. */
export type PreviousForms = ReadonlyMap<string, unknown>

export interface Kept {
  readonly documents: CheckedDocument[]
  /** What is wrong with the documents that were replaced or left out. */
  readonly warnings: readonly Finding[]
  /** What no earlier form can mend. */
  readonly errors: readonly Finding[]
}

/**
 * Puts the last good form in the place of every document that does not validate; one that never was good is
 * left out. Where a number is in two documents, the one that changed gives way; giving way may put a number
 * back that another document took over meanwhile, so it is looked at again until nothing is there twice.
 */
export function keepPrevious(
  checked: readonly CheckedDocument[],
  previous: PreviousForms,
  checker: Checker,
): Kept {
  const documents = new Map(checked.map((document) => [document.name, document]))
  const gaveWay = new Set<string>()
  const warnings: Finding[] = []

  function giveWay({ name }: CheckedDocument, reasons: readonly Finding[]): void {
    gaveWay.add(name)
    const form = previous.has(name) ? checker.restore(name, previous.get(name)) : undefined
    if (form === undefined) documents.delete(name)
    else documents.set(name, form)
    const instead =
      form === undefined
        ? 'the document is left out until this is mended'
        : 'its last good form goes on serving'
    warnings.push(...reasons.map((finding) => ({ ...finding, message: `${finding.message} (${instead})` })))
  }

  /** Whether one of the two could give way. */
  function resolve({ first, second, finding }: Duplicate): boolean {
    const gone = documents.get(first.name) !== first || documents.get(second.name) !== second
    if (gone) return true
    const changed = [second, first].find(
      (document) => !gaveWay.has(document.name) && hasChanged(document, previous),
    )
    if (changed !== undefined) giveWay(changed, [finding])
    return changed !== undefined
  }

  for (const document of checked) if (document.errors.length > 0) giveWay(document, document.errors)
  for (;;) {
    const duplicates = findDuplicates(documents.values())
    if (duplicates.length === 0) return { documents: [...documents.values()], warnings, errors: [] }
    const stuck = duplicates.filter((duplicate) => !resolve(duplicate))
    if (stuck.length > 0) return { documents: [], warnings, errors: stuck.map(({ finding }) => finding) }
  }
}

function hasChanged({ name, canonical }: CheckedDocument, previous: PreviousForms): boolean {
  const form = previous.get(name)
  return !isObject(form) || canonical === undefined || !canonicalOf(name, form).equals(canonical)
}
