/** The same number pattern in two places of a set. */
import { MOST_FINDINGS, pointerOf, type Position } from '../../json/index.ts'
import { numberPath, type NumberUse } from '../lint/index.ts'
import { patternKey } from '../numbers/index.ts'
import type { CheckedDocument } from './check-document.ts'
import type { Finding } from './finding.ts'
import { withMore } from './plan-set-error.ts'

/** A document's claim to a number pattern. */
export interface Claim {
  readonly document: CheckedDocument
  readonly use: NumberUse
}

export interface Duplicate {
  readonly first: Claim
  readonly second: Claim
}

/** What claims are compared by. Numbers were normalised when they were read. */
export function claimKey({ document, use }: Claim): string {
  return patternKey(use.pattern, document.domain)
}

/** Whether a finding may name another document. */
export type MayName = (document: string) => boolean

/** The first of a set, in the order of `documents`: each at its second place, naming both. */
export function findDuplicates(documents: Iterable<CheckedDocument>, mayName?: MayName): Finding[] {
  const claims = new Map<string, Claim>()
  const duplicates: Duplicate[] = []
  for (const document of documents) {
    for (const use of document.uses) {
      const second = { document, use }
      const key = claimKey(second)
      const first = claims.get(key)
      if (first === undefined) claims.set(key, second)
      else if (duplicates.length < MOST_FINDINGS) duplicates.push({ first, second })
      else return withMore(duplicateFindings(duplicates, mayName), true)
    }
  }
  return duplicateFindings(duplicates, mayName)
}

/** One for each. The text of a document is read once, however many it has. */
export function duplicateFindings(
  duplicates: readonly Duplicate[],
  mayName: MayName = () => true,
): Finding[] {
  const positions = positionsOf(duplicates.flatMap(({ first, second }) => [first, second]))
  return duplicates.map(({ first, second }) => {
    const { written } = second.use
    const message = mayName(first.document.name)
      ? `"${written}" leads to ${placeOf(first, positions.get(first)!, written)}; take one of the two out`
      : `"${written}" leads elsewhere already; take it out`
    return {
      document: second.document.name,
      file: second.document.file,
      ...positions.get(second)!,
      pointer: pointerOf(numberPath(second.use)),
      message,
    }
  })
}

function placeOf({ document, use }: Claim, { line, column }: Position, written: string): string {
  const otherwise = use.written === written ? '' : `, written "${use.written}"`
  return `the plan "${use.plan}" already, at ${document.file}:${line}:${column}${otherwise}`
}

function positionsOf(claims: readonly Claim[]): ReadonlyMap<Claim, Position> {
  const positions = new Map<Claim, Position>()
  for (const [{ locator }, own] of Map.groupBy(claims, ({ document }) => document)) {
    const found = locator.at(own.map(({ use }) => ({ path: numberPath(use) })))
    own.forEach((claim, i) => positions.set(claim, found[i]!))
  }
  return positions
}
