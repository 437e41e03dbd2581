/** Sends webhook requests: cached response, first URL, fallback, stale response. */
import type { BaseLogger } from 'pino'
import {
  type Expanded,
  expandTemplate,
  maskSecrets,
  parseTemplate,
  secretsIn,
  type SendWebhook,
  type Template,
  type TemplateFault,
  type WebhookRequest,
  type WebhookResult,
  type WebhookSpec,
} from '../plan/index.ts'
import { Members } from '../util/members.ts'
import { realTime, type Time } from '../util/time.ts'
import { createAttempts, type Attempted } from './attempts.ts'
import { cacheKey, createCache } from './cache.ts'
import { createDeadline, endReasonOf, type Deadline } from './deadline.ts'
import { credentialsOf, httpRequestBuilder, type GrantedEnvironment } from './http-request.ts'
import { createOrigins, type OriginState, type OriginStats } from './origins.ts'
import { readResponse } from './response.ts'
import { createHttpTransport, type HttpTransportOptions, type Transport } from './transport.ts'

export interface WebhookClientOptions extends HttpTransportOptions {
  readonly env: GrantedEnvironment
  readonly log: Pick<BaseLogger, 'info' | 'warn'>
  /** Of belplan, for `User-Agent`. */
  readonly version: string
  /** Default: connections to the servers that the URLs name. */
  readonly transport?: Transport
  /** Default: that of this machine. */
  readonly time?: Time
}

export interface WebhookClient {
  readonly send: SendWebhook
  /** For metrics: one entry for each document and origin with recent requests. */
  readonly stats: () => OriginStats[]
  /** For people: the same of the documents that `isOf` names, with what became of their requests in the last minutes. */
  readonly report: (isOf: (document: string) => boolean) => OriginState[]
  /** Ends every request in progress (`ERR`, "controller stopping") and closes every connection. */
  readonly close: () => Promise<void>
}

/** Share of `timeoutSeconds` that the first URL may use up where there is a fallback. */
const FIRST_URL_SHARE = 0.6

/** Responses kept for `cacheSeconds` and `staleIfErrorSeconds`, of one document and of all. */
const MAX_CACHED_PER_DOCUMENT = 10_000
const MAX_CACHED = 50_000

/** Of a URL in the journal, which all share: a redirect may be 16 KiB, and a call a hundred steps. */
const MAX_URL_LENGTH = 300

/** What an `ACK` returned. */
type ReturnedValues = Pick<WebhookResult, 'destination' | 'destinations' | 'callername' | 'variables'>

function returnedIn({ destination, destinations, callername, variables }: ReturnedValues): ReturnedValues {
  return {
    ...(destination && { destination }),
    ...(destinations && { destinations }),
    ...(callername && { callername }),
    ...(variables && { variables }),
  }
}

type ParsedUrl = Template | TemplateFault

/** What is the same for all requests of a webhook. */
interface Prepared {
  readonly first: ParsedUrl
  readonly fallback: ParsedUrl | undefined
  readonly credentials: ReturnType<typeof credentialsOf>
}

/** What the requests to one URL came to. */
interface UrlResult {
  readonly result: WebhookResult
  /** The response was complete. */
  readonly complete: boolean
  /** And the server was able to answer: not a 5xx without a valid status. */
  readonly served: boolean
}

