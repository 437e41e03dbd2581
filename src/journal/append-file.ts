/** A file that lines are appended to, kept open while there is much to write: each opening costs as much as a line. */
import { open, type FileHandle } from 'node:fs/promises'

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
  readonly handle: FileHandle
  readonly closing: NodeJS.Timeout
  /** It is at least this long. */
  length: number
  busy: boolean
  overdue: boolean
}

/** One append at a time. */
export function createAppendFile(): AppendFile {
  let opened: Opened | undefined
  let torn = false

  async function openAt(path: string): Promise<Opened> {
    if (opened?.path === path && !opened.overdue) return opened
    await close()
    const handle = await open(path, 'a', 0o640)
    const { size } = await handle.stat()
    const file: Opened = {
      path,
      handle,
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

  async function close(): Promise<void> {
    const file = opened
    opened = undefined
    clearTimeout(file?.closing)
    // What was written is written: there is nothing more to be said of it.
    await file?.handle.close().catch(() => undefined)
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
          written += (await file.handle.write(bytes, written)).bytesWritten
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
