/** Runs a job of the plan store in a worker thread of its own. */
import { extname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { BelplanError } from '../errors.ts'
import type { Job, JobEnd, JobMessage } from './jobs.ts'
import type { SetSlice } from './slices.ts'

/** Beside the sources it is TypeScript, beside the build JavaScript. */
const WORKER = new URL(`./load-worker${extname(import.meta.url)}`, import.meta.url)

/**
 * Resolves with how the job ended. Slices come one at a time, each with a turn of the event loop to itself.
 * @throws BelplanError `plans` when the thread cannot do it
 */
export async function runInWorker(
  job: Job,
  onSlice: (slice: SetSlice) => void = () => undefined,
): Promise<JobEnd> {
  const worker = new Worker(WORKER, { workerData: job })
  try {
    for (;;) {
      const message = await nextMessage(worker)
      if (message.kind !== 'slice') return message // its last: the thread ends by itself
      onSlice(message.slice)
      await setImmediate()
    }
  } catch (error) {
    await worker.terminate()
    throw error
  }
}

function nextMessage(worker: Worker): Promise<JobMessage> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown) =>
      reject(new BelplanError('plans', `the plan set could not be read: ${why}`, [], cause))
    const onError = (error: Error) => fail(error.message, error)
    const onExit = (code: number) => fail(`its thread ended with ${code}`)
    worker.once('error', onError)
    worker.once('exit', onExit)
    worker.once('message', (message: JobMessage) => {
      worker.off('error', onError)
      worker.off('exit', onExit)
      resolve(message)
    })
    worker.postMessage('next')
  })
}
