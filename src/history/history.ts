/** The calls that have ended: found in an index of the journal, which a process of its own keeps. */
import { extname } from 'node:path'
import type { Logger } from 'pino'
import { within } from '../util/within.ts'
import { supervise } from '../util/supervised-process.ts'
import type { RecordPlace } from './call-index.ts'
import type { CallRecord } from '../records/index.ts'
import { type CallQuery, firstCalls, once } from './call-query.ts'
import type { EndedCalls, OwnFromHistory, ShippingCounts, ToHistory } from './messages.ts'
import type { Retention } from './retention.ts'
import { openShipping, type ShippingOptions } from './shipping.ts'

export interface History {
  /**
   * By any of the controllers that share the data, or the database. Rejects where the index cannot be read, or not in time; a
   * database that does not answer is no reason.
   */
  list(query: CallQuery): Promise<EndedCalls>
  /** Where records of a call stand in the journal, as far as is known; none where that cannot be said in time. Never rejects. */
  find(id: string): Promise<readonly RecordPlace[]>
  /** As the database has it; undefined: there is none, or no database. Rejects where that does not answer. */
  findShared(id: string): Promise<CallRecord | undefined>
  /** Files of the journal that were removed because they were old, or too much. */
  readonly removed: number
  /** Absent: there is no database that machines share. */
  readonly shipping?: () => ShippingCounts
  /** Waits `withinMs` for its processes to end. */
  close(withinMs: number): Promise<void>
}

export interface HistoryOptions {
  /** The folder of all data. */
  readonly data: string
  /** Absent: nothing of the journal is removed. */
  readonly retention?: Retention | undefined
  /** Absent: there is no database that machines share. */
  readonly shared?: Pick<ShippingOptions, 'store' | 'name' | 'sharedDays' | 'forget'> | undefined
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

export function openHistory({ data, retention, shared, log }: HistoryOptions): History {
  let removed = 0
  const background = supervise<ToHistory, OwnFromHistory>({
    ...{ program: PROGRAM, place: 'behind', name: 'the process for the history', log, answerMs: ANSWER_MS },
    failing: 'the index of calls cannot be read',
    start: () => ({ say: 'start', data, retention, isShared: shared !== undefined }),
    onMessage: ({ files }) => void (removed += files),
  })
  const shipping = shared && openShipping({ ...shared, data, log })
  const beginning = setTimeout(() => {
    background.ensure()
    shipping?.ensure()
  }, BEGIN_MS).unref()

  const listOwn = (query: CallQuery) => background.ask<EndedCalls>((n) => ({ say: 'list', n, query }))

  return {
    async list(query) {
      if (!shipping) return listOwn(query)
      const [there, own] = await Promise.all([shipping.list(query), listOwn(query)])
      if (!there) return { ...own, missing: [...own.missing, 'otherMachines'] }
      // What is in both is as the journal has it.
      return { ...own, calls: firstCalls(once([...there, ...own.calls]), query) }
    },
    async find(id) {
      let places: readonly RecordPlace[] = []
      const asked = background.ask<RecordPlace[]>((n) => ({ say: 'find', n, id }))
      await within(
        FIND_MS,
        asked.then((found) => (places = found)),
      ).catch(() => false)
      return places
    },
    findShared: (id) => shipping?.find(id) ?? Promise.resolve(undefined),
    get removed() {
      return removed
    },
    ...(shipping && { shipping: () => shipping.counts }),
    async close(withinMs) {
      clearTimeout(beginning)
      await Promise.all([background.close(withinMs), shipping?.close(withinMs)])
    },
  }
}
