/** `/healthz`, `/readyz`, `/metrics`: for load balancers, supervisors and monitoring; open to all. */
import type { FastifyInstance } from 'fastify'
import type { ApiParts } from '../parts.ts'
import { object, text } from '../schemas.ts'

const healthz = {
  summary: 'The process and its event loop work',
  security: [],
  response: { 200: object({ status: text }) },
}

const state = {
  ...object({ ready: { type: 'boolean' }, draining: { type: 'boolean' } }),
  additionalProperties: true,
}

const readyz = {
  summary: 'Calls can be taken',
  description:
    'Each part and its state. The plans are `stale` when the last good revision serves because the set on disk does not validate.',
  security: [],
  response: { 200: { description: 'ready', ...state }, 503: { description: 'not ready', ...state } },
}

const metricsSchema = { summary: 'For Prometheus', security: [], produces: ['text/plain'] }

export function healthRoutes(server: FastifyInstance, { readiness, metrics }: ApiParts): void {
  server.get('/healthz', { schema: healthz, logLevel: 'warn' }, () => ({ status: 'ok' }))

  server.get('/readyz', { schema: readyz, logLevel: 'warn' }, (_request, reply) => {
    const now = readiness()
    return reply.code(now.ready ? 200 : 503).send(now)
  })

  server.get('/metrics', { schema: metricsSchema, logLevel: 'warn' }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  )
}
