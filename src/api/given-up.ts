/** When nobody waits for an answer any more. */
import type { FastifyReply } from 'fastify'
import { ApiError } from './errors.ts'

/** Aborts when the client is gone. */
export function untilGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  return gone.signal
}

/** As a request without a body may take. */
const LONGEST_MS = 10_000

/**
 * Aborts when the client is gone, or the answer takes too long; then its reason is the error to answer with. Fastify's
 * own signal aborts as soon as a body has been read.
 */
export function untilGivenUp({ raw }: FastifyReply): AbortSignal {
  const givenUp = new AbortController()
  const late = () => givenUp.abort(new ApiError('notReady', 'the answer took too long'))
  const timer = setTimeout(late, LONGEST_MS)
  raw.once('close', () => {
    clearTimeout(timer)
    givenUp.abort()
  })
  return givenUp.signal
}
