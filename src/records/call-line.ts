/** A call on one line: what lists of calls and the stream say of it. */
import type { Ending } from './ending.ts'

export interface CallLine {
  /** FreeSWITCH's Unique-ID. */
  readonly id: string
  /** `live`: it is not over, be it held or not. */
  readonly state: 'live' | 'ended'
  /** When the call came in, ISO 8601 in UTC. */
  readonly at: string
  readonly did: string
  /** Empty when withheld. */
  readonly caller: string
  readonly name: string
  readonly document?: string
  readonly plan?: string
  readonly revision?: string
  /** Of a live one: the step that it is at. */
  readonly step?: string
  /** Its type. */
  readonly stepType?: string
  readonly ending?: Ending
  /** FreeSWITCH's cause name. */
  readonly cause?: string
  readonly ringMs?: number
  readonly talkMs?: number
  readonly answered?: boolean
}

/** Of a call that has ended. What is not known is undefined, which JSON leaves out. */
export function lineOfRecord(record: Omit<CallLine, 'state' | 'step' | 'stepType'>): CallLine {
  const { id, at, did, caller, name, document, plan, revision } = record
  const { ending, cause, ringMs, talkMs, answered } = record
  return {
    ...{ id, state: 'ended', at, did, caller, name },
    ...{ document, plan, revision, ending, cause, ringMs, talkMs, answered },
  } as CallLine
}
