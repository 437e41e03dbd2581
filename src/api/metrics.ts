/** Metrics for Prometheus. Labels come from closed lists, or from lists of bounded length. */
import {
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  openMetricsContentType,
  Registry,
  type RegistryContentType,
} from 'prom-client'
import type { ShippingCounts } from '../history/index.ts'
import type { LiveCounts } from '../live/index.ts'
import { createMetricsText, type MetricsText } from './metrics-text.ts'
import { type CallRecord, ENDINGS } from '../records/index.ts'
import { outcomeLabelOf, type WebhookResult } from '../plan/index.ts'

export interface Metrics {
  readonly text: MetricsText
  /** Adds the metrics whose values are read at each scrape. To be called once. */
  observe(sources: MetricSources): void
  callEnded(record: CallRecord): void
  /** One webhook request, retries included. */
  webhookSent(result: WebhookResult, ms: number, traceId?: string): void
  reloaded(result: 'changed' | 'unchanged' | 'refused'): void
}

/** What is read at each scrape. */
export interface MetricSources {
  readonly held: () => number
  /** As `/readyz` says. */
  readonly ready: () => boolean
  readonly listening: () => boolean
  /** That serves. */
  readonly revision: () => string
  readonly stale: () => boolean
  readonly rolledBack: () => boolean
  /** Documents. */
  readonly heldBack: () => number
  readonly journal: () => { readonly written: number; readonly failed: number }
  /** Files of the journal. */
  readonly removed: () => number
  /** To the database that machines share; absent where there is none. */
  readonly shipping?: () => ShippingCounts
  /** Lines of the audit that are in the log only. */
  readonly audit: () => number
  readonly events: () => {
    readonly waiting: number
    readonly delivered: number
    readonly givenUp: number
    readonly lost: number
  }
  /** Absent where no database is shared with other machines. */
  readonly eventCopies?: () => { readonly uncopied: number; readonly adopted: number }
  readonly origins: () => readonly Origin[]
  readonly stream: () => LiveCounts
  /** Absent where no traces are configured. */
  readonly spans?: () => { readonly exported: number; readonly dropped: number }
  /** Each FreeSWITCH by its name, and whether its inbound link is there; absent where none is configured. */
  readonly linked?: () => ReadonlyMap<string, boolean>
  /** Whether plans can be published; absent where no database is configured. */
  readonly plansInStep?: () => boolean
  /** Absent where no database is configured. */
  readonly store?: () => {
    readonly connected: boolean
    /** Since it answered. */
    readonly silentSeconds: number
    /** Of all machines, those that live. */
    readonly controllers: number
  }
}

interface Origin {
  readonly document: string
  readonly origin: string
  readonly circuit: string
  readonly inFlight: number
  readonly queued: number
}

/** How often the event loop's lag is measured. The default, every 10 ms, costs as much as two calls a second. */
const LAG_EVERY_MS = 100

/** Gauges that are named as counters; each is the sum of one without `_total`, by type. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

/** `version`: of belplan. `exemplars`: times of webhooks name the trace of a call that took so long. */
export function createMetrics(version: string, { exemplars = false } = {}): Metrics {
  // A registry of the other format takes no metric with exemplars.
  const registry = new Registry<RegistryContentType>()
  registry.setContentType(openMetricsContentType)
  const registers = [registry]
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_EVERY_MS })
  for (const name of MISNAMED) registry.removeSingleMetric(name)

  const calls = new Counter({
    name: 'belplan_calls_total',
    help: 'Calls, by how they ended',
    labelNames: ['ending'],
    registers,
  })
  // A rise from nothing is none to Prometheus: each is there from the beginning.
  for (const ending of ENDINGS) calls.inc({ ending }, 0)
  const steps = new Counter({
    name: 'belplan_steps_total',
    help: 'Steps executed, by type and outcome',
    labelNames: ['type', 'outcome'],
    registers,
  })
  // `trace_id` is a label of exemplars alone.
  const webhooks = new Histogram<'status' | 'source' | 'trace_id'>({
    name: 'belplan_webhook_seconds',
    help: 'Questions to webhooks, retries included, by status and by what answered',
    labelNames: ['status', 'source'],
    enableExemplars: exemplars,
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10],
    registers,
  })
  const requests = new Counter({
    name: 'belplan_webhook_requests_total',
    help: 'HTTP requests sent to webhooks',
    registers,
  })
  const reloads = new Counter({
    name: 'belplan_reloads_total',
    help: 'Reloads, by result',
    labelNames: ['result'],
    registers,
  })
  for (const result of ['changed', 'unchanged', 'refused']) reloads.inc({ result }, 0)
  new Gauge({ name: 'belplan_build_info', help: 'Version', labelNames: ['version'], registers }).set(
    { version },
    1,
  )

  return {
    text: createMetricsText(registry),
    observe: (sources) => observe(sources, registry),
    callEnded(record) {
      calls.inc({ ending: record.ending })
      // A step without a time was another controller's.
      for (const step of record.steps)
        if (step.ms !== undefined) steps.inc({ type: step.type, outcome: outcomeLabelOf(step) })
    },
    webhookSent({ status, source, tries }, ms, traceId) {
      const value = ms / 1000
      const labels = { status, source }
      if (exemplars)
        webhooks.observe({
          labels,
          value,
          exemplarLabels: traceId === undefined ? {} : { trace_id: traceId },
        })
      else webhooks.observe(labels, value)
      requests.inc(tries)
    },
    reloaded: (result) => reloads.inc({ result }),
  }
}

