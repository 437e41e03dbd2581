/** Who asks: by the token, or, where none is configured, from this machine alone; and a limit on wrong tokens. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ApiToken, Right } from '../config/index.ts'
import { documentMatcher } from '../plan/index.ts'
import { isLoopback } from '../util/networks.ts'
import { isOpen } from './access.ts'
import { ApiError } from './errors.ts'

/** From one address; beyond that the answer is 429, but never to the right token. */
const WRONG_TOKENS_PER_MINUTE = 30

/** Who asks. */
export interface Client {
  /** Of its token; `local`: none is configured. */
  readonly name: string
  /** Undefined: none, as of whoever asks an open route without a token. */
  readonly right: Right | undefined
  /** It may know of some documents only. */
  readonly limited: boolean
  /** Patterns of the documents that it may know of. */
  readonly documents: readonly string[]
  /** Whether it may know of this document; of what belongs to none, only where it is not limited. */
  mayUse(document: string | undefined): boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    client: Client
  }
}

const local: Client = {
  name: 'local',
  right: 'admin',
  limited: false,
  documents: ['*'],
  mayUse: () => true,
}
const nobody: Client = {
  name: 'nobody',
  right: undefined,
  limited: true,
  documents: [],
  mayUse: () => false,
}

/** Gives each request its client, and refuses those without one on every route but the open ones, and where there is none. */
export function identifyClients(server: FastifyInstance, tokens: readonly ApiToken[]): void {
  server.decorateRequest('client')
  if (tokens.length === 0) identifyByHost(server)
  else identifyByToken(server, tokens)
}

function identifyByToken(server: FastifyInstance, tokens: readonly ApiToken[]): void {
  const failures = server.createRateLimit({ max: WRONG_TOKENS_PER_MINUTE, timeWindow: '1 minute' })
  const clientOf = clientFinder(tokens)

  server.addHook('onRequest', async (request, reply) => {
    const client = clientOf(tokenOf(request))
    request.client = client ?? nobody
    if (client !== undefined || isOpen(request)) return
    const now = await failures(request)
    if (!now.isAllowed && now.isExceeded) {
      reply.header('retry-after', now.ttlInSeconds)
      throw new ApiError(
        'tooMany',
        'too many wrong tokens from this address; wait a minute, or send the right one',
      )
    }
    reply.header('www-authenticate', 'Bearer')
    throw new ApiError('unauthorized', 'send a token of the configuration as `Authorization: Bearer TOKEN`')
  })
}

/**
 * From a token to its client. Digests have one length, and every one is looked at, so that the time taken depends
 * neither on a token's length and content nor on its place in the list.
 */
function clientFinder(tokens: readonly ApiToken[]): (token: string) => Client | undefined {
  const known = tokens.map((token) => ({
    expected: Buffer.from(token.digest.reveal(), 'hex'),
    client: clientWith(token),
  }))
  return (token) => {
    const digest = createHash('sha256').update(token).digest()
    let found: Client | undefined
    for (const { expected, client } of known) if (timingSafeEqual(digest, expected)) found = client
    return found
  }
}

function clientWith({ name, right, documents = ['*'] }: ApiToken): Client {
  const holdsFor = documentMatcher(documents)
  const limited = !documents.includes('*')
  return {
    ...{ name, right, limited, documents },
    mayUse: (document) => (document === undefined ? !limited : holdsFor(document)),
  }
}

const tokenOf = ({ headers }: FastifyRequest): string =>
  /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? ''

function identifyByHost(server: FastifyInstance): void {
  server.addHook('onRequest', (request, _reply, done) => {
    request.client = local
    if (isFromHere(request)) return done()
    throw new ApiError(
      'forbidden',
      'without a token only this machine is answered, by `localhost` or a loopback address, and no other site’s page; set `api.token` or `api.tokens`',
    )
  })
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