export function createWebhookClient(options: WebhookClientOptions): WebhookClient {
  const { config, env, log, time = realTime, transport = createHttpTransport(options) } = options
  const origins = createOrigins(config, time, (document, origin, circuit) =>
    log[circuit === 'open' ? 'warn' : 'info']({ document, origin, circuit }, 'webhook circuit'),
  )
  const attempt = createAttempts(transport, origins, time)
  const cache = createCache<ReturnedValues>(MAX_CACHED_PER_DOCUMENT, MAX_CACHED, time.now)
  const inProgress = new Members<Deadline>()
  // Webhooks come and go with their revisions, and so does what was prepared of them.
  const prepared = new WeakMap<WebhookSpec, Prepared>()
  let closing = false

  function preparedOf({ document, webhook }: WebhookRequest): Prepared {
    let known = prepared.get(webhook)
    if (!known) {
      const { urlTemplate, fallbackUrlTemplate } = webhook
      known = {
        credentials: credentialsOf(document, webhook, env),
        first: parseTemplate(urlTemplate),
        fallback: fallbackUrlTemplate === undefined ? undefined : parseTemplate(fallbackUrlTemplate),
      }
      prepared.set(webhook, known)
    }
    return known
  }

  async function resultOf(request: WebhookRequest, deadline: Deadline): Promise<WebhookResult> {
    const { document, name, kind, webhook } = request
    const { credentials, first: template, fallback: other } = preparedOf(request)
    const fallback = kind === 'event' ? undefined : other
    const first = expand(template, request)
    const refuse = (shown: string, error: string) => {
      if ('origin' in template) origins.failed(document, template.origin, 'refused', error)
      return notSent(shown, error)
    }
    if ('fault' in first) return refuse(webhook.urlTemplate, `the URL ${first.fault}`)
    if ('fault' in credentials) return refuse(first.shown, credentials.fault)
    const build = httpRequestBuilder(request, credentials, `belplan/${options.version}`)

    const key = cacheKey(request, first.url)
    const cached = (seconds: number) =>
      key === undefined ? undefined : cache.get(document, key, seconds * 1000)
    const fresh = cached(webhook.cacheSeconds)
    if (fresh) return { status: 'ACK', ...fresh, url: first.shown, tries: 0, source: 'cache', warnings: [] }

    async function sendTo({ url, shown }: Expanded, until: Deadline, source: 'server' | 'fallback') {
      const retries = source === 'fallback' || isSentAgain(kind) ? 0 : webhook.retries
      const isEvent = kind === 'event'
      const method = isEvent ? 'POST' : webhook.method
      const target = { document, webhook: name, url, method, retries, keepsMethod: isEvent }
      const attempted = await attempt(target, build, until)
      const of = urlResult(request, shown, source, attempted)
      const { outcome } = attempted
      // HTTP 5xx is counted where it came in.
      if (of.result.status === 'ERR' && outcome.kind === 'response' && outcome.http < 500)
        origins.failed(document, new URL(url).origin, 'reply', of.result.error ?? SAYS_ERR)
      return of
    }

    async function sendToFallback(parsed: ParsedUrl, before: UrlResult): Promise<UrlResult> {
      const target = expand(parsed, request)
      if ('fault' in target)
        return { ...before, result: { ...before.result, warnings: [`the fallback URL ${target.fault}`] } }
      const sent = await sendTo(target, deadline, 'fallback')
      const tries = before.result.tries + sent.result.tries
      const error = sent.result.error && `${before.result.error ?? 'ERR'}; fallback: ${sent.result.error}`
      return { ...sent, result: { ...sent.result, tries, ...(error && { error }) } }
    }

    // Where there is a fallback, some of the time is kept for it.
    const share = fallback
      ? createDeadline(deadline.left() * FIRST_URL_SHARE, deadline.signal, time)
      : deadline
    let sent = await sendTo(first, share, 'server')
    if (share !== deadline) share.release()
    if (key !== undefined && sent.result.status === 'ACK') cache.put(document, key, returnedIn(sent.result))
    if (!sent.complete && fallback && !deadline.signal.aborted) sent = await sendToFallback(fallback, sent)

    const wanted = !deadline.signal.aborted || endReasonOf(deadline.signal) === 'timeout'
    if (sent.served || !wanted || webhook.staleIfErrorSeconds === 0) return sent.result
    const stale = cached(webhook.cacheSeconds + webhook.staleIfErrorSeconds)
    return stale ? { ...sent.result, status: 'ACK', ...stale, source: 'stale' } : sent.result
  }

  /** Of those that a caller waits for. */
  function countInstead(request: WebhookRequest, { status, source }: WebhookResult): void {
    const { document, kind } = request
    const what =
      status === 'ERR' ? 'failed' : source === 'fallback' || source === 'stale' ? source : undefined
    const { first } = preparedOf(request)
    if (what !== undefined && (kind === 'plain' || kind === 'codes') && 'origin' in first)
      origins.instead(document, first.origin, what)
  }

  return {
    async send(request) {
      const { webhook, signal } = request
      const seconds = Math.min(webhook.timeoutSeconds, config.maxTimeoutSeconds)
      const deadline = createDeadline(seconds * 1000, signal, time)
      if (closing) deadline.end('closing')
      const place = inProgress.add(deadline)
      try {
        const result = await resultOf(request, deadline)
        // A caller who hung up, or a controller that stops, says nothing about the server.
        if (!signal.aborted && !closing) {
          countInstead(request, result)
          logFailure(log, request, result)
        }
        return result
      } finally {
        deadline.release()
        inProgress.leave(place)
      }
    },
    stats: origins.stats,
    report: origins.report,
    async close() {
      closing = true
      for (const { member } of inProgress) member.end('closing')
      await transport.close()
    },
  }
}

