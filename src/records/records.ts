/** The records of all calls, with one owner. */
import type { CallRecord } from './record.ts'

export interface Records {
  /** Writes the record of a call that has ended. Never rejects. */
  add(record: CallRecord): Promise<void>
  /** Two parties talk on without the controller: the record is written when the call ends. Never rejects. */
  addWhenEnded(record: CallRecord): Promise<void>
}
