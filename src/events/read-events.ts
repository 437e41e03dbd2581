/** The events on disk, read beside the controllers that have them: nothing is written there, by whoever reads. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { DatabaseSync } from 'node:sqlite'
import { listedOf, type ListQuery, listEvents, oldest } from './event-list.ts'
import type { ListedEvent } from './listed-event.ts'
import { LOG, newEvent, readLog } from './event-log.ts'

/** Of all controllers that share `data`, the oldest first. Rejects with the file system's and SQLite's errors. */
export async function readEvents(data: string, query: ListQuery): Promise<ListedEvent[]> {
  // Only here, so that other commands do without.
  const { DatabaseSync } = await import('node:sqlite')
  const folder = join(data, 'events')
  const files = existsSync(folder) ? readdirSync(folder) : []

  /** What `read` makes of a controller's database; undefined: it is gone, or just begins. */
  function from<T>(file: string, read: (db: DatabaseSync) => T): T | undefined {
    const path = join(folder, file)
    const isThere = statSync(path, { throwIfNoEntry: false })
    if (!isThere?.size) return undefined
    const url = pathToFileURL(path)
    // No controller has it open, and SQLite would make a file beside it to read it.
    if (!existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1')
    let db: DatabaseSync | undefined
    try {
      db = new DatabaseSync(url, { readOnly: true, timeout: 1000 })
      const isMade = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'events'").get()
      return isMade && read(db)
    } catch (error) {
      // Another has just taken its events over.
      if (!existsSync(path)) return undefined
      throw error
    } finally {
      db?.close()
    }
  }

  const inDatabases = listEvents(
    query,
    files
      .filter((file) => file.endsWith('.db'))
      .map((file) => (sql, values) => from(file, (db) => db.prepare(sql).all(...values)) ?? []),
  )
  const known = new Set(inDatabases.map(({ id }) => id))
  const inLogs = query.state === 'givenUp' ? [] : files.flatMap((file) => notRead(file))
  const others = inLogs.filter(
    ({ id, document }) =>
      !known.has(id) &&
      (query.id === undefined || query.id === id) &&
      (query.documents?.includes(document) ?? true),
  )
  return oldest([...inDatabases, ...others], query.most)

  /** The events of a log that its controller had no time to read. */
  function notRead(file: string): ListedEvent[] {
    const [, name, , takenAt] = LOG.exec(file) ?? []
    if (name === undefined) return []
    const place = () =>
      from(`${name}.db`, (db) => db.prepare('SELECT place FROM logs WHERE file = ?').get(file))?.['place']
    const events: ListedEvent[] = []
    for (let at = Number(takenAt ?? place() ?? 0); existsSync(join(folder, file));) {
      const { events: more, to } = readLog(join(folder, file), at)
      if (to === at) break
      at = to
      events.push(...more.map(newEvent).map(listedOf))
    }
    return events
  }
}
