/**
 * The journal: one JSON line a call in `YYYY-MM-DD.jsonl`, by the UTC day on which the line is written, so
 * that the file of a day that is over never changes. Calls never wait for it: lines are queued and written
 * in batches, each with one append, so that several controllers can share the folder.
 */
import { mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { BelplanError } from '../util/errors.ts'
import { createAppendFile } from '../util/append-file.ts'
import { parsed } from '../util/parsed.ts'
import { type CallRecord, serialize } from './record.ts'

export interface Journal {
  /** Resolves when the record was written, or was given up with an error in the log; never rejects. */
  write(record: CallRecord): Promise<void>
  /**
   * Looks among the recent records, then where `locate` says, then through the files, newest first. Rejects with the file
   * system's errors, and with the reason of `signal` when it aborts. `at`: when the call came in; older files are not read.
   * ISO 8601.
   */
  find(id: string, signal?: AbortSignal, hints?: FindHints): Promise<CallRecord | undefined>
  /** Resolves when no record waits to be written. */
  flush(): Promise<void>
  counts(): JournalCounts
}

export interface FindHints {
  readonly at?: string | undefined
  readonly locate?: LocateRecord | undefined
}

/** Where records of a call may stand: files, and bytes at or before their lines. Never rejects. */
export type LocateRecord = (
  id: string,
) => Promise<readonly { readonly file: string; readonly offset: number }[]>

export interface JournalCounts {
  readonly written: number
  /** Records that are in the log but not in the journal. */
  readonly failed: number
}

export interface JournalOptions {
  readonly folder: string
  readonly log: Pick<Logger, 'info' | 'error'>
  /** Called with each record that is to be written. */
  readonly onWrite?: (record: CallRecord) => void
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Records whose place in the files is remembered. */
const RECENT = 20_000
/** Records that may wait for a slow disk. */
const MOST_QUEUED = 10_000
/** A write costs the same for one record as for twenty. */
const GATHER_MS = 10
const CHUNK_BYTES = 256 * 1024
const NEWLINE = 0x0a

interface Waiting {
  readonly id: string
  readonly line: string
  readonly done: () => void
}

/** Opens the journal in `folder`, which is made. Throws BelplanError('config') where that cannot be. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { folder, log, onWrite, now = Date.now } = options
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new BelplanError(
      'config',
      `cannot make the journal's folder ${folder}: ${(error as Error).message}`,
      [],
      error,
    )
  })
  /** Where a record stands: its file, and a byte at or before its line (others append to the same file). */
  const places = new LRUCache<string, { file: string; from: number }>({ max: RECENT })
  const counts = { written: 0, failed: 0 }
  const appending = createAppendFile()
  let queue: Waiting[] = []
  let writing: Promise<void> | undefined
  let lastWriteMs = -Infinity
  let scanning: Promise<unknown> = Promise.resolve()

  async function writeAll(): Promise<void> {
    while (queue.length > 0) {
      // A record that comes alone is written at once; those that come close together are gathered.
      const waitMs = lastWriteMs + GATHER_MS - performance.now()
      await (waitMs > 0 ? delay(waitMs) : new Promise(setImmediate))
      const batch = queue
      queue = []
      try {
        await append(batch)
        counts.written += batch.length
      } catch (error) {
        counts.failed += batch.length
        log.error({ err: error, folder, records: batch.length }, 'journal not written')
      }
      batch.forEach(({ done }) => done())
      lastWriteMs = performance.now()
    }
    writing = undefined
  }

  async function append(batch: readonly Waiting[]): Promise<void> {
    const file = join(folder, `${new Date(now()).toISOString().slice(0, 10)}.jsonl`)
    const from = await appending.append(file, batch.map(({ line }) => line).join(''))
    for (const { id } of batch) places.set(id, { file, from })
  }

  const journal: Journal = {
    write(whole) {
      const { record, json } = serialize(whole)
      const { id } = record
      log.info(record, 'call ended')
      onWrite?.(record)
      if (queue.length >= MOST_QUEUED) {
        counts.failed++
        log.error({ folder, id }, 'journal not written: the disk is too slow')
        return Promise.resolve()
      }
      return new Promise((done) => {
        queue.push({ id, line: `${json}\n`, done })
        writing ??= writeAll()
      })
    },

    async find(id, signal, { at, locate } = {}) {
      await journal.flush()
      const place = places.get(id)
      const near = place && (await scan(place.file, id, place.from, signal))
      if (near !== undefined) return near
      for (const { file, offset } of (await locate?.(id)) ?? []) {
        const found = await scan(file, id, offset, signal)
        if (found !== undefined) return found
      }
      // One at a time: a search through old files must not take the disk from the calls.
      const search = scanning.then(() => findInFiles(folder, id, signal, at))
      scanning = search.catch(() => undefined)
      return search
    },

    async flush() {
      await writing
    },

    counts: () => ({ ...counts }),
  }
  return journal
}

function noFolder(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return []
  throw error
}

/** As `Journal.find`, through all files of a journal that need not be open. */
export async function findInFiles(
  folder: string,
  id: string,
  signal?: AbortSignal,
  at = '',
): Promise<CallRecord | undefined> {
  const all = (await readdir(folder).catch(noFolder)).filter((name) => /^\d{4}-\d\d-\d\d\.jsonl$/.test(name))
  const files = all.filter((name) => name >= at.slice(0, 10))
  for (const file of files.sort().reverse()) {
    const found = await scan(join(folder, file), id, 0, signal)
    if (found !== undefined) return found
  }
  return undefined
}

/** Every line begins with the id, so that a search by bytes finds it. */
const lineStart = (id: string): string => `{"id":${JSON.stringify(id)},`

/** The record of call `id` in `data`, or what of `data` must be looked at again with what follows it. */
function search(data: Buffer, id: string): CallRecord | Buffer {
  const start = Buffer.from(lineStart(id))
  let end = 0
  for (;;) {
    const found = data.indexOf(start, end)
    // The beginning of a line may be cut by the end of the data.
    if (found < 0) return Buffer.from(data.subarray(Math.max(end, data.length - start.length + 1)))
    end = data.indexOf(NEWLINE, found)
    if (end < 0) return Buffer.from(data.subarray(found))
    const record = parsed(data.toString('utf8', found, end)) as CallRecord | undefined
    // A full disk cuts a line short: the record may stand once more behind it.
    if (record !== undefined) return record
  }
}

/**
 * The record of call `id` at or behind byte `from` of `file`; undefined where there is none, or no file.
 * Throws the signal's reason when it aborts.
 */
async function scan(
  file: string,
  id: string,
  from: number,
  signal?: AbortSignal,
): Promise<CallRecord | undefined> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return undefined
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    let position = from
    let rest: Buffer = Buffer.alloc(0)
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position)
      if (bytesRead === 0) return undefined
      position += bytesRead
      const data = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
      const found = search(data, id)
      if (!Buffer.isBuffer(found)) return found
      rest = found
    }
  } finally {
    await handle.close()
  }
}
