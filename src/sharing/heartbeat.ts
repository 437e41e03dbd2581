/** Who runs: each controller has a row, which it renews each second, and reads those of the others. */
import { sql } from 'kysely'
import type { Connection } from '../postgres/index.ts'
import { LIVES_MS, type Own, type SeenController } from './messages.ts'

export interface Identity {
  readonly name: string
  readonly run: string
  readonly data: string
  readonly version: string
}

export interface Heartbeat {
  /** Says that this controller lives. Resolves with whether another one says the same of itself, by the same name. */
  beat(own: Own): Promise<boolean>
  /** Says that it has ended. */
  end(): Promise<void>
  /** Those of the last day, this one among them. */
  read(): Promise<readonly SeenController[]>
}

const now = sql<Date>`clock_timestamp()`

/** Milliseconds since then, by the database's clock alone. */
const ageMs = (column: 'started_at' | 'seen_at') =>
  sql<number>`(extract(epoch from clock_timestamp() - ${sql.ref(column)}) * 1000)::float8`

/** Each rejects with pg's errors. */
export function createHeartbeat(db: Connection, { name, run, data, version }: Identity): Heartbeat {
  const seen = createSeen()
  const started = createStarts()
  let hasBeaten = false

  async function renew({ revision, ready }: Own): Promise<boolean> {
    const { numUpdatedRows } = await db
      .updateTable('controllers')
      .set({ revision, ready, seen_at: now, ended_at: null })
      .where('name', '=', name)
      .where('run', '=', run)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  const isThere = async () =>
    (await db.selectFrom('controllers').select('run').where('name', '=', name).executeTakeFirst()) !==
    undefined

  return {
    async beat(own) {
      if (hasBeaten && (await renew(own))) return false
      // Else the database is another one than it was, or does not know of the last second before a failover.
      const isRival = hasBeaten && (await isThere())
      const { revision, ready } = own
      await db
        .insertInto('controllers')
        .values({
          ...{ name, run, data, version, revision, ready },
          ...{ started_at: now, seen_at: now, ended_at: null },
        })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet(({ ref }) => ({
            run: ref('excluded.run'),
            data: ref('excluded.data'),
            version: ref('excluded.version'),
            revision: ref('excluded.revision'),
            ready: ref('excluded.ready'),
            seen_at: now,
            ended_at: null,
            started_at: sql<Date>`CASE WHEN controllers.run = excluded.run THEN controllers.started_at ELSE excluded.started_at END`,
          })),
        )
        .execute()
      hasBeaten = true
      return isRival
    },
    async end() {
      await db
        .updateTable('controllers')
        .set({ seen_at: now, ended_at: now, ready: false })
        .where('name', '=', name)
        .where('run', '=', run)
        .execute()
    },
    async read() {
      const rows = await db
        .selectFrom('controllers')
        .select(['name', 'run', 'data', 'version', 'revision', 'ready', 'started_at', 'seen_at', 'ended_at'])
        .select([ageMs('started_at').as('startedAgoMs'), ageMs('seen_at').as('seenAgoMs')])
        .orderBy('name')
        .execute()
      const nowMs = performance.now()
      const since = seen.read(rows, nowMs)
      const starts = started.read(rows, nowMs)
      return rows.map(({ name, run, data, version, ready, ...row }) => {
        const seenAgoMs = since.get(name)!
        const startedAgoMs = starts.get(name)!
        const state = row.ended_at !== null ? 'ended' : seenAgoMs < LIVES_MS ? 'lives' : 'lost'
        return {
          ...{ name, run, data, version, ready, state, startedAgoMs, seenAgoMs },
          revision: row.revision ?? '',
          ...{ startedAt: row.started_at.toISOString(), seenAt: row.seen_at.toISOString() },
        }
      })
    },
  }
}

interface SeenRow {
  readonly name: string
  readonly run: string
  readonly seen_at: Date
  readonly seenAgoMs: number
}

/** Two looks at the rows that are further apart: in between nobody may have been able to say that it lives. */
const GAP_MS = 2000

/**
 * Since when each row has not changed, in milliseconds before it is read. Time during which nothing could be read is left out: an
 * outage of the database makes nobody lost, nor does another clock after a failover.
 */
export function createSeen(): {
  read(rows: readonly SeenRow[], nowMs: number): ReadonlyMap<string, number>
} {
  let before = new Map<string, { readonly mark: string; readonly atMs: number }>()
  let lastMs: number | undefined

  return {
    read(rows, nowMs) {
      const gapMs = lastMs === undefined ? 0 : nowMs - lastMs
      const leftOutMs = gapMs > GAP_MS ? gapMs : 0
      lastMs = nowMs
      const after: typeof before = new Map()
      for (const { name, run, seen_at, seenAgoMs } of rows) {
        const mark = `${run} ${seen_at.getTime()}`
        const known = before.get(name)
        const atMs =
          known === undefined
            ? nowMs - Math.max(0, seenAgoMs)
            : known.mark === mark
              ? known.atMs + leftOutMs
              : nowMs - Math.min(Math.max(0, seenAgoMs), gapMs)
        after.set(name, { mark, atMs })
      }
      before = after
      return new Map([...after].map(([name, { atMs }]) => [name, nowMs - atMs]))
    },
  }
}

interface StartedRow {
  readonly name: string
  readonly run: string
  readonly startedAgoMs: number
}

/**
 * When each run started, in milliseconds before the rows are read: as it was when they had it first. After a failover the clock may be
 * another one, and whoever was there for long would have started only now.
 */
export function createStarts(): {
  read(rows: readonly StartedRow[], nowMs: number): ReadonlyMap<string, number>
} {
  let before = new Map<string, { readonly run: string; readonly atMs: number }>()

  return {
    read(rows, nowMs) {
      before = new Map(
        rows.map(({ name, run, startedAgoMs }) => {
          const known = before.get(name)
          return [name, known?.run === run ? known : { run, atMs: nowMs - Math.max(0, startedAgoMs) }]
        }),
      )
      return new Map([...before].map(([name, { atMs }]) => [name, nowMs - atMs]))
    },
  }
}
