/** A call in one line, as lists and the stream have it. */
import type { LiveCall } from '../call/index.ts'
import type { CallRecord, Ending } from '../records/index.ts'

export interface CallLine {
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
  /** The step that it is at. */
  readonly step?: string
  readonly ending?: Ending
  readonly cause?: string
  readonly ringMs?: number
  readonly talkMs?: number
  readonly answered?: boolean
}

export function lineOfLive({ id, since, steps: _, ...call }: LiveCall): CallLine {
  return { id, state: 'live', at: since, ...call }
}

export function lineOfRecord(record: CallRecord): CallLine {
  const { id, at, did, caller, name, document, plan, revision } = record
  const { ending, cause, ringMs, talkMs, answered } = record
  // JSON leaves out what is undefined.
  return {
    ...{ id, state: 'ended', at, did, caller, name },
    ...{ document, plan, revision, ending, cause, ringMs, talkMs, answered },
  } as CallLine
}
