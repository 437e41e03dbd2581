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

/** Whether it was done; the audit says so, and not of whom. Never rejects. */
export async function forgetBehind(
  { number, country, author }: Forgetting,
  { data, audit, log }: ForgetOptions,
): Promise<boolean> {
  const { counts, left, fault } = await answerOf({ data, number, country })
  if (fault !== undefined) log.error({ reason: fault }, 'a person was not forgotten; it is tried again')
  // What may be in free space is gone with what is written next.
  const isDone = fault === undefined
  const all = counts.records + counts.waiting + counts.events
  const outcome = !isDone || left.length > 0 ? 'failed' : all > 0 ? 'changed' : 'unchanged'
  await audit.writeForgetting({ user: author, ...counts, outcome })
  return isDone
}

async function answerOf(order: ForgetOrder): Promise<ForgetAnswer> {
  const child = startProcess(PROGRAM, 'behind')
  const answered = once(child, 'message').then(([answer]) => answer as ForgetAnswer)
  const ended = new Promise<ForgetAnswer>((resolve) => {
    const end = (why: string) =>
      resolve({ counts: { records: 0, waiting: 0, events: 0 }, left: [], fault: why })
    child.once('error', (error) => end(error.message))
    child.once('exit', (code, signal) => end(`its process ended with ${signal ?? code}`))
  })
  child.send(order, () => undefined)
  return Promise.race([answered.catch(() => ended), ended])
}
