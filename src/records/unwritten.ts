/**
 * Sees to it that every call has its record, also one whose controller was killed and that ended before another
 * one got it. Every end of a call is seen by the inbound link; a while later it has its record, or gets it here.
 */
import { access, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import {
  abandoned,
  type AbandonedEnd,
  type CallsOptions,
  createSignature,
  lastHolder,
  type MissedCall,
} from '../call/index.ts'
import type { Headers } from '../esl/index.ts'
import type { CallRecord } from './record.ts'
import type { Talking } from './talking.ts'
import type { Written } from './written.ts'

export interface Unwritten {
  /** A call ended; `event` are the headers of its CHANNEL_HANGUP_COMPLETE. */
  ended(end: AbandonedEnd, event: Readonly<Record<string, unknown>>): void
  close(): Promise<void>
}

export interface UnwrittenParts extends Pick<CallsOptions, 'plans' | 'config' | 'grants' | 'node'> {
  /** Where controllers that share the data leave their names. */
  readonly folder: string
  readonly written: Written
  readonly talking: Pick<Talking, 'adopt'>
  readonly missed: (call: MissedCall) => void
  /** A record was written. */
  readonly adopted: (record: CallRecord) => void
  readonly log: Pick<Logger, 'warn'>
  /** A controller that lives sees the same end at the same moment, and has written the record by then [1000]. */
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

export function watchUnwritten(parts: UnwrittenParts): Unwritten {
  const { folder, node, written, log, config, settleMs = 1000 } = parts
  const reading = { country: config.defaultCountry, signature: createSignature(config.checkpointSecret) }
  const waiting = new Map<string, { end: AbandonedEnd; event: Headers; sinceMs: number }>()
  let closing = false
  let working = begin().catch(notRead)

  async function begin(): Promise<void> {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, node), '')
    await written.look()
  }

  function notRead(error: unknown): void {
    log.warn({ err: error, folder }, 'records of lost calls cannot be looked for')
  }

  /** The records of another controller can only be missed where they would be seen. */
  async function isOurs(event: Headers): Promise<boolean> {
    const holder = lastHolder(event, reading)
    if (holder === undefined || !NODE.test(holder)) return false
    if (holder === node) return true
    return access(join(folder, holder)).then(
      () => true,
      () => false,
    )
  }

  async function isWritten(id: string): Promise<boolean> {
    await written.look()
    return written.has(id)
  }

  async function adopt(end: AbandonedEnd, event: Headers): Promise<void> {
    if (!(await isOurs(event))) return
    const { record, missed } = await abandoned(end, event, parts, reading)
    if (!(await parts.talking.adopt(record, () => isWritten(record.id)))) return
    parts.adopted(record)
    if (missed) parts.missed(missed)
  }

  async function check(): Promise<void> {
    const due = [...waiting].filter(
      ([, { event, sinceMs }]) =>
        performance.now() - sinceMs >= settleMs ||
        // Our own calls are all written by now, and nobody else may be there for these.
        (closing && lastHolder(event, reading) === node),
    )
    if (due.length === 0) return
    for (const [id] of due) waiting.delete(id)
    await written.look()
    for (const [id, { end, event }] of due) {
      if (written.has(id)) continue
      await adopt(end, event).catch((error: unknown) => log.warn({ err: error, id }, 'a record is missing'))
    }
  }

  function checkNext(): void {
    working = working.then(check).catch(notRead)
  }
  const timer = setInterval(checkNext, settleMs / 5)

  return {
    ended(end, event) {
      if (typeof event['variable_belplan_ckpt'] !== 'string') return
      waiting.set(end.id, { end, event: headersOf(event), sinceMs: performance.now() })
    },
    async close() {
      clearInterval(timer)
      closing = true
      checkNext()
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
