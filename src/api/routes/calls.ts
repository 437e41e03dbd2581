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

export function callRoutes(server: FastifyInstance, calls: LiveCalls, records: Pick<Records, 'find'>): void {
  const config = { access: { right: 'read', concerns: 'view' } } as const

  server.get('/calls', { schema: listSchema, config }, ({ client }) => ({
    calls: calls.live().filter(({ document }) => client.mayUse(document)),
  }))

  server.get<{ Params: { id: string } }>(
    '/calls/:id',
    { schema: oneSchema, config },
    async ({ params: { id }, signal, client }) => {
      const found = await journalOf(id, signal)
      if (found !== undefined && client.mayUse(found.document)) return found
      throw new ApiError('notFound', `no call ${id} is held or in the journal`)
    },
  )

  async function journalOf(id: string, signal: AbortSignal) {
    const live = calls.find(id)
    if (live !== undefined) return { state: 'live', ...live }
    const found = await records.find(id, signal)
    return found && { state: found.pending ? 'live' : 'ended', ...found.record }
  }
}
