/** Responses and addresses that may be used again: at most so many for each document, and for all. */
import { hash } from 'node:crypto'
import type { WebhookRequest } from '../plan/index.ts'

interface Cache<T> {
  /** A value that was put less than `maxAgeMs` ago. Counts as a use, whatever its age. */
  get(document: string, key: string, maxAgeMs: number): T | undefined
  put(document: string, key: string, value: T): void
}

interface Cached<T> {
  readonly value: T
  readonly putAt: number
}

/**
 * A document that has `maxPerDocument` loses its least recently used value; where all have `max`, the document with
 * the most loses half of its own: no document can drive out the few of another. No put looks at all documents.
 * `now`: a monotonic clock in milliseconds.
 */
export function createCache<T>(maxPerDocument: number, max: number, now: () => number): Cache<T> {
  // Plain maps, in order of last use: an LRUCache allocates all that it may ever hold at once, for each document.
  const documents = new Map<string, Map<string, Cached<T>>>()
  /** How many values → the documents that have so many. */
  const bySize = new Map<number, Set<string>>()
  let largest = 0
  let total = 0

  function resized(document: string, before: number, size: number): void {
    const others = bySize.get(before)
    if (others?.delete(document) && others.size === 0) bySize.delete(before)
    if (size === 0) documents.delete(document)
    else bySize.set(size, (bySize.get(size) ?? new Set()).add(document))
    largest = Math.max(largest, size)
    total += size - before
  }

  function evict(document: string, count: number): void {
    const own = documents.get(document)!
    const before = own.size
    for (const key of own.keys()) {
      if (before - own.size === count) break
      own.delete(key)
    }
    resized(document, before, own.size)
  }

  function evictFromLargest(): void {
    // As many steps at most as there were puts since.
    while (!bySize.has(largest)) largest--
    const [document] = bySize.get(largest)!
    evict(document!, Math.ceil(largest / 2))
  }

  return {
    get(document, key, maxAgeMs) {
      const own = documents.get(document)
      const cached = own?.get(key)
      if (!own || !cached) return undefined
      own.delete(key)
      own.set(key, cached)
      return now() - cached.putAt < maxAgeMs ? cached.value : undefined
    },
    put(document, key, value) {
      const cached = { value, putAt: now() }
      const known = documents.get(document)
      if (known?.delete(key)) return void known.set(key, cached)
      if (known?.size === maxPerDocument) evict(document, 1)
      else if (total === max) evictFromLargest()
      const own = documents.get(document) ?? new Map<string, Cached<T>>()
      documents.set(document, own.set(key, cached))
      resized(document, own.size - 1, own.size)
    },
  }
}

/**
 * The key of a request's response, or undefined when it must not be cached: never with a code, which may be revoked,
 * and never for a missed call, whose request is a message. A POST carries its values in the body, so they count too.
 */
export function cacheKey(request: WebhookRequest, url: string): string | undefined {
  const { document, name, webhook, values, kind } = request
  if (kind !== 'plain' || values.code !== '') return undefined
  if (webhook.cacheSeconds === 0 && webhook.staleIfErrorSeconds === 0) return undefined
  const { did, callerid, callername, variables = {} } = values
  const body = webhook.method === 'POST' ? [did, callerid, callername, ...Object.entries(variables)] : []
  const text = JSON.stringify([document, name, webhook.method, webhook.reply, url, ...body])
  // URLs may be long, and thousands of keys are kept.
  return hash('sha256', text, 'base64url')
}
