/** operations, Traces: a trace for each call that is sampled, and nothing personal in it. */
import { pino } from 'pino'
import { afterEach, expect, test, vi } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { createSampledIds } from '../../src/traces/ids.ts'
import { createControllers, type Controller } from '../harness/controller.ts'
import { id } from '../records/records.ts'
import { closedPort, says, web } from '../webhook/servers.ts'
import { collector } from './collector.ts'

const controllers = createControllers()
afterEach(() => controllers.end())

const did = '+31502100000'
const CALL_ID = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
const webhooks = { allowPrivateNetworks: ['127.0.0.0/8'] }
const soon = { interval: 10, timeout: 5000 }

async function start(document: object, traces: object | undefined, more: object = {}): Promise<Controller> {
  return controllers.start({
    documents: { acme: { domain: 'acme.example', ...document } },
    config: { webhooks, ...(traces && { traces }), ...more },
    env: { COLLECTOR_TOKEN: 'token-of-the-collector', CRM_TOKEN: 'token-of-the-crm' },
  })
}

const asking = (url: string, steps: readonly object[] = []) => ({
  webhooks: { crm: { urlTemplate: `${url}/q?from={callerid}&n={callername}` } },
  plans: { main: { numbers: [did], steps: [{ type: 'webhook', webhook: 'crm', success: steps }] } },
})

