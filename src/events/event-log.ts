/**
 * Where a controller itself puts its events, before its process for events has them: lines appended to a file, as the
 * journal's are. So an event is on disk within moments, whatever that process is doing, and survives both.
 *
 * - `NAME.N.log`: the events of one controller, the N-th file
 * - `NAME.N.log.WHO.PLACE.taken`: it is read by another controller from byte PLACE on, since that one has ended
 */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { CallEvent } from '../plan/index.ts'
import { createAppendFile } from '../util/append-file.ts'

/** A line of the file. */
export interface LoggedEvent {
  /** Milliseconds since 1970. */
  readonly sinceMs: number
  readonly event: CallEvent
}

export interface EventLog {
  /** Resolves when the event is on disk, when it has to wait for that, or when it is lost. Never rejects. */
  keep(event: CallEvent): Promise<void>
  /** Events that were not kept. */
  readonly lost: number
  /** The number of the file that is written to: nothing comes to those before it any more. */
  readonly file: number
  /**
   * Resolves when nothing waits for the disk, or after `withinMs`; what is not on the disk then is
   * lost.
   */
  close(withinMs: number): Promise<void>
}

export interface EventLogOptions {
  readonly folder: string
  /** Of this controller's files; no other has it. */
  readonly name: string
  readonly log: Pick<Logger, 'info' | 'error'>
  /** Events are on disk, or another file is begun. */
  readonly onKept: () => void
  /** The pause before the next attempt at a disk that took nothing. */
  readonly againMs?: number
  /** Of events that wait in memory for the disk, in characters. */
  readonly most?: number
  readonly fileBytes?: number
  readonly fileMs?: number
  /** Of all files that were not read. */
  readonly mostBytes?: number
  readonly append?: (path: string, lines: string) => Promise<number>
}

/** Some 10,000 events. */
const MOST = 16 * 1024 * 1024
/** A write costs the same for one event as for twenty. */
const GATHER_MS = 10
const AGAIN_MS = 1000
/** After that another file is begun, so that what was read can go: it has callers' numbers and names. */
const FILE_BYTES = 4 * 1024 * 1024
const FILE_MS = 5 * 60_000
/** Nobody reads them where the process for events cannot start. */
const MOST_BYTES = 256 * 1024 * 1024
const TOLD_MS = 60_000

