/**
 * The records of all calls, with one owner: whatever becomes of a call, and of the controller that holds it, its
 * record is written once.
 */
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { FreeSwitch } from '../config/index.ts'
import { type Link, openLink } from '../freeswitch/index.ts'
import type { CallWatch, MissedCall } from '../plan/index.ts'
import { within } from '../util/within.ts'
import { createJournalTail } from './journal-tail.ts'
import type { OtherMachines } from './other-machines.ts'
import { findInFiles, type JournalCounts, type LocateRecord, openJournal } from './journal.ts'
import { findPending, openPending, type SweepOptions } from './pending.ts'
import type { CallRecord, LostCall } from './record.ts'
import { type LostCallReader, startRecovery } from './recovery.ts'
import { createSwitches } from './switches.ts'

/** `core` is the Core-UUID of the call's FreeSWITCH. Records have its name, where an inbound link knows it. */
export interface Records {
  /** Writes the record of a call that has ended. Never rejects. */
  add(record: CallRecord, core: string): Promise<void>
  /**
   * Two parties talk on without the controller: the record is written when the call ends, or at once where no inbound link is
   * with its FreeSWITCH. Never rejects.
   */
  addWhenEnded(record: CallRecord, core: string, watch?: CallWatch): Promise<void>
  /** FreeSWITCH has the call and brings it back: the record is kept until then. Never rejects. */
  addWaiting(call: LostCall, core: string): Promise<void>
  /** Takes the record back of such a call; undefined: there is none here. Never rejects. */
  takeWaiting(id: string): Promise<CallRecord | undefined>
  /**
   * The connection to FreeSWITCH was lost while the controller held the call: another controller goes on with it, or
   * FreeSWITCH was lost too, and then the record is written once it is back. Never rejects.
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
  /** The inbound links, by which ends of calls are seen, in the order of the configuration. */
  readonly links: readonly Link[]
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
  readonly freeswitch: readonly FreeSwitch[]
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
  /** An inbound link is there, for the first time or again. */
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
/** Conversations that one sweep looks at: a missed event is rare, and they may be thousands. */
const SWEEP_MOST = 100

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
 * Opens journal and pending records below `data`, and an inbound link with each FreeSWITCH of the configuration. Throws
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
  const links = freeswitch.map((one) => {
    const link: Link = openLink({
      ...one,
      password: one.password.reveal(),
      log,
      belplanNode: BELPLAN_NODE,
      onEnd(end, event) {
        void pending.ended(end).then((written) => written === false && recovery.ended(end, event))
      },
      onConnected() {
        unswept.add(link)
        sweepUnswept()
        onLinked?.(link)
      },
    })
    return link
  })
  const switches = createSwitches(links)
  /** Ends may have been missed while they were down, and their FreeSWITCH may have been restarted. */
  const unswept = new Set<Link>()
  let sweeping: Promise<void> | undefined
  const timer = setInterval(() => sweep({ most: SWEEP_MOST }), SWEEP_MS)
  if (links.length === 0) sweep()

  function sweep(options?: SweepOptions): void {
    sweeping ??= pending
      .sweep(switches, options)
      .catch((error: unknown) => log.debug({ err: error }, 'sweep not finished'))
      .finally(() => {
        sweeping = undefined
        sweepUnswept()
      })
  }

  function sweepUnswept(): void {
    if (sweeping || unswept.size === 0) return
    const without = new Set(links.filter((link) => !unswept.has(link)))
    unswept.clear()
    sweep({ without })
  }

  /** With the name of its FreeSWITCH. */
  function attributed(record: CallRecord, core: string): CallRecord {
    const link = links.find(({ knows }) => knows(core))
    return link ? { ...record, freeswitch: link.name } : record
  }

  await within(LINK_MS, Promise.all(links.map(({ attempted }) => attempted)))

  return {
    add(record, core) {
      const its = attributed(record, core)
      onRecord(its)
      return journal.write(its)
    },

    addWhenEnded(record, core, watch) {
      const its = attributed(record, core)
      onRecord(its)
      const isSeen = links.length > 0 && !switches.haveNot({ core, freeswitch: its.freeswitch })
      return isSeen ? pending.add(its, { core, ...(watch && { watch }) }) : journal.write(its)
    },

    addWaiting: (call, core) => pending.addWaiting({ ...call, record: attributed(call.record, core), core }),
    takeWaiting: pending.takeWaiting,

    async addIfSwitchLost(call, core) {
      const { id } = call.record
      const link = links.find(({ knows }) => knows(core))
      // Calls of a FreeSWITCH that none is with: nobody will know.
      if (!link) return
      try {
        await pending.addLost({ ...call, record: attributed(call.record, core), core }, core)
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
    links,
    counts: journal.counts,

    async close() {
      clearInterval(timer)
      pending.close()
      // Its queries are rejected from here on, which ends a sweep.
      await Promise.all(links.map(({ close }) => close()))
      unswept.clear()
      await Promise.all([sweeping, recovery.close()])
      await journal.flush()
    },
  }
}
