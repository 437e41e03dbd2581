/** `/healthz` and `/readyz` for load balancers and supervisors, open to all; `/metrics` for monitoring. */
import type { FastifyInstance } from 'fastify'
import type { StoreState } from '../../plan/index.ts'
import { type MetricsText, wantsOpenMetrics } from '../metrics-text.ts'
import { object, text } from '../schemas.ts'

/** Each part of the controller and its state. */
export interface Readiness {
  readonly ready: boolean
  readonly draining: boolean
  readonly plans: {
    readonly state: StoreState
    readonly revision: string
    readonly since: string
    /** They are not in step with the database that machines share; absent: they are, or there is none. */
    readonly behind?: { readonly since: string; readonly why: string }
  }
  readonly esl: {
    readonly listening: boolean
    readonly host: string
    readonly port: number
    readonly overloaded: boolean
  }
  readonly calls: { readonly held: number; readonly max: number }
  /** The inbound links, in the order of the configuration; they never make the controller unready. */
  readonly freeswitch: readonly {
    readonly name: string
    readonly connected: boolean
    readonly since: string
    readonly version?: string
    readonly error?: string
  }[]
  /** The database that machines share; it never makes the controller unready. */
  readonly store:
    | { readonly configured: false }
    | {
        readonly configured: true
        readonly connected: boolean
        readonly since: string
        readonly error?: string
      }
}

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
    'With a token for all documents, or where none is configured, each part and its state. The plans are `stale` when what serves is not what is published: it does not validate, or this release cannot read it.',
  security: [],
  response: { 200: { description: 'ready', ...state }, 503: { description: 'not ready', ...state } },
}

const metricsSchema = {
  summary: 'For Prometheus',
  description: 'In the text format, or in OpenMetrics where `Accept` asks for it.',
  produces: ['text/plain', 'application/openmetrics-text'],
}

export function healthRoutes(
  server: FastifyInstance,
  readiness: () => Readiness,
  metrics: MetricsText,
): void {
  const open = { access: 'open' } as const
  server.get('/healthz', { schema: healthz, logLevel: 'warn', config: open }, () => ({ status: 'ok' }))

  server.get('/readyz', { schema: readyz, logLevel: 'warn', config: open }, ({ client }, reply) => {
    const now = readiness()
    const { ready, draining } = now
    // Addresses, versions, errors and how many calls there are, are not for everybody who can reach the port.
    return reply.code(ready ? 200 : 503).send(client.limited ? { ready, draining } : now)
  })

  // Its labels name documents and the servers that they ask.
  const access = { right: 'read', concerns: 'set' } as const
  server.get(
    '/metrics',
    { schema: metricsSchema, logLevel: 'warn', config: { access } },
    async ({ headers }, reply) => {
      const { type, text } = await metrics(wantsOpenMetrics(headers.accept))
      return reply.type(type).header('vary', 'accept').send(text)
    },
  )
}
