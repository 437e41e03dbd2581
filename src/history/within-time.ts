/** Questions to the database at which the server itself gives up in time, so that what nobody waits for any more costs nothing. */
import { sql } from 'kysely'
import type { Connection } from '../postgres/index.ts'

/** Each statement of `work`. Rejects with pg's errors. */
export function withinTime<T>(db: Connection, ms: number, work: (db: Connection) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (transaction) => {
    await sql`SET LOCAL statement_timeout = ${sql.lit(ms)}`.execute(transaction)
    return work(transaction)
  })
}