function urlResult(
  { kind, values, webhook, secretNames }: WebhookRequest,
  shown: string,
  source: 'server' | 'fallback',
  { outcome, tries }: Attempted,
): UrlResult {
  const { http, redirectedTo } = outcome
  const secrets = secretsIn(values)
  const mode = kind === 'plain' || kind === 'codes' ? webhook.reply : 'ignored'
  // A redirect is the server's text, which may contain a secret.
  const url = redirectedTo === undefined ? shown : shortened(maskSecrets(redirectedTo, secrets))
  if (outcome.kind === 'response') {
    const { contentType, body } = outcome
    if (kind === 'event' && outcome.http === 303)
      return {
        result: { url, tries, status: 'ACK', http: 303, source, warnings: [] },
        complete: true,
        served: true,
      }
    const response = readResponse(outcome.http, contentType, body, mode, secrets, secretNames)
    const served = outcome.http < 500 || response.error === undefined
    return { result: { url, tries, ...response, http: outcome.http, source }, complete: true, served }
  }
  if (mode === 'ignored' && http !== undefined && http >= 200 && http <= 299)
    return { result: { url, tries, status: 'ACK', http, source, warnings: [] }, complete: true, served: true }
  const error = redirectedTo === undefined ? outcome.error : maskSecrets(outcome.error, secrets)
  const result: WebhookResult = {
    url,
    tries,
    status: 'ERR',
    ...(http !== undefined && { http }),
    source: 'none',
    error,
    warnings: [],
  }
  return { result, complete: false, served: false }
}

const SAYS_ERR = 'the server says ERR'

function notSent(url: string, error: string): WebhookResult {
  return { status: 'ERR', url, tries: 0, source: 'none', error, warnings: [] }
}

/** By those who send them, after longer pauses: missed-call-notifier.ts, src/events. Failures are in their logs. */
function isSentAgain(kind: WebhookRequest['kind']): boolean {
  return kind === 'missed' || kind === 'event'
}

function expand(parsed: ParsedUrl, { values }: WebhookRequest): Expanded | TemplateFault {
  const expanded = 'fault' in parsed ? parsed : expandTemplate(parsed, values)
  return 'fault' in expanded ? expanded : { ...expanded, shown: shortened(expanded.shown) }
}

/** A URL for the journal. */
function shortened(url: string): string {
  return url.length > MAX_URL_LENGTH ? `${url.slice(0, MAX_URL_LENGTH)}…` : url
}

/**
 * One line for each request that failed, to find the document behind a rising metric: a label for it would be as many
 * series as there are documents. Without the URL, which contains callers' numbers: that is in the journal.
 */
function logFailure(
  log: WebhookClientOptions['log'],
  { document, name, callId, kind }: WebhookRequest,
  { status, error, http, source }: WebhookResult,
): void {
  if (isSentAgain(kind) || (status !== 'ERR' && error === undefined)) return
  const reason = error ?? SAYS_ERR
  log.warn({ document, webhook: name, call: callId, reason, http, source }, 'webhook failed')
}
