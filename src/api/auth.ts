/** Who may ask: the bearer token, compared in constant time, and a limit on wrong ones. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Secret } from '../config-secret.ts'
import { ApiError } from './errors.ts'

/** Wrong tokens from one address in a minute; past that it has to wait, with the right one, too. */
const FAILURES_PER_MINUTE = 30

/** What load balancers and monitoring ask. */
const open: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics'])

/** Guards every route of `server`, and those that do not exist; nothing is guarded without a token. */
export function guard(server: FastifyInstance, token: Secret | undefined): void {
  if (token === undefined) return
  const expected = digest(token.reveal())
  const failures = server.createRateLimit({ max: FAILURES_PER_MINUTE, timeWindow: '1 minute' })

  server.addHook('onRequest', async (request, reply) => {
    if (open.has(request.routeOptions.url ?? '')) return
    const before = await failures(request, { increment: false })
    if (!before.isAllowed && before.remaining === 0) {
      reply.header('retry-after', before.ttlInSeconds)
      throw new ApiError('tooMany', 'too many wrong tokens from this address; wait a minute')
    }
    if (timingSafeEqual(digest(tokenOf(request)), expected)) return
    await failures(request)
    reply.header('www-authenticate', 'Bearer')
    throw new ApiError('unauthorized', 'send the token of the configuration as `Authorization: Bearer TOKEN`')
  })
}

/** Digests have one length, so that neither the token's length nor its content shows in the time taken. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const tokenOf = ({ headers }: FastifyRequest): string =>
  /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? ''
