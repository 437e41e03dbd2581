/** Moves a controller's events from its log into its store, as they come. */
import { unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { CallEvent } from '../plan/index.ts'
import type { EventStore } from './event-store.ts'
import { LOG, logFilesOf, newEvent, readLog } from './event-log.ts'

export interface LogReaderOptions {
  readonly folder: string
  readonly name: string
  readonly store: Pick<EventStore, 'add' | 'placeIn' | 'forgetLog' | 'sync'>
  readonly log: (level: 'info' | 'error', fields: object, message: string) => void
  readonly onAdded: (event: CallEvent) => void
}

export interface LogReader {
  /**
   * Reads what is there; resolves when it did, or the store takes nothing. `writing`: the number of the file that the
   * controller writes to. Never rejects.
   */
  read(writing?: number): Promise<void>
  /** Takes away what was read to its end: nothing is written any more. */
  close(): void
}

export function createLogReader({ folder, name, store, log, onAdded }: LogReaderOptions): LogReader {
  let reading: Promise<void> | undefined
  let again = false
  /** Nothing comes to the files before this one. */
  let current = 0
  let failing = false

  /** Whether it was read to its end. */
  function readOn(file: string): boolean {
    const from = store.placeIn(file)
    const { events, to } = readLog(join(folder, file), from)
    if (to > from) store.add(events.map(newEvent), { file, place: to })
    for (const { event } of events) onAdded(event)
    return to === from
  }

  async function readAll(): Promise<void> {
    try {
      const files = logFilesOf(folder, name, { taken: false })
      for (const file of files) {
        while (!readOn(file)) await new Promise(setImmediate)
        if (file !== files.at(-1) || Number(LOG.exec(file)![2]) < current) remove(file)
      }
      if (failing) log('info', {}, 'events are read again')
      failing = false
    } catch (error) {
      if (!failing)
        log('error', { err: error }, 'events cannot be read into their store; they wait in their log')
      failing = true
    }
  }

  function remove(file: string): void {
    store.sync()
    unlinkSync(join(folder, file))
    store.forgetLog(file)
  }

  return {
    async read(writing = current) {
      current = writing
      again = true
      reading ??= (async () => {
        while (again) {
          again = false
          await readAll()
        }
        reading = undefined
      })()
      await reading
    },
    close() {
      for (const file of logFilesOf(folder, name, { taken: false })) if (readOn(file)) remove(file)
    },
  }
}
