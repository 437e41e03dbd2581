/**
 * Calls that have ended, read beside the controllers that have them, or without any: nothing is written, by whoever reads.
 * What the index has not is read from the journal.
 */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { type All, INDEX_FILE, listCalls } from './call-index.ts'
import type { CallLine } from '../records/index.ts'
import { type CallFilter, callMatcher, type CallQuery, firstCalls, once } from './call-query.ts'
import { fileOfDay, inPieces, journalDays, journalIn, readJournal } from './journal-files.ts'

/** The calls that are meant, the newest first. Rejects with the file system's errors. */
export async function readCalls(data: string, query: CallQuery): Promise<CallLine[]> {
  const folder = journalIn(data)
  const { calls: indexed, places } = await readIndex(data, query)
  const isMeant = callMatcher(query)
  let found: readonly CallLine[] = indexed
  const first = (calls: readonly CallLine[]) => firstCalls(once(calls), query)
  for (const day of journalDays(folder)) {
    const more: CallLine[] = []
    for (const { calls } of inPieces(readJournal, fileOfDay(folder, day), places.get(day) ?? 0)) {
      for (const { call } of calls) if (isMeant(call)) more.push(call)
      // Of a journal that is in no index there may be many.
      if (more.length > query.most + MANY) more.splice(0, Infinity, ...first(more))
    }
    if (more.length > 0) found = first([...found, ...more])
  }
  return [...found]
}

const MANY = 10_000

interface Indexed {
  readonly calls: CallLine[]
  /** How far the index has read the file of each day. */
  readonly places: ReadonlyMap<number, number>
}

/** What is in the index; nothing where there is none, or none that can be read. */
async function readIndex(data: string, query: CallQuery): Promise<Indexed> {
  // Only here, so that other commands do without.
  const { DatabaseSync } = await import('node:sqlite')
  const path = join(data, INDEX_FILE)
  const nothing = { calls: [], places: new Map<number, number>() }
  if (!existsSync(path)) return nothing
  const url = pathToFileURL(path)
  // No controller has it open, and SQLite would make a file beside it to read it.
  if (!existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1')
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(url, { readOnly: true, timeout: 2000 })
    const opened = db
    const all: All = (sql, ...values) => opened.prepare(sql).all(...values)
    // Both as of one moment.
    db.exec('BEGIN')
    const files = all('SELECT day, place FROM files') as { day: number; place: number }[]
    return { calls: listCalls(all, query), places: new Map(files.map(({ day, place }) => [day, place])) }
  } catch {
    return nothing
  } finally {
    db?.close()
  }
}

const LOOK_MS = 500

/** The calls that are meant, as they end from now on, until `signal` aborts. Throws, and rejects with, the file system's errors. */
export function followCalls(data: string, filter: CallFilter, signal: AbortSignal): AsyncIterable<CallLine> {
  const folder = journalIn(data)
  const sizeOf = (day: number) => statSync(fileOfDay(folder, day), { throwIfNoEntry: false })?.size ?? 0
  return newCalls(folder, new Map(journalDays(folder).map((day) => [day, sizeOf(day)])), filter, signal)
}

/** `places`: how far the file of each day is known. */
async function* newCalls(
  folder: string,
  places: Map<number, number>,
  filter: CallFilter,
  signal: AbortSignal,
): AsyncGenerator<CallLine> {
  const isMeant = callMatcher(filter)
  while (!signal.aborted) {
    for (const day of journalDays(folder).reverse()) {
      for (const { calls, to } of inPieces(readJournal, fileOfDay(folder, day), places.get(day) ?? 0)) {
        for (const { call } of calls) if (isMeant(call)) yield call
        places.set(day, to)
      }
    }
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}
