/** `ACK`s that may serve again: `cacheSeconds`, and `staleIfErrorSeconds` when the server does not. */
import { hash } from 'node:crypto'
import type { Question } from '../plan/call.ts'
import { MAX_CACHED_ANSWERS, MAX_CACHED_ANSWERS_OF_ONE } from './limits.ts'

export interface CachedReply {
  readonly destination?: string
  readonly callername?: string
}

export interface ReplyCache {
  /** A reply that is younger than `seconds`. */
  get(document: string, key: string, seconds: number): CachedReply | undefined
  put(document: string, key: string, reply: CachedReply): void
}

/** In order of last use. */
type Replies = Map<string, { readonly reply: CachedReply; readonly at: number }>

/**
 * `now`: a monotonic clock in milliseconds. Where a document has too many, its least recently used reply goes; where
 * all have, it is the document with the most that loses half of its own: no document can drive out another's few.
 */
export function createCache(now: () => number): ReplyCache {
  // Plain maps: an LRUCache takes the memory for all that it may hold at once, for each document.
  const documents = new Map<string, Replies>()
  let total = 0

  function forget(replies: Replies, count: number): void {
    for (const key of replies.keys()) {
      if (count-- === 0) return
      replies.delete(key)
      total--
    }
  }

  function makeRoom(): void {
    let most = 0
    let document = ''
    for (const [name, { size }] of documents) if (size > most) [most, document] = [size, name]
    const replies = documents.get(document)!
    forget(replies, Math.ceil(most / 2))
    if (replies.size === 0) documents.delete(document)
  }

  return {
    get(document, key, seconds) {
      const replies = documents.get(document)
      const kept = replies?.get(key)
      if (!kept) return undefined
      replies!.delete(key)
      replies!.set(key, kept)
      return now() - kept.at < seconds * 1000 ? kept.reply : undefined
    },
    put(document, key, reply) {
      if (total === MAX_CACHED_ANSWERS) makeRoom()
      let replies = documents.get(document)
      if (!replies) documents.set(document, (replies = new Map() as Replies))
      if (replies.delete(key)) total--
      if (replies.size === MAX_CACHED_ANSWERS_OF_ONE) forget(replies, 1)
      replies.set(key, { reply, at: now() })
      total++
    },
  }
}

/**
 * Where a question's reply is kept, or undefined when it must not be: never with a code, which may be revoked, and
 * never for a missed call, which is a message. A POST carries its values in the body, so they count as well.
 */
export function cacheKey(question: Question, url: string): string | undefined {
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
