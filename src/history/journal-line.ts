/** A line of the journal as lists of calls have it. */
import { type CallLine, type CallRecord, ENDINGS } from '../records/index.ts'

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const ms = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? Math.round(value) : undefined

/** Of a line of the journal, by whichever release; undefined: it is no record. */
export function lineOfJournal(value: unknown): CallLine | undefined {
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
