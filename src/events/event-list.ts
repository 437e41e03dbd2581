/** The rows of events as they are stored, and the list that operators see of them. */
import type { CallEvent } from '../plan/index.ts'
import type { Value } from '../util/database.ts'
import type { ListedEvent } from './listed-event.ts'

/** Waits for its delivery; could not be delivered; was delivered. A larger one wins where two controllers disagree. */
export const STATES = ['waiting', 'givenUp', 'delivered'] as const
export type State = (typeof STATES)[number]
export const [WAITING, GIVEN_UP, DELIVERED] = [0, 1, 2] as const

/** An event is tried for so long. */
export const TRIED_MS = 24 * 3600_000

/** A webhook for which events wait. */
export interface Waiting {
  readonly document: string
  readonly webhook: string
}

export interface StoredEvent extends Omit<CallEvent, 'holders'> {
  readonly tries: number
  /** When it was kept, or given up; milliseconds since 1970. */
  readonly since: number
  /** Another controller may have told it, or earlier ones of its call. */
  readonly shared: boolean
}

export interface NewEvent {
  readonly event: CallEvent
  /** When it was kept, and not to be sent before; milliseconds since 1970. */
  readonly sinceMs: number
  readonly dueMs: number
}

export interface Row extends Omit<StoredEvent, 'shared'> {
  readonly shared: number
  readonly state: number
  readonly due: number
  readonly until: number
  readonly error: string | null
}

export function rowOf({ event: { holders, ...event }, sinceMs, dueMs }: NewEvent): Row {
  return {
    ...event,
    ...{ tries: 0, shared: Number(holders !== undefined), state: WAITING, error: null },
    ...{ due: dueMs, until: sinceMs + TRIED_MS, since: sinceMs },
  }
}

export interface ListQuery {
  readonly id?: string | undefined
  readonly state?: 'waiting' | 'givenUp' | undefined
  /** Absent: all. */
  readonly documents?: readonly string[] | undefined
  readonly most: number
}

export const COLUMNS =
  'id, call, document, webhook, event, place, body, tries, shared, state, due, until, since, error'

/** What operators see. */
export const IN_LIST = `state IN (${WAITING}, ${GIVEN_UP})`

/** SQLite takes the index of those that are seen only where its own condition stands there, too. */
export const inState = (state: number) =>
  state === DELIVERED ? `state = ${DELIVERED}` : `${IN_LIST} AND state = ${state}`

/** Runs a query in one database, or in several. */
export type Query = (sql: string, values: readonly Value[]) => unknown[]

export function listEvents(
  { id, state, documents, most }: ListQuery,
  queries: readonly Query[],
): ListedEvent[] {
  const conditions: [string, Value?][] = [[state === undefined ? IN_LIST : inState(STATES.indexOf(state))]]
  if (id !== undefined) conditions.push(['id = ?', id])
  if (documents) conditions.push(['document IN (SELECT value FROM json_each(?))', JSON.stringify(documents)])
  const where = conditions.map(([condition]) => condition).join(' AND ')
  const values = conditions.flatMap(([, value]) => value ?? [])
  const sql = `SELECT ${COLUMNS} FROM events WHERE ${where} ORDER BY since LIMIT ?`
  const rows = queries.flatMap((query) => query(sql, [...values, most])) as Row[]
  return oldest(rows.map(listed), most)
}

export const oldest = (events: readonly ListedEvent[], most: number): ListedEvent[] =>
  events.toSorted((a, b) => Date.parse(a.since) - Date.parse(b.since)).slice(0, most)

/** One that is in a log alone. */
export const listedOf = (event: NewEvent): ListedEvent => listed(rowOf(event))

export function listed({
  id,
  call,
  document,
  webhook,
  event,
  state,
  tries,
  due,
  since,
  error,
}: Row): ListedEvent {
  return {
    id,
    state: state === WAITING ? 'waiting' : 'givenUp',
    ...{ event, callid: call, document, webhook, since: new Date(since).toISOString(), tries },
    ...(state === WAITING && { next: new Date(due).toISOString() }),
    ...(error !== null && { error }),
  }
}
