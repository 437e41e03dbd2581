/** Copies of the records that wait for the end of their call: should this machine be lost, another one completes them. */
import { sql } from 'kysely'
import type { Connection } from '../postgres/index.ts'
import { listPending, type PendingCopy, type PendingFile, readPending } from '../records/index.ts'

export interface PendingCopies {
  /** Copies what has come, and removes what has gone. Rejects with errors of pg and of the file system. */
  copy(): Promise<void>
  /** The database may be another one: what it has is read anew. */
  forget(): void
  /** Of these calls those that other machines have copied. Rejects with pg's errors. */
  read(ids: readonly string[]): Promise<readonly PendingCopy[]>
  removeOld(): Promise<void>
}

/** In one statement; a record has 16 KiB at most. */
const MOST_AT_ONCE = 200
/** A conversation of longer has its record by then. */
const KEPT_DAYS = 2

/** `folder`: of all data; `data`: what it is known by. */
export function createPendingCopies(
  db: Connection,
  { folder, data }: { readonly folder: string; readonly data: string },
): PendingCopies {
  /** Undefined: not known yet. */
  let copied: Set<string> | undefined

  const keyOf = ({ id, kind }: Pick<PendingFile, 'id' | 'kind'>) => `${id} ${kind}`

  async function readCopied(): Promise<Set<string>> {
    const rows = await db.selectFrom('pending').select(['id', 'kind']).where('data', '=', data).execute()
    return new Set(rows.map((row) => keyOf(row as PendingFile)))
  }

  async function add(files: readonly PendingFile[], to: Set<string>): Promise<void> {
    const read = await Promise.all(files.map(readPending))
    const rows = read.flatMap((copy) => (copy ? [{ ...copy, data }] : []))
    if (rows.length === 0) return
    await db
      .insertInto('pending')
      .values(rows)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet(({ ref }) => ({
          data: ref('excluded.data'),
          kind: ref('excluded.kind'),
          call: ref('excluded.call'),
        })),
      )
      .execute()
    for (const row of rows) to.add(keyOf(row))
  }

  return {
    async copy() {
      const known = (copied ??= await readCopied())
      const files = await listPending(folder)
      const there = new Set(files.map(keyOf))
      const gone = [...known].filter((key) => !there.has(key))
      for (let at = 0; at < gone.length; at += MOST_AT_ONCE) {
        const keys = gone.slice(at, at + MOST_AT_ONCE)
        const pairs = keys.map((key) => key.split(' ') as [string, string])
        await db
          .deleteFrom('pending')
          .where('data', '=', data)
          .where(({ eb, or }) => or(pairs.map(([id, kind]) => eb('id', '=', id).and('kind', '=', kind))))
          .execute()
        keys.forEach((key) => known.delete(key))
      }
      // A call id has one row: of one that talks after it has waited, the later file is the one that counts.
      const fresh = [
        ...new Map(files.filter((file) => !known.has(keyOf(file))).map((file) => [file.id, file])).values(),
      ]
      for (let at = 0; at < fresh.length; at += MOST_AT_ONCE)
        await add(fresh.slice(at, at + MOST_AT_ONCE), known)
    },
    forget() {
      copied = undefined
    },
    async read(ids) {
      if (ids.length === 0) return []
      const rows = await db
        .selectFrom('pending')
        .select(['id', 'kind', 'call'])
        .where('id', 'in', ids)
        .where('data', '!=', data)
        .execute()
      return rows as PendingCopy[]
    },
    async removeOld() {
      await db
        .deleteFrom('pending')
        .where('at', '<', sql<Date>`now() - ${KEPT_DAYS}::int * interval '1 day'`)
        .execute()
    },
  }
}
