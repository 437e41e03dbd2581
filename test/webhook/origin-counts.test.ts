/** api `GET /webhooks`: what became of the requests to an origin in the last minutes. */
import { expect, test } from 'vitest'
import { createOriginCounts } from '../../src/webhook/origin-counts.ts'
import { webhookClient, webhookRequest } from './clients.ts'
import { closedPort, says, web } from './servers.ts'

const MINUTE_MS = 60_000
const all = () => true
const none = { fallback: 0, stale: 0, failed: 0 }

function counts() {
  const clock = { ms: 0 }
  const of = createOriginCounts(
    () => clock.ms,
    () => Date.UTC(2026, 10, 26) + clock.ms,
  )
  return { clock, of }
}

test('an origin that nobody asked has counts of 0 and no times', () => {
  expect(counts().of.report()).toEqual({ requests: 0, failures: {}, instead: none })
})

test('half of the answers, and all but a twentieth, took so long, within 13 %', () => {
  const { of } = counts()
  for (let ms = 1; ms <= 2000; ms++) of.sent(ms)
  const { p50Ms, p95Ms, requests } = of.report()
  expect(requests).toBe(2000)
  expect(Math.abs(p50Ms! / 1000 - 1)).toBeLessThan(0.13)
  expect(Math.abs(p95Ms! / 1900 - 1)).toBeLessThan(0.13)
})

test.each([0.2, 1, 3, 10, 47, 250, 999, 5000, 9999])('answers of %d ms alone', (ms) => {
  const { of } = counts()
  of.sent(ms)
  const { p50Ms, p95Ms } = of.report()
  expect(p50Ms).toBe(p95Ms)
  // Whole milliseconds.
  expect(Math.abs(p50Ms! - ms)).toBeLessThanOrEqual(Math.max(1, 0.13 * ms))
})

test('counts go after five minutes, the last error stays', () => {
  const { clock, of } = counts()
  of.sent(10)
  of.failed('network', 'connection refused')
  of.instead('failed')
  clock.ms = 4 * MINUTE_MS
  of.sent()
  expect(of.report()).toMatchObject({
    requests: 2,
    failures: { network: 1 },
    instead: { ...none, failed: 1 },
    p50Ms: 9,
  })
  clock.ms = 5 * MINUTE_MS
  const lastError = { at: '2026-11-26T00:00:00.000Z', error: 'connection refused' }
  expect(of.report()).toEqual({ requests: 1, failures: {}, instead: none, lastError })
  clock.ms = 60 * MINUTE_MS
  of.sent(20)
  expect(of.report()).toMatchObject({ requests: 1, failures: {}, instead: none, lastError })
})

test('answers, failures by kind, and what callers got instead', async () => {
  const crm = await web(says('status=ACK'))
  const failing = await web(says('no', 'text/plain', 503))
  const odd = await web(says('status=PERHAPS'))
  const { send, report } = webhookClient()
  const refused = `http://127.0.0.1:${await closedPort()}`
  await send(webhookRequest(`${crm.url}/with?key=s3cret&caller={callerid}`))
  await send(webhookRequest(failing.url, { fallbackUrlTemplate: crm.url }))
  await send(webhookRequest(odd.url))
  await send(webhookRequest(refused, { retries: 1 }))
  await send(webhookRequest('http://10.0.0.1/'))
  await send(webhookRequest(crm.url, { headers: { Authorization: 'env:TOKEN' } }))
  const byOrigin = Object.fromEntries(report(all).map(({ origin, ...rest }) => [origin, rest]))
  const error = (text: string) => ({ error: text, at: expect.any(String) as string })
  expect(byOrigin[crm.url]).toMatchObject({
    document: 'acme',
    circuit: 'closed',
    inFlight: 0,
    queued: 0,
    requests: 1,
    failures: { refused: 1 },
    instead: { ...none, failed: 1 },
    p50Ms: expect.any(Number) as number,
    p95Ms: expect.any(Number) as number,
    lastError: error('env:TOKEN is not granted, not set or empty'),
  })
  // A server that answers has been reached; what it says is for the plan.
  expect(byOrigin[failing.url]).toMatchObject({
    requests: 1,
    failures: { server: 1 },
    instead: { ...none, failed: 1 },
    lastError: error('HTTP 503'),
  })
  expect(byOrigin[odd.url]).toMatchObject({
    requests: 1,
    failures: { reply: 1 },
    instead: { ...none, failed: 1 },
    lastError: error('unknown status "PERHAPS"'),
  })
  expect(byOrigin[refused]).toMatchObject({
    failures: { network: 2 },
    instead: { ...none, failed: 1 },
    lastError: error('connection refused'),
  })
  expect(byOrigin['http://10.0.0.1']).toMatchObject({ requests: 0, failures: { refused: 1 } })
  expect(JSON.stringify(byOrigin)).not.toMatch(/s3cret|31612345678|with\?/)
})

test('a fallback that answers, an earlier answer, an open circuit', async () => {
  let http = 200
  const server = await web((_, response) => response.writeHead(http).end('status=ACK'))
  const other = await web(says('status=ACK'))
  const dead = `http://127.0.0.1:${await closedPort()}`
  const breaker = { failureRate: 0.5, minimum: 2, windowSeconds: 30, openSeconds: 60 }
  const { send, report } = webhookClient({ breaker })
  const request = webhookRequest(server.url, { staleIfErrorSeconds: 60 })
  await send(request)
  http = 500
  await send(request)
  await send(request)
  for (let i = 0; i < 3; i++) await send(webhookRequest(dead, { fallbackUrlTemplate: other.url }))
  const of = (origin: string) => report(all).find((one) => one.origin === origin)
  expect(of(server.url)).toMatchObject({
    circuit: 'open',
    requests: 2,
    failures: { server: 1, circuit: 1 },
    instead: { fallback: 0, stale: 2, failed: 0 },
  })
  expect(of(dead)).toMatchObject({
    failures: { network: 2, circuit: 1 },
    instead: { fallback: 3, stale: 0, failed: 0 },
    lastError: { error: 'circuit open: the server failed too often' },
  })
  expect(of(other.url)).toMatchObject({ requests: 3, failures: {}, instead: none })
})

test('a caller who hung up is no failure, and what nobody waits for no answer instead', async () => {
  const call = new AbortController()
  const silent = await web(() => call.abort())
  const failing = await web(says('no', 'text/plain', 500))
  const { send, report } = webhookClient()
  await send(webhookRequest(silent.url, {}, { signal: call.signal }))
  await send(webhookRequest(failing.url, {}, { kind: 'missed' }))
  await send(webhookRequest(failing.url, {}, { kind: 'notice' }))
  const [hungUp, told] = report(all)
  expect(hungUp).toMatchObject({ requests: 1, failures: {}, instead: none })
  expect(hungUp).not.toHaveProperty('lastError')
  expect(told).toMatchObject({ requests: 2, failures: { server: 2 }, instead: none })
})

test('only of the documents that are asked for', async () => {
  const server = await web(says('status=ACK'))
  const { send, report } = webhookClient()
  for (const document of ['acme', 'north/a']) await send(webhookRequest(server.url, {}, { document }))
  expect(report((name) => name === 'north/a')).toMatchObject([{ document: 'north/a', requests: 1 }])
})
