/** A limit on what costs something, such as a process of its own. */
import type { Client } from './auth.ts'
import { ApiError } from './errors.ts'

export type JobLimit = <T>(client: Client, work: () => Promise<T>) => Promise<T>

interface Limits {
  /** At one time. */
  readonly most: number
  /** Of those, of a token for some documents: one customer does not keep the others waiting. */
  readonly ofLimited: number
  /** What the others do, for whoever has to wait. */
  readonly busy: string
}

const PROCESSES: Limits = { most: 4, ofLimited: 1, busy: 'other plans are being checked and read' }

/** Throws ApiError `tooMany` beyond it. Default: for what has a process of its own. */
export function createJobLimit({ most, ofLimited, busy } = PROCESSES): JobLimit {
  /** Names of the clients whose jobs are running. */
  const running: string[] = []

  return async ({ name, limited }, work) => {
    const own = running.filter((other) => other === name).length
    if (running.length >= most || (limited && own >= ofLimited))
      throw new ApiError('tooMany', `${busy}; try again`)
    running.push(name)
    try {
      return await work()
    } finally {
      running.splice(running.indexOf(name), 1)
    }
  }
}
