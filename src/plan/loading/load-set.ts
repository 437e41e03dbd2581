/** Reads a plan set: all of it, with everything that is wrong with it. */
import { documentMatcher } from '../grants.ts'
import type { LintOptions } from '../lint/index.ts'
import { revisionOf } from '../revisions/index.ts'
import type { CheckCache } from './check-cache.ts'
import {
  createChecker,
  LARGE,
  refusedDocument,
  type CheckedDocument,
  type Checker,
  type ValidDocument,
} from './check-document.ts'
import { findDuplicates, type MayName } from './duplicate-numbers.ts'
import type { Finding } from './finding.ts'
import { findDocuments, readContents, type DocumentFile, type FoundDocuments } from './folder.ts'
import { readTests, testFileOf, type TestFile } from './test-files.ts'
import { keepPrevious, type PreviousDocuments } from './keep-previous.ts'
import type { ReplacedDocument } from './load-jobs.ts'
import type { TestedDocument } from './tested.ts'

/** For whoever limits the time that one document may take. */
export interface CheckLimits {
  /** Called with the name of each large document before its check, which waits for the promise, and without one after it. */
  readonly onCheck?: ((document?: string) => Promise<void>) | undefined
  /** document → why it is refused without a check. */
  readonly refused?: ReadonlyMap<string, string> | undefined
}

export interface LoadOptions extends LintOptions, CheckLimits {
  /**
   * For `invalidDocuments: "keepPrevious"`: what was served last, called only when a document does not validate.
   * Absent, or nothing served yet: one invalid document refuses the set.
   */
  readonly previous?: () => Promise<PreviousDocuments | undefined>
  /** The folder of the whole set, where only a part of it is loaded: documents are named as there. */
  readonly set?: string
  readonly cache?: Pick<CheckCache, 'over'> | undefined
  /** The set as it would be with this document. */
  readonly replaced?: ReplacedDocument | undefined
  /** Of a set that validates: documents whose tests fail, each with what is wrong. They count as if they did not validate. */
  readonly judge?: JudgeSet | undefined
}

/** For whoever judges a set by its tests. */
export interface JudgeLimits extends Pick<CheckLimits, 'onCheck'> {
  /** Nothing is kept. */
  readonly dryRun?: boolean | undefined
}

export type JudgeSet = (
  set: LoadedSet,
  tests: readonly TestFile[],
) => Promise<ReadonlyMap<string, readonly Finding[]>>

/** Of a set of the one document that the tests are of; `faults`: the file cannot be used. */
export type RunTests = (
  set: LoadedSet,
  tests: TestFile,
) => Promise<
  { readonly faults: readonly Finding[] } | { readonly faults?: undefined; readonly tested: TestedDocument }
>

export interface LoadedSet {
  /** Sorted by name; empty with errors. */
  readonly documents: readonly ValidDocument[]
  /** 12 hex digits; empty with errors. */
  readonly revision: string
  /** The RFC 8785 form of all [name, document] pairs in UTF-8, which the revision is the hash of. */
  readonly content: Buffer
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
  /** Names of documents that do not validate: their last valid form serves, or nothing (`keepPrevious`). */
  readonly heldBack: readonly string[]
}

/** Each may be as large as a file may be. */
const READ_AT_ONCE = 16

/**
 * Reads and validates a folder of documents, or a single one. What is wrong with the set is in `errors`.
 * @throws BelplanError `plans` when `path` cannot be read
 */
export async function loadSet(path: string, options: LoadOptions = {}): Promise<LoadedSet> {
  const { replaced } = options
  const found = await findDocuments(path, options.set)
  const { root } = found
  const files = found.files.filter(({ name }) => name !== replaced?.name)
  const faults = found.faults.filter(({ document }) => document !== replaced?.name)
  const uncached = createChecker(options)
  const checker = options.cache?.over(uncached) ?? uncached
  const checked = faults.map(({ document, file, message }) => refusedDocument(document, file, message))
  for (let i = 0; i < files.length; i += READ_AT_ONCE) {
    const some = files.slice(i, i + READ_AT_ONCE)
    const contents = await Promise.all(some.map(({ path }) => readContents(path, root)))
    for (const [j, file] of some.entries())
      checked.push(await checkContents(checker, file, contents[j]!, options))
  }
  if (replaced?.bytes !== undefined) {
    const own = createChecker(withoutOwners(options, replaced))
    checked.push(await checkContents(own, newFile(replaced.name), replaced.bytes, options))
  }
  if (checked.length === 0) return refused([emptySet(path)], [])
  checked.sort((a, b) => (a.name < b.name ? -1 : 1))
  const set = await acceptTested(checked, found, checker, options)
  const isUnowned = options.grants !== undefined && options.grants.owners === undefined
  return isUnowned && checked.length > 1 ? { ...set, warnings: [unowned(path), ...set.warnings] } : set
}

/** A set of one document that is not on disk; `name` is the document's, and `file` what findings call it. */
export function loadDraft(
  name: string,
  file: string,
  bytes: Uint8Array,
  options: LintOptions = {},
): Promise<LoadedSet> {
  const checker = createChecker(options)
  return acceptDraft(checker.check(name, file, bytes), checker)
}

