/** A call on one line: what lists of calls say of it. */
import { ENDINGS, type CallRecord, type Ending } from '../records/index.ts'

export interface CallLine {
  /** FreeSWITCH's Unique-ID. */
  readonly id: string
  /** `live`: a controller holds it. */
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
  readonly ending?: Ending
  /** FreeSWITCH's cause name. */
  readonly cause?: string
  readonly ringMs?: number
  readonly talkMs?: number
  readonly answered?: boolean
}

/** As the controller has a call that it holds. */
export interface HeldCall {
  readonly id: string
  readonly since: string
  readonly did: string
  readonly caller: string
  readonly name: string
  readonly document?: string
  readonly plan?: string
  readonly revision?: string
  readonly step?: string
}

export function lineOfHeld({ id, since, did, caller, name, ...more }: HeldCall): CallLine {
  const { document, plan, revision, step } = more
  return {
    ...{ id, state: 'live', at: since, did, caller, name },
    ...(document !== undefined && { document }),
    ...(plan !== undefined && { plan }),
    ...(revision !== undefined && { revision }),
    ...(step !== undefined && { step }),
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const ms = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? Math.round(value) : undefined

/** Of a line of the journal, by whichever release; undefined: it is no record. */
export function lineOfRecord(value: unknown): CallLine | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const record = value as Partial<Record<keyof CallRecord, unknown>>
  const id = text(record.id)
  const atMs = Date.parse(text(record.at) ?? '')
  if (id === undefined || Number.isNaN(atMs)) return undefined
  const ending = ENDINGS.find((one) => one === record.ending)
  const [document, plan, revision] = [text(record.document), text(record.plan), text(record.revision)]
  const [cause, ringMs, talkMs] = [text(record.cause), ms(record.ringMs), ms(record.talkMs)]
  return {
    ...{ id, state: 'ended', at: new Date(atMs).toISOString() },
    ...{ did: text(record.did) ?? '', caller: text(record.caller) ?? '', name: text(record.name) ?? '' },
    ...(document !== undefined && { document }),
    ...(plan !== undefined && { plan }),
    ...(revision !== undefined && { revision }),
    ...(ending && { ending }),
    ...(cause !== undefined && { cause }),
    ...(ringMs !== undefined && { ringMs }),
    ...(talkMs !== undefined && { talkMs }),
    ...(typeof record.answered === 'boolean' && { answered: record.answered }),
  }
}
