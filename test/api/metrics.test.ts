import { expect, test } from 'vitest'
import { createMetrics, type MetricSources } from '../../src/api/metrics.ts'
import { wantsOpenMetrics } from '../../src/api/metrics-text.ts'
import type { WebhookResult } from '../../src/plan/webhook-request.ts'
import { id, record } from '../records/records.ts'

const sources: MetricSources = {
  held: () => 7,
  ready: () => true,
  revision: () => '5f0c3a9be214',
  listening: () => false,
  stale: () => true,
  rolledBack: () => true,
  heldBack: () => 2,
  journal: () => ({ written: 3, failed: 1 }),
  removed: () => 8,
  audit: () => 4,
  events: () => ({ waiting: 12, delivered: 30, givenUp: 5, lost: 6 }),
  stream: () => ({ readers: 8, dropped: 9 }),
  origins: () => [
    { document: 'acme', origin: 'https://a.example', circuit: 'open', inFlight: 1, queued: 2 },
    { document: 'acme', origin: 'https://b.example', circuit: 'probing', inFlight: 1, queued: 0 },
    { document: 'acme', origin: 'https://c.example', circuit: 'closed', inFlight: 3, queued: 0 },
  ],
}

async function lines(fill: (metrics: ReturnType<typeof createMetrics>) => void = () => undefined, more = {}) {
  const metrics = createMetrics('1.2.3')
  metrics.observe({ ...sources, ...more })
  fill(metrics)
  // Twice: what is counted elsewhere must not grow by being looked at. And the other format leaves nothing behind.
  await Promise.all([metrics.text(false), metrics.text(true)])
  return (await metrics.text(false)).text.split('\n')
}

const result: WebhookResult = {
  status: 'ERR',
  url: 'https://a.example/',
  tries: 2,
  source: 'none',
  warnings: [],
}

test('api /metrics: what is held, open and broken now', async () => {
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'belplan_calls_held 7',
      'belplan_ready 1',
      'belplan_listening 0',
      'belplan_plans_info{revision="5f0c3a9be214"} 1',
      'belplan_plans_stale 1',
      'belplan_plans_rolled_back 1',
      'belplan_documents_held_back 2',
      'belplan_journal_records_total 3',
      'belplan_journal_failures_total 1',
      'belplan_journal_files_removed_total 8',
      'belplan_audit_failures_total 4',
      'belplan_events_waiting 12',
      'belplan_events_delivered_total 30',
      'belplan_events_given_up_total 5',
      'belplan_events_lost_total 6',
      'belplan_webhook_in_flight 5',
      'belplan_webhook_queued 2',
      'belplan_webhook_circuit_open{document="acme",origin="https://a.example"} 1',
      'belplan_webhook_circuit_open{document="acme",origin="https://b.example"} 0.5',
    ]),
  )
  expect((await lines()).join()).not.toContain('c.example')
})

test('api /metrics: each ending and result is there from the beginning, so that the first one is a rise', async () => {
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'belplan_calls_total{ending="failed"} 0',
      'belplan_calls_total{ending="lost"} 0',
      'belplan_reloads_total{result="refused"} 0',
    ]),
  )
})

test.each([
  [undefined, false],
  ['*/*', false],
  ['text/plain;version=0.0.4', false],
  ['application/openmetrics-text;version=1.0.0;q=0, text/plain', false],
  ['application/openmetrics-text; q=0.0', false],
  ['application/openmetrics-text', true],
  ['text/plain;q=0, application/openmetrics-text;version=1.0.0', true],
  ['application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.3,*/*;q=0.1', true],
])('api /metrics: Accept %j asks for OpenMetrics: %s', (accept, wants) => {
  expect(wantsOpenMetrics(accept)).toBe(wants)
})

test('api /metrics: spans and exemplars are there only with traces', async () => {
  const sent = (options: object, more: object) => async () => {
    const metrics = createMetrics('1.2.3', options)
    metrics.observe({ ...sources, ...more })
    metrics.webhookSent(result, 120, 'trace')
    // One that takes longer than any bucket.
    metrics.webhookSent(result, 20_000, 'slow')
    metrics.webhookSent(result, 120)
    return (await metrics.text(true)).text
  }
  expect(await sent({}, {})()).not.toMatch(/trace/)
  const shown = await sent({ exemplars: true }, { spans: () => ({ exported: 7, dropped: 2 }) })()
  expect(shown).toMatch(/\{le="0\.25",status="ERR",source="none"\} 2 # \{trace_id="trace"\} 0\.12 \d/)
  expect(shown).toMatch(/\{le="\+Inf",status="ERR",source="none"\} 3/)
  expect(shown).toMatch(/^belplan_trace_spans_exported_total 7$/m)
  expect(shown).toMatch(/^belplan_trace_spans_dropped_total 2$/m)
})

test('api /metrics: each link is there by the name of its FreeSWITCH, and none when none is configured', async () => {
  expect((await lines()).join()).not.toContain('linked')
  const linked = () => new Map([['fs-a', true], ['127.0.0.1:8022', false]]) // prettier-ignore
  expect(await lines(undefined, { linked })).toEqual(
    expect.arrayContaining([
      'belplan_freeswitch_linked{freeswitch="fs-a"} 1',
      'belplan_freeswitch_linked{freeswitch="127.0.0.1:8022"} 0',
    ]),
  )
})

test('api /metrics: calls, steps and webhook requests', async () => {
  const steps = [
    { step: 'main/0', type: 'webhook', ms: 1, outcome: 'ACK' },
    { step: 'main/1', type: 'goto', ms: 1, outcome: 'some-plan' },
    { step: 'main/2', type: 'ivr', ms: 1, outcome: '12345' },
    { step: 'main/3', type: 'bridge', outcome: 'busy' },
  ] as const
  const shown = await lines((metrics) => {
    metrics.callEnded(record(id(1), { steps }))
    metrics.webhookSent(result, 120)
    metrics.reloaded('refused')
  })
  expect(shown).toEqual(
    expect.arrayContaining([
      'belplan_calls_total{ending="talked"} 1',
      'belplan_steps_total{type="webhook",outcome="ACK"} 1',
      'belplan_steps_total{type="goto",outcome="plan"} 1',
      'belplan_steps_total{type="ivr",outcome="choice"} 1',
      'belplan_webhook_requests_total 2',
      'belplan_webhook_seconds_bucket{le="0.1",status="ERR",source="none"} 0',
      'belplan_webhook_seconds_bucket{le="0.25",status="ERR",source="none"} 1',
      'belplan_reloads_total{result="refused"} 1',
    ]),
  )
  // Names of plans and what callers key are no labels; a step without a time was counted elsewhere.
  expect(shown.join()).not.toMatch(/some-plan|12345|"busy"/)
})
