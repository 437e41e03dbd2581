/**
 * The records of all calls, with one owner: whatever becomes of a call, and of the controller that holds it, its
 * record is written once.
 */
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../config/index.ts'
import { type Link, openLink } from '../freeswitch/index.ts'
import type { CallWatch, MissedCall } from '../plan/index.ts'
import { within } from '../util/within.ts'
import { createJournalTail } from './journal-tail.ts'
import type { OtherMachines } from './other-machines.ts'
import { findInFiles, type JournalCounts, type LocateRecord, openJournal } from './journal.ts'
import { findPending, openPending, type Switch } from './pending.ts'
import type { CallRecord, LostCall } from './record.ts'
import { type LostCallReader, startRecovery } from './recovery.ts'

export interface Records {
  /** Writes the record of a call that has ended. Never rejects. */
  add(record: CallRecord): Promise<void>
  /** Two parties talk on without the controller: the record is written when the call ends. Never rejects. */
  addWhenEnded(record: CallRecord, watch?: CallWatch): Promise<void>
  /** FreeSWITCH has the call and brings it back: the record is kept until then. Never rejects. */
  addWaiting(call: LostCall): Promise<void>
  /** Takes the record back of such a call; undefined: there is none here. Never rejects. */
  takeWaiting(id: string): Promise<CallRecord | undefined>
  /**
   * The connection to FreeSWITCH was lost while the controller held the call: another controller goes on with it, or
   * FreeSWITCH was lost too, and then the record is written once it is back. `core`: FreeSWITCH's Core-UUID. Never
   * rejects.
   */
  addIfSwitchLost(call: LostCall, core: string): Promise<void>
  /** Looks among pending records, then in the journal. Rejects with the reason of `signal` when it aborts. */
  find(id: string, signal?: AbortSignal): Promise<FoundRecord | undefined>
  /** `node` is this controller, to those that share the data: they write the records of its calls when it is killed. */
  register(node: string): void
  /** Looks at what waits, whether its call is over. */
  sweep(): void
  /** Resolves when no record waits to be written to the journal. Never rejects. */
  flush(): Promise<void>
  /** The inbound link, by which ends of calls are seen; undefined: none is configured. */
  readonly link: Link | undefined
  counts(): JournalCounts
  /** Records that are not written then stay on the disk for another controller, or the next start. */
  close(): Promise<void>
}

export interface FoundRecord {
  /** The call goes on without the controller. */
  readonly pending: boolean
  readonly record: CallRecord
}

export interface RecordsOptions {
  /** The folder of all data. */
  readonly data: string
  readonly freeswitch: Config['freeswitch']
  readonly log: Logger
  /** Names this process among those that share the data; letters, digits and dashes. */
  readonly claimant: string
  /** What calls came to whose controller was lost. */
  readonly lostCalls: LostCallReader
  /** Called once for each call: with its record as it is written, or as it begins to wait for the end of the call. */
  readonly onRecord: (record: CallRecord) => void
  /** Called with each record as it goes to the journal: the call is over, as far as anybody here will learn. */
  readonly onWrite?: (record: CallRecord) => void
  /**
   * Called with a call that is over, before its record is written, where no controller held it then. `atMs`: when it ended,
   * where that was seen. Never rejects.
   */
  readonly onEnd?: (call: LostCall, atMs: number | undefined) => Promise<void>
  /** The inbound link is there, for the first time or again. */
  readonly onLinked?: (link: Link) => void
  /** Controllers that do not share the data; absent: none is known. */
  readonly others?: OtherMachines | undefined
  /** An index of the journal, for records that were written long ago. */
  readonly locate?: LocateRecord
  /** Called with the record of a lost call that nobody talked on. */
  readonly onMissed: (request: MissedCall) => void
}

/** What all controllers set the variable `belplan_node` to on their calls: each of them sees the ends of all. */
export const BELPLAN_NODE = '1'
/** A start waits so long for the link: the ends of calls are to be seen from the first call on. */
const LINK_MS = 1000
const SWEEP_MS = 60_000
/** Queries in one sweep: a missed event is rare, and conversations may be thousands. */
const SWEEP_MOST = 100

