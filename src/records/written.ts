/**
 * Which calls have their record, by whichever controller wrote it: the journal's files as they grow. Reads what
 * was appended since the last look, so that a day's file is never read twice.
 */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'

export interface Written {
  /** Reads what is new. Rejects with the file system's own errors, but for a file that is not there. */
  look(): Promise<void>
  /** Whether a record of that call was seen. */
  has(id: string): boolean
}

export interface WrittenOptions {
  /** The journal's. */
  readonly folder: string
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** Calls remembered. */
  readonly most?: number
}

const DAY_MS = 24 * 3600_000
const CHUNK = 64 * 1024
/** As the journal writes it: the id comes first. */
const START = /^\{"id":"([^"]+)"/

/**
 * A controller that starts may hear of an end whose record was written just before its first look: some seconds'
 * worth, where hundreds of calls end each second.
 */
const BEFORE_BYTES = 1024 * 1024

/** Knows of records that are written from a moment before the first `look` on. */
export function createWritten({ folder, now = Date.now, most = 50_000 }: WrittenOptions): Written {
  const ids = new LRUCache<string, true>({ max: most })
  /** How far each file was read: up to the end of a line. */
  const places = new Map<string, number>()
  let looked = false

  async function read(file: string): Promise<void> {
    const handle = await open(join(folder, file)).catch(ignoreMissing)
    if (handle === undefined) return void places.set(file, 0)
    try {
      const { size } = await handle.stat()
      // What was there long before has been dealt with by those who were there.
      let place = places.get(file) ?? (looked ? 0 : Math.max(0, size - BEFORE_BYTES))
      let rest = ''
      let at = place
      while (at < size) {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, at)
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
    async look() {
      const days = [now() - DAY_MS, now()].map((ms) => `${new Date(ms).toISOString().slice(0, 10)}.jsonl`)
      for (const file of days) await read(file)
      for (const file of places.keys()) if (!days.includes(file)) places.delete(file)
      looked = true
    },
    has: (id) => ids.has(id),
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}
