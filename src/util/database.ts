/** SQLite as Node.js has it: a database with its tables, each statement prepared once. */
import { DatabaseSync, type StatementSync } from 'node:sqlite'

export type Value = string | number | null

/** Each throws SQLite's errors. */
export interface Database {
  readonly db: DatabaseSync
  run(sql: string, ...values: readonly Value[]): void
  /** How many rows it changed. */
  change(sql: string, ...values: readonly Value[]): number
  get(sql: string, ...values: readonly Value[]): unknown
  all(sql: string, ...values: readonly Value[]): unknown[]
  /** All of `work`, or where it throws nothing of it; others that write wait for it, and it for them. */
  transaction<T>(work: () => T): T
}

/**
 * `schema` makes what is not there yet, and is left out with `readOnly`; another process that writes is waited for so long. Throws
 * SQLite's errors.
 */
export function openDatabase(
  file: string,
  schema: string,
  waitMs: number,
  { readOnly = false } = {},
): Database {
  const db = new DatabaseSync(file, { timeout: waitMs, readOnly })
  try {
    if (!readOnly) db.exec(schema)
  } catch (error) {
    db.close()
    throw error
  }
  const known = new Map<string, StatementSync>()
  const statement = (sql: string) => {
    let prepared = known.get(sql)
    if (!prepared) known.set(sql, (prepared = db.prepare(sql)))
    return prepared
  }
  return {
    db,
    run: (sql, ...values) => void statement(sql).run(...values),
    change: (sql, ...values) => Number(statement(sql).run(...values).changes),
    get: (sql, ...values) => statement(sql).get(...values),
    all: (sql, ...values) => statement(sql).all(...values),
    transaction(work) {
      db.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        db.exec('COMMIT')
        return result
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK')
        throw error
      }
    },
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB, whatever is behind the primary code. */
export function isBroken(error: unknown): boolean {
  const { errcode = 0 } = error as { errcode?: number }
  return [11, 26].includes(errcode & 0xff)
}