/** Without a link it is unknown whether a call is over: a record that waits for that is written after a day. */
const NO_SWITCH: Switch = {
  exists: () => Promise.resolve(true),
  core: () => Promise.reject(new Error('no inbound link')),
}

const foldersIn = (data: string) => ({ folder: join(data, 'journal'), talking: join(data, 'talking') })

/**
 * The record of a call below `data`, without opening anything there; undefined: there is none. Rejects with the file
 * system's errors.
 */
export async function readRecord(data: string, id: string): Promise<CallRecord | undefined> {
  const { folder, talking } = foldersIn(data)
  return (await findPending(talking, id)) ?? findInFiles(folder, id)
}

/**
 * Opens journal and pending records below `data`, and the inbound link where one is configured. Throws
 * BelplanError('config') when a folder cannot be made.
 */
export async function openRecords(options: RecordsOptions): Promise<Records> {
  const { data, freeswitch, log, claimant, lostCalls, others, locate } = options
  const { onRecord, onWrite, onMissed, onEnd, onLinked } = options
  const { folder, talking } = foldersIn(data)
  const journal = await openJournal({ folder, log, ...(onWrite && { onWrite }) })
  const tail = createJournalTail({ folder })
  const pending = await openPending({
    folder: talking,
    ...{ journal, tail, log, claimant, others },
    ...(onEnd && { onEnd }),
    onWritten({ record, missed }) {
      onRecord(record)
      if (missed) onMissed(missed)
    },
  })
  const recovery = startRecovery({
    folder: join(data, 'controllers'),
    ...{ tail, pending, lostCalls, others, log },
  })
  const link: Link | undefined =
    freeswitch &&
    openLink({
      ...freeswitch,
      password: freeswitch.password.reveal(),
      log,
      belplanNode: BELPLAN_NODE,
      onEnd(end, event) {
        void pending.ended(end).then((written) => written === false && recovery.ended(end, event))
      },
      // Ends may have been missed while it was down, and FreeSWITCH may have been restarted.
      onConnected() {
        sweep()
        onLinked?.(link!)
      },
    })
  const timer = setInterval(() => sweep(SWEEP_MOST), SWEEP_MS)
  let sweeping: Promise<void> | undefined
  if (!link) sweep()

  function sweep(most?: number): void {
    sweeping ??= pending
      .sweep(link ?? NO_SWITCH, most)
      .catch((error: unknown) => log.debug({ err: error }, 'sweep not finished'))
      .finally(() => (sweeping = undefined))
  }

  if (link) await within(LINK_MS, link.attempted)

  return {
    add(record) {
      onRecord(record)
      return journal.write(record)
    },

    addWhenEnded(record, watch) {
      onRecord(record)
      return link ? pending.add(record, watch) : journal.write(record)
    },

    addWaiting: pending.addWaiting,
    takeWaiting: pending.takeWaiting,

    async addIfSwitchLost(call, core) {
      const { id } = call.record
      // Calls of another FreeSWITCH than the link's: nobody will know.
      if (!link?.knows(core)) return
      try {
        await pending.addLost(call, core)
      } catch (error) {
        return log.error({ err: error, id }, 'a record cannot wait for FreeSWITCH')
      }
      void pending
        .settleLost(id, core, link)
        // No link, most often: a sweep settles it when there is one.
        .catch((error: unknown) => log.debug({ err: error, id }, 'a record waits for FreeSWITCH'))
    },

    async find(id, signal) {
      const waiting = await pending.find(id)
      const record = waiting ?? (await journal.find(id, signal, { locate }))
      return record && { pending: waiting !== undefined, record }
    },

    register: recovery.register,
    sweep: () => sweep(),
    flush: journal.flush,
    link,
    counts: journal.counts,

    async close() {
      clearInterval(timer)
      pending.close()
      // Its queries are rejected from here on, which ends a sweep.
      await link?.close()
      await Promise.all([sweeping, recovery.close()])
      await journal.flush()
    },
  }
}