test('a call, its steps, and the requests that they sent: one trace', async () => {
  const crm = await web(says('status=ACK'))
  const told = await web(says('', 'text/plain', 204))
  const to = await collector()
  const { esl, records } = await start(
    {
      webhooks: {
        crm: { urlTemplate: `${crm.url}/q` },
        screen: { urlTemplate: `${told.url}/told`, reply: 'ignored' },
      },
      plans: {
        main: {
          numbers: [did],
          missed: 'screen',
          steps: [
            { type: 'webhook', webhook: 'crm', success: [{ type: 'notify', webhook: 'screen' }] },
            { type: 'bridge', destination: '215', ringSeconds: 5 },
            { type: 'webhook', webhook: 'crm', success: [{ type: 'hangup', cause: 'USER_BUSY' }] },
          ],
        },
      },
    },
    { url: `${to.url}/v1/traces`, sample: 1, headers: { Authorization: 'env:COLLECTOR_TOKEN' } },
  )
  const { id } = await placeCall(esl, { did, answers: { '215': { outcome: 'busy', afterMs: 40 } } })
  // The call, five steps, two questions, the notice, and the missed call.
  const spans = await to.received(10)
  expect(spans).toHaveLength(10)
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(10)
  expect(to.requests[0]).toMatchObject({
    method: 'POST',
    url: '/v1/traces',
    headers: { authorization: 'token-of-the-collector', 'content-type': 'application/json' },
  })

  const root = spans.find(({ parentSpanId }) => parentSpanId === undefined)!
  const [record] = await records()
  expect(root).toMatchObject({
    name: 'call',
    kind: 2,
    attributes: {
      'belplan.call': id,
      'belplan.document': 'acme',
      'belplan.plan': 'main',
      'belplan.revision': record?.revision,
      'belplan.ending': 'hungUpByPlan',
      'belplan.cause': 'USER_BUSY',
    },
  })
  // In nanoseconds it is more than a double has digits for.
  expect(root.beganMs).toBeCloseTo(Date.parse(record!.at), 2)

  const steps = spans.filter(({ kind }) => kind === 1)
  expect(
    steps.map(({ name, attributes }) => [name, attributes['belplan.step'], attributes['belplan.outcome']]),
  ).toEqual(record!.steps.map(({ type, step, outcome }) => [type, step, outcome]))
  expect(steps.every(({ parentSpanId }) => parentSpanId === root.spanId)).toBe(true)
  const bridge = steps[2]!
  expect(bridge.endedMs - bridge.beganMs).toBeGreaterThanOrEqual(39)
  for (const [i, { beganMs }] of steps.slice(1).entries()) expect(beganMs).toBeCloseTo(steps[i]!.endedMs, 1)

  const requests = spans.filter(({ kind }) => kind === 3)
  const parents = requests.map(({ attributes, parentSpanId }) => [
    attributes['belplan.webhook'],
    steps.find(({ spanId }) => spanId === parentSpanId)?.attributes['belplan.step'] ?? 'the call',
  ])
  // The notice may be over before the controller lets go of the call, and may not.
  expect(parents.map(String).sort()).toEqual([
    'crm,main/0',
    'crm,main/2',
    expect.stringMatching(/^screen,(main\/0\/success\/0|the call)$/),
    'screen,the call',
  ])
  expect(requests[0]?.attributes).toMatchObject({
    'belplan.status': 'ACK',
    'belplan.source': 'server',
    'server.address': '127.0.0.1',
  })

  // Each request says which span it is.
  const sent = [...crm.requests, ...told.requests].map(({ headers }) => headers['traceparent'])
  expect(sent.sort()).toEqual(requests.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`).sort())
})

test('a question that failed is an error, and one that failed its call is its call’s', async () => {
  const crm = await web(says('oops', 'text/plain', 503))
  const to = await collector()
  const { esl } = await start(asking(crm.url), { url: to.url, sample: 1 })
  await placeCall(esl, { did })
  const spans = await to.received(3)
  expect(spans.find(({ kind }) => kind === 3)).toMatchObject({
    status: { code: 2 },
    attributes: { 'belplan.status': 'ERR', 'http.response.status_code': 503, 'error.type': '503' },
  })
  expect(spans.find(({ kind }) => kind === 2)).toMatchObject({ status: {} })
})

test('numbers, names, codes, secrets, and what servers say, are in none', async () => {
  const name = 'Zelda <script>"§'
  const crm = await web((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        status: 'ACK',
        callername: `from the server ${name}`,
        destination: '+31612121212',
        variables: { tier: 'platinum-tier', pin: 'secret-of-hers' },
      }),
    ),
  )
  // Says back what it knows, in whatever place there is.
  const odd = await web(({ url }, response) =>
    url!.startsWith('/away')
      ? response.writeHead(302, { location: `http://31612345678.0000.example/${name.length}` }).end()
      : response.end(`status=${encodeURIComponent('13579 +31612345678 Zelda')}`),
  )
  const to = await collector()
  const ivr = { startMessage: 'code', errorMessage: 'code', attempts: 2 }
  const { esl, records } = await start(
    {
      webhooks: {
        crm: {
          urlTemplate: `${crm.url}/key-of-the-url?from={callerid}&n={callername}&code={code}`,
          method: 'POST',
          headers: { Authorization: 'Bearer token-of-the-plan' },
          secretVariables: ['pin'],
          ivr,
        },
        odd: { urlTemplate: `${odd.url}/odd?p={var.pin}&t={var.tier}` },
        away: { urlTemplate: `${odd.url}/away?d={did}` },
      },
      audio: { code: 'ivr/code.wav' },
      plans: {
        main: {
          numbers: [did],
          steps: [
            {
              type: 'webhook',
              webhook: 'crm',
              success: [
                { type: 'webhook', webhook: 'odd' },
                { type: 'webhook', webhook: 'away' },
                {
                  type: 'switch',
                  on: 'code',
                  cases: [{ match: '13579', steps: [{ type: 'callername', mode: 'webhook' }] }],
                },
                { type: 'bridge', from: 'webhook', ringSeconds: 5 },
              ],
            },
          ],
        },
      },
    },
    { url: to.url, sample: 1 },
    { routes: [{ match: '^\\+316', dial: 'sofia/gateway/carrier/{destination}' }] },
  )
  await placeCall(esl, {
    ...{ did, id: CALL_ID, caller: '0612345678', name, digits: ['13579#'], speed: 50 },
    answers: () => ({ outcome: 'busy', afterMs: 1 }),
  })
  await vi.waitFor(async () => expect(await records()).toHaveLength(1), soon)
  const [record] = await records()
  // What is looked for is there to be found.
  expect(JSON.stringify(record)).toMatch(/\+31612345678.*\+31612121212/)
  expect(odd.requests.map(({ url }) => url).join()).toContain('secret-of-hers')
  const spans = await to.received(1 + record!.steps.length + 3)
  expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['call', 'bridge', 'webhook request']))
  // But for ids and times, in which any digits may come together.
  const said = to
    .text()
    .replaceAll(/"(?:traceId|spanId|parentSpanId|startTimeUnixNano|endTimeUnixNano)":"\w+"/g, '')
  for (const personal of [
    ...['31612345678', '612345678', '31612121212', '31502100000', '502100000', '13579', '0000.example'],
    ...['Zelda', 'script', 'secret-of-hers', 'platinum', 'key-of-the-url', 'token-of', 'from the server'],
  ])
    expect(said).not.toContain(personal)
  const kinds = new Set(spans.flatMap(({ attributes }) => Object.keys(attributes)))
  expect([...kinds].sort()).toEqual([
    ...['belplan.answered', 'belplan.call', 'belplan.cause', 'belplan.controllers', 'belplan.document'],
    ...['belplan.ending', 'belplan.outcome', 'belplan.plan', 'belplan.revision', 'belplan.source'],
    ...['belplan.status', 'belplan.step', 'belplan.tries', 'belplan.webhook', 'error.type'],
    ...['http.response.status_code', 'server.address'],
  ])
})

