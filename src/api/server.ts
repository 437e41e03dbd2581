/** The HTTP API: JSON, one form of errors, a token, and limits on what a request may cost. */
import type { AddressInfo, Socket } from 'node:net'
import { fastifyHelmet } from '@fastify/helmet'
import { fastifyRateLimit } from '@fastify/rate-limit'
import { fastifySSE } from '@fastify/sse'
import { fastifySwagger } from '@fastify/swagger'
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyContextConfig,
  type FastifyInstance,
  type FastifySchema,
  type RouteOptions,
} from 'fastify'
import type { Logger } from 'pino'
import type { ApiToken } from '../config/index.ts'
import type { Events } from '../events/index.ts'
import type { History } from '../history/index.ts'
import type { Live } from '../live/index.ts'
import type { Records } from '../records/index.ts'
import type { Replays } from '../replay/index.ts'
import type { ListedControllers } from '../sharing/index.ts'
import type { Trials } from '../trial/index.ts'
import { BelplanError } from '../util/errors.ts'
import { object, text } from './schemas.ts'
import { guardRoutes, sentenceOf } from './access.ts'
import { identifyClients } from './auth.ts'
import { limitConnections } from './connection-limit.ts'
import { ApiError, bodyOf, handleError, statusOf } from './errors.ts'
import { createJobLimit } from './job-limit.ts'
import type { MetricsText } from './metrics-text.ts'
import { callRoutes, type LiveCalls } from './routes/calls.ts'
import { consoleRoutes } from './routes/console.ts'
import { controllerRoutes } from './routes/controllers.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes, type Readiness } from './routes/health.ts'
import { documentRoutes, type WrittenPlans } from './routes/documents.ts'
import { meRoutes } from './routes/me.ts'
import { planRoutes, type Plans } from './routes/plans.ts'
import { type KeptPlans, revisionRoutes } from './routes/revisions.ts'
import { replayRoutes } from './routes/replay.ts'
import { simulateRoutes, type TriedPlans } from './routes/simulate.ts'
import { streamRoutes } from './routes/stream.ts'
import { type TestedPlans, testRoutes } from './routes/tests.ts'
import { treeRoutes } from './routes/trees.ts'
import { webhookRoutes, type WebhookReport } from './routes/webhooks.ts'
import { allowSlowRoutes, SLOW_MS } from './slow-routes.ts'

const BODY_BYTES = 1024 * 1024
/** JSON and text of any kind, and the type that curl sends by default. */
const BODY_TYPES = /^(?:application\/(?:[^;]+\+)?json|text\/[^;]+|application\/x-www-form-urlencoded)(?:;|$)/i
const REQUEST_MS = 10_000

export interface ApiOptions {
  readonly log: Logger
  /** Of belplan. */
  readonly version: string
  /** Where there is none, only requests of this machine are answered. */
  readonly tokens: readonly ApiToken[]
  readonly plans: Plans & KeptPlans & WrittenPlans & TriedPlans & TestedPlans
  readonly trials: Trials
  readonly replays: Replays
  readonly calls: LiveCalls
  readonly events: Pick<Events, 'list' | 'retry'>
  readonly records: Pick<Records, 'find' | 'flush'>
  readonly history: Pick<History, 'list'>
  readonly live: Pick<Live, 'read'>
  readonly webhooks: WebhookReport
  /** Reads national numbers. */
  readonly country: string | undefined
  readonly readiness: () => Readiness
  readonly controllers: () => ListedControllers
  readonly metrics: MetricsText
  /** The folder of the built console [that of this build]. */
  readonly console?: URL
}

/**
 * Builds the API; `listenApi` opens its port. `requestMs` is for a request to arrive, and for its answer; `slowMs` for that
 * of a slow route.
 */