export function acceptDraft(document: CheckedDocument, checker: Checker): Promise<LoadedSet> {
  return acceptSet([document], checker, {})
}

/** `contents`: the bytes, or why there are none. */
export async function checkContents(
  checker: Checker,
  { name, file }: Pick<DocumentFile, 'name' | 'file'>,
  contents: Uint8Array | string,
  { onCheck, refused }: CheckLimits,
): Promise<CheckedDocument> {
  if (typeof contents === 'string') return refusedDocument(name, file, contents)
  const why = refused?.get(name)
  if (why !== undefined) return refusedDocument(name, file, why)
  if (contents.length <= LARGE) return checker.check(name, file, contents)
  await onCheck?.(name)
  const checked = checker.check(name, file, contents)
  await onCheck?.()
  return checked
}

/** As `acceptSet`, and where tests are required, they pass. */
async function acceptTested(
  checked: readonly CheckedDocument[],
  { root, tests }: FoundDocuments,
  checker: Checker,
  options: LoadOptions,
): Promise<LoadedSet> {
  const set = await acceptSet(checked, checker, options)
  const { replaced } = options
  const kept = replaced?.tests === undefined ? tests : tests.filter(({ name }) => name !== replaced.name)
  const own = replaced?.tests instanceof Uint8Array ? [testFileOf(replaced.name, replaced.tests)] : []
  if (options.judge === undefined || set.errors.length > 0 || kept.length + own.length === 0) return set
  const failing = await options.judge(set, [...(await readTests(kept, root)), ...own])
  // What is held back already serves in its last form, whatever its new tests say of that.
  const judged = checked.map((document) =>
    document.errors.length > 0 ? document : { ...document, errors: failing.get(document.name) ?? [] },
  )
  return failing.size === 0 ? set : acceptSet(judged, checker, options)
}

async function acceptSet(
  checked: readonly CheckedDocument[],
  checker: Checker,
  { previous, replaced }: LoadOptions,
): Promise<LoadedSet> {
  const warnings = checked.flatMap((document) => document.warnings)
  const mayName = replaced && documentMatcher(replaced.visible)
  const claimants = replaced ? claimantsAgainst(replaced.name, checked, mayName!) : checked
  const errors = [...checked.flatMap((document) => document.errors), ...findDuplicates(claimants, mayName)]
  if (errors.length === 0) return accepted(checked, warnings)
  const last = await previous?.()
  const kept = last && keepPrevious(checked, last, checker, mayName)
  if (!kept || kept.errors.length > 0 || kept.documents.length === 0) return refused(errors, warnings)
  const served = new Set(kept.documents)
  const own = checked.flatMap((document) => (served.has(document) ? document.warnings : []))
  const heldBack = checked.filter((document) => !served.has(document)).map(({ name }) => name)
  return { ...accepted(kept.documents, [...kept.warnings, ...own]), heldBack }
}

/** A number that was taken is a fault of the document that comes, so that it stands last. */
function claimantsAgainst(
  name: string,
  checked: readonly CheckedDocument[],
  mayName: MayName,
): readonly CheckedDocument[] {
  const [own] = checked.filter((document) => document.name === name)
  const others = checked.filter((document) => document !== own)
  if (own === undefined) return others
  // What it may not claim anyway is not said to lead somewhere.
  return [...(own.errors.length > 0 ? others.filter((other) => mayName(other.name)) : others), own]
}

/** Whoever may not know of others is not told whose something is. */
function withoutOwners(options: LintOptions, { visible }: ReplacedDocument): LintOptions {
  const { grants } = options
  return grants && !visible.includes('*') ? { ...options, grants: { ...grants, hideOwners: true } } : options
}

function newFile(name: string): Pick<DocumentFile, 'name' | 'file'> {
  return { name, file: `${name}.json` }
}

const COMMA = Buffer.from(',')

function accepted(documents: readonly CheckedDocument[], warnings: readonly Finding[]): LoadedSet {
  const valid = documents as readonly ValidDocument[]
  const pairs = valid.flatMap(({ canonical }, i) => (i === 0 ? [canonical] : [COMMA, canonical]))
  const content = Buffer.concat([Buffer.from('['), ...pairs, Buffer.from(']')])
  return { documents: valid, revision: revisionOf(content), content, errors: [], warnings, heldBack: [] }
}

function refused(errors: readonly Finding[], warnings: readonly Finding[]): LoadedSet {
  return {
    documents: [],
    revision: '',
    content: Buffer.alloc(0),
    errors: [...errors].sort(byPlace),
    warnings,
    heldBack: [],
  }
}

function byPlace(a: Finding, b: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || a.column - b.column
}

function emptySet(file: string): Finding {
  return ofSet(
    file,
    'the plan set is empty; put at least one document, a file that ends in .json, into the folder',
  )
}

function unowned(file: string): Finding {
  return ofSet(
    file,
    'any document may claim any number, domain and destination; where documents belong to different customers, say in "owners" of the configuration what is whose',
  )
}

function ofSet(file: string, message: string): Finding {
  return { document: '', file, line: 1, column: 1, pointer: '', message }
}