test('the controllers that held one call make one trace of it', async () => {
  const silent = Promise.withResolvers<undefined>()
  const crm = await web((_, response) => {
    if (crm.requests.length === 1) silent.resolve(undefined)
    else response.end('status=ACK')
  })
  const to = await collector()
  const traces = { url: to.url, sample: 1 }
  const document = {
    webhooks: { crm: { urlTemplate: crm.url, timeoutSeconds: 10 } },
    plans: {
      main: {
        numbers: [did],
        steps: [
          { type: 'callername', mode: 'prepend', text: 'ACME ' },
          { type: 'webhook', webhook: 'crm' },
          { type: 'hangup', cause: 'USER_BUSY' },
        ],
      },
    },
  }
  const a = await start(document, traces)
  const b = await controllers.start({ folder: a.folder, config: { webhooks, traces } })
  const call = placeCall([a.esl, b.esl], { did })
  await silent.promise
  await a.stop()
  await call
  await vi.waitFor(async () => expect(await b.records()).toHaveLength(1), soon)
  expect((await b.records())[0]?.controllers).toHaveLength(2)
  // Of the first: the name, the question that was cut off. Of the second: the question, the end. And the call.
  const spans = await to.received(7)
  expect(spans).toHaveLength(7)
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
  const root = spans.filter(({ parentSpanId }) => parentSpanId === undefined)
  expect(root).toHaveLength(1)
  const of = (port: number) =>
    spans
      .filter(({ instance, kind }) => String(instance).endsWith(`:${port}`) && kind === 1)
      .map(({ name, attributes, parentSpanId }) => [
        name,
        attributes['belplan.outcome'],
        parentSpanId === root[0]!.spanId,
      ])
  expect(of(a.esl.port)).toEqual([
    ['callername', 'set', true],
    ['webhook', 'interrupted', true],
  ])
  expect(of(b.esl.port)).toEqual([
    ['webhook', 'ACK', true],
    ['hangup', 'USER_BUSY', true],
  ])
  const questions = spans.filter(({ kind }) => kind === 3)
  const askers = spans.filter(({ name }) => name === 'webhook').map(({ spanId }) => spanId)
  expect(questions.map(({ parentSpanId }) => parentSpanId).sort()).toEqual(askers.sort())
})

