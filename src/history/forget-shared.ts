/** A person taken out of the records in the database that machines share. */
import { sql } from 'kysely'
import { type Connection, inTransaction } from '../postgres/index.ts'
import { type Person, withoutPerson } from '../util/forget.ts'
import { parsed } from '../util/parsed.ts'
import { recordingsIn } from './forget-calls.ts'
import { lineOfJournal } from './journal-line.ts'
import type { Forgetting } from './messages.ts'

/**
 * Has every journal forget them, and ship nothing before it has: batches that are under way are waited for, and none is added after
 * this by whoever does not know of it. Rejects with pg's errors.
 *
 * It is said first, so that whoever ships stops by itself; else there might always be some batch under way.
 */
export async function askToForget(db: Connection, asked: Omit<Forgetting, 'seq'>): Promise<void> {
  const seq = await inTransaction(db, async (transaction) => {
    // In the order of their numbers: a journal that has done one has done those before it.
    await sql`SELECT pg_advisory_xact_lock(hashtext('belplan.forgotten'))`.execute(transaction)
    const { next } = await transaction
      .selectFrom('forgotten')
      .select(sql<number>`coalesce(max(seq), 0) + 1`.as('next'))
      .executeTakeFirstOrThrow()
    await transaction
      .insertInto('forgotten')
      .values({ seq: next, ...asked })
      .execute()
    return next
  })
  await db.updateTable('forgetting').set({ seq }).where('seq', '<', seq).execute()
}

export interface ForgottenThere {
  /** From which they were taken. */
  readonly records: number
  /** That these records named. */
  readonly recordings: readonly string[]
  /** What was written over stands in the files of these tables until they are vacuumed. */
  readonly tables: readonly string[]
}

/** A day at a time, so that nobody waits for it. Rejects with pg's errors. */
export async function forgetShared(db: Connection, person: Person): Promise<ForgottenThere> {
  const { rows: partitions } = await sql<{ day: string; table: string }>`
    SELECT to_date(right(c.relname, 8), 'YYYYMMDD') AS day, c.relname AS table
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'belplan.calls'::regclass ORDER BY c.relname`.execute(db)
  const recordings = new Set<string>()
  const tables: string[] = []
  let records = 0
  for (const { day, table } of partitions) {
    const before = records
    const found = await db
      .selectFrom('calls')
      .select('id')
      .where('day', '=', day)
      .where(sql<boolean>`record::text ~ ${person.roughly}`)
      .execute()
    for (const { id } of found) if (await rewrite(db, day, id, person, recordings)) records++
    if (records > before) tables.push(`belplan.${table}`)
  }
  const copies = await forgetCopies(db, person)
  if (copies > 0) tables.push('belplan.pending')
  records += copies
  return { records, recordings: [...recordings], tables }
}

/** Of records that wait for the end of their call, on whichever machine; returns from how many they were taken. */
async function forgetCopies(db: Connection, person: Person): Promise<number> {
  const found = await db
    .selectFrom('pending')
    .select(['id', 'call'])
    .where(sql<boolean>`call ~ ${person.roughly}`)
    .execute()
  let copies = 0
  for (const { id, call } of found) {
    const { value, isFound } = withoutPerson((parsed(call) as object | undefined) ?? {}, person)
    if (!isFound) continue
    await db
      .updateTable('pending')
      .set({ call: JSON.stringify(value) })
      .where('id', '=', id)
      .execute()
    copies++
  }
  return copies
}

/** Whether they were in it. */
async function rewrite(
  db: Connection,
  day: string,
  id: string,
  person: Person,
  recordings: Set<string>,
): Promise<boolean> {
  const row = await db
    .selectFrom('calls')
    .select('record')
    .where('id', '=', id)
    .where('day', '=', day)
    .executeTakeFirst()
  const record = row?.record ?? {}
  const { value, isFound } = withoutPerson(record, person)
  if (!isFound) return false
  for (const recording of recordingsIn(record)) recordings.add(recording)
  const { did = '', caller = '', name = '' } = lineOfJournal(value) ?? {}
  await db
    .updateTable('calls')
    .set({ did, caller, name, record: JSON.stringify(value) })
    .where('id', '=', id)
    .where('day', '=', day)
    .execute()
  return true
}
