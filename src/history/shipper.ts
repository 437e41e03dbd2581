/**
 * Takes the records of a journal to the database that machines share, each at least once; one that comes twice is there once.
 *
 * No record is added with a person in it who is to be forgotten: whoever asks for that makes the number in `forgetting` go up, and each
 * batch names the one that it knows, which cannot change until the batch is committed.
 */
import { statSync } from 'node:fs'
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { personOf } from '../plan/index.ts'
import {
  binaryArray,
  type Connection,
  inTransaction,
  JSON_TYPE,
  TEXT,
  watchSchema,
} from '../postgres/index.ts'
import type { Person } from '../util/forget.ts'
import { dayOf, fileOfDay, journalDays, journalIn } from './journal-files.ts'
import type { Forgetting, ShippingCounts } from './messages.ts'
import { dayIn } from './shared-calls.ts'
import { SHARED_COLUMNS, type SharedRow } from './shared-row.ts'
import { begunJournal, readShipped } from './shipped.ts'
import { readBatch } from './shipping-batch.ts'
import { openPlaces, type ShippingPlaces } from './shipping-places.ts'
import { createWaitingLines, firstWrittenMs } from './waiting-lines.ts'

export interface Shipper {
  /**
   * Ships what is there, the newest file first; whether that was all. A person to be forgotten: nothing is shipped until
   * `forgotten` says what became of that. Rejects with pg's errors, and the file system's: what was not noted then is shipped again.
   */
  ship(signal: AbortSignal): Promise<boolean | Forgetting>
  /**
   * Whether this journal does not know of that person any more. Else that is asked for again after a pause, and records are shipped
   * without the person meanwhile. Rejects with pg's errors.
   */
  forgotten(forgetting: Forgetting, isDone: boolean): Promise<void>
  counts(): ShippingCounts
}

