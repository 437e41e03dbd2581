/** The calls that have ended: found in an index of the journal, which a process of its own keeps. */
import { extname } from 'node:path'
import type { Logger } from 'pino'
import { within } from '../util/within.ts'
import { supervise } from '../util/supervised-process.ts'
import type { RecordPlace } from './call-index.ts'
import type { CallQuery } from './call-query.ts'
import type { EndedCalls, OwnFromHistory, ToHistory } from './messages.ts'
import type { Retention } from './retention.ts'

export interface History {
  /** By any of the controllers that share the data. Rejects where the index cannot be read, or not in time. */
  list(query: CallQuery): Promise<EndedCalls>
  /** Where records of a call stand in the journal, as far as is known; none where that cannot be said in time. Never rejects. */
  find(id: string): Promise<readonly RecordPlace[]>
  /** Files of the journal that were removed because they were old, or too much. */
  readonly removed: number
  /** Waits `withinMs` for the process to end. */
  close(withinMs: number): Promise<void>
}

export interface HistoryOptions {
  /** The folder of all data. */
  readonly data: string
  /** Absent: nothing of the journal is removed. */
  readonly retention?: Retention | undefined
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

/** TypeScript beside the sources, JavaScript beside the build. */
const PROGRAM = new URL(`./history-process${extname(import.meta.url)}`, import.meta.url)

/** A start has other things to do first; a question starts the process at once. */
const BEGIN_MS = 5000
/** It runs behind all else that the machine does: late is better than never. */
const ANSWER_MS = 30_000
/** A look through the files is slower, but not by as much. */
const FIND_MS = 1000

export function openHistory({ data, retention, log }: HistoryOptions): History {
  let removed = 0
  const background = supervise<ToHistory, OwnFromHistory>({
    ...{ program: PROGRAM, place: 'behind', name: 'the process for the history', log, answerMs: ANSWER_MS },
    failing: 'the index of calls cannot be read',
    start: () => ({ say: 'start', data, retention }),
    onMessage: ({ files }) => void (removed += files),
  })
  const beginning = setTimeout(background.ensure, BEGIN_MS).unref()

  return {
    list: (query) => background.ask((n) => ({ say: 'list', n, query })),
    async find(id) {
      let places: readonly RecordPlace[] = []
      const asked = background.ask<RecordPlace[]>((n) => ({ say: 'find', n, id }))
      await within(
        FIND_MS,
        asked.then((found) => (places = found)),
      ).catch(() => false)
      return places
    },
    get removed() {
      return removed
    },
    async close(withinMs) {
      clearTimeout(beginning)
      await background.close(withinMs)
    },
  }
}
