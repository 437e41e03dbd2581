/** Who writes the record of a call whose controller was lost: the first machine that says so. */
import { sql } from 'kysely'
import type { Connection } from '../postgres/index.ts'
import type { CallOfRecord } from '../records/index.ts'

/** Whoever comes back later than this writes what is in the database already. */
const KEPT_DAYS = 30

export interface Claims {
  /**
   * Of these calls those whose records this machine is to write: no other one has claimed them, and they have none. Asked again
   * the answer is the same. Rejects with pg's errors.
   */
  claim(calls: readonly CallOfRecord[]): Promise<readonly string[]>
  removeOld(): Promise<void>
}

export function createClaims(
  db: Connection,
  { name, data }: { readonly name: string; readonly data: string },
): Claims {
  return {
    async claim(calls) {
      const { rows } = await sql<{ id: string }>`
        INSERT INTO ${sql.table('belplan.claims')} AS claims (id, data, controller)
        SELECT id, ${data}::uuid, ${name}
        FROM (
          SELECT DISTINCT ON (id) id, at FROM jsonb_to_recordset(${JSON.stringify(calls)}::jsonb) AS _ (id text, at timestamptz)
        ) AS lost
        WHERE NOT EXISTS (
          SELECT FROM ${sql.table('belplan.calls')} AS calls
          WHERE calls.day = (lost.at AT TIME ZONE 'UTC')::date AND calls.id = lost.id
        )
        ON CONFLICT (id) DO UPDATE SET controller = excluded.controller WHERE claims.data = excluded.data
        RETURNING id`.execute(db)
      return rows.map(({ id }) => id)
    },
    async removeOld() {
      await db
        .deleteFrom('claims')
        .where('at', '<', sql<Date>`now() - ${KEPT_DAYS}::int * interval '1 day'`)
        .execute()
    },
  }
}
