/** A file that lines are appended to, kept open while there is much to write: each opening costs as much as a line. */
import { close as closeFile, closeSync, fstat, open, openSync, write } from 'node:fs'
import { devNull } from 'node:os'
import { promisify } from 'node:util'

const files = {
  open: promisify(open),
  stat: promisify(fstat),
  write: promisify(write),
  close: promisify(closeFile),
}

/** After this it is opened anew, so that a file which somebody moved away is not written to for long. */
const KEEP_OPEN_MS = 1000

export interface AppendFile {
  /**
   * Appends whole lines; several processes may append to one file. Resolves with a place at or before where they
   * begin. Behind a write that failed, and may have ended within a line, a new line is begun.
   */
  append(path: string, lines: string): Promise<number>
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
export function createAppendFile(): AppendFile {
  let opened: Opened | undefined
  let torn = false
  let spare = reserve()

  async function openAt(path: string): Promise<Opened> {
    if (opened?.path === path && !opened.overdue) return opened
    await close()
    const descriptor = await files
      .open(path, 'a', 0o640)
      .catch((error: unknown) => openWithSpare(path, error))
    // Missing while it was used here before: taken again as soon as there is one to be had.
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

  /** At once, so that nobody else of this process takes the descriptor in between. */
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
      // What was written is written: there is nothing more to be said of it.
    }
    spare ??= reserve()
  }

  return {
    async append(path, lines) {
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
        if (file.overdue) void close()
      } catch (error) {
        await close()
        throw error
      } finally {
        file.busy = false
      }
      return from
    },
  }
}

/** A descriptor of nothing; undefined when there is none left. */
function reserve(): number | undefined {
  try {
    return openSync(devNull, 'r')
  } catch {
    return undefined
  }
}
