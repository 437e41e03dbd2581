/** `ACK`s that may serve again: `cacheSeconds`, and `staleIfErrorSeconds` when the server does not. */
import { hash } from 'node:crypto'
import type { WebhookRequest } from '../plan/index.ts'
import { MAX_CACHED_ANSWERS, MAX_CACHED_ANSWERS_OF_ONE } from './limits.ts'
import { createShares } from './shares.ts'

export interface CachedReply {
  readonly destination?: string
  readonly callername?: string
}

export interface ReplyCache {
  /** A reply that is younger than `seconds`. */
  get(document: string, key: string, seconds: number): CachedReply | undefined
  put(document: string, key: string, reply: CachedReply): void
}

/** `now`: a monotonic clock in milliseconds. */
export function createCache(now: () => number): ReplyCache {
  const replies = createShares<{ readonly reply: CachedReply; readonly at: number }>(
    MAX_CACHED_ANSWERS_OF_ONE,
    MAX_CACHED_ANSWERS,
  )
  return {
    get(document, key, seconds) {
      const kept = replies.get(document, key)
      return kept && now() - kept.at < seconds * 1000 ? kept.reply : undefined
    },
    put(document, key, reply) {
      replies.put(document, key, { reply, at: now() })
    },
  }
}

/**
 * Where a question's reply is kept, or undefined when it must not be: never with a code, which may be revoked, and
 * never for a missed call, which is a message. A POST carries its values in the body, so they count as well.
 */
export function cacheKey(question: WebhookRequest, url: string): string | undefined {
  const { webhook, values, kind } = question
  if (kind !== 'plain' || values.code !== '') return undefined
  if (webhook.cacheSeconds === 0 && webhook.staleIfErrorSeconds === 0) return undefined
  const body = webhook.method === 'POST' ? [values.did, values.callerid, values.callername] : []
  const about = JSON.stringify([
    question.document,
    question.name,
    webhook.method,
    webhook.reply,
    url,
    ...body,
  ])
  // URLs may be long, and thousands of keys are held.
  return hash('sha256', about, 'base64url')
}
