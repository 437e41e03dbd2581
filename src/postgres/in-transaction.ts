/** Several questions that are one change, or one look. */
import { sql, type Transaction } from 'kysely'
import type { Connection } from './connection.ts'
import type { Tables } from './tables.ts'

export interface TransactionLimits {
  /** For each statement: the server itself gives up, so that what nobody waits for any more costs nothing. */
  readonly answerMs?: number
  /** For each lock that others have. */
  readonly lockMs?: number
}

/** A machine that is cut off in the middle of a transaction keeps its locks no longer: the server would wait for hours. */
const IDLE_MS = 5000

/** All of `work`, or nothing. Rejects with pg's errors, and as `work` does. */
export function inTransaction<T>(
  db: Connection,
  work: (transaction: Transaction<Tables>) => Promise<T>,
  { answerMs, lockMs }: TransactionLimits = {},
): Promise<T> {
  const limits = {
    idle_in_transaction_session_timeout: IDLE_MS,
    ...(answerMs !== undefined && { statement_timeout: answerMs }),
    ...(lockMs !== undefined && { lock_timeout: lockMs }),
  }
  return db.transaction().execute(async (transaction) => {
    for (const [name, ms] of Object.entries(limits))
      await sql`SET LOCAL ${sql.ref(name)} = ${sql.lit(ms)}`.execute(transaction)
    return work(transaction)
  })
}
