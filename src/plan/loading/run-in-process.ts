/**
 * Runs a job of the plan store in a process of its own. Not in a worker thread: threads that come and go share
 * V8's table of machine code pages, and with WebAssembly in them (Node.js strips types with it) a page was
 * seen to go missing there (`Check failed: jit_page.has_value()`), which ends the whole process and every call
 * that it holds. A process that crashes, or runs out of memory over a plan set, ends no call.
 */
import type { ChildProcess } from 'node:child_process'
import { extname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { startProcess } from '../../util/background-process.ts'
import { BelplanError } from '../../util/errors.ts'
import type { Job, JobAnswer, JobEnd, JobMessage, JobPart } from './load-jobs.ts'
import { runJob } from './run-job.ts'

/** TypeScript beside the sources, JavaScript beside the build. */
const PROGRAM = new URL(`./load-process${extname(import.meta.url)}`, import.meta.url)

interface Budget {
  /** For the whole job. */
  readonly jobMs: number
  /** For the check of one document. */
  readonly documentMs: number
}

/**
 * A million numbers take some 20 s on one slow core, and the costliest known document that the caps let through
 * some 2 s. Nothing waits for ever.
 */
const BUDGET: Budget = { jobMs: 300_000, documentMs: 20_000 }

/** So many documents may exceed their budget; for each, the set is read from the start. */
const MOST_REFUSED = 5

/** Takes what comes in parts, in their order; the next one is asked for when it has. */
type OnPart = (part: JobPart) => void | Promise<void>

interface RunOptions {
  readonly onPart?: OnPart
  readonly budget?: Budget
  /** Ends the process, so that the promise rejects. */
  readonly givenUp?: AbortSignal
}

/**
 * Resolves with how the job ended. Parts come one at a time, each with a turn of the event loop to itself. A
 * document that exceeds its budget of time, or during whose check the process ends, is refused by name.
 * @throws BelplanError `plans` when the process cannot do it
 */
export async function runInProcess(
  job: Job,
  { onPart = () => undefined, budget = BUDGET, givenUp }: RunOptions = {},
): Promise<JobEnd> {
  const until = performance.now() + budget.jobMs
  const refused = new Map<string, string>()
  for (;;) {
    const left = { ...budget, jobMs: until - performance.now() }
    const end = await runOnce({ ...job, refused }, onPart, left, givenUp)
    if (!('unfinished' in end)) return end
    if (refused.size === MOST_REFUSED) throw unreadable(end.why)
    refused.set(end.unfinished, `${end.why}; make several documents of it`)
  }
}

/** As `runInProcess`, in this process: for jobs of some milliseconds, since a process takes a second to start. */
export async function runHere(job: Job, onPart: OnPart): Promise<JobEnd> {
  for await (const answer of runJob(job)) {
    if (!isPart(answer)) return answer
    await onPart(answer)
  }
  throw new BelplanError('plans', 'a job ended without an answer')
}

function isPart(answer: JobAnswer): answer is JobPart {
  return answer.kind === 'slice' || answer.kind === 'piece'
}

/** The document whose check did not come to an end. */
interface Unfinished {
  readonly unfinished: string
  readonly why: string
}

async function runOnce(
  job: Job,
  onPart: OnPart,
  { jobMs, documentMs }: Budget,
  givenUp?: AbortSignal,
): Promise<JobEnd | Unfinished> {
  // A call waits for a restored set; and a controller that starts takes none before its set is read, which beside a busy
  // FreeSWITCH took a minute behind everything else.
  const isUrgent =
    (job.kind === 'restore' && job.isUrgent) || (job.kind === 'load' && job.serving === undefined)
  const child = startProcess(PROGRAM, isUrgent ? 'beside' : 'behind')
  let checking: string | undefined
  let why = 'checking it took more memory than there is'
  let documentWatchdog: NodeJS.Timeout | undefined
  function end(): void {
    checking = undefined
    child.kill('SIGKILL')
  }
  const jobWatchdog = setTimeout(end, jobMs)
  givenUp?.addEventListener('abort', end, { once: true })
  child.on('message', (message: JobMessage) => {
    if (message.kind !== 'checking') return
    checking = message.document
    clearTimeout(documentWatchdog)
    if (checking === undefined) return
    documentWatchdog = setTimeout(() => {
      why = `checking it took longer than a document may: ${documentMs / 1000} s`
      child.kill('SIGKILL')
    }, documentMs)
  })
  try {
    for (let answer = await ask(child, job); ; answer = await ask(child, 'next')) {
      if (!isPart(answer)) return answer // the last one: the process ends by itself
      await onPart(answer)
      await setImmediate()
    }
  } catch (error) {
    child.kill('SIGKILL')
    if (checking === undefined) throw error
    return { unfinished: checking, why }
  } finally {
    clearTimeout(jobWatchdog)
    clearTimeout(documentWatchdog)
    givenUp?.removeEventListener('abort', end)
  }
}

/** Sends the job, or asks for more, and resolves with the answer. */
function ask(child: ChildProcess, message: Job | 'next'): Promise<JobAnswer> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => reject(unreadable(error.message))
    const onExit = (code: number | null, signal: string | null) =>
      reject(unreadable(`its process ended with ${signal ?? code}`))
    const onMessage = (answer: JobMessage) => {
      if (answer.kind === 'checking') return
      child.off('error', onError)
      child.off('exit', onExit)
      child.off('message', onMessage)
      resolve(answer)
    }
    child.once('error', onError)
    child.once('exit', onExit)
    child.on('message', onMessage)
    // What keeps it from being sent also ends the process, and the exit says more.
    child.send(message, () => undefined)
  })
}

function unreadable(why: string): BelplanError {
  return new BelplanError('plans', `the plan set could not be read: ${why}`)
}
