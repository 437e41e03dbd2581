/**
 * Recovery: a call whose controller was killed, and that ended before another one took it, gets its record from the
 * event of its end. The inbound link of every controller sees every end; a controller that lives has written the
 * record of its call a moment later.
 */
import type { Logger } from 'pino'
import type { Headers } from '../esl/index.ts'
import type { CallEnd } from '../freeswitch/index.ts'
import { createControllerList } from './controller-list.ts'
import type { JournalTail } from './journal-tail.ts'
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
  readonly pending: Pick<PendingRecords, 'addEnded' | 'writeEnded' | 'findWaiting' | 'takeWaiting'>
  readonly lostCalls: LostCallReader
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
  /** When the call came in; milliseconds since 1970. */
  readonly createdMs: number
  readonly sinceMs: number
  /** Its record waits on the disk, where it outlives this controller. */
  kept: boolean
}

export function startRecovery(options: RecoveryOptions): Recovery {
  const { folder, tail, pending, lostCalls, log, settleMs = 1000 } = options
  const controllers = createControllerList(folder)
  const everyMs = settleMs / 5
  /** Calls that have ended and may have no record, the oldest first. */
  const waiting = new Map<string, Ended>()
  let node: string | undefined
  let timer: NodeJS.Timeout | undefined
  let closing = false
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

  async function keep(ended: Ended): Promise<void> {
    if (ended.kept) return
    const { end, event } = ended
    await pending.addEnded(await lostCalls.read(end, event, await pending.findWaiting(end.id)))
    ended.kept = true
  }

  /** Whose record is written here: its controller shares the data, or FreeSWITCH had it, and nobody has taken it up since. */
  async function isOurs(id: string, holder: string | undefined): Promise<boolean> {
    if (holder === undefined) return (await pending.findWaiting(id)) !== undefined
    if (holder === node || controllers.has(holder)) return true
    // It was taken up where other data is, and its record is written there.
    await pending.takeWaiting(id)
    return false
  }

  /**
   * A controller that has been killed will not write the record, nor one that let go of the call, and this one may be killed as
   * well: it is kept at once.
   */
  async function keepAtOnce(ended: Ended): Promise<void> {
    const { id } = ended.end
    if (waiting.get(id) !== ended) return
    await controllers.read(everyMs)
    const holder = lostCalls.lastHolder(ended.event)
    if (!(await isOurs(id, holder))) return
    const isKilled = controllers.endedSince(ended.createdMs).includes(holder ?? '')
    if (isKilled || (await pending.findWaiting(id)) !== undefined) await keep(ended)
  }

  /** Keeps the record of a call whose controller, if it lived, would have written it by now; then writes it. */
  async function recover(id: string, ended: Ended): Promise<void> {
    if (!tail.has(id)) {
      if (!ended.kept && !(await isOurs(id, lostCalls.lastHolder(ended.event))))
        return void waiting.delete(id)
      await keep(ended)
      if (closing || performance.now() - ended.sinceMs < settleMs) return
    }
    waiting.delete(id)
    if (ended.kept) await pending.writeEnded(id)
  }

  async function check(): Promise<void> {
    const due = [...waiting].filter(([, { sinceMs }]) => closing || performance.now() - sinceMs >= everyMs)
    if (due.length === 0) return
    await controllers.read(everyMs)
    await tail.read()
    for (const [id, ended] of due) {
      await recover(id, ended).catch((error: unknown) => {
        waiting.delete(id)
        log.warn({ err: error, id }, 'a record is missing')
      })
    }
  }

  /** Checks as long as a call waits: nothing is read while none ends. */
  function checkLater(): void {
    timer ??= setTimeout(() => {
      next(check)
      void working.then(() => {
        timer = undefined
        if (waiting.size > 0 && !closing) checkLater()
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
      const ended = { end, event: headersOf(event), createdMs, sinceMs: performance.now(), kept: false }
      waiting.set(end.id, ended)
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
