/** The story of one question: cache, first URL, fallback, stale answer. */
import {
  type WebhookResult,
  type Expanded,
  expandTemplate,
  maskCode,
  parseTemplate,
  type WebhookRequest,
  type Template,
  type TemplateFault,
  type WebhookSpec,
} from '../plan/index.ts'
import { attempt, type Attempted, type AttemptParts } from './attempts.ts'
import { cacheKey, type ReplyCache } from './cache.ts'
import { whyOf, within, type Deadline } from './deadline.ts'
import { FIRST_URL_SHARE, MAX_URL_KEPT } from './limits.ts'
import { readReply } from './reply.ts'
import { credentialsOf, outgoing, type Environment, type Outgoing } from './request.ts'

export interface QuestionParts extends AttemptParts {
  readonly cache: ReplyCache
  readonly userAgent: string
}

type Parsed = Template | TemplateFault

/** What is the same for all questions of a webhook. */
export interface Prepared {
  readonly first: Parsed
  readonly fallback: Parsed | undefined
  readonly credentials: ReturnType<typeof credentialsOf>
}

/** What asking one URL came to. */
interface Asked {
  readonly answer: WebhookResult
  /** The server answered to the end. */
  readonly complete: boolean
  /** And it was in a state to answer: not a 5xx without a word of its own. */
  readonly served: boolean
}

export function prepare(document: string, webhook: WebhookSpec, env: Environment): Prepared {
  const { urlTemplate, fallbackUrlTemplate } = webhook
  return {
    credentials: credentialsOf(document, webhook, env),
    first: parseTemplate(urlTemplate),
    fallback: fallbackUrlTemplate === undefined ? undefined : parseTemplate(fallbackUrlTemplate),
  }
}

/** Asks what there is to ask before the deadline. Never rejects. */
export async function answerTo(
  parts: QuestionParts,
  question: WebhookRequest,
  prepared: Prepared,
  deadline: Deadline,
): Promise<WebhookResult> {
  const { webhook } = question
  const first = expand(prepared.first, question)
  if ('fault' in first) return failure(webhook.urlTemplate, `the URL ${first.fault}`)
  const { credentials } = prepared
  if ('fault' in credentials) return failure(first.shown, credentials.fault)
  const out = outgoing(question, credentials, parts.userAgent)

  const key = cacheKey(question, first.url)
  const kept = (seconds: number) =>
    key === undefined ? undefined : parts.cache.get(question.document, key, seconds)
  const fresh = kept(webhook.cacheSeconds)
  if (fresh) return { status: 'ACK', ...fresh, url: first.shown, tries: 0, source: 'cache', warnings: [] }

  // Where there is a fallback, some of the time is kept for it.
  const share = prepared.fallback ? within(deadline.left() * FIRST_URL_SHARE, deadline.signal) : deadline
  let asked = await askUrl(parts, question, out, first, share, 'server')
  if (share !== deadline) share.release()
  const { status, destination, callername } = asked.answer
  if (key !== undefined && status === 'ACK') {
    parts.cache.put(question.document, key, {
      ...(destination && { destination }),
      ...(callername && { callername }),
    })
  }
  if (!asked.complete && prepared.fallback && !deadline.signal.aborted) {
    asked = await askFallback(parts, question, out, prepared.fallback, deadline, asked)
  }

  const wanted = !deadline.signal.aborted || whyOf(deadline.signal) === 'timeout'
  const stale = asked.served || !wanted || webhook.staleIfErrorSeconds === 0
    ? undefined
    : kept(webhook.cacheSeconds + webhook.staleIfErrorSeconds) // prettier-ignore
  return stale ? { ...asked.answer, status: 'ACK', ...stale, source: 'stale' } : asked.answer
}

async function askUrl(
  parts: QuestionParts,
  question: WebhookRequest,
  out: Outgoing,
  { url, shown }: Expanded,
  deadline: Deadline,
  source: 'server' | 'fallback',
): Promise<Asked> {
  const { document, kind, webhook } = question
  // A missed call's webhook is tried again after longer pauses, by whoever asks it.
  const retries = source === 'fallback' || kind === 'missed' ? 0 : webhook.retries
  const attempted = await attempt(parts, { document, url, method: webhook.method, retries }, out, deadline)
  return judge(question, shown, source, attempted)
}

async function askFallback(
  parts: QuestionParts,
  question: WebhookRequest,
  out: Outgoing,
  template: Parsed,
  deadline: Deadline,
  before: Asked,
): Promise<Asked> {
  const { answer } = before
  const target = expand(template, question)
  if ('fault' in target) {
    return { ...before, answer: { ...answer, warnings: [`the fallback URL ${target.fault}`] } }
  }
  const asked = await askUrl(parts, question, out, target, deadline, 'fallback')
  const tries = answer.tries + asked.answer.tries
  const { error } = asked.answer
  if (error === undefined) return { ...asked, answer: { ...asked.answer, tries } }
  return {
    ...asked,
    answer: { ...asked.answer, tries, error: `${answer.error ?? 'ERR'}; fallback: ${error}` },
  }
}

function judge(
  question: WebhookRequest,
  shown: string,
  source: 'server' | 'fallback',
  attempted: Attempted,
): Asked {
  const { outcome, redirectedTo, tries } = attempted
  const { code } = question.values
  const mode = question.kind === 'missed' ? 'ignored' : question.webhook.reply
  // A redirect is the server's text, and it may have put the code into it.
  const base = { url: redirectedTo === undefined ? shown : shortened(maskCode(redirectedTo, code)), tries }
  if (outcome.kind === 'complete') {
    const reply = readReply(outcome.http, outcome.contentType, outcome.body, mode, code)
    const served = outcome.http < 500 || reply.error === undefined
    return { answer: { ...base, ...reply, http: outcome.http, source }, complete: true, served }
  }
  const { http } = outcome
  if (mode === 'ignored' && http !== undefined && http >= 200 && http <= 299) {
    return { answer: { ...base, status: 'ACK', http, source, warnings: [] }, complete: true, served: true }
  }
  const error = redirectedTo === undefined ? outcome.error : maskCode(outcome.error, code)
  const answer: WebhookResult = {
    ...base,
    status: 'ERR',
    ...(http !== undefined && { http }),
    source: 'none',
    error,
    warnings: [],
  }
  return { answer, complete: false, served: false }
}

function expand(parsed: Parsed, question: WebhookRequest): Expanded | TemplateFault {
  const expanded = 'fault' in parsed ? parsed : expandTemplate(parsed, question.values)
  return 'fault' in expanded ? expanded : { ...expanded, shown: shortened(expanded.shown) }
}

/** A URL for the journal. */
function shortened(url: string): string {
  return url.length > MAX_URL_KEPT ? `${url.slice(0, MAX_URL_KEPT)}…` : url
}

/** Nothing was sent. */
function failure(url: string, error: string): WebhookResult {
  return { status: 'ERR', url, tries: 0, source: 'none', error, warnings: [] }
}
