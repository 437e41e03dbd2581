/**
 * Traces of calls: one for each call, with a span for each step and each request to a webhook. They are made of what
 * is known when this controller lets go of a call, so that the walk knows nothing of them.
 *
 * No span holds a number, a name, a code, or anything that a server or a caller sent.
 */
import type { BaseLogger } from 'pino'
import type { Walked } from '../call/index.ts'
import type { Config } from '../config/index.ts'
import {
  idempotencyKey,
  outcomeLabelOf,
  type SendWebhook,
  type StepRecord,
  type WebhookRequest,
  type WebhookResult,
} from '../plan/index.ts'
import type { CallRecord } from '../records/index.ts'
import { createSampledIds, newSpanId, type TraceIds, traceparentOf } from './ids.ts'
import type { Span, SpanCounts } from './span.ts'

export interface Traces {
  /** Undefined: the call is not sampled. */
  readonly traceIdOf: (callId: string) => string | undefined
  /** Requests of calls that are sampled carry `traceparent`, and have a span. */
  readonly traced: (send: SendWebhook) => SendWebhook
  /** This controller does not hold the call any more. To be called for each call that asked something. */
  readonly letGo: (call: Walked) => void
  /** The call is over: called by the one controller that has its record. */
  readonly ended: (record: CallRecord) => void
  readonly counts: () => SpanCounts
  /** Sends what waits. Never rejects. */
  readonly close: () => Promise<void>
}

interface TracesOptions {
  readonly config: NonNullable<Config['traces']>
  /** Of belplan. */
  readonly version: string
  /** This controller's name; not known before its port is open. */
  readonly nodeName: () => string
  readonly log: Pick<BaseLogger, 'warn'>
}

/** Loads OpenTelemetry. */
export async function openTraces({ config, ...options }: TracesOptions): Promise<Traces> {
  const { createOtlpExport } = await import('./otlp.ts')
  const out = createOtlpExport({ ...options, config })
  const idsOf = createSampledIds(config.sample)
  /** Calls that are held and asked something → the requests that are over. */
  const held = new Map<string, Asked[]>()

  return {
    traceIdOf: (callId) => idsOf(callId)?.traceId,

    traced: (send) => async (request) => {
      const { callId, kind } = request
      const ids = idsOf(callId)
      if (!ids) return send(request)
      if (kind !== 'missed' && !held.has(callId)) held.set(callId, [])
      const spanId = newSpanId()
      const beganMs = Date.now()
      const began = performance.now()
      const result = await send({ ...request, traceparent: traceparentOf(ids, spanId) })
      const asked = { spanId, request, result, beganMs, ms: performance.now() - began }
      const others = held.get(callId)
      // The call went on without waiting, or is over.
      if (others) others.push(asked)
      else out.add([requestSpan(asked, ids, ids.rootId)])
      return result
    },

    letGo(call) {
      const ids = idsOf(call.id)
      if (!ids) return
      const asked = held.get(call.id) ?? []
      held.delete(call.id)
      const steps = stepSpans(call, ids)
      const spans = [
        ...steps,
        ...asked.map((one) => requestSpan(one, ids, stepOf(one, call, steps) ?? ids.rootId)),
      ]
      if (spans.length > 0) out.add(spans)
    },

    ended(record) {
      const ids = idsOf(record.id)
      if (ids) out.add([callSpan(record, ids)])
    },

    counts: out.counts,
    close: out.close,
  }
}

/** A request to a webhook that is over. */
interface Asked {
  readonly spanId: string
  readonly request: WebhookRequest
  readonly result: WebhookResult
  readonly beganMs: number
  readonly ms: number
}

function callSpan(record: CallRecord, { traceId, rootId }: TraceIds): Span {
  const { id, at, document, plan, revision, ending, cause, answered, controllers, steps } = record
  const beganMs = Date.parse(at)
  // The end of a call that was lost was not seen.
  const ms =
    ending === 'lost'
      ? steps.reduce((sum, step) => sum + (step.ms ?? 0), 0)
      : Math.max(0, Date.now() - beganMs)
  return {
    ...{ name: 'call', kind: 'server', traceId, spanId: rootId, beganMs, ms },
    hasFailed: ending === 'failed' || ending === 'lost',
    attributes: {
      ...common(id, document),
      'belplan.plan': plan,
      'belplan.revision': revision,
      'belplan.ending': ending,
      'belplan.cause': cause,
      'belplan.answered': answered,
      'belplan.controllers': controllers.length,
    },
  }
}

/** One behind the other: between them the walk does nothing. */
function stepSpans({ id, document, steps, beganMs }: Walked, { traceId, rootId }: TraceIds): Span[] {
  let at = beganMs
  return steps.map((step: StepRecord) => {
    const { ms = 0, type } = step
    const span: Span = {
      ...{ name: type, kind: 'internal', traceId, spanId: newSpanId(), parentId: rootId, beganMs: at, ms },
      hasFailed: false,
      attributes: {
        ...common(id, document),
        'belplan.step': step.step,
        'belplan.outcome': outcomeLabelOf(step),
      },
    }
    at += ms
    return span
  })
}

/** No step tries as often. */
const MOST_ATTEMPTS = 16

/** The span of the step that asked: its request has a key that says the step and the attempt. */
function stepOf({ request }: Asked, { id, stepsBefore }: Walked, steps: readonly Span[]): string | undefined {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const place = steps.findIndex((_, i) => idempotencyKey(id, stepsBefore + i, attempt) === request.key)
    if (place >= 0) return steps[place]!.spanId
  }
  return undefined
}

function requestSpan(
  { spanId, request, result, beganMs, ms }: Asked,
  { traceId }: TraceIds,
  parentId: string,
): Span {
  const { status, source, http, tries } = result
  const hasFailed = status === 'ERR'
  return {
    ...{ name: 'webhook request', kind: 'client', traceId, spanId, parentId, beganMs, ms, hasFailed },
    attributes: {
      ...common(request.callId, request.document),
      'belplan.webhook': request.name,
      'belplan.status': status,
      'belplan.source': source,
      'belplan.tries': tries,
      // Of the template, which has no placeholders there: a server that redirects may say anything.
      'server.address': URL.parse(request.webhook.urlTemplate)?.hostname,
      'http.response.status_code': http,
      'error.type': !hasFailed ? undefined : http !== undefined && http >= 400 ? String(http) : '_OTHER',
    },
  }
}

const common = (id: string, document: string | undefined) => ({
  'belplan.call': id,
  'belplan.document': document,
})
