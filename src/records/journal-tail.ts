/**
 * Which calls have their record, by whichever controller wrote it: follows the journal's files as they grow, so that
 * a day's file is never read twice.
 */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'

export interface JournalTail {
  /** Reads what was appended since the last time. Rejects with the file system's errors, except for a missing file. */
  read(): Promise<void>
  /** Whether a record of that call was read. */
  has(id: string): boolean
}

export interface JournalTailOptions {
  /** The journal's. */
  readonly folder: string
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

const DAY_MS = 24 * 3600_000
const CHUNK_BYTES = 64 * 1024
/** Calls remembered. */
const MOST = 50_000
/** As the journal writes it: the id comes first. */
const START = /^\{"id":"([^"]+)"/

/**
 * A controller that starts may hear of an end whose record was written just before: some seconds' worth, where
 * hundreds of calls end each second.
 */
const BEFORE_BYTES = 1024 * 1024

/** Knows the records that are written from a moment before the first `read` on. */
export function createJournalTail({ folder, now = Date.now }: JournalTailOptions): JournalTail {
  const ids = new LRUCache<string, true>({ max: MOST })
  /** How far each file was read: up to the end of a line. */
  const places = new Map<string, number>()
  let begun = false

  async function readFile(file: string): Promise<void> {
    const handle = await open(join(folder, file)).catch(ignoreMissing)
    if (handle === undefined) return void places.set(file, 0)
    try {
      const { size } = await handle.stat()
      // Older records were dealt with by the controllers that ran then.
      let place = places.get(file) ?? (begun ? 0 : Math.max(0, size - BEFORE_BYTES))
      let rest = ''
      let at = place
      while (at < size) {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at)
        if (bytesRead === 0) break
        at += bytesRead
        const lines = (rest + buffer.toString('latin1', 0, bytesRead)).split('\n')
        rest = lines.pop() ?? ''
        place = at - rest.length
        for (const line of lines) {
          const id = START.exec(line)?.[1]
          if (id !== undefined) ids.set(id, true)
        }
      }
      places.set(file, place)
    } finally {
      await handle.close()
    }
  }

  return {
    async read() {
      const days = [now() - DAY_MS, now()].map((ms) => `${new Date(ms).toISOString().slice(0, 10)}.jsonl`)
      for (const file of days) await readFile(file)
      for (const file of places.keys()) if (!days.includes(file)) places.delete(file)
      begun = true
    },
    has: (id) => ids.has(id),
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}
