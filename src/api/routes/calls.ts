/** `/calls`: those held now, and those that have ended; `/calls/{id}`: one call's journal, live or ended. */
import type { FastifyInstance } from 'fastify'
import type { Calls } from '../../call/index.ts'
import {
  callFilter,
  type CallPage,
  cursorOf,
  type History,
  type PageQuery,
  placeAt,
  readPage,
  timeOf,
  type WantedEnding,
  WANTED_ENDINGS,
} from '../../history/index.ts'
import type { CallLine, Records } from '../../records/index.ts'
import { within } from '../../util/within.ts'
import type { Client } from '../auth.ts'
import { callsCsv } from '../calls-csv.ts'
import { ApiError } from '../errors.ts'
import { call, callLine, errors, list, object, text } from '../schemas.ts'

const number = { ...text, maxLength: 128 }
const time = { ...text, maxLength: 32 }

const listSchema = {
  summary:
    'The calls that are held and those that have ended, the newest first; with `Accept: text/csv` as a table',
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      state: { enum: ['live', 'ended'], description: 'absent: both' },
      number: { ...number, description: 'that was called, or its beginning with `*` behind it' },
      caller: { ...number, description: 'as `number`; empty: withheld' },
      plan: { ...text, maxLength: 300, description: 'a document, `acme`, or one of its plans, `acme/main`' },
      ending: { enum: WANTED_ENDINGS, description: '`missed`: nobody talked to the caller' },
      since: { ...time, description: 'a day, or a time, in UTC unless it says otherwise' },
      until: { ...time, description: 'before that' },
      cursor: { ...text, maxLength: 512, description: '`next` of the page before' },
      limit: { type: 'integer', minimum: 1, maximum: 1000, description: '100; in a table 100,000' },
    },
  },
  response: {
    200: object(
      {
        ...{ calls: list(callLine), next: text, incomplete: { type: 'boolean' } },
        missing: {
          ...list({ enum: ['older', 'otherMachines'] }),
          description:
            'Of an incomplete list: `older` calls, since the journal is still being read; calls of `otherMachines`, since the database does not answer',
        },
      },
      ['next', 'incomplete', 'missing'],
    ),
    ...errors(400, 503),
  },
}

interface Query {
  readonly state?: 'live' | 'ended'
  readonly number?: string
  readonly caller?: string
  readonly plan?: string
  readonly ending?: WantedEnding
  readonly since?: string
  readonly until?: string
  readonly cursor?: string
  readonly limit?: number
}

export const callId = {
  ...{ type: 'string', minLength: 1, maxLength: 64 },
  description: "FreeSWITCH's Unique-ID",
}

const oneSchema = {
  summary: "One call's journal, live or ended: every step with its time and outcome",
  params: object({ id: callId }),
  response: { 200: call, ...errors(404, 503) },
}

export type LiveCalls = Pick<Calls, 'live' | 'find'>

export interface CallRoutesOptions {
  readonly calls: LiveCalls
  readonly records: Pick<Records, 'find' | 'flush'>
  readonly history: Pick<History, 'list'>
  /** Reads national numbers. */
  readonly country: string | undefined
}

/** Calls of a page, and rows of a table that asks for no fewer. */
const PAGE = 100
const MOST_ROWS = 100_000
const ROWS_AT_ONCE = 1000
/** A record that was just made is waited for. */
const FLUSH_MS = 500

export function callRoutes(server: FastifyInstance, options: CallRoutesOptions): void {
  const { calls, records, history, country } = options
  const config = { access: { right: 'read', concerns: 'view' } } as const

  async function page(query: PageQuery): Promise<CallPage> {
    if (query.state !== 'live') await within(FLUSH_MS, records.flush())
    return readPage({ held: calls.live, history }, query).catch((error: unknown) => {
      throw new ApiError('notReady', (error as Error).message)
    })
  }

  /** All pages, of which the first is there. */
  async function* rows(query: PageQuery, first: CallPage, most: number): AsyncGenerator<CallLine> {
    let left = most
    for (let found = first; ;) {
      yield* found.calls
      left -= found.calls.length
      if (!found.next || left <= 0) return
      found = await page({ ...query, after: found.next, most: Math.min(ROWS_AT_ONCE, left) })
      // The table has begun as if nothing were.
      if (found.missing.some((one) => !first.missing.includes(one)))
        throw new Error(`calls are missing in a table: ${found.missing.join()}`)
    }
  }

  server.get<{ Querystring: Query }>(
    '/calls',
    { schema: listSchema, config: { ...config, slow: 'reads' } },
    async ({ query: asked, client, headers }, reply) => {
      const query = pageQuery(asked, client, country)
      reply.header('vary', 'accept')
      if (/(?:^|,)\s*text\/csv\s*(?:[;,]|$)/i.test(headers.accept ?? '')) {
        const { limit = MOST_ROWS } = asked
        const first = await page({ ...query, most: Math.min(ROWS_AT_ONCE, limit) })
        if (first.missing.length > 0) reply.header('belplan-missing', first.missing.join())
        reply
          .header('content-disposition', 'attachment; filename="calls.csv"')
          .type('text/csv; charset=utf-8')
        return reply.send(callsCsv(rows(query, first, limit)))
      }
      const { calls, next, missing } = await page(query)
      return {
        calls,
        ...(next && { next: cursorOf(next) }),
        ...(missing.length > 0 && { incomplete: true, missing }),
      }
    },
  )

  server.get<{ Params: { id: string } }>(
    '/calls/:id',
    { schema: oneSchema, config },
    async ({ params: { id }, signal, client }) => {
      const found = await journalOf(id, signal)
      if (found !== undefined && client.mayUse(found.document)) return found
      throw new ApiError('notFound', `no call ${id} is held, and there is no record of it`)
    },
  )

  async function journalOf(id: string, signal: AbortSignal) {
    const live = calls.find(id)
    if (live !== undefined) return live
    const found = await records.find(id, signal)
    return found && { state: found.pending ? 'live' : 'ended', ...found.record }
  }
}

/** Throws ApiError `malformed`. */
function pageQuery(
  { state, number, caller, cursor, limit = PAGE, ...asked }: Query,
  { limited, documents }: Client,
  country: string | undefined,
): PageQuery {
  const after = cursor === undefined ? undefined : placeAt(cursor)
  if (cursor !== undefined && after === undefined)
    throw new ApiError('malformed', 'cursor must be the `next` of an answer')
  return {
    ...(state && { state }),
    ...callFilter({ ...asked, number: withPlus(number), caller: withPlus(caller) }, country, msOf),
    ...(limited && { documents }),
    ...(after && { after }),
    most: limit,
  }
}

/** In a query string a `+` is a blank. */
const withPlus = (text: string | undefined) => text?.replace(/^ /, '+')

function msOf(name: string, written: string): number {
  const ms = timeOf(written.replace(' ', '+'))
  if (ms !== undefined) return ms
  throw new ApiError(
    'malformed',
    `${name} must be a day such as 2026-11-22, or a time such as 2026-11-22T15:38:00Z`,
  )
}
