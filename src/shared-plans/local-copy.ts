/**
 * The plans of the shared database on this machine's disk: the chain of revisions as far as it was followed, the texts of documents and
 * tests, and the documents as they serve. A controller starts from it when the database is away, and finds in it the revisions of calls
 * that come back. Several processes may have it open, and those of several controllers that share the folder: each follows the
 * chain, and what one has added the others find. All of it takes its time at once, so that it belongs into a process of its own; but
 * for the reading of the whole set at a start (`read-local-set.ts`).
 */
import { createHash } from 'node:crypto'
import {
  createSetName,
  type Finding,
  type FormReader,
  type MayName,
  type SetChange,
  type SetSlice,
  slicesOf,
} from '../plan/index.ts'
import { BelplanError } from '../util/errors.ts'
import {
  type ChainChange,
  type ChainRevision,
  type ChainState,
  createChain,
  type NamedHash,
  type Part,
} from './chain.ts'
import { createClaims } from './claims.ts'
import { createCopiedNames } from './copied-names.ts'
import { createCopiedSets } from './copied-sets.ts'
import { type CopyFile, openCopyFile } from './copy-file.ts'
import { createForms } from './forms.ts'
import { pruneCopy } from './prune-copy.ts'

export interface Content {
  readonly part: Part
  /** The file, as it was put. */
  readonly body: string
  /** By which revisions have it [that of the body]: a file that was pushed as it was not UTF-8 has another one. */
  readonly hash?: string
}

/** All throw SQLite's errors. Generators may be read with other work in between, also changes of the copy. */
export interface LocalCopy {
  /** The newest revision here; undefined: there is none yet. */
  state(): ChainState | undefined
  /** The file was removed or made anew by others: open it again. */
  isAnother(): boolean
  /** Those whose texts are not here. */
  missing(hashes: Iterable<string>): string[]
  /** Texts for `append`, with the documents as they serve: some 0.3 ms for one with 20 numbers. */
  keep(contents: Iterable<Content>): void
  /**
   * Puts a revision behind the newest one; nothing where it is here already. `whole`: `changes` are all files that it has, as at the
   * first time, or where what lies between is not known. It may then go back, and the chain that was here is gone.
   * @throws BelplanError `plans` where a text is not here, where it does not come behind the newest one, and where its documents are
   * not those that its name says
   */
  append(
    revision: ChainRevision,
    changes: Iterable<ChainChange>,
    options?: { readonly whole?: boolean },
  ): void
  /** A revision that is here serves, whatever comes; undefined: the newest one does. */
  pin(seq: number | undefined): void
  /** Whether all that serves is here as it serves: where it is not, `slices` takes its time. */
  isPrepared(): boolean
  /** Makes what is missing of documents as they serve and of `conflicts`, a piece at a time; whether nothing is. */
  prepare(): boolean
  /** The name of the newest revision with some documents changed; without a body they are gone. */
  nameWith(documents: Iterable<{ readonly name: string; readonly body?: string }>): string
  /** Which numbers of a document it has twice, or others of the newest revision have; the rest as of `findDuplicates`. */
  conflicts(name: string, body: string, mayName?: MayName): Finding[]
  /** A file in a revision [the newest one]. */
  file(part: Part, name: string, seq?: number): { readonly body: string; readonly hash: string } | undefined
  /** All files of a part in a revision [the newest one], by name. */
  list(part: Part, seq?: number): NamedHash[]
  /** The documents of a revision [what serves], as they serve. */
  slices(seq?: number): Generator<SetSlice>
  /** For `changedSet`: from one revision to another. */
  difference(from: number, to: number): SetChange
  /** Documents of a revision [what serves] that this program cannot read: an earlier text serves in their place, or none. */
  heldBack(seq?: number): string[]
  /** Undefined: it is not here. */
  nameOf(seq: number): string | undefined
  /** The newest revision of a name. */
  seqOf(revision: string): number | undefined
  /** The newest first. */
  revisions(): Generator<ChainRevision>
  /** Removes what nobody served for 30 days, but for `spared`, a piece at a time; whether nothing is left to remove. */
  prune(nowMs: number, spared: readonly number[]): boolean
  close(): void
}