test('the share of calls that is sampled is the one that was asked for, and everywhere the same calls', () => {
  const ids = Array.from({ length: 20_000 }, (_, n) => id(n))
  for (const share of [0.01, 0.1, 0.5, 1]) {
    const sampled = ids.filter((one) => createSampledIds(share)(one))
    expect(Math.abs(sampled.length / ids.length - share)).toBeLessThan(0.01)
    // A larger share has the calls of a smaller one.
    expect(sampled.every((one) => createSampledIds(Math.min(1, share * 2))(one))).toBe(true)
  }
  const all = ids.map((one) => createSampledIds(1)(one)!)
  expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(ids.length)
  expect(all[0]).toEqual({
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    rootId: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
  })
})

test('of a call that is not sampled nothing is sent', async () => {
  const crm = await web(says('status=ACK'))
  const to = await collector()
  const sample = 0.5
  const { esl } = await start(asking(crm.url), { url: to.url, sample })
  const sampled: string[] = []
  for (let i = 0; i < 12; i++) {
    const { id } = await placeCall(esl, { did })
    if (createSampledIds(sample)(id)) sampled.push(id)
  }
  const spans = await to.received(3 * sampled.length)
  expect(new Set(spans.map(({ attributes }) => attributes['belplan.call']))).toEqual(new Set(sampled))
  const withHeader = crm.requests.filter(({ headers }) => headers['traceparent'] !== undefined)
  expect(withHeader).toHaveLength(sampled.length)
})

test.each([
  ['is not there', async () => `http://127.0.0.1:${await closedPort()}`],
  ['says no', async () => (await collector(403)).url],
  ['says nothing', async () => (await web(() => undefined)).url],
])('a collector that %s costs spans, which are counted, and no call', async (_, at) => {
  const crm = await web(says('status=ACK'))
  const lines: Record<string, unknown>[] = []
  const log = pino(
    { level: 'warn' },
    { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  )
  const controller = await controllers.start({
    documents: { acme: asking(crm.url) },
    config: { webhooks, traces: { url: await at(), sample: 1 } },
    log,
  })
  for (let i = 0; i < 3; i++)
    expect(await placeCall(controller.esl, { did })).toMatchObject({ ended: 'hangup' })
  const dropped = async () => {
    const text = await (await fetch(`${controller.apiUrl}/metrics`)).text()
    return Number(/^belplan_trace_spans_dropped_total (\d+)$/m.exec(text)?.[1])
  }
  await vi.waitFor(async () => expect(await dropped()).toBe(9), { interval: 50, timeout: 12_000 })
  expect(lines.filter(({ msg }) => msg === 'traces do not arrive')).toHaveLength(1)
  const began = performance.now()
  await placeCall(controller.esl, { did })
  await controller.stop()
  expect(performance.now() - began).toBeLessThan(2000)
})

test('times of webhooks name a trace, where OpenMetrics is asked for', async () => {
  const crm = await web(says('status=ACK'))
  const to = await collector()
  const { esl, apiUrl } = await start(asking(crm.url), { url: to.url, sample: 1 })
  await placeCall(esl, { did })
  const { traceId } = (await to.received(3))[0]!
  // As Prometheus asks.
  const accept =
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
  const answer = await fetch(`${apiUrl}/metrics`, { headers: { accept } })
  expect(answer.headers.get('content-type')).toBe(
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  )
  const text = await answer.text()
  expect(text).toMatch(
    new RegExp(
      `^belplan_webhook_seconds_bucket\\{.*source="server"\\} 1 # \\{trace_id="${traceId}"\\} 0\\.\\d+ \\d`,
      'm',
    ),
  )
  expect(text.endsWith('# EOF\n')).toBe(true)
  const plain = await (await fetch(`${apiUrl}/metrics`)).text()
  expect(plain).not.toContain(traceId)
})
