/** Takes a person out of what is kept of calls here, behind all calls, since somebody asked for that on whichever machine. */
import { once } from 'node:events'
import { extname } from 'node:path'
import type { Logger } from 'pino'
import type { Audit } from '../audit/index.ts'
import type { Forgetting } from '../history/index.ts'
import { startProcess } from '../util/background-process.ts'
import type { ForgottenCounts } from './forget-person.ts'

export interface ForgetOrder extends Pick<Forgetting, 'number' | 'country'> {
  readonly data: string
}

export interface ForgetAnswer {
  readonly counts: ForgottenCounts
  readonly left: readonly string[]
  readonly fault?: string
}

/** TypeScript beside the sources, JavaScript beside the build. */
const PROGRAM = new URL(`./forget-process${extname(import.meta.url)}`, import.meta.url)

export interface ForgetOptions {
  readonly data: string
  readonly audit: Pick<Audit, 'writeForgetting'>
  readonly log: Pick<Logger, 'error'>
}

/** Of all tries to forget one person. */
interface Tries {
  readonly forgetting: Forgetting
  readonly counts: ForgottenCounts
  /** Of the last one; absent: there was none. */
  readonly isDone?: boolean
}

const NOTHING: ForgottenCounts = { records: 0, waiting: 0, events: 0 }

/**
 * Takes whoever is asked for out of all that is kept here, again and again if need be. Resolves with whether it was done, and never
 * rejects. The audit says so, and not of whom, in one line for tries that come to the same.
 */
export function createForgetBehind({
  data,
  audit,
  log,
}: ForgetOptions): (forgetting: Forgetting) => Promise<boolean> {
  let last: Tries | undefined

  return async (forgetting) => {
    const { seq, number, country, author } = forgetting
    const { counts, left, fault } = await answerOf({ data, number, country }).catch(notDone)
    if (fault !== undefined) log.error({ reason: fault }, 'a person was not forgotten; it is tried again')
    // What may be in free space is gone with what is written next.
    const isDone = fault === undefined
    const before: Tries =
      last?.forgetting.seq === seq && last.forgetting.number === number
        ? last
        : { forgetting, counts: NOTHING }
    const all = sum(before.counts, counts)
    last = { forgetting, counts: all, isDone }
    if (before.isDone === isDone) return isDone
    const isFound = all.records + all.waiting + all.events > 0
    const outcome = !isDone || left.length > 0 ? 'failed' : isFound ? 'changed' : 'unchanged'
    await audit.writeForgetting({ user: author, ...all, outcome })
    return isDone
  }
}

const sum = (a: ForgottenCounts, b: ForgottenCounts): ForgottenCounts => ({
  records: a.records + b.records,
  waiting: a.waiting + b.waiting,
  events: a.events + b.events,
})

const notDone = ({ message }: Error): ForgetAnswer => ({ counts: NOTHING, left: [], fault: message })

async function answerOf(order: ForgetOrder): Promise<ForgetAnswer> {
  const child = startProcess(PROGRAM, 'behind')
  const ended = new Promise<ForgetAnswer>((resolve) => {
    child.once('error', (error) => resolve(notDone(error)))
    child.once('exit', (code, signal) =>
      resolve(notDone(new Error(`its process ended with ${signal ?? code}`))),
    )
  })
  const answered = once(child, 'message').then(
    ([answer]) => answer as ForgetAnswer,
    () => ended,
  )
  child.send(order, () => undefined)
  return Promise.race([answered, ended])
}
