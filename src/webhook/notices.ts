/** Notices (`notify` steps): nobody waits for them, so they never take what callers wait for, nor hold up a stop. */
import type { BaseLogger } from 'pino'
import type { Config } from '../config/index.ts'
import type { SendWebhook, WebhookRequest, WebhookResult } from '../plan/index.ts'
import { Members } from '../util/members.ts'
import { within } from '../util/within.ts'
import { createConcurrencyLimit, type ConcurrencyLimit } from './throttling.ts'

/** Of the requests that a document may have at one time: the others are for questions that callers wait for. */
const SHARE = 1 / 4

interface Notices {
  /** Sends notices when their turn comes, and any other request at once. */
  readonly send: SendWebhook
  /** Resolves when none is in progress, or after `withinMs`. */
  readonly settle: (withinMs: number) => Promise<void>
}

/** So many of a document are in progress at one time, and `maxQueued` more wait; what is past that is not sent. */
export function createNotices(options: {
  readonly send: SendWebhook
  readonly config: Pick<Config['webhooks'], 'maxConcurrentPerDocument' | 'maxQueued'>
  readonly log: Pick<BaseLogger, 'warn'>
}): Notices {
  const { send, config, log } = options
  const most = Math.max(1, Math.floor(config.maxConcurrentPerDocument * SHARE))
  const running = new Members<Promise<unknown>>()
  /** Of documents with notices in progress. */
  const limits = new Map<string, ConcurrencyLimit>()

  async function inTurn(request: WebhookRequest): Promise<WebhookResult> {
    const { document, name, callId, signal } = request
    const limit = limits.get(document) ?? createConcurrencyLimit(most, config.maxQueued)
    limits.set(document, limit)
    if ((await limit.acquire(signal)) !== 'acquired') {
      const error = 'too many notices at one time'
      log.warn({ document, webhook: name, call: callId, reason: error }, 'webhook failed')
      return { status: 'ERR', url: '', tries: 0, source: 'none', error, warnings: [] }
    }
    try {
      return await send(request)
    } finally {
      limit.release()
      if (limit.active === 0) limits.delete(document)
    }
  }

  return {
    send(request) {
      if (request.kind !== 'notice') return send(request)
      const sent = inTurn(request)
      const place = running.add(sent.finally(() => running.leave(place)))
      return sent
    },
    async settle(withinMs) {
      await within(withinMs, Promise.all(Array.from(running, ({ member }) => member)))
    },
  }
}
