/** configuration `webhooks.requestsPerSecond`: one customer's webhooks cannot use up the CPU time of everybody's calls. */
import { expect, test } from 'vitest'
import { createRateLimit } from '../../src/webhook/throttling.ts'
import { webhookClient, webhookRequest } from './clients.ts'
import { says, web } from './servers.ts'

test('some go at once, and in the long run no more than are allowed', () => {
  let now = 1000
  const limit = createRateLimit(100, () => now)
  const waits = Array.from({ length: 13 }, () => limit.reserve('acme'))
  expect(waits).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 20, 30])
  expect(limit.reserve('other')).toBe(0)
  now += 60_000
  expect(limit.reserve('acme')).toBe(0)
  // Who waits for each turn: as many in a minute as there are turns.
  let gone = 0
  for (const end = now + 60_000; now < end; gone++) now += limit.reserve('acme')
  expect(gone).toBeGreaterThan(5990)
  expect(gone).toBeLessThan(6020)
})

test('a large response counts as many requests, and so does a handshake', () => {
  let now = 0
  const limit = createRateLimit(100, () => now)
  for (let i = 0; i < 10; i++) limit.reserve('acme')
  limit.charge('acme', 16 * 1024 - 1, false)
  expect(limit.reserve('acme')).toBe(10)
  limit.charge('acme', 512 * 1024, false)
  limit.charge('acme', 0, true)
  expect(limit.reserve('acme')).toBe(10 + 32 * 10 + 4 * 10 + 10)
  now += 1000
  expect(limit.reserve('acme')).toBe(0)
})

test('0 is no limit', () => {
  const limit = createRateLimit(0, () => 0)
  expect(Array.from({ length: 1000 }, () => limit.reserve('acme')).every((ms) => ms === 0)).toBe(true)
})

test('later ones wait in their time, redirects count, and no other document waits', async () => {
  const server = await web((request, response) => {
    if (request.url === '/redirect') response.writeHead(302, { location: '/' }).end()
    else says('status=ACK')(request, response)
  })
  const { send } = webhookClient({ requestsPerSecond: 50 })
  const began = performance.now()
  const evil = Array.from({ length: 15 }, () =>
    send(webhookRequest(`${server.url}/redirect`, { timeoutSeconds: 5 })),
  )
  const other = await send(webhookRequest(server.url, {}, { document: 'bank' }))
  expect(other.status).toBe('ACK')
  expect(server.requests.length).toBeLessThan(15)
  for (const answer of await Promise.all(evil)) expect(answer.status).toBe('ACK')
  // 30 requests, 5 of them at once, the others 20 ms apart.
  expect(performance.now() - began).toBeGreaterThan(480)
})

test('bytes received are counted: after large responses the next requests wait', async () => {
  const server = await web((_, response) => response.end(Buffer.alloc(48 * 1024, 'x')))
  const { send } = webhookClient({ requestsPerSecond: 50 })
  const began = performance.now()
  for (let i = 0; i < 5; i++) await send(webhookRequest(server.url, { timeoutSeconds: 5 }))
  // 20 requests' worth, 5 of them at once, the last of them after the last request.
  expect(performance.now() - began).toBeGreaterThan(190)
})

test('a turn that does not come in time says nothing about the server', async () => {
  const server = await web(says('status=ACK'))
  const { send, stats } = webhookClient({ requestsPerSecond: 1 })
  const [first, second] = await Promise.all(
    [1, 2].map(() => send(webhookRequest(server.url, { timeoutSeconds: 0.3 }))),
  )
  expect(first).toMatchObject({ status: 'ACK' })
  expect(second).toMatchObject({ status: 'ERR', error: 'timeout: queued', tries: 0 })
  expect(stats()).toMatchObject([{ circuit: 'closed' }])
  expect(server.requests).toHaveLength(1)
})
