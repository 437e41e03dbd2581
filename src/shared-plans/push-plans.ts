/** Publishes a folder as one revision, and writes what serves into a folder: for those who keep plans in git. */
import { isUtf8 } from 'node:buffer'
import { mkdir } from 'node:fs/promises'
import {
  type Changes,
  canonicalOf,
  comparedBody,
  compareSets,
  createSetName,
  fileNameOf,
  findDocuments,
  formIn,
  type LintOptions,
  type LoadedSet,
  openDocumentFiles,
  type TestFile,
  toldChanges,
} from '../plan/index.ts'
import { type Connection, connect, requireSchema } from '../postgres/index.ts'
import { BelplanError } from '../util/errors.ts'
import type { Part } from './chain.ts'
import {
  type FileChange,
  hashOf,
  readBodies,
  readFiles,
  readRevisions,
  readState,
  withLock,
  writeBodies,
} from './database-chain.ts'

export interface PlansInDatabase {
  /** Of the database. */
  readonly url: string
  /** A folder. */
  readonly path: string
}

export interface PushOptions extends PlansInDatabase, Pick<LintOptions, 'defaultCountry'> {
  /** The folder as it was read and checked: all of the plan set. */
  readonly set: LoadedSet
  /** Those in the folder, as they were read and checked. */
  readonly tests: readonly TestFile[]
  /** Refused where this is not the newest revision. */
  readonly replaces?: string | undefined
  readonly dryRun?: boolean
  readonly author: string
  /** The machine. */
  readonly controller: string
}

export interface Pushed extends Changes {
  readonly revision: string
  /** Absent: there was none. */
  readonly previous?: string
  /** What is different, the files of tests too. */
  readonly files: readonly FileChange[]
  /** An earlier revision was rolled back to, and serves until a reload. */
  readonly isPinned: boolean
}

/** For all that is written of a large set. */
const ANSWER_MS = 60_000

/** All throw BelplanError `store` where the database cannot be used. */
async function withDatabase<T>(url: string, work: (db: Connection) => Promise<T>): Promise<T> {
  const db = connect({ url, name: 'push', most: 1, answerMs: ANSWER_MS })
  try {
    await requireSchema(db)
    return await work(db)
  } catch (error) {
    if (error instanceof BelplanError) throw error
    throw new BelplanError('store', `the database cannot be used: ${(error as Error).message}`, [], error)
  } finally {
    await db.destroy()
  }
}

/**
 * Makes the chain of revisions longer by one that has the folder's documents and tests, and no others; by none where nothing is
 * different.
 * @throws BelplanError `overtaken` where somebody has published meanwhile, or `replaces` is not the newest revision; `plans` where
 * a file changed while it was read
 */
export function pushPlans(options: PushOptions): Promise<Pushed> {
  const { url, set, replaces, dryRun = false, author, controller } = options
  return withDatabase(url, async (db) => {
    const { newest, pinned } = await readState(db)
    if (replaces !== undefined && newest?.revision !== replaces)
      throw new BelplanError(
        'overtaken',
        `the newest revision is ${newest?.revision ?? 'none'}, and not ${replaces}: pull it, and put your changes into it`,
      )
    const there = newest ? await filesOf(db, newest.seq) : new Map<string, FileChange>()
    const own = await readFolder(options)
    const put = [...own.values()].filter(({ key, hash }) => there.get(key)?.hash !== hash)
    const removed = [...there].filter(([key]) => !own.has(key)).map(([, { part, name }]) => ({ part, name }))
    const files: FileChange[] = [...put.map(({ part, name, hash }) => ({ part, name, hash })), ...removed]
    const revision = nameOf(set)
    const pushed = {
      ...{ revision, files, isPinned: pinned !== undefined },
      ...(newest && { previous: newest.revision }),
      ...(await changesOf(db, there, own, files, options)),
    }
    if (dryRun || files.length === 0) return pushed
    // Ahead of the revision, which then takes moments.
    await writeBodies(db, new Map(put.map(({ hash, body }) => [hash, body])))
    await withLock(db, async ({ state, extend }) => {
      if (state.newest?.seq !== newest?.seq)
        throw new BelplanError('overtaken', 'somebody has published meanwhile; push again')
      await extend({ revision, what: 'push', author, controller, files })
    })
    return pushed
  })
}

interface OwnFile extends Required<FileChange> {
  readonly key: string
  readonly body: string
}

const keyOf = ({ part, name }: Pick<FileChange, 'part' | 'name'>): string => `${part} ${name}`

async function filesOf(db: Connection, seq: number): Promise<Map<string, Required<FileChange>>> {
  const files = new Map<string, Required<FileChange>>()
  for await (const some of readFiles(db, seq)) for (const file of some) files.set(keyOf(file), file)
  return files
}

