/** `invalidDocuments: "keepPrevious"`: a mistake of one customer does not hold up the changes of all others. */
import { isObject, MOST_FINDINGS } from '../../json/index.ts'
import { canonicalOf, type CheckedDocument, type Checker } from './check-document.ts'
import { claimKey, duplicateFindings, type Claim, type Duplicate, type MayName } from './duplicate-numbers.ts'
import type { Finding } from './finding.ts'

/** name → the document as it was served last. */
export type PreviousDocuments = ReadonlyMap<string, unknown>

export interface Kept {
  readonly documents: CheckedDocument[]
  /** What is wrong with the documents that were replaced or left out. */
  readonly warnings: readonly Finding[]
  /** What no earlier form can mend. */
  readonly errors: readonly Finding[]
}

/**
 * Puts the last valid form in the place of every document that does not validate; one that never was valid is
 * left out. Where a number is in two documents, the one that changed gives way; this may put a number back that
 * another document took over meanwhile, so the last valid form is compared with all others, too.
 */
export function keepPrevious(
  checked: readonly CheckedDocument[],
  previous: PreviousDocuments,
  checker: Checker,
  mayName?: MayName,
): Kept {
  const documents = new Map(checked.map((document) => [document.name, document]))
  const gaveWay = new Set<string>()
  const unchanged = new Set<string>()
  const warnings: Finding[] = []
  const overruled: { duplicate: Duplicate; instead: string }[] = []
  const unresolved: Duplicate[] = []
  /** Grows while it is walked through: documents that gave way are compared in their last valid form. */
  const toCompare = [...checked]

  /** Returns what is done instead. */
  function giveWay(name: string): string {
    gaveWay.add(name)
    const last = previous.has(name) ? checker.restore(name, previous.get(name)) : undefined
    if (last === undefined) {
      documents.delete(name)
      return 'the document is left out until this is mended'
    }
    documents.set(name, last)
    toCompare.push(last)
    return 'its last good form goes on serving'
  }

  /** `name` may be a folder that cannot be read: then its documents are missing. */
  function keepBelow(name: string): boolean {
    if (previous.has(name)) return false
    const below = [...previous.keys()].filter(
      (other) => other.startsWith(`${name}/`) && !documents.has(other),
    )
    below.forEach(giveWay)
    return below.length > 0
  }

  const serves = ({ document }: Claim) => documents.get(document.name) === document

  function mayGiveWay(document: CheckedDocument): boolean {
    const { name } = document
    if (gaveWay.has(name) || unchanged.has(name)) return false
    if (hasChanged(document, previous)) return true
    unchanged.add(name)
    return false
  }

  for (const document of checked) {
    if (document.errors.length === 0) continue
    const own = giveWay(document.name)
    const below = keepBelow(document.name)
    const instead = below ? 'the last good forms of what is in it go on serving' : own
    warnings.push(...document.errors.map((finding) => withInstead(finding, instead)))
  }
  const claims = new Map<string, Claim>()
  for (const document of toCompare) {
    for (const use of document.uses) {
      const second = { document, use }
      if (!serves(second)) break
      const key = claimKey(second)
      const first = claims.get(key)
      if (first !== undefined && serves(first)) {
        const changed = [document, first.document].find(mayGiveWay)
        if (changed === undefined) unresolved.push({ first, second })
        else overruled.push({ duplicate: inOrder(first, second, changed), instead: giveWay(changed.name) })
      }
      if (serves(second)) claims.set(key, second)
    }
  }
  if (unresolved.length > 0)
    return { documents: [], warnings, errors: duplicateFindings(unresolved.slice(0, MOST_FINDINGS), mayName) }
  const findings = duplicateFindings(
    overruled.map(({ duplicate }) => duplicate),
    mayName,
  )
  warnings.push(...findings.map((finding, i) => withInstead(finding, overruled[i]!.instead)))
  return { documents: [...documents.values()], warnings, errors: [] }
}

/** The finding of a duplicate is at the second place: that of the document that gives way. */
function inOrder(first: Claim, second: Claim, givesWay: CheckedDocument): Duplicate {
  return givesWay === second.document ? { first, second } : { first: second, second: first }
}

function withInstead(finding: Finding, instead: string): Finding {
  return { ...finding, message: `${finding.message} (${instead})` }
}

function hasChanged({ name, canonical }: CheckedDocument, previous: PreviousDocuments): boolean {
  const last = previous.get(name)
  return !isObject(last) || canonical === undefined || !canonicalOf(name, last).equals(canonical)
}