export interface ShipperOptions {
  readonly db: Connection
  /** The folder of all data. */
  readonly data: string
  /** Of the controller. */
  readonly name: string
  /** The database keeps the records of so many days that are over; absent: of all. */
  readonly sharedDays?: number | undefined
  readonly log: (level: 'info' | 'warn' | 'error', fields: object, message: string) => void
  /** For a statement that adds records [4000]; less than an answer is waited for. */
  readonly addMs?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

const ADD_MS = 4000

/** Batches under way at one time: while the database works on one, another one is read. */
const WIDTH = 2
/** Records of one statement. */
const [LEAST_AT_ONCE, MOST_AT_ONCE] = [20, 2000]
/** Lines of which so many bytes are counted in one go. */
const COUNT_BYTES = 64 * 1024 ** 2
/** Of a file in one go: then it is the turn of newer ones. */
const GO_BYTES = 64 * 1024 ** 2
/** Each note is a commit. */
const NOTE_MS = 250
/** Partitions are made so many days ahead. */
const AHEAD = 3
const DAY_MS = 24 * 3600_000
const UPKEEP_MS = 3600_000
/** Until a person is to be forgotten again that could not be. */
const [FIRST_FORGET_MS, LONGEST_FORGET_MS] = [1000, 300_000]

/** Whoever was the last to be forgotten, by number. */
interface LastForgotten {
  /** As batches name it. */
  readonly known: number
  /** As it is said first. */
  readonly asked: number
}

interface Session {
  readonly journal: string
  readonly places: ShippingPlaces
  readonly last: LastForgotten
  /** What this journal has not done of that. */
  readonly forgettings: readonly Forgetting[]
  /** Whose these are. */
  readonly persons: readonly Person[]
}

/** The database is not as this session knows it: it has lost something, or somebody is to be forgotten. The next session knows. */
const OVERTAKEN = new Error('the session is over')
const OVERTAKEN_MS = 100

export function createShipper(options: ShipperOptions): Shipper {
  const { db, data, name, sharedDays, log, addMs = ADD_MS, now = Date.now } = options
  const folder = journalIn(data)
  const waiting = createWaitingLines()
  const partitions = new Set<string>()
  const schema = watchSchema(db)
  let session: Session | undefined
  let upkeepMs = -Infinity
  let forgetAgain = { atMs: -Infinity, pauseMs: FIRST_FORGET_MS }
  /** By the clock of the database, which is the one that old days are removed by; -Infinity: it was not asked yet. */
  let today = -Infinity
  /** How many records of which days the database does not keep any more, since that was last said. */
  const tooOld = new Map<string, number>()
  let tooOldSaidMs = -Infinity
  let oldestMs = 0
  let atOnce = MOST_AT_ONCE
  let [shipped, failures, refused] = [0, 0, 0]

  const sizeOf = (day: number) => statSync(fileOfDay(folder, day), { throwIfNoEntry: false })?.size ?? 0
  const firstDay = () => (sharedDays === undefined ? -Infinity : today - sharedDays)

  async function begin(): Promise<Session> {
    const noted = readShipped(data) ?? begunJournal(data)
    const { journal } = noted
    await db
      .insertInto('journals')
      .values({ journal, controller: name })
      .onConflict((conflict) =>
        conflict.column('journal').doUpdateSet({ controller: name, seen_at: sql<Date>`now()` }),
      )
      .execute()
    const last = await lastForgotten()
    const forgettings = (await db
      .selectFrom('forgotten')
      .innerJoin('journals', (join) => join.on('journals.journal', '=', journal))
      .select(['seq', 'number', 'country', 'author'])
      .where('number', 'is not', null)
      .whereRef('seq', '>', 'journals.forgotten')
      .orderBy('seq')
      .execute()) as readonly Forgetting[]
    return {
      ...{ journal, last, forgettings },
      persons: forgettings.map(({ number, country }) => personOf(number, country ?? undefined)),
      places: await openPlaces(db, data, noted),
    }
  }

  async function keepUp({ journal }: Session): Promise<void> {
    // What fails is left to the next hour: each try may keep others waiting.
    upkeepMs = performance.now()
    await makeAhead().catch((error: unknown) => {
      log('warn', { err: error }, 'partitions of days to come cannot be made yet')
    })
    const files = journalDays(folder)
    waiting.keep(files)
    await db
      .deleteFrom('shipped')
      .where('journal', '=', journal)
      .where('day', '<', dayIn(Math.min(today, ...files) * DAY_MS))
      .execute()
    await forgetNumbers(db)
    if (sharedDays === undefined) return
    // Whoever reads the table for long is in the way, as a report or pg_dump.
    await dropOld(sharedDays).catch((error: unknown) => {
      const message = 'records of old days cannot be removed from the database; it is tried again in an hour'
      log('error', { err: error }, message)
    })
  }

  async function makeAhead(): Promise<void> {
    for (let day = today; day <= today + AHEAD; day++) await makePartition(dayIn(day * DAY_MS))
  }

  async function dropOld(sharedDays: number): Promise<void> {
    const { rows } = await sql<{ day: string }>`
      SELECT day FROM belplan.drop_old_partitions(${sharedDays}::integer) AS day`.execute(db)
    if (rows.length === 0) return
    const days = rows.map(({ day }) => day)
    days.forEach((day) => partitions.delete(day))
    log('info', { days, sharedDays }, 'records of old days are removed from the database')
  }

  function sayTooOld(): void {
    if (tooOld.size === 0 || performance.now() - tooOldSaidMs < UPKEEP_MS) return
    tooOldSaidMs = performance.now()
    const message =
      'records of days that the database does not keep any more stay in the journal alone; if they are new, the clock is wrong'
    log('warn', { records: Object.fromEntries(tooOld), sharedDays }, message)
    tooOld.clear()
  }

  async function makePartition(day: string): Promise<void> {
    if (partitions.has(day)) return
    await sql`SELECT belplan.make_partition(${day}::date)`.execute(db)
    partitions.add(day)
  }

  /** Looks at the clock of the database as well. */
  async function lastForgotten(): Promise<LastForgotten> {
    const { rows } = await sql<LastForgotten & { readonly day: string }>`
      SELECT seq AS known, (SELECT coalesce(max(seq), 0) FROM belplan.forgotten) AS asked,
        (now() AT TIME ZONE 'UTC')::date AS day FROM belplan.forgetting`.execute(db)
    const { day, ...last } = rows[0]!
    today = dayOf(Date.parse(day))
    return last
  }

  async function isKnown({ last }: Session): Promise<boolean> {
    const { known, asked } = await lastForgotten()
    return known === last.known && asked === last.asked
  }

  /** Whether all of it, as long as it was at the beginning; a stop comes sooner. */
  async function shipFile(
    { places, persons, last: { known } }: Session,
    day: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const file = fileOfDay(folder, day)
    const size = sizeOf(day)
    let read = places.of(day, size)
    const end = Math.min(size, read + GO_BYTES)
    const flights: {
      readonly to: number
      readonly lines: number
      readonly rows: number
      readonly added: Promise<void>
    }[] = []
    let done = { to: read, lines: 0, rows: 0 }
    let notedMs = performance.now()
    /** There is no whole line before the end. */
    let isRead = read >= end

    async function note(): Promise<void> {
      if (!(await places.move(day, done.to))) throw OVERTAKEN
      waiting.shipped(day, done.to, done.lines)
      shipped += done.rows
      done = { ...done, lines: 0, rows: 0 }
      notedMs = performance.now()
    }

    try {
      for (;;) {
        while (!isRead && !signal.aborted && flights.length < WIDTH) {
          const batch = await readBatch(file, read, persons)
          isRead = batch.to === read || batch.to >= end
          if (batch.to === read) break
          read = batch.to
          const added = add(batch.rows, known)
          // Looked at in its turn.
          added.catch(() => undefined)
          flights.push({ to: batch.to, lines: batch.lines, rows: batch.rows.length, added })
          // It is on its way before the next one is read.
          await turn()
        }
        const first = flights.shift()
        if (!first) break
        await first.added
        done = { to: first.to, lines: done.lines + first.lines, rows: done.rows + first.rows }
        if (performance.now() - notedMs > NOTE_MS) await note()
      }
      const isWhole = isRead && end === size
      // Nobody goes on with a line that was cut short days ago.
      if (isWhole && day < dayOf(now()) - 1) done = { ...done, to: Math.max(done.to, size) }
      if (done.to > places.of(day, size)) await note()
      return isWhole
    } finally {
      await Promise.allSettled(flights.map(({ added }) => added))
    }
  }

  async function add(rows: readonly SharedRow[], known: number): Promise<void> {
    const first = firstDay()
    const kept = rows.filter(({ day }) => {
      const isKept = dayOf(Date.parse(day)) >= first
      if (!isKept) tooOld.set(day, (tooOld.get(day) ?? 0) + 1)
      return isKept
    })
    for (let at = 0; at < kept.length;) {
      const part = kept.slice(at, at + atOnce)
      await insert(part, known)
      at += part.length
    }
  }

  /** Throws OVERTAKEN, and pg's errors. */
  async function insert(rows: readonly SharedRow[], known: number, isAgain = false): Promise<void> {
    try {
      for (const day of new Set(rows.map((row) => row.day))) await makePartition(day)
      const added = await inTransaction(db, (asked) => addCalls(asked, rows, known), { answerMs: addMs })
      if (!added) throw OVERTAKEN
    } catch (error) {
      const { code = '', message } = error as { code?: string; message: string }
      if (code === NO_PARTITION && !isAgain) {
        // Another controller's configuration keeps fewer days.
        partitions.clear()
        return insert(rows, known, true)
      }
      if (!OF_RECORD.test(code)) throw error
      const [only, ...others] = rows
      if (only && others.length === 0) {
        refused++
        log('error', { call: only.id, reason: message, code }, 'the database does not take a record')
        return
      }
      const half = rows.length >> 1
      for (const part of [rows.slice(0, half), rows.slice(half)]) await insert(part, known)
    }
  }

  async function look(): Promise<void> {
    const noted = session ? undefined : readShipped(data)?.places
    let first = Infinity
    let left = COUNT_BYTES
    for (const day of journalDays(folder)) {
      const size = sizeOf(day)
      const place = session?.places.of(day, size) ?? noted?.get(day) ?? 0
      if (size <= place || day < firstDay()) continue
      const file = fileOfDay(folder, day)
      left -= await waiting.look(day, file, place, left)
      first = Math.min(first, firstWrittenMs(file, place) ?? Infinity)
    }
    oldestMs = first === Infinity ? 0 : Math.max(0, now() - first)
  }

  async function shipAll(signal: AbortSignal): Promise<boolean | Forgetting> {
    await schema.require()
    session ??= await begin()
    const [first] = session.forgettings
    if (first && performance.now() >= forgetAgain.atMs) return first
    if (performance.now() - upkeepMs > UPKEEP_MS) await keepUp(session)
    if (!(await isKnown(session))) throw OVERTAKEN
    for (const day of journalDays(folder)) {
      if (signal.aborted) return false
      const size = sizeOf(day)
      if (size > session.places.of(day, size) && !(await shipFile(session, day, signal))) return false
    }
    return true
  }

  return {
    async ship(signal) {
      await look()
      try {
        const result = await shipAll(signal)
        sayTooOld()
        if (result === true) oldestMs = 0
        atOnce = Math.min(MOST_AT_ONCE, 2 * atOnce)
        return result
      } catch (error) {
        session = undefined
        if (error === OVERTAKEN) {
          await delay(OVERTAKEN_MS)
          return false
        }
        schema.doubt()
        failures++
        // It may be too slow for so many.
        atOnce = Math.max(LEAST_AT_ONCE, atOnce >> 1)
        throw error
      }
    },
    async forgotten({ seq }, isDone) {
      const journal = session?.journal ?? readShipped(data)?.journal
      // It may be done by now, or not be asked for any more.
      session = undefined
      const { pauseMs } = forgetAgain
      forgetAgain = isDone
        ? { atMs: -Infinity, pauseMs: FIRST_FORGET_MS }
        : { atMs: performance.now() + pauseMs, pauseMs: Math.min(LONGEST_FORGET_MS, 2 * pauseMs) }
      if (!isDone) return
      await db
        .updateTable('journals')
        .set({ forgotten: seq })
        .where('journal', '=', journal ?? '')
        .execute()
      await forgetNumbers(db)
    },
    counts: () => ({ waiting: waiting.count, oldestMs, shipped, failures, refused }),
  }
}

const NO_PARTITION = '23514'
/** Classes of SQLSTATE: data, integrity, more than PostgreSQL can do. */
const OF_RECORD = /^(?:22|23|54)/

/** Whether it was done: not where the number of whoever was forgotten last is another one. */
async function addCalls(db: Connection, rows: readonly SharedRow[], known: number): Promise<boolean> {
  const columns = Object.entries(SHARED_COLUMNS)
  const names = sql.join(columns.map(([name]) => sql.ref(name)))
  const typed = sql.join(columns.map(([name, type]) => sql`call.${sql.ref(name)}::${sql.raw(type)}`))
  const arrays = columns.map(([, type], i) => {
    const values = rows.map((row) => row.values[i])
    return type === 'json'
      ? sql`${binaryArray(JSON_TYPE, values)}::json[]`
      : sql`${binaryArray(TEXT, values)}::text[]`
  })
  const { rows: found } = await sql`
    WITH guard AS (SELECT seq FROM belplan.forgetting WHERE seq = ${known} FOR SHARE),
    added AS (
      INSERT INTO belplan.calls (${names}) SELECT ${typed} FROM guard, unnest(${sql.join(arrays)}) AS call(${names})
      ON CONFLICT DO NOTHING)
    SELECT seq FROM guard`.execute(db)
  return found.length > 0
}

/** So long after a person was forgotten their number is so, too, though a journal that was not seen since may not have done it. */
const KEPT = '30 days'

/** Of whom each journal has forgotten. */
async function forgetNumbers(db: Connection): Promise<void> {
  await sql`
    UPDATE belplan.forgotten SET number = NULL, country = NULL WHERE number IS NOT NULL AND NOT EXISTS (
      SELECT FROM belplan.journals WHERE journals.forgotten < forgotten.seq AND forgotten.at > now() - ${KEPT}::interval)`.execute(
    db,
  )
}
