/** A limit on what has a process of its own. */
import type { Client } from './auth.ts'
import { ApiError } from './errors.ts'

/** At one time. Of a token for some documents one: one customer does not keep the others waiting. */
const MOST_JOBS = 4

export type JobLimit = <T>(client: Client, work: () => Promise<T>) => Promise<T>

/** Throws ApiError `tooMany` beyond it. */
export function createJobLimit(): JobLimit {
  /** Names of the clients whose jobs are running. */
  const running: string[] = []

  return async ({ name, limited }, work) => {
    if (running.length >= MOST_JOBS || (limited && running.includes(name)))
      throw new ApiError('tooMany', 'other plans are being checked and read; try again')
    running.push(name)
    try {
      return await work()
    } finally {
      running.splice(running.indexOf(name), 1)
    }
  }
}
