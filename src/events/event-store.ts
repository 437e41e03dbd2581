/**
 * Events on disk, until they are delivered or given up: an SQLite database for each controller, in a folder that
 * several share. A controller holds a lock while it runs, which the kernel takes from it whatever its end; then another
 * takes its events over. Nothing here waits: it runs in a process of its own (events-process.ts).
 *
 * - `NAME.db` (`-wal`, `-shm`): the events of one controller
 * - `NAME.lock`: held by it
 * - `NAME.N.log`: events that may not be in the database yet (event-log.ts)
 *
 * A database says how far its controller's logs were read, so that others know what they cannot see yet of a call that both
 * held. Delivered events stay as ids for a while, so that one that another controller tells of the same call is known.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  COLUMNS,
  DELIVERED,
  GIVEN_UP,
  IN_LIST,
  inState,
  listed,
  listEvents,
  type ListQuery,
  type NewEvent,
  type Row,
  rowOf,
  type State,
  STATES,
  type StoredEvent,
  TRIED_MS,
  type Waiting,
  WAITING,
} from './event-list.ts'
import { type Copies, createCopies } from './copies.ts'
import { type Database, isBroken, openDatabase, type Value } from '../util/database.ts'
import { takeLock } from '../util/file-lock.ts'
import { LOG, logFilesOf, newEvent, readLog, SETTLE_MS } from './event-log.ts'
import type { ListedEvent } from './listed-event.ts'

/** What others know of an event, or of earlier ones of its call for the same webhook. */
export type Elsewhere = 'nothing' | 'told' | 'theirs' | 'earlier'

export interface EventStore {
  /** What is to be copied to the database that machines share, where there is one. */
  readonly copies: Copies | undefined
  /**
   * Keeps them all, or none: throws SQLite's errors. An event that is here already is left as it is. `read`: the log of
   * this controller that they are from, to its byte `place`.
   */
  add(events: readonly NewEvent[], read?: { readonly file: string; readonly place: number }): void
  /** How far a log of this controller was read. */
  placeIn(file: string): number
  /** What was added survives a power cut: before the log goes that has it, too. */
  sync(): void
  /** The log is not there any more. */
  forgetLog(file: string): void
  /** Of each call the first one that waits, if it is due, the longest due first. */
  next(document: string, webhook: string, most: number): StoredEvent[]
  /** When the next one is due, in milliseconds since 1970; Infinity: none waits. */
  nextDueMs(document: string, webhook: string): number
  /** Of the controllers that share the folder. */
  elsewhere(event: StoredEvent): Elsewhere
  delivered(ids: readonly string[]): void
  /** They are left to another controller. */
  drop(ids: readonly string[]): void
  /** Its call waits until `dueMs`. Whether it is given up. */
  postpone(event: StoredEvent, dueMs: number, failed?: Failure): boolean
  waiting(): Waiting[]
  count(state: State): number
  /** Of all controllers, the oldest first. */
  list(query: ListQuery): ListedEvent[]
  /** Those of all controllers that have events in the list. */
  documents(): string[]
  /** Of all controllers. Undefined: there is none that was given up. */
  retry(id: string): ListedEvent | undefined
  /** Keeps events of another machine, as they were read from the database that machines share. Throws SQLite's errors. */
  adopt(rows: readonly Row[]): void
  /** The other controllers that have events in the folder, or may have. */
  neighbours(): string[]
  /** Looks for controllers that have ended, and for those that have begun. Resolves with how many events were taken over. */
  look(): Promise<number>
  /** Forgets what is old, and removes what is too much. Returns how many events of each document are lost by that. */
  tidy(): ReadonlyMap<string, number>
  close(): void
}

/** Why an event was not taken. */
export interface Failure {
  readonly reason: string
  /** No server was asked, since there is no such webhook now. It counts as no attempt. */
  readonly unasked?: boolean
  /** It failed often enough to be given up when its time is over: all may have been down for that time, or the clock was put forward. */
  readonly often?: boolean
}

export interface EventStoreOptions {
  readonly folder: string
  /** Of this controller's files; no other has it. */
  readonly name: string
  readonly log: (fields: object, message: string) => void
  /** Another process had them before, since lost: events of calls that go on may have been taken over by others. */
  readonly again?: boolean
  /** Its events are copied to the database that machines share. */
  readonly copied?: boolean
  /** Of one document: its dead server does not take the disk, and the time, of all. */
  readonly mostOfDocument?: number
  /** Of all controllers together. */
  readonly mostBytes?: number
  readonly now?: () => number
}

