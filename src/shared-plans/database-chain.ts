/**
 * The chain of revisions in the database. Whoever publishes locks the one row of `serving`, looks what the chain's end is, and
 * makes it longer by one: so it has no forks, and no gaps.
 */
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { sql, type Transaction } from 'kysely'
import { type Connection, inTransaction, isOutage, requireSchema, type Tables } from '../postgres/index.ts'
import type { Part } from './chain.ts'

/** Where the chain ends, and what serves. */
export interface ChainState {
  /** Absent: there is none yet. */
  readonly newest?: Published
  /** That was rolled back to; absent: the newest one serves. */
  readonly pinned?: number
}

/** One revision of the chain. */
export interface Published {
  readonly seq: number
  /** As people and calls name it. Two of the chain have the same name where they have the same documents. */
  readonly revision: string
  readonly at: Date
  readonly what: string
  /** The name of a token, or a user of a machine. */
  readonly author: string
  readonly controller: string
}

/** What a revision changed of one file. */
export interface FileChange {
  readonly part: Part
  readonly name: string
  /** SHA-256 of the file, in hex; absent: it was removed. */
  readonly hash?: string
}

export type ChainChange = FileChange & { readonly seq: number }

/** What makes the chain longer. */
export interface Publication {
  readonly revision: string
  readonly what: string
  readonly author: string
  readonly controller: string
  /** What they name has to be in `contents`. */
  readonly files: readonly FileChange[]
}

type Reader = Connection | Transaction<Tables>

/** Nobody who publishes waits longer for the others. */
const LOCK_MS = 3000
/** What became of a change whose connection broke is looked for so long. */
const SETTLE_MS = 6000
const SETTLE_PAUSE_MS = 250

/** Rows that are asked for, or written, at one time. */
const PAGE = 2000

/** In bytes: bodies that are asked for at one time, unless a single one is larger. */
const MOST_BYTES = 4 * 1024 * 1024

export function hashOf(body: string | Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}

/** Two rows. Rejects with pg's errors, as all that follow. */
export async function readState(db: Reader): Promise<ChainState> {
  const { pinned, seq, revision, at, what, author, controller } = await db
    .selectFrom('serving')
    .leftJoin('revisions', 'revisions.seq', 'serving.seq')
    .select(['serving.pinned', ...columns])
    .executeTakeFirstOrThrow()
  const newest = seq !== null && ({ seq, revision, at, what, author, controller } as Published)
  return { ...(newest && { newest }), ...(pinned !== null && { pinned }) }
}

const columns = [
  'revisions.seq',
  'revisions.revision',
  'revisions.at',
  'revisions.what',
  'revisions.author',
  'revisions.controller',
] as const

/** Those after `after`, up to `upTo`, in their order. */
export async function* readRevisions(db: Reader, after: number, upTo: number): AsyncGenerator<Published[]> {
  for (let last = after; last < upTo;) {
    const rows = await db
      .selectFrom('revisions')
      .select(columns)
      .where('seq', '>', last)
      .where('seq', '<=', upTo)
      .orderBy('seq')
      .limit(PAGE)
      .execute()
    if (rows.length === 0) return
    yield rows
    last = rows.at(-1)!.seq
  }
}

/** The newest first. */
export function readNewest(db: Reader, most: number): Promise<Published[]> {
  return db.selectFrom('revisions').select(columns).orderBy('seq', 'desc').limit(most).execute()
}

/** As of `readRevisions`: what each changed. */
export async function* readChanges(db: Reader, after: number, upTo: number): AsyncGenerator<ChainChange[]> {
  let last = { seq: after + 1, part: '', name: '' }
  for (;;) {
    const { seq, part, name } = last
    const rows = await db
      .selectFrom('changes')
      .select(['seq', 'part', 'name', 'hash'])
      .where('seq', '>=', seq)
      .where('seq', '<=', upTo)
      .where(sql<boolean>`(seq, part, name) > (${seq}, ${part}, ${name})`)
      .orderBy('seq')
      .orderBy('part')
      .orderBy('name')
      .limit(PAGE)
      .execute()
    if (rows.length > 0)
      yield rows.map(({ hash, ...row }) => ({ ...row, ...(hash && { hash: hash.toString('hex') }) }))
    if (rows.length < PAGE) return
    last = rows.at(-1)!
  }
}

