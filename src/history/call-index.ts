/**
 * The index of the journal: an SQLite database beside it, which several controllers share, each with a process of its own
 * that reads on what was appended. It holds nothing that the journal has not: whatever is wrong with it, it is made anew.
 *
 * Each transaction reads how far a file was read, reads on from there, and notes how far it came; what another process has
 * read meanwhile is not read twice. A row's number says where its line is, so that a line that is read again is no second row.
 */
import { existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { CallLine } from '../records/index.ts'
import { purge } from '../util/forget.ts'
import { type Database, isBroken, openDatabase, type Value } from '../util/database.ts'
import { type CallFilter, type CallQuery, endingsOf, type NumberFilter, planParts } from './call-query.ts'
import { fileOfDay, type JournalCall, journalDays, journalIn, readJournal } from './journal-files.ts'

/** Where a record stands in the journal. */
export interface RecordPlace {
  readonly file: string
  /** Of its line, in bytes. */
  readonly offset: number
}

export interface CallIndex {
  /**
   * Reads what was appended to the journal, the newest file first, and forgets what is not there any more, a piece at a
   * time. Whether all is read. Throws the file system's and SQLite's errors.
   */
  readOn(): boolean
  /** The calls that are meant, the newest first. Throws SQLite's errors. */
  list(query: CallQuery): CallLine[]
  /** Where the records of a call stand, as far as they were read. */
  find(id: string): RecordPlace[]
  /** Rewrites lines of the journal by `write`, as nobody reads it, and has them anew. Throws what `write` throws. */
  rewrite(day: number, lines: readonly RewrittenLine[], write: () => void): void
  /** What was rewritten is in no file of the database any more. Whether that could be done: others may be reading. */
  purge(): boolean
  /** Does what is done by one of all processes at a time. Throws what it throws, and SQLite's errors. */
  alone<T>(work: () => T): T
  close(): void
}

export interface RewrittenLine {
  /** In bytes. */
  readonly offset: number
  readonly length: number
  /** Absent: it is no record any more. */
  readonly call?: JournalCall | undefined
}

export interface CallIndexOptions {
  /** The folder of all data. */
  readonly data: string
  readonly log: (level: 'info' | 'warn' | 'error', fields: object, message: string) => void
}

/** The number goes up with the tables: controllers of two releases have one each. */
export const INDEX_FILE = 'history-1.db'
const FILE_ENDS = ['', '-wal', '-shm'] as const

/** A controller that writes is waited for. */
const BUSY_MS = 2000
/** A row's number: the day of its file, times this, and the place in it. */
const DAY = 2 ** 36
/** Rows that are removed in one go. */
const SLICE = 5000
/** So few calls that have one of the things that are asked for are looked at one by one; else those of the time are. */
const FEW = 2000

const SCHEMA = `
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA secure_delete = ON;
  PRAGMA journal_size_limit = 4194304;
  PRAGMA cache_size = -16384;
  CREATE TABLE IF NOT EXISTS files (day INTEGER PRIMARY KEY, place INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS calls (
    n INTEGER PRIMARY KEY, at INTEGER NOT NULL, id TEXT NOT NULL, did TEXT NOT NULL, caller TEXT NOT NULL, name TEXT NOT NULL,
    document TEXT, plan TEXT, revision TEXT, ending TEXT, cause TEXT, ringMs INTEGER, talkMs INTEGER, answered INTEGER
  );
  CREATE INDEX IF NOT EXISTS byTime ON calls (at, id, did, caller, document, plan, ending);
  CREATE INDEX IF NOT EXISTS byNumber ON calls (did, at);
  CREATE INDEX IF NOT EXISTS byCaller ON calls (caller, at);
  CREATE INDEX IF NOT EXISTS byDocument ON calls (document, at);
  CREATE INDEX IF NOT EXISTS byEnding ON calls (ending, at);
  CREATE INDEX IF NOT EXISTS byId ON calls (id);
`

const COLUMNS = 'at, id, did, caller, name, document, plan, revision, ending, cause, ringMs, talkMs, answered'
const INSERT = `INSERT OR IGNORE INTO calls (n, ${COLUMNS}) VALUES (${'?, '.repeat(13)}?)`

interface Row {
  readonly at: number
  readonly id: string
  readonly did: string
  readonly caller: string
  readonly name: string
  readonly document: string | null
  readonly plan: string | null
  readonly revision: string | null
  readonly ending: NonNullable<CallLine['ending']> | null
  readonly cause: string | null
  readonly ringMs: number | null
  readonly talkMs: number | null
  readonly answered: number | null
}

/** Opens the index in a folder that is there, and makes it where it is not. Throws SQLite's errors. */
export function openCallIndex({ data, log }: CallIndexOptions): CallIndex {
  const folder = journalIn(data)
  const path = join(data, INDEX_FILE)
  let opened = openAnyhow()

  function openAnyhow(): Opened {
    try {
      return open(path)
    } catch (error) {
      if (!isBroken(error)) throw error
      return makeAnew(error)
    }
  }

  function makeAnew(error: unknown): Opened {
    for (const end of FILE_ENDS) rmSync(path + end, { force: true })
    log('warn', { err: error, file: path }, 'the index of calls is made anew')
    return open(path)
  }

  /** Whether the database at its path is not the one that is open: it was removed, or another process has made it anew. */
  const isAnother = () => statSync(path, { throwIfNoEntry: false })?.ino !== opened.inode

  /** One that turns out to be corrupt is made anew, once: by this process, or by another that has found it, too. */
  function withIndex<T>(work: (index: Opened) => T): T {
    if (isAnother()) {
      opened.db.close()
      opened = openAnyhow()
    }
    try {
      return work(opened)
    } catch (error) {
      if (!isBroken(error)) throw error
      opened.db.close()
      opened = isAnother() ? openAnyhow() : makeAnew(error)
      return work(opened)
    }
  }

  /** Whether there was nothing more to read. */
  function readFile(index: Opened, day: number): boolean {
    const file = fileOfDay(folder, day)
    const { size } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0 }
    if (size === placeIn(index, day)) return true
    return index.transaction(() => {
      let place = placeIn(index, day)
      // It is another file now, or was cut.
      if (place > size && (statSync(file, { throwIfNoEntry: false })?.size ?? 0) < place) {
        if (!removeDay(index, day)) return false
        place = 0
      }
      const { calls, to } = readJournal(file, place)
      if (to === place) return true
      for (const { call, offset } of calls) {
        index.run(INSERT, day * DAY + offset, ...valuesOf(call))
        if (call.document !== undefined) index.run(ADD_DOCUMENT, call.document)
      }
      index.run('INSERT OR REPLACE INTO files (day, place) VALUES (?, ?)', day, to)
      return false
    })
  }

  /** A slice of it; whether none is left. */
  function removeDay(index: Opened, day: number): boolean {
    const removed = index.change(
      'DELETE FROM calls WHERE n IN (SELECT n FROM calls WHERE n >= ? AND n < ? LIMIT ?)',
      ...[day * DAY, (day + 1) * DAY, SLICE],
    )
    if (removed === SLICE) return false
    index.run('DELETE FROM files WHERE day = ?', day)
    return true
  }

  return {
    readOn: () =>
      withIndex((index) => {
        const days = journalDays(folder)
        for (const day of days) if (!readFile(index, day)) return false
        const there = new Set(days)
        const known = index.all('SELECT day FROM files') as { day: number }[]
        for (const { day } of known) {
          if (there.has(day) || existsSync(fileOfDay(folder, day))) continue
          if (!index.transaction(() => removeDay(index, day))) return false
          index.db.exec('PRAGMA incremental_vacuum')
        }
        return true
      }),

    list: (query) => withIndex((index) => listCalls(index.all, query)),

    find: (id) =>
      withIndex((index) =>
        (index.all('SELECT n FROM calls WHERE id = ? ORDER BY n DESC', id) as { n: number }[]).map(
          ({ n }) => ({
            file: fileOfDay(folder, Math.floor(n / DAY)),
            offset: n % DAY,
          }),
        ),
      ),

    rewrite: (day, lines, write) =>
      withIndex((index) =>
        index.transaction(() => {
          write()
          const place = placeIn(index, day)
          for (const { offset, length, call } of lines) {
            index.run(
              'DELETE FROM calls WHERE n >= ? AND n < ?',
              day * DAY + offset,
              day * DAY + offset + length,
            )
            // What was not read yet will be.
            if (call && offset < place) index.run(INSERT, day * DAY + call.offset, ...valuesOf(call.call))
          }
        }),
      ),

    purge: () => withIndex(({ db }) => purge(db)),

    alone: (work) => withIndex((index) => index.transaction(work)),

    close() {
      if (opened.db.isOpen) opened.db.close()
    },
  }
}

