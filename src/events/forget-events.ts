/** A person taken out of the events that are kept: those that wait for their delivery, and those that were given up. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import {
  overwrite,
  type Overwritten,
  type Person,
  purge,
  untilPurged,
  withoutPerson,
} from '../util/forget.ts'
import { parsed } from '../util/parsed.ts'
import { LOG, type LoggedEvent } from './event-log.ts'

export interface ForgottenEvents {
  /** From which they were taken. */
  readonly events: number
  /** Files of databases that may still hold something, since others were reading. */
  readonly unpurged: readonly string[]
}

/** Of all controllers that share `data`; events are delivered all the same. Rejects with the file system's and SQLite's errors. */
export async function forgetEvents(data: string, person: Person): Promise<ForgottenEvents> {
  const folder = join(data, 'events')
  const unpurged: string[] = []
  let events = 0
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const file = join(folder, name)
    // Events that just begin to be kept are read into the database in a moment; a file without any is no database yet.
    if (LOG.test(name)) events += forgetInLog(file, person)
    else if (name.endsWith('.db') && statSync(file, { throwIfNoEntry: false })?.size) {
      const found = await forgetInDatabase(file, person)
      events += found.events
      if (!found.isPurged) unpurged.push(file)
    }
  }
  return { events, unpurged }
}

/** Of the copies of all machines in the database at `url`; resolves with how many. Rejects with pg's errors. */
export async function forgetCopies(url: string, person: Person): Promise<number> {
  // Only here, so that whoever has no such database does without.
  const { forgetInCopies } = await import('./forget-copies.ts')
  return forgetInCopies(url, (body) => withoutPersonIn(body, person))
}

function withoutPersonIn(body: string, person: Person): string | undefined {
  if (!person.mayBeIn(body)) return undefined
  const { value, isFound } = withoutPerson(JSON.parse(body) as object, person)
  return isFound ? JSON.stringify(value) : undefined
}

function forgetInLog(file: string, person: Person): number {
  if (!existsSync(file)) return 0
  const bytes = readFileSync(file)
  const parts: Overwritten[] = []
  for (let offset = 0, end; (end = bytes.indexOf(0x0a, offset)) >= 0; offset = end + 1) {
    const text = bytes.toString('utf8', offset, end)
    const logged = parsed(text) as LoggedEvent | undefined
    const body = logged && withoutPersonIn(logged.event.body, person)
    if (!logged || body === undefined) continue
    const without = JSON.stringify({ ...logged, event: { ...logged.event, body } })
    parts.push({ offset, length: end - offset, text: without })
  }
  if (parts.length > 0 && existsSync(file)) overwrite(file, parts)
  return parts.length
}

async function forgetInDatabase(
  file: string,
  person: Person,
): Promise<{ events: number; isPurged: boolean }> {
  const { DatabaseSync } = await import('node:sqlite')
  const db: DatabaseSync = new DatabaseSync(file, { timeout: 5000 })
  try {
    db.exec('PRAGMA secure_delete = ON')
    const isMade = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'events'").get()
    if (!isMade) return { events: 0, isPurged: true }
    let events = 0
    db.exec('BEGIN IMMEDIATE')
    const rows = db.prepare("SELECT id, body FROM events WHERE body <> ''").all() as {
      id: string
      body: string
    }[]
    const update = db.prepare('UPDATE events SET body = ?, error = NULL WHERE id = ?')
    for (const { id, body } of rows) {
      const without = withoutPersonIn(body, person)
      if (without === undefined) continue
      update.run(without, id)
      events++
    }
    db.exec('COMMIT')
    return { events, isPurged: await untilPurged(() => purge(db)) }
  } finally {
    db.close()
  }
}
