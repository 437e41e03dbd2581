/** Brings the tables of a database to what this release knows: forward only, while controllers of this and the last release run. */
import { type Kysely, sql, type Transaction } from 'kysely'
import { connect } from './connection.ts'
import { inTransaction } from './in-transaction.ts'
import * as first from './migrations/0001-first.ts'
import * as oldDaysByNumber from './migrations/0002-old-days-by-number.ts'
import { requireSchema } from './schema-state.ts'
import type { Tables } from './tables.ts'

interface Migration {
  up(db: Kysely<unknown>): Promise<void>
}

/** In their order. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-first': first,
  '0002-old-days-by-number': oldDaysByNumber,
}

/** Roles of the database that get what they need. */
export interface Roles {
  readonly controllers?: string | undefined
  readonly reports?: string | undefined
}

export interface Migrated {
  /** Names of the migrations that were run now. */
  readonly run: readonly string[]
}

/** A migration of large tables takes its time, and so does waiting for one that somebody else runs. */
const MIGRATE_MS = 3600_000

/**
 * As the owner of the schema, who may make one in the database. All migrations of one go, or none. Where a later release was here, there
 * is nothing to do. Rejects where this release does not work with what that one made, and with pg's errors.
 */
export async function migrate(url: string, { controllers, reports }: Roles = {}): Promise<Migrated> {
  const db = connect({ url, name: 'migrate', answerMs: MIGRATE_MS })
  try {
    return await inTransaction(db, async (trx) => {
      // One at a time, by a lock that ends with the transaction, wherever a pooler has that go.
      await sql`SELECT pg_advisory_xact_lock(hashtext('belplan.migrations'))`.execute(trx)
      const run = await runMigrations(trx)
      await requireSchema(trx)
      // Again after each migration: it may have made tables.
      if (controllers !== undefined) await sql`SELECT belplan.grant_controllers(${controllers})`.execute(trx)
      if (reports !== undefined) await sql`SELECT belplan.grant_reports(${reports})`.execute(trx)
      return { run }
    })
  } finally {
    await db.destroy()
  }
}

/** Which were run is kept as Kysely's Migrator has it, whose own lock is of a session. */
async function runMigrations(trx: Transaction<Tables>): Promise<readonly string[]> {
  const done = await migrationsIn(trx)
  const pending = Object.entries(migrations).filter(([name]) => !done.has(name))
  for (const [name, { up }] of pending) {
    await up(trx as unknown as Kysely<unknown>)
    await sql`INSERT INTO belplan.migrations (name, timestamp) VALUES (${name}, ${new Date().toISOString()})`.execute(
      trx,
    )
  }
  return pending.map(([name]) => name)
}

/** Names of those that were run; where there is no place for them yet, it is made. */
async function migrationsIn(trx: Transaction<Tables>): Promise<ReadonlySet<string>> {
  const { rows: found } = await sql<{ schema: string | null; place: string | null }>`
    SELECT to_regnamespace('belplan') AS schema, to_regclass('belplan.migrations') AS place
  `.execute(trx)
  const { schema, place } = found[0]!
  if (schema === null) await sql`CREATE SCHEMA belplan`.execute(trx)
  if (place === null)
    await sql`CREATE TABLE belplan.migrations (name text PRIMARY KEY, timestamp text NOT NULL)`.execute(trx)
  const { rows } = await sql<{ name: string }>`SELECT name FROM belplan.migrations`.execute(trx)
  return new Set(rows.map(({ name }) => name))
}