const HOUR_MS = 3600_000
/** An event waits so long for its webhook to come back. */
const UNASKED_MS = 7 * 24 * HOUR_MS
/** Longer than any pause: where it is due later, the clock was put back. */
const LONGEST_WAIT_MS = 10 * 60_000
/** The longest call that another controller may come back to. */
const DELIVERED_KEPT_MS = 5 * HOUR_MS
const GIVEN_UP_KEPT_MS = 7 * 24 * HOUR_MS
export const MOST_OF_DOCUMENT = 100_000
const MOST_BYTES = 1024 ** 3
/** Pages that are given back to the file system in one go. */
const PAGES = 1000
/** Rows that are moved in one go, and removed: nothing else goes on meanwhile. */
const SLICE = 500
const FORGOTTEN = 5000
/** The files of a controller. */
const OF_CONTROLLER = /^([\w-]+)\.(?:db|lock|\d+\.log(?:\.[\w-]+\.\d+\.taken)?)$/
const TAKEN = 'taken'
/** A controller that lives may be writing to a file that was taken from it; later it would write the same again. */
const TAKEN_MS = 1500
/** A controller that is just starting has no database yet. */
const YOUNG_MS = 10_000
const LOCK_KEPT_MS = HOUR_MS
/** What another may have and cannot be seen is not waited for any longer. */
const PATIENCE_MS = 10 * 60_000
/** One database that cannot be read, such as another user's, does not hold up the events of all. */
const UNREADABLE_MS = 10_000
/** A controller that writes is waited for. */
const BUSY_MS = 1000

const SCHEMA = `
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA journal_size_limit = 4194304;
  CREATE TABLE IF NOT EXISTS events (
    id TEXT NOT NULL UNIQUE, call TEXT NOT NULL, document TEXT NOT NULL, webhook TEXT NOT NULL, event TEXT NOT NULL,
    place INTEGER NOT NULL, body TEXT NOT NULL, tries INTEGER NOT NULL, shared INTEGER NOT NULL, state INTEGER NOT NULL,
    due INTEGER NOT NULL, until INTEGER NOT NULL, since INTEGER NOT NULL, error TEXT
  );
  CREATE TABLE IF NOT EXISTS logs (file TEXT PRIMARY KEY, place INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS due ON events (document, webhook, due, place) WHERE state = ${WAITING};
  CREATE INDEX IF NOT EXISTS calls ON events (call, webhook, place) WHERE state = ${WAITING};
  CREATE INDEX IF NOT EXISTS inList ON events (since, document, state) WHERE ${IN_LIST};
  CREATE INDEX IF NOT EXISTS delivered ON events (since) WHERE state = ${DELIVERED};
`

