/** `invalidDocuments: "keepPrevious"`: one customer's mistake is not everybody's. */
import { canonicalOf, type CheckedDocument, type Checker } from './check.ts'
import { claimKey, duplicateFindings, type Claim, type Duplicate } from './duplicates.ts'
import type { Finding } from './finding.ts'
import { isObject, MOST_FINDINGS } from '../../json/index.ts'

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
 * back that another document took over meanwhile, so its last good form is looked at like any other.
 */
export function keepPrevious(
  checked: readonly CheckedDocument[],
  previous: PreviousForms,
  checker: Checker,
): Kept {
  const documents = new Map(checked.map((document) => [document.name, document]))
  const gaveWay = new Set<string>()
  const unchanged = new Set<string>()
  const warnings: Finding[] = []
  const overruled: { duplicate: Duplicate; instead: string }[] = []
  const stuck: Duplicate[] = []

  /** Returns what is done instead. */
  function giveWay(name: string): string {
    gaveWay.add(name)
    const form = previous.has(name) ? checker.restore(name, previous.get(name)) : undefined
    if (form === undefined) documents.delete(name)
    else documents.set(name, form)
    if (form !== undefined) toLookAt.push(form)
    return form === undefined
      ? 'the document is left out until this is mended'
      : 'its last good form goes on serving'
  }

  /** `name` may be a folder that cannot be read: its documents are not among those that were. */
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

  const toLookAt = [...checked]
  for (const document of checked) {
    if (document.errors.length === 0) continue
    const own = giveWay(document.name)
    const below = keepBelow(document.name)
    const instead = below ? 'the last good forms of what is in it go on serving' : own
    warnings.push(...document.errors.map((finding) => withInstead(finding, instead)))
  }
  const claims = new Map<string, Claim>()
  // It goes on with what is added to it meanwhile.
  for (const document of toLookAt) {
    for (const use of document.uses) {
      const second = { document, use }
      if (!serves(second)) break
      const key = claimKey(second)
      const first = claims.get(key)
      if (first !== undefined && serves(first)) {
        const changed = [document, first.document].find(mayGiveWay)
        if (changed === undefined) stuck.push({ first, second })
        else overruled.push({ duplicate: inOrder(first, second, changed), instead: giveWay(changed.name) })
      }
      if (serves(second)) claims.set(key, second)
    }
  }
  if (stuck.length > 0)
    return { documents: [], warnings, errors: duplicateFindings(stuck.slice(0, MOST_FINDINGS)) }
  const findings = duplicateFindings(overruled.map(({ duplicate }) => duplicate))
  warnings.push(...findings.map((finding, i) => withInstead(finding, overruled[i]!.instead)))
  return { documents: [...documents.values()], warnings, errors: [] }
}

/** What is said of a duplicate is said of the second: of the one that gives way. */
function inOrder(first: Claim, second: Claim, givesWay: CheckedDocument): Duplicate {
  return givesWay === second.document ? { first, second } : { first: second, second: first }
}

function withInstead(finding: Finding, instead: string): Finding {
  return { ...finding, message: `${finding.message} (${instead})` }
}

function hasChanged({ name, canonical }: CheckedDocument, previous: PreviousForms): boolean {
  const form = previous.get(name)
  return !isObject(form) || canonical === undefined || !canonicalOf(name, form).equals(canonical)
}
