/**
 * The process in which a set is read. It does one job, its first message, and sends each of its own only when
 * it is asked for one, so that a large set never fills the controller's memory or event loop.
 */
import { runJob } from './job.ts'
import type { Checking, Job, JobAnswer } from './jobs.ts'

// The controller is gone: nobody needs this any more.
process.once('disconnect', () => process.exit())

process.once('message', (job: Job) => {
  const tell = (document: string | undefined) =>
    // Sent before the check begins, which leaves no time for it.
    new Promise<void>((resolve) => {
      process.send!({ kind: 'checking', document } satisfies Checking, () => resolve())
    })
  const messages = runJob(job, tell)
  const answer = async () => {
    const { value } = (await messages.next()) as { value: JobAnswer }
    process.send!(value, () => {
      if (value.kind !== 'slice') process.disconnect()
    })
  }
  process.on('message', () => void answer())
  void answer()
})
