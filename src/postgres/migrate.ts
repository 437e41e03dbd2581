/** Brings the tables of a database to what this release knows: forward only, while controllers of this and the last release run. */
import { sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { connect, type Connection } from './connection.ts'
import * as first from './migrations/0001-first.ts'
import * as oldDaysByNumber from './migrations/0002-old-days-by-number.ts'
import { readSchemaState, schemaFault } from './schema-state.ts'

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

/** A migration of large tables takes its time. */
const MIGRATE_MS = 3600_000

/**
 * As the owner of the schema, who may make one in the database. All migrations of one go, or none. Where a later release was here, there
 * is nothing to do. Rejects where this release does not work with what that one made, and with pg's and Kysely's errors.
 */
export async function migrate(url: string, roles: Roles = {}): Promise<Migrated> {
  const db = connect({ url, name: 'migrate', answerMs: MIGRATE_MS })
  try {
    const state = await readSchemaState(db)
    if (state === 'future') throw schemaFault(state)
    const run = state === 'past' ? await runMigrations(db) : []
    const { controllers, reports } = roles
    // Again after each migration: it may have made tables.
    if (controllers !== undefined) await sql`SELECT belplan.grant_controllers(${controllers})`.execute(db)
    if (reports !== undefined) await sql`SELECT belplan.grant_reports(${reports})`.execute(db)
    return { run }
  } finally {
    await db.destroy()
  }
}

async function runMigrations(db: Connection): Promise<readonly string[]> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    migrationTableSchema: 'belplan',
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  })
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error !== undefined) throw error as Error
  return results.map(({ migrationName }) => migrationName)
}