export function createEventLog(options: EventLogOptions): EventLog {
  const { folder, name, log, onKept } = options
  const {
    againMs = AGAIN_MS,
    most = MOST,
    fileBytes = FILE_BYTES,
    fileMs = FILE_MS,
    mostBytes = MOST_BYTES,
    append = createAppendFile({ isTaken: true }).append,
  } = options
  let pending: { readonly event: CallEvent; readonly line: string; done: (() => void) | undefined }[] = []
  /** Of what is not on the disk, in characters. */
  let length = 0
  let closing = false
  let writing: Promise<void> | undefined
  let file = 1
  let aging: NodeJS.Timeout | undefined
  let isOld = false
  /** The last file that there was room for. */
  let roomy = 0
  let failing = false
  let lastWriteMs = -Infinity
  let lost = 0
  let toldMs = -Infinity

  function beginAnother(): void {
    clearTimeout(aging)
    aging = undefined
    isOld = false
    file++
    onKept()
  }

  async function findRoom(): Promise<void> {
    const names = logFilesOf(folder, name, { taken: false })
    const files = await Promise.all(names.map((one) => stat(join(folder, one)).catch(() => undefined)))
    const bytes = files.reduce((sum, one) => sum + (one?.size ?? 0), 0)
    if (bytes > mostBytes) throw new Error(`${bytes} bytes of events are not read yet`)
    roomy = file
  }

  /** Whether the disk took it. */
  async function write(batch: typeof pending): Promise<boolean> {
    try {
      const lines = batch.map(({ line }) => line).join('')
      await mkdir(folder, { recursive: true, mode: 0o750 })
      if (file > roomy || failing) await findRoom()
      const from = await append(join(folder, `${name}.${file}.log`), lines)
      aging ??= setTimeout(() => {
        isOld = true
        if (!writing) beginAnother()
      }, fileMs).unref()
      if (isOld || from + lines.length > fileBytes) beginAnother()
      if (failing) log.info({ events: batch.length, lost }, 'events are kept on disk again')
      failing = false
      length -= lines.length
      return true
    } catch (error) {
      if (!failing)
        log.error({ err: error, folder, events: batch.length }, 'events cannot be kept on disk; calls go on')
      failing = true
      return false
    } finally {
      lastWriteMs = performance.now()
    }
  }

  async function writeAll(): Promise<void> {
    while (pending.length > 0) {
      const waitMs = lastWriteMs + (failing ? againMs : GATHER_MS) - performance.now()
      await (waitMs > 0 ? delay(waitMs, undefined, { ref: !failing }) : new Promise(setImmediate))
      if (closing && failing) break
      const batch = pending
      pending = []
      const isKept = await write(batch)
      // Nobody waits for a disk that takes nothing.
      for (const one of batch) {
        one.done?.()
        one.done = undefined
      }
      if (isKept) onKept()
      else pending = [...batch, ...pending]
    }
    writing = undefined
  }

  function lose({ document, call }: CallEvent, events: number): void {
    lost += events
    if (performance.now() - toldMs <= TOLD_MS && !closing) return
    toldMs = performance.now()
    log.error({ document, call, lost }, 'events are lost: the disk takes none')
  }

  return {
    keep(event) {
      const line = `${JSON.stringify({ sinceMs: Date.now(), event } satisfies LoggedEvent)}\n`
      if ((closing && failing) || length + line.length > most) {
        lose(event, 1)
        return Promise.resolve()
      }
      length += line.length
      return new Promise((done) => {
        pending.push({ event, line, done })
        writing ??= writeAll()
      })
    },
    get lost() {
      return lost
    },
    get file() {
      return file
    },
    async close(withinMs) {
      closing = true
      clearTimeout(aging)
      const until = performance.now() + withinMs
      while (writing && !failing && performance.now() < until) await Promise.race([writing, delay(GATHER_MS)])
      const last = pending
      if (last.length === 0) return
      pending = []
      // Once more, whatever the pause.
      const isKept = failing && (await write(last))
      for (const { done } of last) done?.()
      if (isKept) onKept()
      else lose(last[0]!.event, last.length)
    },
  }
}

/** How long an event waits for what the controllers before may yet have on their way to the disk. */
export const SETTLE_MS = 2000

export const newEvent = ({ sinceMs, event }: LoggedEvent) => ({
  ...{ event, sinceMs },
  dueMs: event.holders ? sinceMs + SETTLE_MS : sinceMs,
})

const CHUNK_BYTES = 256 * 1024
const NEWLINE = 0x0a

/**
 * A log: the name of its controller, its number, and, where another took it, from which byte on it was not read then.
 */
export const LOG = /^([\w-]+)\.(\d+)\.log(?:\.[\w-]+\.(\d+)\.taken)?$/

/** The files of a controller, the first one first; of every kind, or those that another controller has not taken. */
export function logFilesOf(folder: string, name: string, { taken }: { readonly taken: boolean }): string[] {
  return readdirSync(folder)
    .map((file) => LOG.exec(file))
    .filter((match) => match?.[1] === name && (taken || match[3] === undefined))
    .sort((a, b) => Number(a![2]) - Number(b![2]))
    .map((match) => match![0])
}

/** The events in whole lines from byte `from` of a file, a chunk of it; `to`: where they end. A line that was cut short is left out. */
export function readLog(path: string, from: number): { readonly events: LoggedEvent[]; readonly to: number } {
  const descriptor = openSync(path, 'r')
  try {
    let chunk = Buffer.alloc(CHUNK_BYTES)
    for (;;) {
      const length = readSync(descriptor, chunk, 0, chunk.length, from)
      const end = chunk.lastIndexOf(NEWLINE, length - 1) + 1
      // A line longer than a chunk: an event is some 2 KB, but a list of destinations may be long.
      if (end === 0 && length === chunk.length) {
        chunk = Buffer.alloc(2 * chunk.length)
        continue
      }
      const lines = chunk.toString('utf8', 0, end).split('\n')
      return { events: lines.flatMap((line) => parse(line) ?? []), to: from + end }
    }
  } finally {
    closeSync(descriptor)
  }
}

function parse(line: string): LoggedEvent | undefined {
  try {
    const logged = JSON.parse(line) as LoggedEvent
    return typeof logged.event.id === 'string' ? logged : undefined
  } catch {
    return undefined
  }
}