export interface LocalCopyOptions {
  /** The folder of all data. */
  readonly data: string
  /** Of texts that it has no form of. To make one takes half a second. */
  readonly reader: FormReader
  /** It must be there, and nothing of it is changed. */
  readonly readOnly?: boolean
  readonly now?: () => number
}

/** The same for the same bytes alone. */
export function hashOfBody(body: string): string {
  return createHash('sha256').update(body).digest('hex')
}

/** Documents that are made ready in one go. */
const PREPARED_AT_ONCE = 100

/** Makes it where it is not there. Throws the file system's and SQLite's errors. */
export function openLocalCopy({
  data,
  reader,
  readOnly = false,
  now = Date.now,
}: LocalCopyOptions): LocalCopy {
  const file = openCopyFile(data, { readOnly })
  const { get, run, transaction } = file
  const chain = createChain(file)
  const kind = kindOf(file, reader.key, readOnly ? undefined : now())
  const forms = createForms({ database: file, reader, kind, bodyOf, keeps: !readOnly, now })
  const sets = createCopiedSets(chain, forms)
  const claims = createClaims({ database: file, chain, sets, kind })
  const names = createCopiedNames(chain, formHashOf)
  /** Documents of which there may be no form yet; undefined: that was not looked at. */
  let unprepared: string[] | undefined

  function lacks(hash: string): BelplanError {
    return new BelplanError('plans', `the local copy lacks the text ${hash}`)
  }

  function bodyOf(hash: string): string {
    const row = get('SELECT body FROM contents WHERE hash = ?', hash) as { body: string } | undefined
    if (row === undefined) throw lacks(hash)
    return row.body
  }

  function formHashOf(hash: string): string {
    const row = get('SELECT form FROM contents WHERE hash = ?', hash) as { form: string | null } | undefined
    if (row === undefined) throw lacks(hash)
    if (row.form !== null) return row.form
    // It came as tests, and is a document as well.
    const { hash: form } = reader.read('', bodyOf(hash))
    run('UPDATE contents SET form = ? WHERE hash = ?', form, hash)
    return form
  }

  const has = (hash: string) => get('SELECT 1 FROM contents WHERE hash = ?', hash) !== undefined
  const newest = () => chain.state()?.seq ?? 0

  function serving(): number {
    const state = chain.state()
    return state?.pinned ?? state?.seq ?? 0
  }

  function missingForms(seq: number): string[] {
    return forms.missing(chain.list('document', seq).map(([, hash]) => hash))
  }

  function keep({ part, body, hash = hashOfBody(body) }: Content): void {
    const read = part === 'document' ? reader.read('', body) : undefined
    run(
      `INSERT INTO contents (hash, form, added, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (hash) DO UPDATE SET added = excluded.added, form = coalesce(form, excluded.form)`,
      ...[hash, read?.hash ?? null, now(), body],
    )
    if (read) forms.keep(hash, read)
  }

  /** All that is different from a revision. */
  function* differences(changes: Iterable<ChainChange>, seq: number): Generator<ChainChange> {
    const [document, tests] = [new Map(chain.list('document', seq)), new Map(chain.list('tests', seq))]
    const left = { document, tests }
    for (const change of changes) {
      const { part, name, hash } = change
      if (left[part].get(name) !== hash) yield change
      left[part].delete(name)
    }
    for (const part of ['document', 'tests'] as const)
      for (const name of left[part].keys()) yield { part, name }
  }

  function append(
    revision: ChainRevision,
    changes: Iterable<ChainChange>,
    before: ChainState | undefined,
  ): void {
    const { seq } = revision
    const name = before ? names.at(before.seq).fork() : createSetName()
    for (const change of changes) {
      if (change.hash !== undefined && !has(change.hash)) throw lacks(change.hash)
      chain.change(change, seq)
      if (change.part === 'document') names.change(name, change.name, change.hash)
    }
    const comesTo = name.revision()
    if (comesTo !== revision.revision)
      throw new BelplanError(
        'plans',
        `revision ${revision.revision} (${seq}) comes to ${comesTo} in the local copy`,
      )
    if (before) chain.served(before.pinned ?? before.seq, now())
    chain.add(revision, now())
    chain.serve(seq, before?.pinned)
    names.remember(seq, comesTo, name)
  }

  return {
    state: chain.state,
    isAnother: file.isAnother,
    missing: (hashes) => [...hashes].filter((hash) => !has(hash)),
    keep: (contents) =>
      transaction(() => {
        for (const content of contents) keep(content)
      }),

    append: (revision, changes, { whole = false } = {}) =>
      transaction(() => {
        const before = chain.state()
        if (!before || revision.seq > before.seq) {
          append(revision, before && whole ? differences(changes, before.seq) : changes, before)
        } else if (whole) {
          chain.clear()
          append(revision, changes, undefined)
        } else if (chain.nameOf(revision.seq) !== revision.revision) {
          const { seq, revision: comes } = revision
          throw new BelplanError(
            'plans',
            `revision ${comes} (${seq}) does not come behind ${before.seq} of the local copy`,
          )
        }
      }),

    pin: (seq) =>
      transaction(() => {
        if (seq !== undefined && chain.nameOf(seq) === undefined)
          throw new BelplanError('plans', `the local copy has no revision ${seq}`)
        chain.served(serving(), now())
        chain.serve(newest(), seq)
      }),

    isPrepared: () => missingForms(serving()).length === 0,

    prepare: () =>
      transaction(() => {
        unprepared ??= [...missingForms(newest()), ...missingForms(serving())]
        const some = unprepared.splice(0, PREPARED_AT_ONCE)
        for (const hash of some) forms.of(hash)
        if (some.length > 0 || !claims.bringTo(newest())) return false
        names.at(newest())
        return true
      }),

    nameWith(documents) {
      const name = names.at(newest()).fork()
      for (const { name: document, body } of documents)
        if (body === undefined) name.delete(document)
        else name.set(document, reader.read(document, body).hash)
      return name.revision()
    },

    conflicts(name, body, mayName) {
      while (!transaction(() => claims.bringTo(newest())));
      const textOf = (document: string) => bodyOf(chain.hashOf('document', document, newest())!)
      // An earlier form of these serves here, and their own where they can be read.
      const held = new Map(
        sets
          .heldBack(newest())
          .flatMap((other) => reader.numbersIn(other, textOf(other)).map((key) => [key, other] as const)),
      )
      const claimedBy = (key: string) => held.get(key) ?? claims.claimedBy(key)
      return reader.conflicts(name, body, { claimedBy, textOf }, mayName)
    },

    file(part, name, seq = newest()) {
      const hash = chain.hashOf(part, name, seq)
      return hash === undefined ? undefined : { hash, body: bodyOf(hash) }
    },
    list: (part, seq = newest()) => chain.list(part, seq),
    slices: (seq = serving()) => slicesOf(sets.documents(seq)),
    difference: sets.difference,
    heldBack: (seq = serving()) => sets.heldBack(seq),
    nameOf: chain.nameOf,
    seqOf: chain.seqOf,
    revisions: chain.revisions,
    prune: (nowMs, spared) => pruneCopy(file, { nowMs, spared, kind }),
    close() {
      if (file.db.isOpen) file.db.close()
    },
  }
}

/** None has this number. */
const NO_KIND = -1

/** `usedMs`: it is in use now, and has a number if it had none. */
function kindOf({ get, run }: CopyFile, key: string, usedMs: number | undefined): number {
  if (usedMs !== undefined)
    run(
      'INSERT INTO kinds (key, used) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET used = excluded.used',
      ...[key, usedMs],
    )
  const row = get('SELECT kind FROM kinds WHERE key = ?', key) as { kind: number } | undefined
  return row?.kind ?? NO_KIND
}
