/**
 * Routes that read plans. They are read behind all else that the machine does, and their tests may be required to pass,
 * so these routes have longer than others.
 */
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { ApiError } from './errors.ts'

/** As long as one reading may take. */
export const SLOW_MS = 300_000

type Work = 'reads' | 'changes'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What it does when it takes longer than others, if it may. */
    slow?: Work | ((request: FastifyRequest) => Work)
  }
}

/** For every route that is added from here on; `slowMs`: for the answers of slow ones. */
export function allowSlowRoutes(server: FastifyInstance, slowMs: number): void {
  /** Connections with such a request in progress. */
  const waiting = new Set<Socket>()
  // With a listener Node.js leaves it to this one to end connections on which nothing moves.
  server.server.on('timeout', (socket: Socket) => {
    if (!waiting.has(socket)) socket.destroy()
  })

  server.addHook('onRoute', (route: RouteOptions) => {
    const slow = route.config?.slow
    if (slow === undefined) return
    const { handler } = route
    // Fastify's own limit stands behind; Node.js sees to it that the request arrives in time.
    route.handlerTimeout = 2 * slowMs
    route.handler = async function (request, reply) {
      const { socket } = request.raw
      const late = Promise.withResolvers<never>()
      const timer = setTimeout(
        () => late.reject(tooLate(typeof slow === 'function' ? slow(request) : slow)),
        slowMs,
      )
      waiting.add(socket)
      try {
        return await Promise.race([handler.call(this, request, reply), late.promise])
      } finally {
        clearTimeout(timer)
        waiting.delete(socket)
      }
    }
  })
}

const tooLate = (work: Work) =>
  work === 'reads'
    ? new ApiError('notReady', 'the answer took too long; the machine is busy, try again later')
    : new ApiError(
        'goesOn',
        'it takes longer than an answer may, and goes on: GET /plans says what serves, the audit what became of it',
      )