/** Opens this controller's events, in a folder that is made. Throws the file system's and SQLite's errors. */
export function openEventStore(options: EventStoreOptions): EventStore {
  const { folder, name, log, again = false, copied = false, now = Date.now } = options
  const { mostOfDocument = MOST_OF_DOCUMENT, mostBytes = MOST_BYTES } = options
  mkdirSync(folder, { recursive: true })
  const path = (file: string) => join(folder, file)
  const lock = takeLock(path(`${name}.lock`))
  if (!lock) throw new Error(`another process has the lock of ${name}`)
  const own = openOwn()
  const { db } = own
  const copies = copied ? createCopies(own) : undefined
  let takes = 0
  /** Those of other controllers: they are looked into as long as their events are not all here. */
  const others = new Map<string, Database>()
  /** Those whose database cannot be read, with when that began. */
  const unreadable = new Map<string, number>()
  /** They are known. */
  let looked = false
  /** As it was last seen; Infinity: what is due may be by another clock. */
  let clockMs = Infinity

  /** One that is corrupt is begun anew: what is in the log is still told. */
  function openOwn(): Database {
    try {
      return openDatabase(path(`${name}.db`), SCHEMA, BUSY_MS)
    } catch (error) {
      if (!setAside(name, error)) throw error
      log({ err: error, file: `${name}.broken` }, 'the database of events is begun anew')
      return openDatabase(path(`${name}.db`), SCHEMA, BUSY_MS)
    }
  }

  /** Keeps what is corrupt, or no database, for whoever looks into it. False: it is neither. */
  function setAside(controller: string, error: unknown): boolean {
    if (!isBroken(error)) return false
    for (const end of ['', '-wal', '-shm'])
      if (existsSync(path(`${controller}.db${end}`)))
        renameSync(path(`${controller}.db${end}`), path(`${controller}.broken${end}`))
    return true
  }

  function dropOther(other: string): void {
    others.get(other)?.db.close()
    others.delete(other)
  }

  function failed(other: string, error: unknown): void {
    // One whose events another has just taken over is not there any more.
    if (!unreadable.has(other) && existsSync(path(`${other}.db`)))
      log({ err: error, file: `${other}.db` }, 'events of another controller cannot be read')
    dropOther(other)
    if (!unreadable.has(other)) unreadable.set(other, now())
  }

  /** Anew: the file may be another one by now. */
  function openOther(other: string): Database {
    dropOther(other)
    const opened = openDatabase(path(`${other}.db`), SCHEMA, BUSY_MS)
    others.set(other, opened)
    unreadable.delete(other)
    return opened
  }

  /** An answer of those that can be asked. */
  function* ofOthers<T>(ask: (opened: Database, other: string) => T): Generator<T> {
    for (const [other, opened] of others) {
      try {
        yield ask(opened, other)
      } catch (error) {
        failed(other, error)
      }
    }
  }

  function ofAll<T>(sql: string, ...values: readonly Value[]): T[] {
    return [own.all(sql, ...values), ...ofOthers(({ all }) => all(sql, ...values))].flat() as T[]
  }

  const placeOf = ({ get }: Database, file: string): number =>
    (get('SELECT place FROM logs WHERE file = ?', file) as { place: number } | undefined)?.place ?? 0

  /** What the others kept before is in their databases, as far as is known. */
  let readMs = 0

  /**
   * Whether another may have events of before `since` that cannot be seen here: in its log, and in no database yet, or
   * in one that cannot be read now.
   */
  function isHidden(since: number): boolean {
    // By a clock that was put back since, nobody can say.
    if (now() - since > PATIENCE_MS || since - now() > LONGEST_WAIT_MS) return false
    if (!looked || [...unreadable.values()].some((ms) => now() - ms < UNREADABLE_MS)) return true
    if (since >= readMs) readMs = readUntilMs()
    return since >= readMs
  }

  /** A log that was taken from a controller, this one included, is not in this database yet. */
  function readUntilMs(): number {
    let untilMs = now() - SETTLE_MS + 1
    for (const file of readdirSync(folder)) {
      const [, other, , takenAt] = LOG.exec(file) ?? []
      if (other === undefined || (other === name && takenAt === undefined)) continue
      const opened = others.get(other)
      try {
        const from = takenAt !== undefined || !opened ? Number(takenAt ?? 0) : placeOf(opened, file)
        if (statSync(path(file)).size === from) continue
        const [first] = readLog(path(file), from).events
        untilMs = Math.min(untilMs, first?.sinceMs ?? untilMs)
      } catch {
        // It was just read to its end, or taken by another.
        return 0
      }
    }
    return untilMs
  }

  function add(events: readonly NewEvent[], read?: { readonly file: string; readonly place: number }): void {
    own.transaction(() => {
      if (read) own.run('INSERT OR REPLACE INTO logs (file, place) VALUES (?, ?)', read.file, read.place)
      for (const row of events.map(rowOf)) {
        own.run(`INSERT OR IGNORE INTO events (${COLUMNS}) VALUES (${MARKS})`, ...valuesOf(row))
        dueTogether(own, row.call, row.webhook)
      }
    })
  }

  /** Those behind one that waits are not looked at before it is due. */
  const dueTogether = ({ run }: Database, call: string, webhook: string) => run(TOGETHER, call, webhook)

  const sync = () => db.exec('PRAGMA wal_checkpoint(FULL)')

  /**
   * What a controller had not read of its log: how much it had is in the name, so that whoever takes it from here knows,
   * too. It may only have lost its process for events: then it writes to another file (append-file.ts).
   */
  async function takeLogs(other: string, theirs: Database): Promise<number> {
    for (const file of logFilesOf(folder, other, { taken: false })) {
      const place = placeOf(theirs, file)
      // Before it moves: its controller may begin the same file anew.
      theirs.run('DELETE FROM logs WHERE file = ?', file)
      renameSync(path(file), path(`${file}.${name}-${takes++}.${place}.${TAKEN}`))
    }
    const files = logFilesOf(folder, other, { taken: true }).filter((file) => file.endsWith(TAKEN))
    if (files.length === 0) return 0
    await delay(TAKEN_MS)
    let taken = 0
    for (const file of files) {
      for (let from = Number(LOG.exec(file)![3]); ;) {
        const { events, to } = readLog(path(file), from)
        if (to === from) break
        from = to
        add(events.map(newEvent))
        taken += events.length
        await new Promise(setImmediate)
      }
      sync()
      rmSync(path(file), { force: true })
    }
    return taken
  }

  /** Moves all events of a controller that has ended. They are here before they are removed there: never in none. */
  async function takeOver(other: string): Promise<number> {
    const held = takeLock(path(`${other}.lock`))
    if (!held) return 0
    let moved = 0
    try {
      const theirs = openOther(other)
      copies?.begin(other, theirs)
      for (;;) {
        const rows = theirs.all('SELECT * FROM events LIMIT ?', SLICE) as unknown as Row[]
        if (rows.length === 0) break
        own.transaction(() => {
          for (const row of rows) {
            own.run(ADOPT, ...valuesOf(row))
            dueTogether(own, row.call, row.webhook)
          }
          copies?.doubt(rows.map(({ id }) => id))
        })
        theirs.transaction(() => rows.forEach(({ id }) => theirs.run('DELETE FROM events WHERE id = ?', id)))
        moved += rows.filter(({ state }) => state === WAITING).length
        await new Promise(setImmediate)
      }
      moved += await takeLogs(other, theirs)
      copies?.takeOver(theirs)
      dropOther(other)
      clockMs = Infinity
      for (const end of ['.db', '.db-wal', '.db-shm']) rmSync(path(other + end), { force: true })
    } catch (error) {
      dropOther(other)
      log({ err: error, file: `${other}.db` }, 'events of another controller cannot be taken over')
      setAside(other, error)
    } finally {
      held.close()
    }
    return moved
  }

  const neighboursIn = (files: readonly string[]): string[] => [
    ...new Set(
      files.flatMap((file) => OF_CONTROLLER.exec(file)?.[1] ?? []).filter((other) => other !== name),
    ),
  ]

  const numberOf = (sql: string) => Object.values(own.get(sql) as Record<string, number>)[0]!
  const bytesUsed = () =>
    (numberOf('PRAGMA page_count') - numberOf('PRAGMA freelist_count')) * numberOf('PRAGMA page_size')

  /** How many of them waited. */
  function remove(document: string, events: number): number {
    return own.transaction(() => {
      const givenUp = own.change(REMOVE_GIVEN_UP, document, events)
      return own.change(REMOVE_WAITING, document, events - givenUp)
    })
  }

  /** Wherever events come from, they are too much only here. Those of the document with most go first. */
  function removeSurplus(): Map<string, number> {
    const lost = new Map<string, number>()
    const counts = own.all(COUNTS) as { document: string; events: number }[]
    // Each controller has as much.
    const databases = readdirSync(folder).filter((file) => file.endsWith('.db')).length
    for (;;) {
      const most = counts.sort((a, b) => b.events - a.events)[0]
      if (!most || most.events === 0) return lost
      const surplus = most.events - mostOfDocument
      const isFull = bytesUsed() > mostBytes / databases
      if (surplus <= 0 && !isFull) return lost
      const events = Math.min(FORGOTTEN, surplus > 0 ? surplus : Math.ceil(most.events / 10))
      lost.set(most.document, (lost.get(most.document) ?? 0) + remove(most.document, events))
      most.events -= events
    }
  }

  return {
    copies,
    add,
    placeIn: (file) => placeOf(own, file),
    sync,
    forgetLog: (file) => own.run('DELETE FROM logs WHERE file = ?', file),

    next: (document, webhook, most) =>
      (own.all(NEXT, document, webhook, now(), most) as unknown as Row[]).map(stored),

    nextDueMs(document, webhook) {
      const { due } = own.get(
        `SELECT min(due) AS due FROM events WHERE state = ${WAITING} AND document = ? AND webhook = ?`,
        document,
        webhook,
      ) as { due: number | null }
      return due ?? Infinity
    },

    elsewhere({ id, call, webhook, place, shared, since }) {
      const isElsewhere = shared || again
      if (isElsewhere && isHidden(since)) return 'earlier'
      let found: 'nothing' | 'theirs' | 'earlier' = 'nothing'
      const ask = ({ get }: Database, other: string) => {
        const same = get('SELECT state, shared FROM events WHERE id = ?', id) as
          Pick<Row, 'state' | 'shared'> | undefined
        if (same && same.state !== WAITING) return 'told'
        // Both may have it from a controller that was lost: one of them tells it. Where there is a shared database, it says who.
        if (same && shared && (same.shared === 0 || other < name)) return copies ? 'earlier' : 'theirs'
        return get(EARLIER, call, webhook, place) ? 'earlier' : 'nothing'
      }
      // Twice: an event may move from one that is not asked yet to one that was.
      for (let asked = 0; asked < 2 && found === 'nothing'; asked++) {
        for (const answer of ofOthers(ask)) {
          if (answer === 'told') return 'told'
          if (answer !== 'nothing' && found !== 'theirs') found = answer
        }
      }
      return found === 'nothing' && isElsewhere && isHidden(since) ? 'earlier' : found
    },

    delivered(ids) {
      own.transaction(() => {
        for (const id of ids)
          own.run(
            `UPDATE events SET state = ${DELIVERED}, body = '', error = NULL, since = ? WHERE id = ?`,
            now(),
            id,
          )
      })
    },

    drop: (ids) => own.transaction(() => ids.forEach((id) => own.run('DELETE FROM events WHERE id = ?', id))),

    postpone({ id, call, webhook, tries }, dueMs, failed) {
      return own.transaction(() => {
        const { until } = (own.get('SELECT until FROM events WHERE id = ?', id) ?? {
          until: Infinity,
        }) as Pick<Row, 'until'>
        if (failed) {
          const { reason, unasked = false } = failed
          own.run('UPDATE events SET tries = ?, error = ? WHERE id = ?', tries + Number(!unasked), reason, id)
        }
        const isGivenUp =
          failed !== undefined &&
          (failed.unasked ? now() >= until - TRIED_MS + UNASKED_MS : failed.often === true && now() >= until)
        if (isGivenUp) own.run(`UPDATE events SET state = ${GIVEN_UP}, since = ? WHERE id = ?`, now(), id)
        // Those behind it wait as well: they are not looked at until then.
        else own.run(`UPDATE events SET due = ?3 WHERE ${OF_CALL}`, call, webhook, dueMs)
        return isGivenUp
      })
    },

    waiting: () =>
      own.all(`SELECT DISTINCT document, webhook FROM events WHERE state = ${WAITING}`) as Waiting[],

    count: (state) => numberOf(`SELECT count(*) FROM events WHERE state = ${STATES.indexOf(state)}`),

    list: (query) => listEvents(query, [(sql, values) => ofAll(sql, ...values)]),

    documents: () => [
      ...new Set(
        ofAll<{ document: string }>(`SELECT DISTINCT document FROM events WHERE ${IN_LIST}`).map(
          ({ document }) => document,
        ),
      ),
    ],

    retry(id) {
      const again = (opened: Database) => {
        const { get, run } = opened
        const row = get(`SELECT ${COLUMNS} FROM events WHERE id = ? AND state = ${GIVEN_UP}`, id) as
          Row | undefined
        if (!row) return undefined
        const times = { state: WAITING, tries: 0, due: now(), until: now() + TRIED_MS, since: now() }
        opened.transaction(() => {
          run(
            'UPDATE events SET state = ?, tries = ?, due = ?, until = ?, since = ? WHERE id = ?',
            ...Object.values(times),
            id,
          )
          dueTogether(opened, row.call, row.webhook)
        })
        return listed({ ...row, ...times })
      }
      return again(own) ?? [...ofOthers(again)].find((event) => event !== undefined)
    },

    adopt: (rows) =>
      own.transaction(() => {
        for (const theirs of rows) {
          // By their clock, which may have been ahead, they would wait until this one has come as far.
          const row = { ...theirs, since: Math.min(theirs.since, now()), due: Math.min(theirs.due, now()) }
          own.run(ADOPT, ...valuesOf(row))
          dueTogether(own, row.call, row.webhook)
          const { state } = own.get('SELECT state FROM events WHERE id = ?', row.id) as Pick<Row, 'state'>
          copies?.read(row.id, row.since, state !== row.state)
        }
      }),

    neighbours: () => neighboursIn(readdirSync(folder).filter((file) => !file.endsWith('.lock'))),

    async look() {
      const files = readdirSync(folder)
      const names = new Set(neighboursIn(files))
      for (const other of others.keys()) if (!names.has(other)) dropOther(other)
      for (const other of unreadable.keys()) if (!names.has(other)) unreadable.delete(other)
      let moved = 0
      for (const other of names) {
        const own = files.filter((file) => OF_CONTROLLER.exec(file)?.[1] === other)
        const isYoung = own.some((file) => now() - changedMs(path(file)) < YOUNG_MS)
        const young = !files.includes(`${other}.db`) && isYoung
        if (young) continue
        const isLockAlone = own.length === 1 && own[0] === `${other}.lock`
        // Not as it is taken over: who waits for it would hold a lock that nobody sees.
        if (isLockAlone && now() - changedMs(path(own[0]!)) > LOCK_KEPT_MS)
          rmSync(path(own[0]!), { force: true })
        if (!isLockAlone) moved += await takeOver(other)
        if (isLockAlone || !existsSync(path(`${other}.db`))) {
          dropOther(other)
          continue
        }
        try {
          openOther(other)
        } catch (error) {
          failed(other, error)
        }
      }
      looked = true
      return moved
    },

    tidy() {
      const forget = (state: number, ms: number) =>
        own.run(
          `DELETE FROM events WHERE rowid IN (SELECT rowid FROM events WHERE ${inState(state)} AND since < ? LIMIT ?)`,
          now() - ms,
          FORGOTTEN,
        )
      forget(DELIVERED, DELIVERED_KEPT_MS)
      forget(GIVEN_UP, GIVEN_UP_KEPT_MS)
      if (now() < clockMs) own.run(CLOCK_PUT_BACK, now(), now() + LONGEST_WAIT_MS)
      clockMs = now()
      const lost = removeSurplus()
      if (numberOf('PRAGMA freelist_count') > PAGES) db.exec(`PRAGMA incremental_vacuum(${PAGES})`)
      return new Map([...lost].filter(([, events]) => events > 0))
    },

    close() {
      for (const other of [...others.keys()]) dropOther(other)
      const events = numberOf('SELECT count(*) FROM events')
      db.close()
      if (events === 0)
        for (const end of ['.db', '.db-wal', '.db-shm']) rmSync(path(name + end), { force: true })
      if (events === 0) rmSync(path(`${name}.lock`), { force: true })
      lock.close()
    },
  }
}