/** hash → the file, some at a time. What is not there is missing. */
export async function* readBodies(
  db: Reader,
  hashes: readonly string[],
): AsyncGenerator<ReadonlyMap<string, string>> {
  for (let i = 0; i < hashes.length; i += PAGE) {
    const sizes = await db
      .selectFrom('contents')
      .select(['hash', sql<number>`octet_length(body)`.as('size')])
      .where('hash', 'in', hashes.slice(i, i + PAGE).map(fromHex))
      .execute()
    let some: Buffer[] = []
    let bytes = 0
    for (const [j, { hash, size }] of sizes.entries()) {
      some.push(hash)
      bytes += size
      if (bytes < MOST_BYTES && j < sizes.length - 1) continue
      const rows = await db
        .selectFrom('contents')
        .select(['hash', 'body'])
        .where('hash', 'in', some)
        .execute()
      yield new Map(rows.map((row) => [row.hash.toString('hex'), row.body]))
      some = []
      bytes = 0
    }
  }
}

const fromHex = (hash: string): Buffer => Buffer.from(hash, 'hex')

/** Puts files into `contents`, by their hashes: before the revision that names them. */
export async function writeBodies(db: Reader, bodies: ReadonlyMap<string, string>): Promise<void> {
  let some: { hash: Buffer; body: string }[] = []
  let characters = 0
  async function write(): Promise<void> {
    if (some.length === 0) return
    await db
      .insertInto('contents')
      .values(some)
      .onConflict((conflict) => conflict.column('hash').doNothing())
      .execute()
    some = []
    characters = 0
  }
  for (const [hash, body] of bodies) {
    some.push({ hash: fromHex(hash), body })
    characters += body.length
    if (characters >= MOST_BYTES || some.length === PAGE) await write()
  }
  await write()
}

/** All files of a revision, some at a time. */
export async function* readFiles(db: Reader, seq: number): AsyncGenerator<Required<FileChange>[]> {
  let last = { part: '', name: '' }
  for (;;) {
    const { part, name } = last
    const rows = await db
      .selectFrom('changes')
      .distinctOn(['part', 'name'])
      .select(['part', 'name', 'hash'])
      .where('seq', '<=', seq)
      .where(sql<boolean>`(part, name) > (${part}, ${name})`)
      .orderBy('part')
      .orderBy('name')
      .orderBy('seq', 'desc')
      .limit(PAGE)
      .execute()
    yield rows.flatMap(({ hash, ...file }) => (hash ? { ...file, hash: hash.toString('hex') } : []))
    if (rows.length < PAGE) return
    last = rows.at(-1)!
  }
}

/** Of the revisions of this name the newest one, where there is one. */
export async function readRevisionNamed(db: Reader, revision: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('revisions')
    .select('seq')
    .where('revision', '=', revision)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.seq
}

/** In the transaction that has the lock. */
export interface Locked {
  readonly trx: Transaction<Tables>
  readonly state: ChainState
  /** Makes the chain longer by one, which serves where nothing is pinned. Once. */
  extend(publication: Publication): Promise<Published>
  /** Serves a revision of the chain, or with undefined the newest one. */
  pin(seq: number | undefined): Promise<void>
}

/** The connection broke as a change was written down, and nobody could be asked whether it was. */
export class UnknownOutcome extends Error {
  constructor(cause: unknown) {
    super((cause as Error).message, { cause })
    this.name = 'UnknownOutcome'
  }
}

/**
 * Does `work` as the only one that changes the chain; all of it or nothing. Where the connection breaks as that is written down, it
 * is looked for as soon as there is another one.
 * @throws UnknownOutcome, what `work` throws, and pg's errors, among them that of a lock that others have for too long
 */
