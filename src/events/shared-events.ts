/**
 * Copies of events in the database that machines share: of all that wait, or were given up, a moment after they were kept. Each has
 * a holder, which tells it: the process for events of a controller. Of a holder that was not seen for a while, as the clock
 * of the database has it, another one takes the events over.
 */
import { type RawBuilder, sql } from 'kysely'
import { connect, inTransaction, type SchemaWatch, watchSchema } from '../postgres/index.ts'
import type { Changed } from './copies.ts'
import {
  DELIVERED,
  GIVEN_UP,
  type ListQuery,
  type Row,
  STATES,
  type StoredEvent,
  TRIED_MS,
  WAITING,
} from './event-list.ts'
import type { Elsewhere } from './event-store.ts'

export interface SharedEventsOptions {
  /** Of the database. */
  readonly url: string
  /** Of the holder; no other has it. */
  readonly name: string
  /** Of its controller, such as `pbx1:8084`. */
  readonly controller: string
  /** What is in the name of these is held here: their files were taken over. */
  readonly takenOver: () => readonly string[]
  /** Whoever was not seen for so long is lost. */
  readonly lostMs: number
}

/** Of an event that is to be sent; `ageMs`: since it was kept. */
export type Question = Pick<StoredEvent, 'id' | 'call' | 'webhook' | 'place'> & { readonly ageMs: number }

/** `hidden`: another holder may have earlier ones of its call that it has not copied yet. */
export type Answer = Elsewhere | 'hidden'

/** What became of a copy: it was told, or who holds it. */
export type Holding = 'told' | 'here' | 'elsewhere'

export interface Adopted {
  /** The controller that was lost, such as `pbx1:8084`. */
  readonly controller: string
  readonly rows: readonly Row[]
}

