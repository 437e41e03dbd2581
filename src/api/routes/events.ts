/** `/events`: those of calls that wait for their delivery, or were given up. */
import type { FastifyInstance } from 'fastify'
import type { Events } from '../../events/index.ts'
import { ApiError } from '../errors.ts'
import { errors, list, number, object, text } from '../schemas.ts'

const event = object(
  {
    id: text,
    state: { enum: ['waiting', 'givenUp'] },
    event: text,
    callid: text,
    document: text,
    webhook: text,
    since: text,
    tries: number,
    next: text,
    error: text,
  },
  ['next', 'error'],
)

const listSchema = {
  summary: 'The events that wait for their delivery or were given up, the oldest first',
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      state: { enum: ['waiting', 'givenUp'], description: 'absent: both' },
      most: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
    },
  },
  response: {
    200: object({ events: list(event), incomplete: { type: 'boolean' } }, ['incomplete']),
    ...errors(503),
  },
}

const retrySchema = {
  summary: 'Tries an event again that was given up, for another 24 hours',
  params: object({ id: { type: 'string', pattern: '^[\\w-]{1,64}$' } }),
  response: { 200: event, ...errors(404, 503) },
}

interface Query {
  readonly state?: 'waiting' | 'givenUp'
  readonly most: number
}

export function eventRoutes(server: FastifyInstance, events: Pick<Events, 'list' | 'retry'>): void {
  server.get<{ Querystring: Query }>(
    '/events',
    { schema: listSchema, config: { access: { right: 'read', concerns: 'view' } } },
    async ({ query: { state, most }, client }) => {
      const mayUse = client.limited ? client.mayUse : undefined
      const { events: found, isWhole } = await events.list({ state, most, mayUse })
      return { events: found, ...(!isWhole && { incomplete: true }) }
    },
  )

  server.post<{ Params: { id: string } }>(
    '/events/:id/retry',
    { schema: retrySchema, config: { access: { right: 'publish', concerns: 'view' } } },
    async ({ params: { id }, client }) => {
      const retried = await events.retry(id, client.limited ? client.mayUse : undefined)
      if (retried) return retried
      throw new ApiError('notFound', `no event ${id} was given up`)
    },
  )
}