/** Runs a query in one database. */
export type All = Database['all']

interface Opened extends Database {
  readonly inode: number
}

function open(path: string): Opened {
  const database = openDatabase(path, SCHEMA, BUSY_MS)
  return { ...database, inode: statSync(path).ino }
}

const placeIn = ({ all }: Opened, day: number): number =>
  (all('SELECT place FROM files WHERE day = ?', day)[0] as { place: number } | undefined)?.place ?? 0

const ADD_DOCUMENT = 'INSERT OR IGNORE INTO documents (name) VALUES (?)'

function valuesOf(call: CallLine): Value[] {
  const { id, at, did, caller, name, document, plan, revision, ending, cause, ringMs, talkMs, answered } =
    call
  return [
    ...[Date.parse(at), id, did, caller, name, document ?? null, plan ?? null, revision ?? null],
    ...[ending ?? null, cause ?? null, ringMs ?? null, talkMs ?? null],
    answered === undefined ? null : Number(answered),
  ]
}

function lineOfRow(row: Row): CallLine {
  const { at, id, did, caller, name, document, plan, revision, ending, cause, ringMs, talkMs, answered } = row
  return {
    ...{ id, state: 'ended', at: new Date(at).toISOString(), did, caller, name },
    ...(document !== null && { document }),
    ...(plan !== null && { plan }),
    ...(revision !== null && { revision }),
    ...(ending !== null && { ending }),
    ...(cause !== null && { cause }),
    ...(ringMs !== null && { ringMs }),
    ...(talkMs !== null && { talkMs }),
    ...(answered !== null && { answered: answered === 1 }),
  }
}

