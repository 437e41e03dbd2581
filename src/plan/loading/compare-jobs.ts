/** What is different between sets, and what is in them. */
import canonicalize from 'canonicalize'
import { BelplanError } from '../../util/errors.ts'
import { type Change, compareSets, type ComparedDocument } from '../diff/index.ts'
import { documentMatcher } from '../grants.ts'
import type { LintOptions } from '../lint/index.ts'
import { openRevisions } from '../revisions/index.ts'
import type { ValidDocument } from './check-document.ts'
import { comparedDocument, comparedRevision } from './compared.ts'
import type {
  Changes,
  CompareDraftJob,
  CompareJob,
  ContentJob,
  Counts,
  JobAnswer,
  JobEnd,
  LoadJob,
} from './load-jobs.ts'
import { loadDraft, type LoadedSet } from './load-set.ts'

/** What a load would change of what serves. */
export async function wouldChange(
  { documents, revision, warnings, heldBack }: LoadedSet,
  { serving, revisions, options }: LoadJob,
): Promise<JobEnd> {
  const before =
    serving === undefined ? [] : await comparedRevision(openRevisions(revisions), serving, options)
  if (before === undefined) return { kind: 'none', revision: serving ?? '' }
  const changes = toldChanges(compareSets(before, documents.map(comparedDocument)))
  return { kind: 'wouldChange', revision, ...countsOf(documents), warnings, heldBack, ...changes }
}

function countsOf(documents: readonly ValidDocument[]): Counts {
  return {
    documents: documents.length,
    plans: documents.reduce((sum, { served }) => sum + served.plans.length, 0),
    numbers: documents.reduce((sum, { uses }) => sum + uses.length, 0),
  }
}

/** Nobody reads more; each is a sentence. */
const MOST_CHANGES = 1000

/** The first ones. */
export function toldChanges(changes: Iterable<Change>): Changes {
  const first: Change[] = []
  for (const change of changes) {
    if (first.length === MOST_CHANGES) return { changes: first, more: true }
    first.push(change)
  }
  return { changes: first, more: false }
}

export async function compareRevisions({
  revisions: folder,
  from,
  to,
  options,
  documents,
}: CompareJob): Promise<JobEnd> {
  const revisions = openRevisions(folder)
  const isVisible = documentMatcher(documents)
  const sides: ComparedDocument[][] = []
  for (const revision of [from, to]) {
    const all = await comparedRevision(revisions, revision, options)
    if (all === undefined) return { kind: 'none', revision }
    // Before they are compared: a number that came from a document of somebody else has come from nowhere.
    sides.push(all.filter(({ name }) => isVisible(name)))
  }
  return { kind: 'compared', ...toldChanges(compareSets(sides[0]!, sides[1]!)) }
}

/** What the operator grants is not looked at, nor what other documents have. */
export async function compareDraft(
  { name, bytes, before }: CompareDraftJob,
  { grants: _, ...options }: LintOptions,
): Promise<JobEnd> {
  const after = await loadDraft(name, `${name}.json`, bytes, options)
  if (after.errors.length > 0) return { kind: 'findings', errors: after.errors, warnings: after.warnings }
  const was = before && (await loadDraft(name, `${name}.json`, before, options))
  if (was && was.errors.length > 0)
    throw new BelplanError(
      'plans',
      `the document ${name} that is there does not validate, so that nothing can be compared with it`,
    )
  const [one, other] = [was?.documents ?? [], after.documents].map((side) => side.map(comparedDocument))
  return { kind: 'compared', ...toldChanges(compareSets(one!, other!)) }
}

/** In characters. */
const PIECE = 64 * 1024

export async function* contentOf({ revisions, revision, documents }: ContentJob): AsyncGenerator<JobAnswer> {
  const pairs = await openRevisions(revisions).read(revision)
  if (pairs === undefined) {
    yield { kind: 'none', revision }
    return
  }
  const isVisible = documentMatcher(documents)
  let piece = '['
  let separator = ''
  for (const pair of pairs) {
    if (!isVisible(pair[0])) continue
    piece += separator + canonicalize(pair)!
    separator = ','
    if (piece.length < PIECE) continue
    yield { kind: 'piece', piece }
    piece = ''
  }
  yield { kind: 'piece', piece: `${piece}]` }
  yield { kind: 'end' }
}
