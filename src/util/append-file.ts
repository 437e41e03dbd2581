/** A file that lines are appended to, kept open while there is much to write: each opening costs as much as a line. */
import { close as closeFile, closeSync, fstat, open, openSync, stat, write } from 'node:fs'
import { devNull } from 'node:os'
import { promisify } from 'node:util'

const files = {
  open: promisify(open),
  stat: promisify(fstat),
  statOf: promisify(stat),
  write: promisify(write),
  close: promisify(closeFile),
}

/** After this it is opened again, so that a file which was moved away is not written to for long. */
const KEEP_OPEN_MS = 1000

export interface AppendFile {
  /**
   * Appends whole lines; several processes may append to one file. Resolves with a byte offset at or before their
   * beginning, and rejects with the file system's errors. The lines that follow a failed write begin on a new line,
   * since it may have ended within one.
   */
  append(path: string, lines: string): Promise<number>
}

export interface AppendFileOptions {
  /** The file may be moved away and removed by whoever reads it: what was written to it after that is written again. */
  readonly isTaken?: boolean
}

interface Opened {
  readonly path: string
  readonly descriptor: number
  readonly closing: NodeJS.Timeout
  /** It is at least this long. */
  length: number
  busy: boolean
  overdue: boolean
}

/**
 * One append at a time. A descriptor is held in reserve, so that lines can be written when the process has no other
 * left.
 */
export function createAppendFile({ isTaken = false }: AppendFileOptions = {}): AppendFile {
  let opened: Opened | undefined
  let torn = false
  let spare = reserve()

  async function openAt(path: string): Promise<Opened> {
    if (opened?.path === path && !opened.overdue) return opened
    await close()
    const descriptor = await files
      .open(path, 'a', 0o640)
      .catch((error: unknown) => openWithSpare(path, error))
    // It was used up earlier: reserved again as soon as one is free.
    spare ??= reserve()
    const { size } = await files.stat(descriptor).catch((error: unknown) => {
      closeSync(descriptor)
      throw error
    })
    const file: Opened = {
      path,
      descriptor,
      closing: setTimeout(() => {
        file.overdue = true
        if (!file.busy) void close()
      }, KEEP_OPEN_MS).unref(),
      length: size,
      busy: false,
      overdue: false,
    }
    return (opened = file)
  }

  /** Synchronous, so that no other part of this process takes the descriptor in between. */
  function openWithSpare(path: string, error: unknown): number {
    const { code } = error as NodeJS.ErrnoException
    if ((code !== 'EMFILE' && code !== 'ENFILE') || spare === undefined) throw error
    closeSync(spare)
    spare = undefined
    return openSync(path, 'a', 0o640)
  }

  async function close(): Promise<void> {
    const file = opened
    opened = undefined
    clearTimeout(file?.closing)
    if (!file) return
    try {
      if (spare !== undefined) return await files.close(file.descriptor)
      closeSync(file.descriptor)
    } catch {
      // The lines were written all the same.
    }
    spare ??= reserve()
  }

  /** Whether the file is not at its path any more. */
  async function isMoved({ path, descriptor }: Opened): Promise<boolean> {
    const [there, written] = await Promise.all([
      files.statOf(path).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }),
      files.stat(descriptor),
    ])
    return there?.ino !== written.ino || there.dev !== written.dev
  }

  async function append(path: string, lines: string): Promise<number> {
    const file = await openAt(path)
    file.busy = true
    const from = file.length
    const bytes = Buffer.from(torn ? `\n${lines}` : lines)
    torn = true
    try {
      for (let written = 0; written < bytes.length;) {
        written += (await files.write(file.descriptor, bytes, written)).bytesWritten
      }
      torn = false
      file.length += bytes.length
      if (isTaken && (await isMoved(file))) {
        await close()
        return await append(path, lines)
      }
      if (file.overdue) void close()
    } catch (error) {
      await close()
      throw error
    } finally {
      file.busy = false
    }
    return from
  }

  return { append }
}

/** A descriptor of the null device; undefined when there is none left. */
function reserve(): number | undefined {
  try {
    return openSync(devNull, 'r')
  } catch {
    return undefined
  }
}
