/** Controllers on other machines, whose records are written where their data is. */
import type { PendingCopy } from './pending-files.ts'

/**
 * Of the machine of a controller that held a call as it ended:
 *
 * - `unknown`: the controller is in no list: nothing is known of its records
 * - `there`: a controller of it was there as the call ended, and afterwards: it has written the record
 * - `gone`: none was
 * - `open`: that is not known yet
 */
export type MachineAtEnd = 'unknown' | 'there' | 'gone' | 'open'

/** A call, as it is known everywhere. */
export interface CallOfRecord {
  readonly id: string
  /** When it came in, ISO 8601. */
  readonly at: string
}

export interface ClaimedCalls {
  /** Ids of those whose records this machine is to write, and no other one. */
  readonly ours: ReadonlySet<string>
  /** Of these what other machines had of them as they were lost. */
  readonly copies: readonly PendingCopy[]
}

export interface OtherMachines {
  /** `endMs`: when the call ended, as `performance.now` has it. */
  machineAtEnd(holder: string, endMs: number): MachineAtEnd
  /** A controller took a call then, or held it later. */
  tookCall(holder: string, atMs: number): void
  /** Undefined: the database cannot be asked now. Never rejects. */
  claim(calls: readonly CallOfRecord[]): Promise<ClaimedCalls | undefined>
  /** Whether it is this controller that does what is left to one alone. */
  isFirst(): boolean
  /** Whether the others have known until now that this controller is there, and leave its calls to it. */
  isHeard(): boolean
}