export async function withLock<T>(db: Connection, work: (locked: Locked) => Promise<T>): Promise<T> {
  let isWritten: ((trx: Transaction<Tables>) => Promise<boolean>) | undefined
  let done: { readonly result: T } | undefined
  try {
    return await locked(db, async (trx) => {
      await requireSchema(trx)
      const state = await readState(trx)
      const result = await work({
        ...{ trx, state },
        async extend(publication) {
          const published = await extend(trx, state, publication)
          isWritten = (again) => isInChain(again, published)
          return published
        },
        async pin(seq) {
          await trx
            .updateTable('serving')
            .set({ pinned: seq ?? null })
            .execute()
          isWritten = async (again) => (await readState(again)).pinned === seq
        },
      })
      done = { result }
      return result
    })
  } catch (error) {
    if (!done || !isWritten || !isOutage(error)) throw error
    if (await settle(db, isWritten, error)) return done.result
    throw error
  }
}

function locked<T>(db: Connection, work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
  return inTransaction(
    db,
    async (trx) => {
      await trx.selectFrom('serving').select('seq').forUpdate().executeTakeFirstOrThrow()
      return work(trx)
    },
    { lockMs: LOCK_MS },
  )
}

/** With the lock: a transaction that may still come to its end is waited for. */
async function settle(
  db: Connection,
  isWritten: (trx: Transaction<Tables>) => Promise<boolean>,
  cause: unknown,
): Promise<boolean> {
  for (const until = performance.now() + SETTLE_MS; performance.now() < until;) {
    try {
      return await locked(db, isWritten)
    } catch {
      await pause(SETTLE_PAUSE_MS)
    }
  }
  throw new UnknownOutcome(cause)
}

async function isInChain(trx: Transaction<Tables>, { seq, at, controller }: Published): Promise<boolean> {
  const row = await trx
    .selectFrom('revisions')
    .select(['at', 'controller'])
    .where('seq', '=', seq)
    .executeTakeFirst()
  return row?.at.getTime() === at.getTime() && row.controller === controller
}

async function extend(
  trx: Transaction<Tables>,
  { newest }: ChainState,
  { files, ...about }: Publication,
): Promise<Published> {
  const seq = (newest?.seq ?? 0) + 1
  // In milliseconds, as JavaScript has it: by its time a revision is known again.
  const at = sql<Date>`date_trunc('milliseconds', clock_timestamp())`
  const { at: time } = await trx
    .insertInto('revisions')
    .values({ seq, parent: newest?.seq ?? null, at, ...about })
    .returning('at')
    .executeTakeFirstOrThrow()
  for (let i = 0; i < files.length; i += PAGE) {
    const rows = files.slice(i, i + PAGE).map(({ part, name, hash }) => ({
      ...{ seq, part, name },
      hash: hash === undefined ? null : fromHex(hash),
    }))
    await trx.insertInto('changes').values(rows).execute()
  }
  await trx.updateTable('serving').set({ seq }).execute()
  return { seq, at: time, ...about }
}

/** The documents that were changed between two revisions, as they are in `to`. */
export async function readChanged(
  db: Reader,
  from: number,
  to: number,
): Promise<Pick<FileChange, 'name' | 'hash'>[]> {
  const changed = db
    .selectFrom('changes')
    .select('name')
    .where('part', '=', 'document')
    .where('seq', '>', Math.min(from, to))
    .where('seq', '<=', Math.max(from, to))
  const rows = await db
    .selectFrom('changes')
    .distinctOn('name')
    .select(['name', 'hash'])
    .where('part', '=', 'document')
    .where('name', 'in', changed)
    .where('seq', '<=', to)
    .orderBy('name')
    .orderBy('seq', 'desc')
    .execute()
  const known = new Map(rows.map(({ name, hash }) => [name, hash?.toString('hex')]))
  const names = await changed.distinct().execute()
  return names.map(({ name }) => {
    const hash = known.get(name)
    return { name, ...(hash !== undefined && { hash }) }
  })
}