export async function createApi(
  options: ApiOptions,
  { requestMs = REQUEST_MS, slowMs = SLOW_MS } = {},
): Promise<FastifyInstance> {
  const { log, version, tokens, plans, calls, events, records, history, live, country } = options
  const { trials, replays, webhooks, readiness, controllers, metrics, console } = options
  // The controller itself logs where it listens.
  const loggerInstance: FastifyBaseLogger = log.child({}, log.isLevelEnabled('warn') ? { level: 'warn' } : {})
  const server: FastifyInstance = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES,
    requestTimeout: requestMs,
    handlerTimeout: requestMs,
    connectionTimeout: 2 * requestMs,
    http: {
      // Of two limits Node.js takes the larger one for the whole request, whichever it is (node_http_parser.cc,
      // ConnectionsList::Expired): with the 60 s that it has for headers, a body might take those.
      headersTimeout: requestMs,
      requestTimeout: requestMs,
      // How often it looks for late requests; at its default of 30 s it would close thousands at once.
      connectionsCheckingInterval: requestMs / 100,
    },
    // Idle connections do not hold up a stop.
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 128 },
    frameworkErrors: (error, request, reply) => void handleError(error, request, reply),
    clientErrorHandler: answerClientError,
  })
  const { uncount } = limitConnections(server.server)
  server.setErrorHandler(handleError)
  server.setNotFoundHandler((request) => {
    throw new ApiError(
      'notFound',
      `there is no ${request.method} ${request.url.split('?')[0] ?? ''}; see /openapi.json`,
    )
  })
  // Documents are checked as bytes: faults then have line and column, and no body becomes an object
  // (`__proto__` and all) before it is checked.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser(BODY_TYPES, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  await server.register(fastifyHelmet)
  await server.register(fastifyRateLimit, { global: false })
  // Before a connection on which nothing moves is closed.
  await server.register(fastifySSE, { heartbeatInterval: requestMs })
  await server.register(fastifySwagger, { openapi: openApi(version, tokens.length > 0), transform: describe })
  identifyClients(server, tokens)
  guardRoutes(server)
  allowSlowRoutes(server, slowMs)
  healthRoutes(server, readiness, metrics)
  meRoutes(server, { version, needsToken: tokens.length > 0 })
  await consoleRoutes(server, console)
  const asJob = createJobLimit()
  planRoutes(server, plans, asJob)
  revisionRoutes(server, plans, asJob)
  documentRoutes(server, plans)
  testRoutes(server, plans, asJob)
  treeRoutes(server, plans, asJob)
  eventRoutes(server, events)
  webhookRoutes(server, webhooks)
  controllerRoutes(server, controllers)
  callRoutes(server, { calls, records, history, country })
  streamRoutes(server, { live, uncount })
  replayRoutes(server, { plans, calls, records, replays, asJob })
  simulateRoutes(server, { plans, trials, asJob })
  server.get(
    '/openapi.json',
    { schema: { hide: true }, config: { access: { right: 'read', concerns: 'nothing' } } },
    () => server.swagger(),
  )
  await server.ready()
  return server
}

/** Opens the API's port and returns it (`port` may be 0). Throws BelplanError('listen') that names it. */
export async function listenApi(
  api: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<number> {
  try {
    await api.listen({ host, port })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be bound: ${message}`
    throw new BelplanError('listen', `port ${port} on ${host} (api.port) ${why}`, [], error)
  }
  return (api.server.address() as AddressInfo).port
}

const openApi = (version: string, hasTokens: boolean) => ({
  openapi: '3.1.0',
  info: { title: 'belplan', description: 'A call controller for FreeSWITCH.', version },
  ...(hasTokens && {
    components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
    security: [{ token: [] }],
  }),
})

interface Described {
  readonly schema: FastifySchema
  readonly url: string
  readonly route: Pick<RouteOptions, 'method'> & { readonly config?: FastifyContextConfig }
}

const document = { type: 'object', description: 'A plan document, as `/plans/schema` describes it.' }

/** url → what is sent there; to the server it is text. */
const bodies: Readonly<Record<string, object>> = {
  '/plans/validate': document,
  '/plans/tree': document,
  '/plans/documents/*': document,
  '/plans/diff': document,
  '/plans/tests/*': { type: 'object', description: 'Tests, as `/plans/tests/schema` describes them.' },
  '/plans/tests/run': object({ name: text, document, tests: { type: 'object' } }, ['document', 'tests']),
  '/plans/rollback': object({ to: text }),
}

/** For clients: what the route needs, and a document, which is text to the server, as the object that it is. */
function describe({ schema, url, route }: Described): { schema: FastifySchema; url: string } {
  if (schema.hide) return { url, schema }
  const access = route.config?.access
  const needed = typeof access === 'object' ? [sentenceOf(access)] : []
  const description = [schema.description, ...needed].filter(Boolean).join(' ')
  const body = ['POST', 'PUT'].includes(String(route.method)) ? bodies[url] : undefined
  return {
    url: url.replace(/\*$/, ':name'),
    schema: {
      ...schema,
      ...(description !== '' && { description }),
      ...(body && { consumes: ['application/json'], body }),
      ...(url.endsWith('*') && { params: withName(schema.params as Params) }),
    },
  }
}

interface Params {
  readonly properties: Readonly<Record<string, object>>
}

/** What is behind a route's `*` is a document's name. */
function withName({ properties }: Params): object {
  return object({ name: properties['*']! })
}

/** For what is no request at all: Fastify does not see it. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const answer =
    error.code === 'HPE_HEADER_OVERFLOW' ? 'the headers are larger than 16 KiB' : 'this is no HTTP request'
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const fault = new ApiError('malformed', late ? 'the request took too long to arrive' : answer)
  const body = JSON.stringify(bodyOf(fault))
  const head = `HTTP/1.1 ${statusOf(fault.code)} Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\n`
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}
