/**
 * Recovery: a call whose controller was killed, and that ended before another one took it, gets its record from the
 * event of its end. The inbound link of every controller sees every end; a controller that lives has written the
 * record of its call a moment later.
 *
 * Those that share their data do so for each other. Of a machine that is gone with all its controllers, another one does: the
 * first to claim the call.
 */
import type { Logger } from 'pino'
import type { Headers } from '../esl/index.ts'
import type { CallEnd } from '../freeswitch/index.ts'
import { createControllerList } from './controller-list.ts'
import type { JournalTail } from './journal-tail.ts'
import type { MachineAtEnd, OtherMachines } from './other-machines.ts'
import { type PendingCopy, pendingCall } from './pending-files.ts'
import type { PendingRecords } from './pending.ts'
import type { LostCall } from './record.ts'

/** What a call's last event says of it; `event` is a CHANNEL_HANGUP_COMPLETE. */
export interface LostCallReader {
  /** The controller that held the call last; undefined: none has left a checkpoint that belongs to it. */
  lastHolder(event: Headers): string | undefined
  /**
   * The record of a call that has a last holder, or a record from before: `before`, as that holder left it, where FreeSWITCH
   * had the call.
   */
  read(end: CallEnd, event: Headers, before: LostCall | undefined): Promise<LostCall>
}

export interface Recovery {
  /** `node` is this controller, to those that share the folder: they write the records of its calls when it is killed. */
  register(node: string): void
  /** A call ended of which no record was pending, whoever held it. */
  ended(end: CallEnd, event: Readonly<Record<string, unknown>>): void
  /** Leaves records that are not written yet on the disk. */
  close(): Promise<void>
}

export interface RecoveryOptions {
  /** Of the list of controllers that share their data. */
  readonly folder: string
  readonly tail: JournalTail
  readonly pending: Pick<
    PendingRecords,
    'addEnded' | 'writeEnded' | 'dropEnded' | 'findWaiting' | 'takeWaiting'
  >
  readonly lostCalls: LostCallReader
  /** Absent: there are none that are known. */
  readonly others?: OtherMachines | undefined
  readonly log: Pick<Logger, 'warn'>
  /** So long after the end of a call its controller has written its record, if it lives [1000]. */
  readonly settleMs?: number
}

/** What is read of an event: the whole of it would be kept for seconds. */
const KEPT = [
  'Unique-ID', 'Caller-Caller-ID-Number', 'Caller-Caller-ID-Name', 'Caller-Destination-Number', 'Caller-Profile-Created-Time',
  'Caller-Channel-Created-Time', 'Caller-Channel-Answered-Time', 'Caller-Privacy-Hide-Number',
  'Caller-Privacy-Hide-Name', 'variable_domain_name', 'variable_belplan_ckpt', 'variable_sip_hangup_disposition',
  'variable_originate_disposition',
  'Caller-Transfer-Source', 'variable_cc_agent_uuid', 'variable_cc_exit_keys', 'variable_skip_record_check', 'variable_record_ms', 'variable_voicemail_message_len', 'variable_voicemail_file_path', 'variable_cc_queue', 'variable_cc_cause', 'variable_cc_cancel_reason', 'variable_cc_agent',
  'variable_cc_queue_joined_epoch', 'variable_cc_queue_answered_epoch', 'variable_cc_queue_canceled_epoch',
] // prettier-ignore

interface Ended {
  readonly end: CallEnd
  readonly event: Headers
  /** The controller that held the call last. */
  readonly holder: string | undefined
  /** When the call came in; milliseconds since 1970. */
  readonly createdMs: number
  readonly sinceMs: number
  /** When it is looked at next. */
  dueMs: number
  /** Its record waits on the disk, where it outlives this controller. */
  kept?: {
    /** As of the record. */
    readonly at: string
    readonly sinceMs: number
    /** Nobody else than this machine writes it. */
    readonly isOurs: boolean
  }
}