/** What a row must be, and the index that has the rows that are. */
interface Condition {
  readonly sql: string
  readonly values: readonly Value[]
  readonly index?: string
}

/**
 * Where few calls have one of the things that are asked for, they are found by that, and sorted. Otherwise the calls are
 * looked through by their time, in an index that has all that is asked for: a page is full soon, or all of that index was
 * read once, which takes a fraction of a second for a million calls.
 */
export function listCalls(all: All, query: CallQuery): CallLine[] {
  const { after, sinceMs, untilMs, most } = query
  const times: Condition[] = []
  if (sinceMs !== undefined) times.push({ sql: 'at >= ?', values: [sinceMs] })
  if (untilMs !== undefined) times.push({ sql: 'at < ?', values: [untilMs] })
  const wanted = conditionsOf(query)
  const counted = wanted.flatMap(({ sql, values, index }) => {
    if (index === undefined) return []
    const few = and([{ sql, values }, ...times])
    const counting = `SELECT count(*) AS calls FROM (SELECT 1 FROM calls INDEXED BY ${index} WHERE ${few.sql} LIMIT ${FEW})`
    const [{ calls } = { calls: FEW }] = all(counting, ...few.values) as { calls: number }[]
    return { index, calls }
  })
  const [rarest] = counted.sort((a, b) => a.calls - b.calls)
  const by = rarest && rarest.calls < FEW ? rarest.index : 'byTime'
  const place = after ? [{ sql: '(at, id) < (?, ?)', values: [after.ms, after.id] }] : []
  const where = and([...wanted, ...times, ...place])
  const sql = `SELECT ${COLUMNS} FROM calls INDEXED BY ${by} WHERE ${where.sql} ORDER BY at DESC, id DESC LIMIT ?`
  return (all(sql, ...where.values, most) as unknown as Row[]).map(lineOfRow)
}

const and = (conditions: readonly Condition[]): Condition => ({
  sql: conditions.map(({ sql }) => `(${sql})`).join(' AND ') || 'true',
  values: conditions.flatMap(({ values }) => values),
})

function conditionsOf({ id, number, caller, plan, ending, documents }: CallFilter): Condition[] {
  return [
    ...(id === undefined ? [] : [{ ...beginsWith('id', id), index: 'byId' }]),
    ...(number ? [{ ...among('did', number), index: 'byNumber' }] : []),
    ...(caller ? [{ ...among('caller', caller), index: 'byCaller' }] : []),
    ...(plan === undefined ? [] : ofPlan(plan)),
    ...(ending === undefined ? [] : [{ ...ofEndings(endingsOf(ending)), index: 'byEnding' }]),
    ...(documents ? [{ ...ofDocuments(documents), index: 'byDocument' }] : []),
  ]
}

const ofEndings = (endings: readonly string[]): Condition => ({
  sql: `ending IN (${endings.map(() => '?').join(', ')})`,
  values: endings,
})

/** Behind every text that begins with the one before it. */
const LAST = '\u{10ffff}'

function among(column: 'did' | 'caller', filter: NumberFilter): Condition {
  const { prefix } = filter
  if (prefix === undefined)
    return { sql: `${column} IN (${filter.forms.map(() => '?').join(', ')})`, values: filter.forms }
  return beginsWith(column, prefix)
}

const beginsWith = (column: string, prefix: string): Condition => ({
  sql: `${column} >= ? AND ${column} < ?`,
  values: [prefix, prefix + LAST],
})

function ofPlan(plan: string): Condition[] {
  const parts = planParts(plan)
  if (!parts) return [{ sql: 'document = ?', values: [plan], index: 'byDocument' }]
  return [
    { sql: 'document IN (?, ?)', values: [plan, parts.document], index: 'byDocument' },
    { sql: 'document = ? OR plan = ?', values: [plan, parts.plan] },
  ]
}

function ofDocuments(patterns: readonly string[]): Condition {
  const conditions = patterns.map((pattern): Condition => {
    if (pattern === '*') return { sql: 'true', values: [] }
    if (!pattern.endsWith('/*')) return { sql: 'name = ?', values: [pattern] }
    const folder = pattern.slice(0, -1)
    return beginsWith('name', folder)
  })
  return {
    sql: `document IN (SELECT name FROM documents WHERE ${conditions.map(({ sql }) => `(${sql})`).join(' OR ')})`,
    values: conditions.flatMap(({ values }) => values),
  }
}
