/**
 * Runs a job of the plan store in a process of its own. Not in a worker thread: threads that come and go share
 * V8's table of machine code pages, and with WebAssembly in them (Node.js strips types with it) a page was
 * seen to go missing there (`Check failed: jit_page.has_value()`), which ends the whole process and every call
 * that it holds. A process that crashes, or runs out of memory over a plan set, harms nobody.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { extname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { BelplanError } from '../errors.ts'
import { runJob } from './job.ts'
import type { Job, JobEnd, JobMessage } from './jobs.ts'
import type { SetSlice } from './slices.ts'

/** Beside the sources it is TypeScript, beside the build JavaScript. */
const PROGRAM = new URL(`./load-process${extname(import.meta.url)}`, import.meta.url)

/** Nothing waits for ever: a million numbers take some 20 s on one slow core. */
const LONGEST_MS = 300_000

/**
 * Resolves with how the job ended. Slices come one at a time, each with a turn of the event loop to itself.
 * @throws BelplanError `plans` when the process cannot do it
 */
export async function runInProcess(
  job: Job,
  onSlice: (slice: SetSlice) => void = () => undefined,
): Promise<JobEnd> {
  const child = fork(PROGRAM, {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const watchdog = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS)
  try {
    for (let message = await ask(child, job); ; message = await ask(child, 'next')) {
      if (message.kind !== 'slice') return message // its last: the process ends by itself
      onSlice(message.slice)
      await setImmediate()
    }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(watchdog)
  }
}

/** As `runInProcess`, here: for jobs of some milliseconds, since a process takes a second to begin. */
export async function runHere(job: Job, onSlice: (slice: SetSlice) => void): Promise<JobEnd> {
  for await (const message of runJob(job)) {
    if (message.kind !== 'slice') return message
    onSlice(message.slice)
  }
  throw new BelplanError('plans', 'a job ended without a word')
}

/** Sends the job, or asks for more, and resolves with the message that comes for it. */
function ask(child: ChildProcess, message: Job | 'next'): Promise<JobMessage> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new BelplanError('plans', `the plan set could not be read: ${why}`))
    const onError = (error: Error) => fail(error.message)
    const onExit = (code: number | null, signal: string | null) =>
      fail(`its process ended with ${signal ?? code}`)
    child.once('error', onError)
    child.once('exit', onExit)
    child.once('message', (answer) => {
      child.off('error', onError)
      child.off('exit', onExit)
      resolve(answer as JobMessage)
    })
    // What keeps it from being sent also ends the process, which says more.
    child.send(message, () => undefined)
  })
}
