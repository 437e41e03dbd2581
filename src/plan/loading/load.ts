/** Reads a plan set: all of it, with everything that is wrong with it. */
import { createHash } from 'node:crypto'
import { createChecker, LARGE, refusedDocument, type CheckedDocument, type Checker } from './check.ts'
import { contentsOf } from './contents.ts'
import type { PlanDocument } from '../document.ts'
import { findDuplicates } from './duplicates.ts'
import type { Finding } from './finding.ts'
import { findDocuments, type DocumentFile } from './folder.ts'
import { deepFreeze } from '../../util/freeze.ts'
import { keepPrevious, type PreviousForms } from './keep-previous.ts'
import type { LintOptions } from '../lint/index.ts'
import type { Verdicts } from './verdicts.ts'

/** Told of each large document before it is checked, and of none behind it. Nothing is checked before it resolves. */
export type Tell = (document: string | undefined) => Promise<void>

/** How documents are watched while they are checked. */
interface Watch {
  readonly tell?: Tell | undefined
  /** document → why it is refused unread. */
  readonly refused?: ReadonlyMap<string, string> | undefined
}

export interface LoadOptions extends LintOptions, Watch {
  /**
   * For `invalidDocuments: "keepPrevious"`: what was served last, asked for only when a document does not
   * validate. Absent, or nothing served yet: one bad document refuses the set.
   */
  readonly previous?: () => Promise<PreviousForms | undefined>
  /** The folder of the whole set, where only a part of it is loaded: documents are named as there. */
  readonly set?: string
  readonly verdicts?: Pick<Verdicts, 'over'> | undefined
}

/** A document that validated, with what leads to its plans. */
export type GoodDocument = CheckedDocument & Required<Pick<CheckedDocument, 'canonical' | 'text' | 'summary'>>

export interface CheckedSet {
  /** Sorted by name; empty with errors. */
  readonly documents: readonly GoodDocument[]
  /** 12 hex digits; empty with errors. */
  readonly revision: string
  /** The RFC 8785 form of all [name, document] pairs in UTF-8, which the revision is the hash of. */
  readonly content: Buffer
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
  /** Names of documents that do not validate: their last good form serves, or nothing (`keepPrevious`). */
  readonly heldBack: readonly string[]
}

export interface LoadedSet extends Omit<CheckedSet, 'documents'> {
  /** By name, deep-frozen. */
  readonly documents: ReadonlyMap<string, PlanDocument>
}

/**
 * Reads and validates a folder of documents, or a single one. What is wrong with the set is in `errors`.
 * @throws BelplanError `plans` when `path` cannot be read
 */
export async function loadSet(path: string, options: LoadOptions = {}): Promise<LoadedSet> {
  const { documents, ...set } = await checkSet(path, options)
  return {
    ...set,
    documents: new Map(
      documents.map(({ name, text }) => [name, deepFreeze(JSON.parse(text) as PlanDocument)]),
    ),
  }
}

/** As `loadSet`, for the one who goes on working with the documents. */
export async function checkSet(path: string, options: LoadOptions): Promise<CheckedSet> {
  const { root, files, faults } = await findDocuments(path, options.set)
  const judging = createChecker(options)
  const checker = options.verdicts?.over(judging) ?? judging
  const checked = faults.map(({ document, file, message }) => refusedDocument(document, file, message))
  for (let i = 0; i < files.length; i += READ_AT_ONCE) {
    const some = files.slice(i, i + READ_AT_ONCE)
    const contents = await Promise.all(some.map(({ path }) => contentsOf(path, root)))
    for (const [j, file] of some.entries())
      checked.push(await checkWatched(checker, file, contents[j]!, options))
  }
  if (checked.length === 0) return refused([emptySet(path)], [])
  checked.sort((a, b) => (a.name < b.name ? -1 : 1))
  const set = await judge(checked, checker, options)
  const isUnowned = options.grants !== undefined && options.grants.owners === undefined
  return isUnowned && checked.length > 1 ? { ...set, warnings: [unowned(path), ...set.warnings] } : set
}

/** `contents`: the bytes, or why there are none. */
export async function checkWatched(
  checker: Checker,
  { name, file }: Pick<DocumentFile, 'name' | 'file'>,
  contents: Uint8Array | string,
  { tell, refused }: Watch,
): Promise<CheckedDocument> {
  const why = typeof contents === 'string' ? contents : refused?.get(name)
  if (why !== undefined) return refusedDocument(name, file, why)
  const bytes = contents as Uint8Array
  const isWatched = tell !== undefined && bytes.length > LARGE
  if (isWatched) await tell(name)
  const checked = checker.check(name, file, bytes)
  if (isWatched) await tell(undefined)
  return checked
}

/** Each may be as large as a file may be. */
const READ_AT_ONCE = 16

async function judge(
  checked: readonly CheckedDocument[],
  checker: Checker,
  { previous }: LoadOptions,
): Promise<CheckedSet> {
  const warnings = checked.flatMap((document) => document.warnings)
  const duplicates = findDuplicates(checked)
  const errors = [...checked.flatMap((document) => document.errors), ...duplicates]
  if (errors.length === 0) return accepted(checked, warnings)
  const forms = await previous?.()
  const kept = forms && keepPrevious(checked, forms, checker)
  if (!kept || kept.errors.length > 0 || kept.documents.length === 0) return refused(errors, warnings)
  const served = new Set(kept.documents)
  const own = checked.flatMap((document) => (served.has(document) ? document.warnings : []))
  const heldBack = checked.filter((document) => !served.has(document)).map(({ name }) => name)
  return { ...accepted(kept.documents, [...kept.warnings, ...own]), heldBack }
}

const COMMA = Buffer.from(',')

function accepted(documents: readonly CheckedDocument[], warnings: readonly Finding[]): CheckedSet {
  const good = documents as readonly GoodDocument[]
  const pairs = good.flatMap(({ canonical }, i) => (i === 0 ? [canonical] : [COMMA, canonical]))
  const content = Buffer.concat([Buffer.from('['), ...pairs, Buffer.from(']')])
  return { documents: good, revision: revisionOf(content), content, errors: [], warnings, heldBack: [] }
}

/** The first 12 hex digits of the SHA-256 over a set's content. */
export function revisionOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12)
}

function refused(errors: readonly Finding[], warnings: readonly Finding[]): CheckedSet {
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