/** Each rejects with pg's errors. */
export interface SharedEvents {
  readonly schema: SchemaWatch
  /**
   * Says that this holder lives, and that what it kept before `copiedUntil` is here, or told. Resolves with the time, and since when
   * it says so without a gap, in which others could have taken its events over; both milliseconds since 1970, by the clock of the database.
   */
  seen(copiedUntil: Date): Promise<{ readonly atMs: number; readonly steadySinceMs: number }>
  /** Resolves with the ids of those that are held here now; the others have another holder, or were told. */
  copy(rows: readonly Row[]): Promise<ReadonlySet<string>>
  /** What does not wait here any more. */
  remove(gone: readonly Changed[]): Promise<void>
  /** Of those that are here; such as are in the name of a holder whose files were taken over become this one's. */
  holdings(ids: readonly string[]): Promise<ReadonlyMap<string, Holding>>
  /** What this holder holds, in pages of `most`; `after`: the last one of the page before. */
  held(after: Held | undefined, most: number): Promise<Held[]>
  read(ids: readonly string[]): Promise<Row[]>
  /** Ids of what others took over from this holder since then. */
  takenSince(ms: number, most: number): Promise<string[]>
  /** Takes over events of a holder that was lost, `most` of them; of none of `neighbours`. Undefined: there are none. */
  adopt(most: number, neighbours: readonly string[]): Promise<Adopted | undefined>
  /** Takes over one that another holder gave up, to try it again; undefined: there is none. */
  retry(id: string, nowMs: number): Promise<Row | undefined>
  elsewhere(questions: readonly Question[]): Promise<ReadonlyMap<string, Answer>>
  /** Those of other holders, the oldest first. */
  list(query: ListQuery): Promise<Row[]>
  /** That have events in the list. */
  documents(): Promise<string[]>
  /** Forgets what is old. */
  tidy(): Promise<void>
  /** Nobody is to wait for these any more, unless something is in their name. */
  leave(names: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** What was told by another than its first holder stays known to that one for so long. */
const TOLD_KEPT_MS = 7 * 24 * 3600_000
/** As many as are removed in one go. */
const FORGOTTEN = 5000
const ANSWER_MS = 3000

interface Held {
  readonly id: string
  readonly call: string
  readonly place: number
}

interface Copy extends Omit<Row, 'shared' | 'due' | 'until' | 'since'> {
  readonly due: Date
  readonly until: Date
  readonly since: Date
}

const ago = (ms: number): RawBuilder<Date> => sql`now() - make_interval(secs => ${ms / 1000})`
const texts = (values: readonly string[]): RawBuilder<string[]> => sql`${[...values]}::text[]`
const WAITS = sql.raw(`events.state = ${WAITING}`)
const IN_LIST = sql.raw(`events.state < ${DELIVERED}`)
const ROW = sql.raw(
  [
    'id',
    'call',
    'document',
    'webhook',
    'event',
    'place',
    'body',
    'tries',
    'state',
    'due',
    'until',
    'since',
    'error',
  ]
    .map((column) => `events.${column}`)
    .join(', '),
)

export function openSharedEvents(options: SharedEventsOptions): SharedEvents {
  const { url, name, controller, takenOver, lostMs } = options
  const db = connect({ url, name: 'events', most: 3, answerMs: ANSWER_MS })
  // Operators ask for as many lists as they like: the sign of life waits for none of them.
  const lists = connect({ url, name: 'lists of events', most: 1, answerMs: ANSWER_MS })
  // Whoever takes over is there now, and was for as long as all others need to be seen again after an outage of the database.
  const [freshMs, gapMs] = [lostMs / 5, lostMs / 3]
  const held = () => texts([name, ...takenOver()])

  return {
    schema: watchSchema(db),

    async seen(copiedUntil) {
      const { rows } = await sql<{ at: Date; steady_since: Date }>`
        INSERT INTO belplan.event_holders AS holders (name, controller, copied_until)
        VALUES (${name}, ${controller}, ${copiedUntil})
        ON CONFLICT (name) DO UPDATE SET seen_at = now(), copied_until = excluded.copied_until,
          steady_since = CASE WHEN holders.seen_at < ${ago(gapMs)} THEN now() ELSE holders.steady_since END
        RETURNING now() AS at, steady_since`.execute(db)
      const { at, steady_since: steadySince } = rows[0]!
      return { atMs: at.getTime(), steadySinceMs: steadySince.getTime() }
    },

    async copy(copied) {
      const { rows } = await sql<{ id: string }>`
        INSERT INTO belplan.events AS events
          (id, call, document, webhook, event, place, body, tries, state, due, until, since, error, holder)
        SELECT copied.*, ${name} FROM jsonb_to_recordset(${jsonOf(copied.map(copyOf))}::jsonb) AS copied
          (id text, call text, document text, webhook text, event text, place bigint, body text, tries integer,
           state smallint, due timestamptz, until timestamptz, since timestamptz, error text)
        ORDER BY id
        ON CONFLICT (id) DO UPDATE SET body = excluded.body, tries = excluded.tries, state = excluded.state, due = excluded.due,
          until = excluded.until, since = excluded.since, error = excluded.error
        WHERE events.holder = ${name} AND ${IN_LIST}
        RETURNING events.id`.execute(db)
      return new Set(rows.map(({ id }) => id))
    },

    async remove(gone) {
      const [told, left] = [gone.filter(({ isTold }) => isTold), gone.filter(({ isTold }) => !isTold)].map(
        (some) => texts(some.map(({ id }) => id)),
      ) as [RawBuilder<string[]>, RawBuilder<string[]>]
      await inTransaction(db, async (transaction) => {
        await sql`
          DELETE FROM belplan.events WHERE holder = ANY (${held()})
          AND (id = ANY (${left}) OR (id = ANY (${told}) AND was IS NULL))`.execute(transaction)
        // Others have had it, or have it now: they must know.
        await sql`
          UPDATE belplan.events SET state = ${DELIVERED}, body = '', error = NULL, held_at = now()
          WHERE id = ANY (${told}) AND ${IN_LIST}`.execute(transaction)
      })
    },

    async holdings(ids) {
      const mine = takenOver()
      if (mine.length > 0)
        await sql`
          UPDATE belplan.events SET holder = ${name}, held_at = now()
          WHERE id = ANY (${texts(ids)}) AND holder = ANY (${texts(mine)}) AND ${IN_LIST}`.execute(db)
      const { rows } = await sql<{ id: string; holder: string; state: number }>`
        SELECT id, holder, state FROM belplan.events WHERE id = ANY (${texts(ids)})`.execute(db)
      const of = (holder: string) => (holder === name ? 'here' : 'elsewhere')
      return new Map(rows.map(({ id, holder, state }) => [id, state === DELIVERED ? 'told' : of(holder)]))
    },

    async held(after, most) {
      const { call, place, id } = after ?? { call: '', place: 0, id: '' }
      const { rows } = await sql<Held>`
        SELECT id, call, place FROM belplan.events AS events WHERE holder = ${name} AND ${IN_LIST}
        AND (call, place, id) > (${call}, ${place}, ${id}) ORDER BY call, place, id LIMIT ${most}`.execute(db)
      return rows
    },

    async read(ids) {
      const { rows } = await sql<Copy>`
        SELECT ${ROW} FROM belplan.events AS events
        WHERE id = ANY (${texts(ids)}) AND holder = ${name} AND ${IN_LIST}`.execute(db)
      return rows.map(rowOf)
    },

    async takenSince(ms, most) {
      const { rows } = await sql<{ id: string }>`
        SELECT id FROM belplan.events WHERE was = ANY (${held()}) AND held_at >= ${new Date(ms)}
        AND holder <> ALL (${held()}) ORDER BY held_at LIMIT ${most}`.execute(db)
      return rows.map(({ id }) => id)
    },

    adopt: (most, neighbours) =>
      inTransaction(db, async (transaction) => {
        // One at a time takes over what a holder has, so that events of a call stay together. All by one time: where the
        // database itself was stopped for a while, nobody was seen.
        const { rows: lost } = await sql<{ name: string; controller: string }>`
          SELECT lost.name, lost.controller FROM belplan.event_holders AS lost
          WHERE lost.seen_at < ${ago(lostMs)} AND lost.name <> ALL (${texts([name, ...neighbours])})
          AND EXISTS (SELECT 1 FROM belplan.events AS events WHERE events.holder = lost.name AND ${IN_LIST})
          AND EXISTS (
            SELECT 1 FROM belplan.event_holders AS own WHERE own.name = ${name}
            AND own.seen_at > ${ago(freshMs)} AND own.steady_since < ${ago(lostMs)})
          ORDER BY lost.seen_at LIMIT 1 FOR UPDATE OF lost SKIP LOCKED`.execute(transaction)
        const [found] = lost
        if (!found) return undefined
        const { rows } = await sql<Copy>`
          UPDATE belplan.events AS events SET was = holder, holder = ${name}, held_at = now()
          WHERE id = ANY (ARRAY (
            SELECT id FROM belplan.events AS events WHERE holder = ${found.name} AND ${IN_LIST}
            ORDER BY call, place, id LIMIT ${most}))
          AND holder = ${found.name} RETURNING ${ROW}`.execute(transaction)
        return { controller: found.controller, rows: rows.map(rowOf) }
      }),

    async retry(id, nowMs) {
      const { rows } = await sql<Copy>`
        UPDATE belplan.events AS events SET was = holder, holder = ${name}, held_at = now(), state = ${WAITING}, tries = 0,
          due = ${new Date(nowMs)}, until = ${new Date(nowMs + TRIED_MS)}, since = ${new Date(nowMs)}
        WHERE id = ${id} AND state = ${GIVEN_UP} AND holder <> ALL (${held()}) RETURNING ${ROW}`.execute(
        lists,
      )
      return rows[0] && rowOf(rows[0])
    },

    async elsewhere(questions) {
      const { rows } = await sql<{ id: string; answer: Answer }>`
        SELECT asked.id, CASE
          WHEN same.state = ${DELIVERED} OR (same.state = ${GIVEN_UP} AND same.holder <> ALL (${held()})) THEN 'told'
          WHEN same.holder <> ALL (${held()}) THEN 'theirs'
          WHEN EXISTS (
            SELECT 1 FROM belplan.events AS events WHERE ${WAITS} AND events.call = asked.call
            AND events.webhook = asked.webhook AND events.place < asked.place AND events.holder <> ALL (${held()}))
          THEN 'earlier'
          WHEN EXISTS (
            SELECT 1 FROM belplan.event_holders AS holders WHERE holders.name <> ALL (${held()})
            AND holders.seen_at >= ${ago(lostMs)}
            AND holders.copied_until < now() - make_interval(secs => asked."ageMs" / 1000.0))
          THEN 'hidden'
          ELSE 'nothing' END AS answer
        FROM jsonb_to_recordset(${jsonOf(questions)}::jsonb)
          AS asked (id text, call text, webhook text, place bigint, "ageMs" double precision)
        LEFT JOIN belplan.events AS same ON same.id = asked.id`.execute(db)
      return new Map(rows.map(({ id, answer }) => [id, answer]))
    },

    async list({ id, state, documents, most }) {
      const { rows } = await sql<Copy>`
        SELECT ${ROW} FROM belplan.events AS events WHERE ${IN_LIST} AND holder <> ALL (${held()})
        AND ${state === undefined ? sql`true` : sql`state = ${STATES.indexOf(state)}`}
        AND ${id === undefined ? sql`true` : sql`id = ${id}`}
        AND ${documents ? sql`document = ANY (${texts(documents)})` : sql`true`}
        ORDER BY since LIMIT ${most}`.execute(lists)
      return rows.map(rowOf)
    },

    async documents() {
      const { rows } = await sql<{ document: string }>`
        SELECT DISTINCT document FROM belplan.events AS events WHERE ${IN_LIST}`.execute(lists)
      return rows.map(({ document }) => document)
    },

    async tidy() {
      await sql`
        DELETE FROM belplan.events WHERE id = ANY (ARRAY (
          SELECT id FROM belplan.events WHERE state = ${DELIVERED} AND held_at < ${ago(TOLD_KEPT_MS)}
          LIMIT ${FORGOTTEN}))`.execute(db)
      await sql`
        DELETE FROM belplan.event_holders AS holders WHERE seen_at < ${ago(TOLD_KEPT_MS)}
        AND NOT EXISTS (SELECT 1 FROM belplan.events AS events WHERE events.holder = holders.name)`.execute(
        db,
      )
    },

    async leave(names) {
      await sql`
        DELETE FROM belplan.event_holders AS holders WHERE name = ANY (${texts(names)})
        AND NOT EXISTS (SELECT 1 FROM belplan.events AS events WHERE events.holder = holders.name)`.execute(
        db,
      )
    },

    async close() {
      await Promise.all([db.destroy(), lists.destroy()])
    },
  }
}

/** PostgreSQL takes neither NUL nor half of a character in a text. */
const jsonOf = (rows: readonly object[]): string =>
  JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value,
  )

function copyOf({ shared: _, due, until, since, ...row }: Row): object {
  const [dueAt, untilAt, sinceAt] = [due, until, since].map((ms) => new Date(ms).toISOString())
  return { ...row, due: dueAt, until: untilAt, since: sinceAt }
}

/** Whoever had it may have told it: it is asked for before it is sent. */
function rowOf({ due, until, since, ...row }: Copy): Row {
  return { ...row, shared: 1, due: due.getTime(), until: until.getTime(), since: since.getTime() }
}
