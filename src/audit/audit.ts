/**
 * The audit: who changed what of the plans, one JSON line for each change in `audit.jsonl`. A line is on the disk
 * before whoever asked for the change hears of it. Several controllers append to one file: a line is written at once
 * and is shorter than what file systems keep in one piece.
 */
import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { createTurns } from '../util/in-turn.ts'
import { syncFolder } from '../util/replace-file.ts'

/** Who asked for a change. */
export interface Author {
  /** The name of the token; `local`: none is configured; `signal`: SIGHUP. Absent: the controller itself. */
  readonly token?: string
  /** Where the request came from; absent where there was none. */
  readonly address?: string
  /** In the place of a token: a user of the machine, by a command. */
  readonly user?: string
}

/** What became of what serves; revisions are those of this controller. */
export interface Change extends Author {
  readonly what: 'start' | 'reload' | 'rollback' | 'put' | 'delete' | 'putTests' | 'deleteTests' | 'push'
  /** Where it concerns some documents only. */
  readonly documents?: readonly string[]
  /** The revision that served before; absent: none. */
  readonly from?: string
  /** The one that serves now. */
  readonly to: string
  /** `refused`: what was asked for was not done. */
  readonly outcome: 'changed' | 'unchanged' | 'refused'
  /** Of a refusal: the revision that was to serve, where it is known. */
  readonly tried?: string
  /** Of a refusal. */
  readonly why?: Refusal
}

/** A person was taken out of what is kept of calls. */
export interface Forgetting {
  /** Who did it: a user of the machine; of another one, with its name: `root@host-b`. */
  readonly user: string
  /** Of calls: in the journal, and waiting for their end; and events. */
  readonly records: number
  readonly waiting: number
  readonly events: number
  /** In the database that machines share. */
  readonly shared?: number
  /** `failed`: not everywhere. */
  readonly outcome: 'changed' | 'unchanged' | 'failed'
}

/**
 * `invalid`: the plans do not validate. `notGranted`: the revision claims what is not granted any more. `overtaken`: it was
 * rolled back meanwhile. `failed`: something could not be read or written.
 */
export type Refusal = 'invalid' | 'notGranted' | 'overtaken' | 'failed'

export interface Audit {
  /**
   * Resolves when the line is on the disk, or in the log with an error: a full disk is no reason not to change a
   * plan. Never rejects. Lines have the order of the calls.
   */
  write(change: Change): Promise<void>
  /** As `write`. Of whom is not said. */
  writeForgetting(forgetting: Forgetting): Promise<void>
  /** Lines that are in the log only. */
  failed(): number
}

export interface AuditOptions {
  /** The folder of all data; `audit.jsonl` is in it. */
  readonly data: string
  /** This controller's name, as in records: several may share the file. */
  readonly controller: () => string
  readonly log: Pick<Logger, 'error'>
  readonly now?: () => Date
}

/** In bytes. An append of a page is one piece on every file system that is used here. */
const LONGEST_LINE = 4096
const NEWLINE = 0x0a
/** A line is written in less. */
const WRITING_MS = 20

export function openAudit({ data, controller, log, now = () => new Date() }: AuditOptions): Audit {
  const file = join(data, 'audit.jsonl')
  const inTurn = createTurns()
  let failed = 0

  async function append(line: object): Promise<void> {
    try {
      await appendDurably(file, textOf(line))
    } catch (error) {
      failed++
      log.error({ err: error, file, audit: line }, 'audit not written')
    }
  }

  return {
    write(change) {
      const { token, address, user, what, documents, from, to, outcome, tried, why } = change
      // In one order, for those who read it.
      const line = {
        at: now().toISOString(),
        controller: controller(),
        ...{ token, address, user, what, documents, from, to, outcome, tried, why },
      }
      return inTurn(() => append(line))
    },
    writeForgetting({ user, records, waiting, events, shared, outcome }) {
      const line = {
        at: now().toISOString(),
        controller: controller(),
        ...{ user, what: 'forget', records, waiting, events, shared, outcome },
      }
      return inTurn(() => append(line))
    },
    failed: () => failed,
  }
}

/** Of more documents than a line holds the first ones, and how many there are in all. */
function textOf(line: { readonly documents?: readonly string[] | undefined }): string {
  const all = line.documents ?? []
  for (let shown = all.length; ; shown--) {
    const cut = shown === all.length ? line : { ...line, documents: all.slice(0, shown), inAll: all.length }
    const text = `${JSON.stringify(cut)}\n`
    if (Buffer.byteLength(text) <= LONGEST_LINE || shown === 0) return text
  }
}

async function appendDurably(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const handle = await open(file, 'a+', 0o640)
  try {
    const { size, cutShort } = await endOf(handle)
    const text = Buffer.from(cutShort ? `\n${line}` : line)
    const { bytesWritten } = await handle.write(text)
    if (bytesWritten < text.length)
      throw new Error(`only ${bytesWritten} of ${text.length} bytes were written`)
    await handle.sync()
    // The file's entry in it.
    if (size === 0) await syncFolder(dirname(file))
  } finally {
    await handle.close()
  }
}

/** Whether a full disk, or a power cut, has cut the last line short; one that another controller is writing grows. */
async function endOf(handle: FileHandle): Promise<{ readonly size: number; readonly cutShort: boolean }> {
  let seen = -1
  for (;;) {
    const { size } = await handle.stat()
    if (size === 0) return { size, cutShort: false }
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
    if (buffer[0] === NEWLINE || size === seen) return { size, cutShort: buffer[0] !== NEWLINE }
    seen = size
    await delay(WRITING_MS)
  }
}
