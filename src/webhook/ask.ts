/** Implements the walk's `Ask` over HTTP. */
import type { BaseLogger } from 'pino'
import { Members } from '../util/members.ts'
import type { WebhookResult, SendWebhook, WebhookRequest, WebhookSpec } from '../plan/index.ts'
import { createCache } from './cache.ts'
import { within, type Deadline } from './deadline.ts'
import { openConnections, type PrivateNetworks } from './connections.ts'
import type { WebhookLimits } from './limits.ts'
import type { Resolve } from './lookup.ts'
import { createOrigins, type OriginStats } from './origins.ts'
import { answerTo, prepare, type Prepared, type QuestionParts } from './question.ts'
import type { Environment } from './request.ts'
import { createResolve } from './resolve.ts'

export interface AskParts {
  readonly config: WebhookLimits
  readonly env: Environment
  readonly log: Pick<BaseLogger, 'info' | 'warn'>
  /** Of belplan, for `User-Agent`. */
  readonly version: string
  /** Wall clock in milliseconds, for signatures. */
  readonly now?: () => number
  /** Host names to addresses. Default: the hosts file, then the name servers. */
  readonly resolve?: Resolve
  /** Default: none for any document. */
  readonly privateNetworks?: PrivateNetworks
}

export interface Asker {
  readonly ask: SendWebhook
  /** For metrics: one entry for each document and origin asked lately. */
  readonly stats: () => OriginStats[]
  /** Ends every question under way (`ERR`, "controller stopping") and every connection. */
  readonly close: () => Promise<void>
}

/** Throws BelplanError `config` for an entry of `allowPrivateNetworks` that is no network. */
export function createAsk({
  config,
  env,
  log,
  version,
  now = Date.now,
  resolve = createResolve(),
  privateNetworks = () => [],
}: AskParts): Asker {
  const monotonic = () => performance.now()
  const connections = openConnections(config, privateNetworks, resolve)
  const parts: QuestionParts = {
    connections,
    origins: createOrigins(config, monotonic, (document, origin, circuit) =>
      log[circuit === 'open' ? 'warn' : 'info']({ document, origin, circuit }, 'webhook circuit'),
    ),
    cache: createCache(monotonic),
    now,
    userAgent: `belplan/${version}`,
  }
  const underWay = new Members<Deadline>()
  // Webhooks come and go with their revisions, and what was prepared of them goes along.
  const known = new WeakMap<WebhookSpec, Prepared>()
  let closing = false

  function preparedOf({ document, webhook }: WebhookRequest): Prepared {
    let prepared = known.get(webhook)
    if (!prepared) known.set(webhook, (prepared = prepare(document, webhook, env)))
    return prepared
  }

  return {
    async ask(question) {
      const { webhook, signal } = question
      const deadline = within(Math.min(webhook.timeoutSeconds, config.maxTimeoutSeconds) * 1000, signal)
      if (closing) deadline.end('closing')
      const place = underWay.add(deadline)
      try {
        const answer = await answerTo(parts, question, preparedOf(question), deadline)
        // A caller who left, or a controller that stops, says nothing about the server.
        if (!signal.aborted && !closing) tellFailure(log, question, answer)
        return answer
      } finally {
        deadline.release()
        underWay.leave(place)
      }
    },
    stats: () => parts.origins.stats(),
    async close() {
      closing = true
      for (const { member } of underWay) member.end('closing')
      await connections.close()
    },
  }
}

/**
 * One line for each question that failed, so that the document behind a rising metric can be found: a label for
 * it would be as many series as there are documents. The URL stays in the journal: it holds callers' numbers.
 * A missed call's failure is told by whoever tries it again.
 */
function tellFailure(
  log: AskParts['log'],
  { document, name, callId, kind }: WebhookRequest,
  { status, error, http, source }: WebhookResult,
): void {
  if (kind === 'missed' || (status !== 'ERR' && error === undefined)) return
  const reason = error ?? 'the server says ERR'
  log.warn({ document, webhook: name, call: callId, reason, http, source }, 'webhook failed')
}
