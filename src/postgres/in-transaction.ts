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

/**
 * A machine that vanishes in the middle of a transaction keeps its locks for ten seconds or so, and not for the hours in which TCP
 * finds out by itself: between two statements, as it sends one, and as it is sent an answer. In milliseconds, and those of keepalive in seconds.
 */
const VANISHED = {
  idle_in_transaction_session_timeout: 5000,
  tcp_keepalives_idle: 5,
  tcp_keepalives_interval: 2,
  tcp_keepalives_count: 3,
  tcp_user_timeout: 10_000,
}

/** All of `work`, or nothing. Rejects with pg's errors, and as `work` does. */
export function inTransaction<T>(
  db: Connection,
  work: (transaction: Transaction<Tables>) => Promise<T>,
  { answerMs, lockMs }: TransactionLimits = {},
): Promise<T> {
  const limits = JSON.stringify({
    ...VANISHED,
    ...(answerMs !== undefined && { statement_timeout: answerMs }),
    ...(lockMs !== undefined && { lock_timeout: lockMs }),
  })
  return db.transaction().execute(async (transaction) => {
    // Those that the database knows: a compatible one may not know all.
    await sql`
      SELECT set_config(key, value, true) FROM json_each_text(${limits}::json)
      WHERE current_setting(key, true) IS NOT NULL`.execute(transaction)
    return work(transaction)
  })
}
