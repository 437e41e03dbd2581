/** Brings the tables of a database to what this release knows: forward only, while controllers of this and the last release run. */
import { sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { connect } from './connection.ts'
import * as first from './migrations/0001-first.ts'

const migrations: Readonly<Record<string, Migration>> = { '0001-first': first }

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
 * As the owner of the schema, who may make one in the database. All migrations of one go, or none: rejects with pg's and Kysely's
 * errors.
 */
export async function migrate(url: string, roles: Roles = {}): Promise<Migrated> {
  const db = connect({ url, name: 'migrate', answerMs: MIGRATE_MS })
  try {
    const migrator = new Migrator({
      db,
      provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
      migrationTableSchema: 'belplan',
      migrationTableName: 'migrations',
      migrationLockTableName: 'migrations_lock',
    })
    const { error, results = [] } = await migrator.migrateToLatest()
    if (error !== undefined) throw error as Error
    const { controllers, reports } = roles
    // Again after each migration: it may have made tables.
    if (controllers !== undefined) await sql`SELECT belplan.grant_controllers(${controllers})`.execute(db)
    if (reports !== undefined) await sql`SELECT belplan.grant_reports(${reports})`.execute(db)
    return { run: results.map(({ migrationName }) => migrationName) }
  } finally {
    await db.destroy()
  }
}
