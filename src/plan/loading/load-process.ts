/**
 * The process in which a set is read. It does one job, its first message, and sends each answer only when it is asked
 * for one, so that a large set never fills the memory or the event loop of the controller.
 */
import type { Checking, Job, JobAnswer } from './load-jobs.ts'
import { runJob } from './run-job.ts'

// The controller has ended: nobody waits for the job any more.
process.once('disconnect', () => process.exit())

process.once('message', (job: Job) => {
  const onCheck = (document?: string) =>
    // Waits until it is sent: the check itself leaves no time for that.
    new Promise<void>((resolve) => {
      process.send!({ kind: 'checking', document } satisfies Checking, () => resolve())
    })
  const answers = runJob(job, onCheck)
  const answer = async () => {
    const { value } = (await answers.next()) as { value: JobAnswer }
    process.send!(value, () => {
      if (value.kind !== 'slice' && value.kind !== 'piece') process.disconnect()
    })
  }
  process.on('message', () => void answer())
  void answer()
})
