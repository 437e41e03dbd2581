/** Calls that have ended, in the database that machines share. Each question rejects with pg's errors. */
import { type ExpressionBuilder, type Selectable, sql } from 'kysely'
import { type CallsTable, type Connection, inTransaction, type Tables } from '../postgres/index.ts'
import type { CallLine, CallRecord } from '../records/index.ts'
import { type CallFilter, type CallQuery, endingsOf, type NumberFilter, planParts } from './call-query.ts'

export interface SharedCalls {
  /** The calls that are meant, the newest first. */
  list(query: CallQuery): Promise<CallLine[]>
  find(id: string): Promise<CallRecord | undefined>
}

/** For whoever looks at a list, who sees calls of this machine without it. */
const LIMITS = { answerMs: 1500 }

const COLUMNS = [
  ...['at', 'id', 'did', 'caller', 'name', 'document', 'plan', 'revision', 'ending', 'cause'],
  ...['ring_ms', 'talk_ms', 'answered'],
] as const satisfies readonly (keyof CallsTable)[]

export function sharedCalls(db: Connection): SharedCalls {
  return {
    async list(query) {
      const rows = await inTransaction(
        db,
        (asked) =>
          asked
            .selectFrom('calls')
            .select(COLUMNS)
            .where((eb) => eb.and(conditionsOf(eb, query)))
            // As partitions go: none is looked into before those of later days have no more.
            .orderBy('day', 'desc')
            .orderBy('at', 'desc')
            .orderBy('id', 'desc')
            .limit(query.most)
            .execute(),
        LIMITS,
      )
      return rows.map(lineOfRow)
    },

    async find(id) {
      const row = await inTransaction(
        db,
        (asked) =>
          asked
            .selectFrom('calls')
            .select('record')
            .where('id', '=', id)
            .orderBy('day', 'desc')
            .limit(1)
            .executeTakeFirst(),
        LIMITS,
      )
      return row?.record as CallRecord | undefined
    },
  }
}

type Builder = ExpressionBuilder<Tables, 'calls'>

/** As the index of the journal does, and as `callMatcher`. */
function conditionsOf(eb: Builder, query: CallQuery) {
  const { after, sinceMs, untilMs } = query
  return [
    ...wanted(eb, query),
    ...(sinceMs === undefined
      ? []
      : [eb('day', '>=', dayIn(sinceMs)), eb('at', '>=', new Date(timeIn(sinceMs)))]),
    ...(untilMs === undefined
      ? []
      : [eb('day', '<=', dayIn(untilMs)), eb('at', '<', new Date(timeIn(untilMs)))]),
    ...(after === undefined
      ? []
      : [
          eb('day', '<=', dayIn(after.ms)),
          sql<boolean>`(day, at, id) < (${dayIn(after.ms)}::date, ${timeIn(after.ms)}::timestamptz, ${after.id})`,
        ]),
  ]
}

function wanted(eb: Builder, { id, number, caller, plan, ending, documents }: CallFilter) {
  return [
    ...(id === undefined ? [] : [beginsWith(eb, 'id', id)]),
    ...(number ? [among(eb, 'did', number)] : []),
    ...(caller ? [among(eb, 'caller', caller)] : []),
    ...(plan === undefined ? [] : [ofPlan(eb, plan)]),
    ...(ending === undefined ? [] : [eb('ending', 'in', [...endingsOf(ending)])]),
    ...(documents ? [ofDocuments(eb, documents)] : []),
  ]
}

/** Behind every text that begins with the one before it. */
const LAST = '\u{10ffff}'

/** In the order of characters, as these columns have it. */
const beginsWith = (eb: Builder, column: 'id' | 'did' | 'caller' | 'document', prefix: string) =>
  eb.and([eb(column, '>=', prefix), eb(column, '<', prefix + LAST)])

const among = (eb: Builder, column: 'did' | 'caller', filter: NumberFilter) =>
  filter.prefix === undefined ? eb(column, 'in', [...filter.forms]) : beginsWith(eb, column, filter.prefix)

function ofPlan(eb: Builder, plan: string) {
  const parts = planParts(plan)
  const ofDocument = eb('document', '=', plan)
  if (!parts) return ofDocument
  return eb.or([ofDocument, eb.and([eb('document', '=', parts.document), eb('plan', '=', parts.plan)])])
}

const ofDocuments = (eb: Builder, patterns: readonly string[]) =>
  eb.or(
    patterns.map((pattern) => {
      if (pattern === '*') return eb('document', 'is not', null)
      if (!pattern.endsWith('/*')) return eb('document', '=', pattern)
      return beginsWith(eb, 'document', pattern.slice(0, -1))
    }),
  )

/** What a time in JavaScript may be, and one in PostgreSQL is written as. */
const [FIRST_MS, LAST_MS] = [Date.parse('0001-01-01T00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]
export const timeIn = (ms: number): string =>
  new Date(Math.min(LAST_MS, Math.max(FIRST_MS, ms))).toISOString()
export const dayIn = (ms: number): string => timeIn(ms).slice(0, 10)

type Row = Pick<Selectable<CallsTable>, (typeof COLUMNS)[number]>

function lineOfRow({ ring_ms, talk_ms, at, ending, ...row }: Row): CallLine {
  const line = {
    ...{ id: row.id, state: 'ended', at: at.toISOString(), did: row.did, caller: row.caller, name: row.name },
    ...{ document: row.document, plan: row.plan, revision: row.revision, ending, cause: row.cause },
    ...{ ringMs: ring_ms, talkMs: talk_ms, answered: row.answered },
  }
  return Object.fromEntries(Object.entries(line).filter(([, value]) => value !== null)) as unknown as CallLine
}
