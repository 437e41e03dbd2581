/** Whether the tables of a database are those that this release works with. */
import type { Transaction } from 'kysely'
import type { Connection } from './connection.ts'
import type { Tables } from './tables.ts'

/** Of the newest migration that this release knows. */
export const SCHEMA_VERSION = 2

/**
 * `past`: `belplan migrate` was not run since this release was installed. `future`: it was run by a release so much newer that
 * this one would do harm.
 */
type SchemaState = 'current' | 'past' | 'future'

const UNDEFINED_TABLE = '42P01'
const UNDEFINED_SCHEMA = '3F000'

/** Rejects with pg's errors. */
export async function readSchemaState(db: Connection | Transaction<Tables>): Promise<SchemaState> {
  try {
    const { version, works_from } = await db
      .selectFrom('schema_version')
      .select(['version', 'works_from'])
      .executeTakeFirstOrThrow()
    if (version < SCHEMA_VERSION) return 'past'
    return SCHEMA_VERSION < works_from ? 'future' : 'current'
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === UNDEFINED_TABLE || code === UNDEFINED_SCHEMA) return 'past'
    throw error
  }
}

const FAULTS: Readonly<Record<Exclude<SchemaState, 'current'>, string>> = {
  past: 'its tables are of the past: run `belplan migrate`',
  future: 'its tables are of a later release: this one has to be updated',
}

/** Rejects where this release does not work with the tables, saying what to do, and with pg's errors. */
export async function requireSchema(db: Connection | Transaction<Tables>): Promise<void> {
  const state = await readSchemaState(db)
  if (state !== 'current') throw new Error(FAULTS[state])
}

/** How long a later release may have been there before it is noticed. */
const WATCH_MS = 5000

/** For whoever works with the tables for long: they may change meanwhile, and after an outage it may be another database. */
export interface SchemaWatch {
  /** As `requireSchema`; asks the database every few seconds. */
  require(): Promise<void>
  /** The next `require` asks. */
  doubt(): void
}

export function watchSchema(db: Connection): SchemaWatch {
  let askedMs = -Infinity
  return {
    async require() {
      if (performance.now() - askedMs < WATCH_MS) return
      await requireSchema(db)
      askedMs = performance.now()
    },
    doubt() {
      askedMs = -Infinity
    },
  }
}
