/** To a collector: OTLP/HTTP as JSON. The one file that loads OpenTelemetry, and is itself loaded where traces are configured. */
import { type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace'
import type { BaseLogger } from 'pino'
import type { Config } from '../config/index.ts'
import type { Span, SpanExport } from './span.ts'

/** Spans that wait or are on their way: some 4 MB. */
const MOST_WAITING = 4096
/** Spans of one request: to write them down takes the event loop some 0.4 ms. */
const BATCH = 256
const EVERY_MS = 1000
/** Of a request, with the retries of those that the collector may yet take. */
const TIMEOUT_MS = 5000
/** `ExportResultCode` of @opentelemetry/core. */
const SUCCESS = 0

const kinds = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL, client: SpanKind.CLIENT }

export interface OtlpOptions {
  readonly config: Pick<NonNullable<Config['traces']>, 'url' | 'headers'>
  /** Of belplan. */
  readonly version: string
  /** This controller's name; not known before its port is open. */
  readonly nodeName: () => string
  readonly log: Pick<BaseLogger, 'warn'>
}

export function createOtlpExport({ config, version, nodeName, log }: OtlpOptions): SpanExport {
  const exporter: SpanExporter = new OTLPTraceExporter({
    url: config.url,
    headers: Object.fromEntries(
      Object.entries(config.headers).map(([name, value]) => [name, value.reveal()]),
    ),
    timeoutMillis: TIMEOUT_MS,
    concurrencyLimit: Math.ceil(MOST_WAITING / BATCH),
  })
  const counts = { exported: 0, dropped: 0 }
  let waiting = 0
  let arrives = true
  let common: Common | undefined

  function settle(count: number, error: Error | undefined): void {
    waiting -= count
    counts[error ? 'dropped' : 'exported'] += count
    // The collector's words may be anything.
    if (error && arrives) log.warn({ reason: reasonOf(error), url: config.url }, 'traces do not arrive')
    arrives = error === undefined
  }

  const counting: SpanExporter = {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const isThere = (result.code as number) === SUCCESS
        settle(spans.length, isThere ? undefined : (result.error ?? new Error('not exported')))
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
  }
  const processor = new BatchSpanProcessor({
    exporter: counting,
    // Never reached: what does not fit is counted here.
    maxQueueSize: MOST_WAITING,
    maxExportBatchSize: BATCH,
    scheduledDelayMillis: EVERY_MS,
    exportTimeoutMillis: 2 * TIMEOUT_MS,
  })

  return {
    add(spans) {
      if (waiting + spans.length > MOST_WAITING) {
        counts.dropped += spans.length
        return
      }
      waiting += spans.length
      common ??= commonOf(version, nodeName())
      for (const span of spans) processor.onEnd(readable(span, common))
    },
    counts: () => counts,
    close: () => processor.shutdown().catch(() => undefined),
  }
}

/** A code where there is one: the message may be what the collector said. */
function reasonOf(error: Error & { code?: unknown }): string {
  const { code, name } = error
  return typeof code === 'string' || typeof code === 'number' ? String(code) : name
}

/** What all spans have in common. */
type Common = ReturnType<typeof commonOf>

function commonOf(version: string, instance: string) {
  return {
    resource: resourceFromAttributes({
      'service.name': 'belplan',
      'service.version': version,
      'service.instance.id': instance,
    }),
    instrumentationScope: { name: 'belplan', version },
    ...{ links: [], events: [], ended: true },
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  }
}

function readable(span: Span, common: Common): ReadableSpan {
  const context = (spanId: string) => ({
    ...{ traceId: span.traceId, spanId, traceFlags: TraceFlags.SAMPLED },
  })
  const own = context(span.spanId)
  return {
    ...common,
    name: span.name,
    kind: kinds[span.kind],
    spanContext: () => own,
    ...(span.parentId !== undefined && { parentSpanContext: context(span.parentId) }),
    startTime: hrTime(span.beganMs),
    endTime: hrTime(span.beganMs + span.ms),
    duration: hrTime(span.ms),
    status: { code: span.hasFailed ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: Object.fromEntries(
      Object.entries(span.attributes).filter(([, value]) => value !== undefined),
    ),
  }
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)]
}
