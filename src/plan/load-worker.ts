/**
 * The worker thread of the plan store. It does one job, given as `workerData`, and sends each message only
 * when it is asked for one: a thread that may send at will can fill the main thread's queue, and Node.js
 * empties that in one go.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { runJob } from './job.ts'
import type { Job } from './jobs.ts'

const messages = runJob(workerData as Job)

async function answer(): Promise<void> {
  const { value } = await messages.next()
  parentPort!.postMessage(value)
  // Nobody listens for more: the thread ends by itself once the last message is out.
  if (value?.kind !== 'slice') parentPort!.off('message', onAsked)
}

const onAsked = () => void answer()
parentPort!.on('message', onAsked)
