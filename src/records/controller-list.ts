/**
 * The controllers that share their data, each with a file of its name, which says where its process is found and when
 * it was started.
 */
import { mkdir, readdir, readFile, readlink, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface ControllerList {
  /** Adds this controller, and keeps it in the list until `close`. Rejects with the file system's errors. */
  add(name: string): Promise<void>
  /** Reads the list, unless that was done in the last `maxAgeMs`. Rejects with the file system's errors. */
  read(maxAgeMs: number): Promise<void>
  has(name: string): boolean
  /** Controllers that cannot hold any more what they held at `ms`, since 1970: they have ended, or started since. */
  endedSince(ms: number): readonly string[]
  close(): void
}

const HOUR_MS = 3600_000
/** A controller that runs writes its file anew each hour: an older one is of one that has ended, with all its calls. */
const MAX_AGE_MS = 24 * HOUR_MS

export function createControllerList(folder: string): ControllerList {
  /** A process is known by its number within its namespace only; containers have one each. */
  const namespace = readlink('/proc/self/ns/pid').catch(() => 'none')
  const startMs = Date.now()
  /** When each was started; Infinity: it has ended; NaN: unknown, as of version 0.1.0, whose files are empty. */
  let started: ReadonlyMap<string, number> = new Map()
  let readMs = -Infinity
  let timer: NodeJS.Timeout | undefined

  async function startOf(name: string): Promise<number> {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '')
    const [pid, itsNamespace, itsStartMs] = text.split(' ')
    return itsNamespace === (await namespace) && isEnded(Number(pid)) ? Infinity : Number(itsStartMs)
  }

  async function read(): Promise<void> {
    await mkdir(folder, { recursive: true })
    const names = await readdir(folder)
    started = new Map(await Promise.all(names.map(async (name) => [name, await startOf(name)] as const)))
    readMs = performance.now()
  }

  async function write(name: string): Promise<void> {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, name), `${process.pid} ${await namespace} ${startMs}`)
    await read()
    for (const other of started.keys()) await removeOld(join(folder, other))
  }

  return {
    async add(name) {
      // What cannot be written now is written an hour later.
      timer = setInterval(() => void write(name).catch(() => undefined), HOUR_MS).unref()
      await write(name)
    },
    read: async (maxAgeMs) => (performance.now() - readMs < maxAgeMs ? undefined : read()),
    has: (name) => started.has(name),
    endedSince: (ms) => Array.from(started).flatMap(([name, start]) => (start > ms ? [name] : [])),
    close: () => clearInterval(timer),
  }
}

async function removeOld(file: string): Promise<void> {
  try {
    const { size, mtimeMs } = await stat(file)
    if (size > 0 && Date.now() - mtimeMs > MAX_AGE_MS) await unlink(file)
  } catch {
    // Another controller was first, or the next one is.
  }
}

/** Whether there is no such process. */
function isEnded(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