/** @throws BelplanError `plans` where a document is not the one that was checked, or a file is no text */
async function readFolder({ path, set, tests }: PushOptions): Promise<Map<string, OwnFile>> {
  const own = new Map<string, OwnFile>()
  function add(part: Part, name: string, bytes: Uint8Array): void {
    const key = keyOf({ part, name })
    // The database has texts: what is none would be another one there.
    if (!isUtf8(bytes)) throw new BelplanError('plans', `${fileNameOf(name, part)} is not UTF-8`)
    own.set(key, { key, part, name, hash: hashOf(bytes), body: Buffer.from(bytes).toString() })
  }
  const documents = openDocumentFiles(path)
  for (const { name, canonical } of set.documents) {
    const bytes = (await documents.read(name))?.bytes
    if (bytes === undefined || !formOf(name, bytes).equals(canonical))
      throw new BelplanError('plans', `the document ${name} changed while it was read; push again`)
    add('document', name, bytes)
  }
  for (const { document, contents } of tests) {
    // Tests of a document that is not there stay where they are.
    if (!own.has(keyOf({ part: 'document', name: document }))) continue
    if (typeof contents === 'string')
      throw new BelplanError('plans', `the tests of ${document} cannot be read: ${contents}`)
    add('tests', document, contents)
  }
  return own
}

const formOf = (name: string, bytes: Uint8Array): Buffer =>
  canonicalOf(name, JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>)

function nameOf({ documents }: LoadedSet): string {
  const names = createSetName()
  for (const { name, canonical } of documents) names.set(name, hashOf(formIn(name, canonical)))
  return names.revision()
}

async function changesOf(
  db: Connection,
  there: ReadonlyMap<string, FileChange>,
  own: ReadonlyMap<string, OwnFile>,
  files: readonly FileChange[],
  { defaultCountry }: PushOptions,
): Promise<Changes> {
  const documents = files.filter(({ part }) => part === 'document').map(({ name }) => name)
  const key = (name: string) => keyOf({ part: 'document', name })
  const hashes = documents.flatMap((name) => there.get(key(name))?.hash ?? [])
  const bodies = new Map<string, string>()
  for await (const some of readBodies(db, hashes)) for (const [hash, body] of some) bodies.set(hash, body)
  const compared = (bodyOf: (name: string) => string | undefined) =>
    documents.flatMap((name) => {
      const body = bodyOf(name)
      return body === undefined ? [] : [comparedBody(name, body, { defaultCountry })]
    })
  const before = compared((name) => bodies.get(there.get(key(name))?.hash ?? ''))
  const after = compared((name) => own.get(key(name))?.body)
  return toldChanges(compareSets(before, after))
}

export interface Pulled {
  readonly revision: string
  /** Relative to the folder. */
  readonly written: readonly string[]
  readonly removed: readonly string[]
}

/**
 * Writes the documents that serve, and their tests, into a folder, which is made where it is not there. What is there and does
 * not serve is removed: documents and tests alone, never anything else.
 * @throws BelplanError `plans` where a file cannot be written, or there are no plans
 */
export function pullPlans({ url, path }: PlansInDatabase): Promise<Pulled> {
  return withDatabase(url, async (db) => {
    const { newest, pinned } = await readState(db)
    if (newest === undefined) throw new BelplanError('plans', 'there are no plans in the database yet')
    const seq = pinned ?? newest.seq
    const files = await filesOf(db, seq)
    await mkdir(path, { recursive: true })
    const folder = { document: openDocumentFiles(path), tests: openDocumentFiles(path, 'tests') }
    const written: string[] = []
    const byHash = Map.groupBy(await differing(files, folder), ({ hash }) => hash)
    for await (const bodies of readBodies(db, [...byHash.keys()])) {
      for (const [hash, body] of bodies) {
        for (const { part, name } of byHash.get(hash)!) {
          await folder[part].write(name, Buffer.from(body))
          written.push(fileNameOf(name, part))
        }
      }
    }
    const removed: string[] = []
    const found = await findDocuments(path)
    for (const [part, there] of [
      ['document', found.files],
      ['tests', found.tests],
    ] as const) {
      for (const { name } of there) {
        if (files.has(keyOf({ part, name }))) continue
        await folder[part].remove(name)
        removed.push(fileNameOf(name, part))
      }
    }
    return { revision: await revisionAt(db, seq), written: written.sort(), removed: removed.sort() }
  })
}

async function differing(
  files: ReadonlyMap<string, Required<FileChange>>,
  folder: Record<Part, ReturnType<typeof openDocumentFiles>>,
): Promise<Required<FileChange>[]> {
  const differ: Required<FileChange>[] = []
  for (const file of files.values()) {
    const bytes = (await folder[file.part].read(file.name))?.bytes
    if (bytes === undefined || hashOf(bytes) !== file.hash) differ.push(file)
  }
  return differ
}

async function revisionAt(db: Connection, seq: number): Promise<string> {
  for await (const [revision] of readRevisions(db, seq - 1, seq)) if (revision) return revision.revision
  return ''
}