/** Values that are there already and only have to be looked at. */
function observe(sources: MetricSources, registry: Registry<RegistryContentType>): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value())
      },
    })
  const total = (name: string, help: string, value: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(value())
      },
    })
  const sum = (value: (origin: Origin) => number) => () =>
    sources.origins().reduce((all, one) => all + value(one), 0)

  gauge('belplan_calls_held', 'Calls held now', sources.held)
  gauge('belplan_ready', 'Whether calls can be taken, as /readyz says', () => Number(sources.ready()))
  gauge('belplan_listening', 'Whether FreeSWITCH can hand over calls', () => Number(sources.listening()))
  new Gauge({
    name: 'belplan_plans_info',
    help: 'The revision of the plan set that serves',
    labelNames: ['revision'],
    registers: [registry],
    collect() {
      this.reset()
      this.set({ revision: sources.revision() }, 1)
    },
  })
  gauge(
    'belplan_plans_stale',
    'Whether what serves is not what is published: it does not validate, or this release cannot read it',
    () => Number(sources.stale()),
  )
  gauge(
    'belplan_plans_rolled_back',
    'Whether a revision was rolled back to, and serves whatever is published',
    () => Number(sources.rolledBack()),
  )
  gauge(
    'belplan_documents_held_back',
    'Documents that do not validate, or that this release cannot read, so that their last good form serves, or nothing',
    sources.heldBack,
  )
  const { linked } = sources
  if (linked) {
    new Gauge({
      name: 'belplan_freeswitch_linked',
      help: 'Whether the inbound link is there',
      labelNames: ['freeswitch'],
      registers: [registry],
      collect() {
        for (const [freeswitch, isLinked] of linked()) this.set({ freeswitch }, Number(isLinked))
      },
    })
  }
  const { plansInStep } = sources
  if (plansInStep)
    gauge('belplan_plans_in_step', 'Whether plans are in step with the database that machines share', () =>
      Number(plansInStep()),
    )
  const { store } = sources
  if (store) {
    gauge('belplan_store_connected', 'Whether the database that machines share answers', () =>
      Number(store().connected),
    )
    gauge('belplan_store_silent_seconds', 'Time since that database answered', () => store().silentSeconds)
    gauge('belplan_controllers', 'Controllers of all machines that live', () => store().controllers)
  }
  total('belplan_journal_records_total', 'Records written', () => sources.journal().written)
  total('belplan_journal_failures_total', 'Records that are in the log only', () => sources.journal().failed)
  total(
    'belplan_journal_files_removed_total',
    'Files of the journal that were old, or too much',
    sources.removed,
  )
  const { shipping } = sources
  if (shipping) {
    gauge(
      'belplan_records_waiting',
      'Records of the journal that the shared database does not have',
      () => shipping().waiting,
    )
    gauge(
      'belplan_records_waiting_seconds',
      'How long the oldest of those waits',
      () => shipping().oldestMs / 1000,
    )
    total('belplan_records_shipped_total', 'Records shipped to the shared database', () => shipping().shipped)
    total(
      'belplan_records_refused_total',
      'Records that the shared database did not take',
      () => shipping().refused,
    )
    total(
      'belplan_shipping_failures_total',
      'Attempts to ship records that failed, each of which is repeated',
      () => shipping().failures,
    )
  }
  total('belplan_audit_failures_total', 'Lines of the audit that are in the log only', sources.audit)
  gauge(
    'belplan_events_waiting',
    'Events on disk that wait for their delivery',
    () => sources.events().waiting,
  )
  total('belplan_events_delivered_total', 'Events delivered', () => sources.events().delivered)
  total('belplan_events_given_up_total', 'Events given up after 24 hours', () => sources.events().givenUp)
  total('belplan_events_lost_total', 'Events that could not be kept on disk', () => sources.events().lost)
  const { eventCopies } = sources
  if (eventCopies) {
    gauge(
      'belplan_events_uncopied',
      'Events that wait or were given up, and are on this disk alone',
      () => eventCopies().uncopied,
    )
    total(
      'belplan_events_adopted_total',
      'Events of lost machines that were taken over',
      () => eventCopies().adopted,
    )
  }
  gauge('belplan_stream_readers', 'Readers of /stream', () => sources.stream().readers)
  total(
    'belplan_stream_dropped_total',
    'Readers of /stream that were too slow',
    () => sources.stream().dropped,
  )
  const { spans } = sources
  if (spans) {
    total('belplan_trace_spans_exported_total', 'Spans that the collector took', () => spans().exported)
    total('belplan_trace_spans_dropped_total', 'Spans that did not get there', () => spans().dropped)
  }
  gauge(
    'belplan_webhook_in_flight',
    'Requests to webhooks under way',
    sum(({ inFlight }) => inFlight),
  )
  gauge(
    'belplan_webhook_queued',
    'Requests to webhooks that wait their turn',
    sum(({ queued }) => queued),
  )
  new Gauge({
    name: 'belplan_webhook_circuit_open',
    help: 'Circuits that are not closed: 1 open, 0.5 probing',
    labelNames: ['document', 'origin'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { document, origin, circuit } of sources.origins()) {
        if (circuit !== 'closed') this.set({ document, origin }, circuit === 'open' ? 1 : 0.5)
      }
    },
  })
}
