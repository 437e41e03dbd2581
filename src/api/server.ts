/** The HTTP API: JSON, one form of errors, a token, and limits on what a request may cost. */
import type { Socket } from 'node:net'
import { fastifyHelmet } from '@fastify/helmet'
import { fastifyRateLimit } from '@fastify/rate-limit'
import { fastifySwagger } from '@fastify/swagger'
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { guard } from './auth.ts'
import { boundConnections } from './connections.ts'
import { ApiError, bodyOf, handleError, statusOf } from './errors.ts'
import type { ApiParts } from './parts.ts'
import { callRoutes } from './routes/calls.ts'
import { healthRoutes } from './routes/health.ts'
import { planRoutes } from './routes/plans.ts'

const BODY_BYTES = 1024 * 1024
/** JSON and text of any kind, and what curl says of every body unless it is told. */
const BODY_TYPES = /^(?:application\/(?:[^;]+\+)?json|text\/[^;]+|application\/x-www-form-urlencoded)(?:;|$)/i
const REQUEST_MS = 10_000

/** Builds the API; the caller listens and closes. `requestMs` is for a request to arrive, and for its answer. */
export async function createApi(parts: ApiParts, { requestMs = REQUEST_MS } = {}): Promise<FastifyInstance> {
  // Where it listens, belplan says itself.
  const { log } = parts
  const loggerInstance: FastifyBaseLogger = log.child({}, log.isLevelEnabled('warn') ? { level: 'warn' } : {})
  const server: FastifyInstance = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES,
    requestTimeout: requestMs,
    handlerTimeout: requestMs,
    connectionTimeout: 2 * requestMs,
    // How often Node.js looks for requests that are late; 30 s unless given, and then thousands are ended at once.
    http: { connectionsCheckingInterval: requestMs / 100 },
    // An API that is asked to stop does not wait for idle connections.
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 128 },
    frameworkErrors: (error, request, reply) => void handleError(error, request, reply),
    clientErrorHandler: answerClientError,
  })
  boundConnections(server.server)
  server.setErrorHandler(handleError)
  server.setNotFoundHandler((request) => {
    throw new ApiError(
      'notFound',
      `there is no ${request.method} ${request.url.split('?')[0] ?? ''}; see /openapi.json`,
    )
  })
  // Documents are checked as bytes: what is wrong is then said by line and column, and nothing of a body
  // becomes an object (`__proto__` and all) before that.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser(BODY_TYPES, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  await server.register(fastifyHelmet)
  await server.register(fastifyRateLimit, { global: false })
  await server.register(fastifySwagger, { openapi: openApi(parts), transform: asDocument })
  const knows = guard(server, parts.token)
  healthRoutes(server, parts, knows)
  planRoutes(server, parts)
  callRoutes(server, parts)
  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger())
  await server.ready()
  return server
}

const openApi = ({ version, token }: ApiParts) => ({
  openapi: '3.1.0',
  info: { title: 'belplan', description: 'A call controller for FreeSWITCH.', version },
  ...(token && {
    components: { securitySchemes: { token: { type: 'http' as const, scheme: 'bearer' } } },
    security: [{ token: [] }],
  }),
})

/** A document's body is text to the server and an object to those who send it. */
function asDocument<T>({ schema, url }: { schema: T; url: string }): { schema: T; url: string } {
  if (url !== '/plans/validate') return { schema, url }
  const body = { type: 'object', description: 'A plan document, as `/plans/schema` describes it.' }
  return { schema: { ...schema, consumes: ['application/json'], body }, url }
}

/** What does not even become a request. */
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
