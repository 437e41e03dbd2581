/** A person taken out of all that is kept of calls in one folder of data. */
import { forgetEvents } from '../events/index.ts'
import { forgetCalls } from '../history/index.ts'
import type { Person } from '../util/forget.ts'
import { forgetPending } from '../records/index.ts'

/** From how many they were taken: records in the journal, records that wait for the end of their call, events. */
export interface ForgottenCounts {
  records: number
  waiting: number
  events: number
}

export interface ForgottenHere {
  /** That their records named. */
  readonly recordings: readonly string[]
  /** In whose free space they may still be, since others were reading. */
  readonly left: readonly string[]
}

/** `counts` goes up with what is done. Rejects with the file system's and SQLite's errors. */
export async function forgetPerson(
  data: string,
  person: Person,
  counts: ForgottenCounts,
): Promise<ForgottenHere> {
  // What waits goes into the journal when its call ends.
  counts.waiting = forgetPending(data, person)
  const { events, unpurged } = await forgetEvents(data, person)
  counts.events = events
  const { records, recordings, isPurged } = await forgetCalls(data, person)
  counts.records = records
  return { recordings, left: [...unpurged, ...(isPurged ? [] : ['the index of calls'])] }
}
