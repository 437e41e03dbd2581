/** `/healthz` and `/readyz` for load balancers and supervisors, open to all; `/metrics` for monitoring. */
import type { FastifyInstance } from 'fastify'
import type { Knows } from '../auth.ts'
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
    'With the token, or where there is none, each part and its state. The plans are `stale` when the last good revision serves because the set on disk does not validate.',
  security: [],
  response: { 200: { description: 'ready', ...state }, 503: { description: 'not ready', ...state } },
}

const metricsSchema = { summary: 'For Prometheus', produces: ['text/plain'] }

export function healthRoutes(server: FastifyInstance, { readiness, metrics }: ApiParts, knows: Knows): void {
  server.get('/healthz', { schema: healthz, logLevel: 'warn' }, () => ({ status: 'ok' }))

  server.get('/readyz', { schema: readyz, logLevel: 'warn' }, (request, reply) => {
    const now = readiness()
    const { ready, draining } = now
    // Addresses, versions and what went wrong are not for everybody who can reach the port.
    return reply.code(ready ? 200 : 503).send(knows(request) ? now : { ready, draining })
  })

  server.get('/metrics', { schema: metricsSchema, logLevel: 'warn' }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  )
}