/** The end of a call of another machine is forgotten then: the database is away, and that machine was there when it went. */
const OPEN_MS = 600_000
/** Ends that wait; each is some 2 KB. */
const MOST_WAITING = 10_000

export function startRecovery(options: RecoveryOptions): Recovery {
  const { folder, tail, pending, lostCalls, others, log, settleMs = 1000 } = options
  const controllers = createControllerList(folder)
  const everyMs = settleMs / 5
  /** A claim that the database does not take for as long is left to one controller alone. */
  const unclaimedMs = settleMs * 10
  /** Calls that have ended and may have no record, the oldest first. */
  const waiting = new Map<string, Ended>()
  let node: string | undefined
  let timer: NodeJS.Timeout | undefined
  let closing = false
  let isForgetting = false
  let fault: string | undefined
  let working = Promise.resolve()

  /** One after the other. An error is logged when it is another one than that before. */
  function next(work: () => Promise<void>): void {
    working = working.then(work).then(
      () => void (fault = undefined),
      (error: unknown) => {
        if (String(error) !== fault)
          log.warn({ err: error, folder }, 'records of lost calls cannot be looked for')
        fault = String(error)
      },
    )
  }

  async function keep(ended: Ended, isOurs: boolean): Promise<void> {
    if (ended.kept) return
    const { end, event } = ended
    const call = await lostCalls.read(end, event, await pending.findWaiting(end.id))
    await pending.addEnded(call)
    ended.kept = { at: call.record.at, sinceMs: performance.now(), isOurs }
  }

  /** `ours`: its controller shares the data, or FreeSWITCH had it, and nobody has taken it up since. Else what became of the controller that had it. */
  async function placeOf({ end, holder, sinceMs }: Ended): Promise<'ours' | MachineAtEnd> {
    if (holder === undefined) return (await pending.findWaiting(end.id)) ? 'ours' : 'unknown'
    if (holder === node || controllers.has(holder)) return 'ours'
    return others?.machineAtEnd(holder, sinceMs) ?? 'unknown'
  }

  /**
   * A controller that has been killed will not write the record, nor one that let go of the call, and this one may be killed as
   * well: it is kept at once.
   */
  async function keepAtOnce(ended: Ended): Promise<void> {
    const { id } = ended.end
    if (waiting.get(id) !== ended) return
    await controllers.read(everyMs)
    if ((await placeOf(ended)) !== 'ours') return
    const isKilled = controllers.endedSince(ended.createdMs).includes(ended.holder ?? '')
    if (isKilled || (await pending.findWaiting(id)) !== undefined) await keep(ended, true)
  }

  /** Keeps the record of a call whose controller, if it lived, would have written it by now. Resolves with whether it is to be written. */
  async function settle(id: string, ended: Ended): Promise<boolean> {
    const ageMs = performance.now() - ended.sinceMs
    ended.dueMs = performance.now() + everyMs
    if (tail.has(id)) {
      waiting.delete(id)
      if (ended.kept) await pending.writeEnded(id)
      return false
    }
    const place = ended.kept ? undefined : await placeOf(ended)
    if (place === 'open' && !closing && ageMs < OPEN_MS) {
      // It is said again of other machines each second.
      ended.dueMs = performance.now() + settleMs
      return false
    }
    if (place !== undefined && place !== 'ours' && place !== 'gone') {
      waiting.delete(id)
      // It was taken up where other data is, and its record is written there.
      if (ended.holder !== undefined) await pending.takeWaiting(id)
      return false
    }
    await keep(ended, place === 'ours')
    return !closing && ageMs >= settleMs
  }

  /** The record of a call that its machine had of it says more than its end. */
  async function addCopy({ end, event }: Ended, copy: PendingCopy | undefined): Promise<void> {
    const call = copy && pendingCall(copy.call)
    if (!call) return
    const isTalking = copy.kind === 'talking'
    await pending.addEnded(
      isTalking ? { ...call, record: { ...call.record, ...end } } : await lostCalls.read(end, event, call),
    )
  }

  /** Writes those that no other machine has claimed. */
  async function writeClaimed(settled: readonly (readonly [string, Ended])[]): Promise<void> {
    const calls = settled.map(([id, { kept }]) => ({ id, at: kept!.at }))
    const claimed = others && calls.length > 0 ? await others.claim(calls) : undefined
    for (const [id, ended] of settled) {
      const { isOurs, sinceMs } = ended.kept!
      const isLate = performance.now() - sinceMs >= unclaimedMs
      // Others who see that this machine is there leave its calls to it.
      const isClaimed = claimed ? claimed.ours.has(id) : isOurs || (isLate ? others!.isFirst() : undefined)
      if (isClaimed === undefined) continue
      await careful(id, async () => {
        if (!isClaimed) return pending.dropEnded(id)
        await addCopy(
          ended,
          claimed?.copies.find((copy) => copy.id === id),
        )
        await pending.writeEnded(id)
      })
      waiting.delete(id)
    }
  }

  async function careful<T>(id: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      waiting.delete(id)
      log.warn({ err: error, id }, 'a record is missing')
      return undefined
    }
  }

  async function check(): Promise<void> {
    const due = [...waiting].filter(([, { dueMs }]) => closing || performance.now() >= dueMs)
    if (due.length === 0) return
    await controllers.read(everyMs)
    await tail.read()
    const settled: [string, Ended][] = []
    for (const [id, ended] of due) if (await careful(id, () => settle(id, ended))) settled.push([id, ended])
    await writeClaimed(settled)
  }

  /** How long the call lasted by FreeSWITCH's clock says when its first controller was there. */
  function noteHolder({ holder, sinceMs, createdMs }: Ended, endedMs: number): void {
    if (holder !== undefined && endedMs >= createdMs)
      others?.tookCall(holder, sinceMs - (endedMs - createdMs))
  }

  function forgetOldest(): void {
    if (waiting.size < MOST_WAITING) return
    const [oldest] = waiting.keys()
    waiting.delete(oldest!)
    if (!isForgetting)
      log.warn({ id: oldest }, 'too many calls have ended of which it is not known who writes the record')
    isForgetting = true
  }

  /** Checks as long as a call waits: nothing is read while none ends. */
  function checkLater(): void {
    timer ??= setTimeout(() => {
      next(check)
      void working.then(() => {
        timer = undefined
        if (waiting.size === 0) isForgetting = false
        else if (!closing) checkLater()
      })
    }, everyMs)
  }

  // From here on: the records of calls that end now are behind this place in the journal.
  next(tail.read)

  return {
    register(name) {
      node = name
      next(() => controllers.add(name))
    },
    ended(end, event) {
      if (typeof event['variable_belplan_ckpt'] !== 'string') return
      // Microseconds since 1970.
      const createdMs = Number(event['Caller-Channel-Created-Time']) / 1000
      const headers = headersOf(event)
      const sinceMs = performance.now()
      const ended: Ended = {
        ...{ end, event: headers, holder: lostCalls.lastHolder(headers), createdMs, sinceMs },
        dueMs: sinceMs + everyMs,
      }
      forgetOldest()
      waiting.set(end.id, ended)
      noteHolder(ended, Number(event['Event-Date-Timestamp']) / 1000)
      next(() => keepAtOnce(ended))
      checkLater()
    },
    async close() {
      closing = true
      clearTimeout(timer)
      controllers.close()
      next(check)
      await working
    },
  }
}

function headersOf(event: Readonly<Record<string, unknown>>): Headers {
  const kept = new Map<string, string>()
  for (const name of KEPT) {
    const value = event[name]
    if (typeof value === 'string' && value !== '') kept.set(name, value)
  }
  return { get: (name) => kept.get(name), variable: (name) => kept.get(`variable_${name}`) }
}