const MARKS = COLUMNS.split(', ')
  .map(() => '?')
  .join(', ')

/** Of an event that both have: what became of it there, too. */
const ADOPT = `INSERT INTO events (${COLUMNS}) VALUES (${MARKS}) ON CONFLICT (id) DO UPDATE SET
  state = max(state, excluded.state), shared = min(shared, excluded.shared)`

/** The index has them in this order. */
const NEXT = `SELECT ${COLUMNS} FROM events AS one
  WHERE state = ${WAITING} AND document = ? AND webhook = ? AND due <= ? AND NOT EXISTS (
    SELECT 1 FROM events AS other WHERE other.state = ${WAITING} AND other.call = one.call
    AND other.webhook = one.webhook AND other.place < one.place)
  ORDER BY due, place LIMIT ?`

const OF_CALL = `state = ${WAITING} AND call = ?1 AND webhook = ?2`
const LATEST = `(SELECT max(due) FROM events WHERE ${OF_CALL})`
const TOGETHER = `UPDATE events SET due = ${LATEST} WHERE ${OF_CALL} AND due < ${LATEST}`

const EARLIER = `SELECT 1 FROM events WHERE state = ${WAITING} AND call = ? AND webhook = ? AND place < ? LIMIT 1`

const CLOCK_PUT_BACK = `UPDATE events SET due = ?1 WHERE state = ${WAITING} AND due > ?2`

const COUNTS = `SELECT document, count(*) AS events FROM events WHERE ${IN_LIST} GROUP BY document`

/** The oldest that were given up, and the newest that wait. */
const REMOVE = (state: number, order: string) =>
  `DELETE FROM events WHERE rowid IN (SELECT rowid FROM events
    WHERE ${inState(state)} AND document = ? ORDER BY since ${order} LIMIT ?)`
const REMOVE_GIVEN_UP = REMOVE(GIVEN_UP, 'ASC')
const REMOVE_WAITING = REMOVE(WAITING, 'DESC')

/** 0: it is gone. */
function changedMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function valuesOf(row: Row): Value[] {
  return COLUMNS.split(', ').map((column) => row[column as keyof Row])
}

function stored({ state: _, due: __, until: ___, error: ____, shared, ...event }: Row): StoredEvent {
  return { ...event, shared: shared !== 0 }
}
