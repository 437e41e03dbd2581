/** Authorisation: by the token, or, where none is configured, of this machine alone; and a limit on wrong tokens. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Secret } from '../config/index.ts'
import { isLoopback } from '../util/networks.ts'
import { ApiError } from './errors.ts'

/** From one address; beyond that the answer is 429, but never to the right token. */
const WRONG_TOKENS_PER_MINUTE = 30

/** For load balancers and supervisors. */
const open: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

export type IsAuthorised = (request: FastifyRequest) => boolean

/** Guards every route of `server` but the open ones, also those that do not exist. */
export function guard(server: FastifyInstance, token: Secret | undefined): IsAuthorised {
  return token === undefined ? guardByHost(server) : guardByToken(server, token)
}

function guardByToken(server: FastifyInstance, token: Secret): IsAuthorised {
  const expected = digest(token.reveal())
  const failures = server.createRateLimit({ max: WRONG_TOKENS_PER_MINUTE, timeWindow: '1 minute' })
  const isAuthorised: IsAuthorised = (request) => timingSafeEqual(digest(tokenOf(request)), expected)

  server.addHook('onRequest', async (request, reply) => {
    if (open.has(request.routeOptions.url ?? '') || isAuthorised(request)) return
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
  return isAuthorised
}

/** Digests have one length, so that the time taken depends neither on the token's length nor on its content. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const tokenOf = ({ headers }: FastifyRequest): string =>
  /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? ''

function guardByHost(server: FastifyInstance): IsAuthorised {
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
 * The listener is on loopback then, but a browser on this machine reaches it for every page that it shows. `Host` gives
 * away a page whose name was made to resolve to this address, the other two headers a form that a page from elsewhere
 * posts. All browsers send `Host`; HTTP/1.0 without one is a load balancer.
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
