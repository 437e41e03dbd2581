/**
 * The worker thread of the plan store. It does one job, given as `workerData`, and sends each message only
 * when it is asked for one: a thread that may send at will can fill the main thread's queue, and Node.js
 * empties that in one go.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { runJob } from './job.ts'
import type { Job } from './jobs.ts'

const messages = runJob(workerData as Job)

parentPort!.on('message', () => {
  void messages.next().then(({ done, value }) => {
    if (done === true) parentPort!.close()
    else parentPort!.postMessage(value)
  })
})
