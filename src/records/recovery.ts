/**
 * Recovery: a call whose controller was killed, and that ended before another one took it, gets its record from the
 * event of its end. The inbound link of every controller sees every end; a controller that lives has written the
 * record of its call a moment later.
 */
import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Headers } from '../esl/index.ts'
import type { CallEnd } from '../freeswitch/index.ts'
import type { JournalTail } from './journal-tail.ts'
import type { PendingRecords } from './pending.ts'
import type { LostCall } from './record.ts'

/** What a call's last event says of it; `event` is a CHANNEL_HANGUP_COMPLETE. */
export interface LostCallJudge {
  /** The controller that held the call last; undefined: none has left a checkpoint that belongs to it. */
  lastHolder(event: Headers): string | undefined
  /** The record of a call that has a last holder. */
  judge(end: CallEnd, event: Headers): Promise<LostCall>
}

export interface Recovery {
  /** `node` is this controller, to those that share the folder: they write the records of its calls when it is killed. */
  register(node: string): void
  /** A call ended, whoever held it. */
  ended(end: CallEnd, event: Readonly<Record<string, unknown>>): void
  close(): Promise<void>
}

export interface RecoveryOptions {
  /** Where controllers that share their data leave their names. */
  readonly folder: string
  readonly tail: JournalTail
  readonly pending: Pick<PendingRecords, 'addEnded' | 'writeEnded'>
  readonly lostCalls: LostCallJudge
  readonly log: Pick<Logger, 'warn'>
  /** So long after the end of a call its controller has written its record, if it lives [1000]. */
  readonly settleMs?: number
}

/** What is read of an event: the whole of it would be kept for seconds. */
const KEPT = [
  'Unique-ID', 'Caller-Caller-ID-Number', 'Caller-Caller-ID-Name', 'Caller-Destination-Number', 'Caller-Profile-Created-Time',
  'Caller-Channel-Created-Time', 'Caller-Channel-Answered-Time', 'Caller-Privacy-Hide-Number',
  'Caller-Privacy-Hide-Name', 'variable_domain_name', 'variable_belplan_ckpt', 'variable_sip_hangup_disposition',
] // prettier-ignore

/** A name that may stand in a path: it comes from a channel variable. */
const NODE = /^[A-Za-z0-9][A-Za-z0-9.-]*:\d{1,5}$/

interface Ended {
  readonly end: CallEnd
  readonly event: Headers
  readonly sinceMs: number
  /** Its record waits on the disk, where it outlives this controller. */
  kept: boolean
}

export function startRecovery(options: RecoveryOptions): Recovery {
  const { folder, tail, pending, lostCalls, log, settleMs = 1000 } = options
  const everyMs = settleMs / 5
  /** Calls that have ended and may have no record, the oldest first. */
  const waiting = new Map<string, Ended>()
  let node: string | undefined
  let closing = false
  let working = tail.read().catch(notRead)

  function notRead(error: unknown): void {
    log.warn({ err: error, folder }, 'records of lost calls cannot be looked for')
  }

  /** The records of another controller can only be missed where they would be seen. */
  async function isOurs(holder: string | undefined): Promise<boolean> {
    if (holder === undefined || !NODE.test(holder)) return false
    if (holder === node) return true
    return access(join(folder, holder)).then(
      () => true,
      () => false,
    )
  }

  /** Keeps the record of a call whose controller, if it lived, would have written it by now; then writes it. */
  async function recover(id: string, ended: Ended): Promise<void> {
    const { end, event, sinceMs } = ended
    const holder = lostCalls.lastHolder(event)
    if (!ended.kept) {
      if (!(await isOurs(holder))) return void waiting.delete(id)
      await pending.addEnded(await lostCalls.judge(end, event))
      ended.kept = true
    }
    // Our own calls are all written when we close, and nobody else may be there for these.
    if (performance.now() - sinceMs < settleMs && !(closing && holder === node)) return
    waiting.delete(id)
    await pending.writeEnded(id)
  }

  async function check(): Promise<void> {
    const due = [...waiting].filter(([, { sinceMs }]) => closing || performance.now() - sinceMs >= everyMs)
    if (due.length === 0) return
    await tail.read()
    for (const [id, ended] of due) {
      if (tail.has(id) && !ended.kept) waiting.delete(id)
      else
        await recover(id, ended).catch((error: unknown) => {
          waiting.delete(id)
          log.warn({ err: error, id }, 'a record is missing')
        })
    }
  }

  function next(work: () => Promise<void>): void {
    working = working.then(work).catch(notRead)
  }
  const timer = setInterval(() => next(check), everyMs)

  return {
    register(name) {
      node = name
      next(async () => {
        await mkdir(folder, { recursive: true })
        await writeFile(join(folder, name), '')
      })
    },
    ended(end, event) {
      if (typeof event['variable_belplan_ckpt'] !== 'string') return
      waiting.set(end.id, { end, event: headersOf(event), sinceMs: performance.now(), kept: false })
    },
    async close() {
      clearInterval(timer)
      closing = true
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
