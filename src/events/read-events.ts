/** The events on disk, read beside the controllers that have them. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type ListedEvent, type ListQuery, listEvents } from './event-list.ts'

/** Of all controllers that share `data`, the oldest first. Rejects with the file system's and SQLite's errors. */
export async function readEvents(data: string, query: ListQuery): Promise<ListedEvent[]> {
  // Only here, so that other commands do without.
  const { DatabaseSync } = await import('node:sqlite')
  const folder = join(data, 'events')
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.db')) : []
  return listEvents(
    query,
    files.map((file) => (sql, values) => {
      const db = new DatabaseSync(join(folder, file), { timeout: 1000 })
      try {
        return db.prepare(sql).all(...values)
      } finally {
        db.close()
      }
    }),
  )
}
