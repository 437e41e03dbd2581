/** Who may ask: whoever has the token, or, where there is none, this machine alone; and a limit on wrong tokens. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Secret } from '../config/index.ts'
import { isLoopback } from '../util/networks.ts'
import { ApiError } from './errors.ts'

/** Wrong tokens from one address in a minute; past that it is told so, which the right one never is. */
const FAILURES_PER_MINUTE = 30

/** What load balancers and supervisors ask. */
const open: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

/** Whether the request may be told everything. */
export type Knows = (request: FastifyRequest) => boolean

/** Guards every route of `server`, and those that do not exist. */
export function guard(server: FastifyInstance, token: Secret | undefined): Knows {
  return token === undefined ? guardByHost(server) : guardByToken(server, token)
}

function guardByToken(server: FastifyInstance, token: Secret): Knows {
  const expected = digest(token.reveal())
  const failures = server.createRateLimit({ max: FAILURES_PER_MINUTE, timeWindow: '1 minute' })
  const knows: Knows = (request) => timingSafeEqual(digest(tokenOf(request)), expected)

  server.addHook('onRequest', async (request, reply) => {
    if (open.has(request.routeOptions.url ?? '') || knows(request)) return
    const now = await failures(request)
    if (!now.isAllowed && now.isExceeded) {
      reply.header('retry-after', now.ttlInSeconds)
      throw new ApiError(
        'tooMany',
        'too many wrong tokens from this address; wait a minute, or send the right one',
      )
    }
    reply.header('www-authenticate', 'Bearer')
    throw new ApiError('unauthorized', 'send the token of the configuration as `Authorization: Bearer TOKEN`')
  })
  return knows
}

/** Digests have one length, so that neither the token's length nor its content shows in the time taken. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const tokenOf = ({ headers }: FastifyRequest): string =>
  /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? ''

function guardByHost(server: FastifyInstance): Knows {
  server.addHook('onRequest', (request, _reply, done) => {
    if (isFromHere(request)) return done()
    throw new ApiError(
      'forbidden',
      'without a token only this machine is answered, by `localhost` or a loopback address, and no other site’s page; set `api.token`',
    )
  })
  return () => true
}

/**
 * The listener is on loopback then, but a browser on this machine reaches it for every page that it shows: for one
 * whose name was made to lead here, which `Host` tells, and for one from elsewhere that posts a form, which the
 * other two tell. All browsers send `Host`; HTTP/1.0 without one is a load balancer.
 */
function isFromHere({ headers }: FastifyRequest): boolean {
  const { host, origin, 'sec-fetch-site': site = 'none' } = headers
  if (host !== undefined && !isLoopback(nameIn(host))) return false
  if (origin !== undefined && origin.replace(/^https?:\/\//, '') !== host) return false
  return site === 'none' || site === 'same-origin'
}

/** The name or address of `Host`, without its port. */
const nameIn = (host: string): string =>
  host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
