/** `/calls`: those held now; `/calls/{id}`: one call's journal, live or ended. */
import type { FastifyInstance } from 'fastify'
import type { Calls } from '../../call/index.ts'
import type { Records } from '../../records/index.ts'
import { ApiError } from '../errors.ts'
import { call, errors, list, liveCall, object } from '../schemas.ts'

const listSchema = {
  summary: 'The calls held now',
  response: { 200: object({ calls: list(liveCall) }), ...errors() },
}

const oneSchema = {
  summary: "One call's journal, live or ended: every step with its time and outcome",
  params: object({
    id: { type: 'string', minLength: 1, maxLength: 64, description: "FreeSWITCH's Unique-ID" },
  }),
  response: { 200: call, ...errors(404, 503) },
}

export type LiveCalls = Pick<Calls, 'live' | 'find'>

export function callRoutes(server: FastifyInstance, calls: LiveCalls, records: Pick<Records, 'find'>): void {
  server.get('/calls', { schema: listSchema }, () => ({ calls: calls.live() }))

  server.get<{ Params: { id: string } }>('/calls/:id', { schema: oneSchema }, async ({ params, signal }) => {
    const live = calls.find(params.id)
    if (live !== undefined) return { state: 'live', ...live }
    const found = await records.find(params.id, signal)
    if (found === undefined) throw new ApiError('notFound', `no call ${params.id} is held or in the journal`)
    return { state: found.pending ? 'live' : 'ended', ...found.record }
  })
}
