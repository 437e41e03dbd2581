/** configuration `maxConcurrent`, `maxQueued`, `breaker`: per document and origin. */
import { expect, test } from 'vitest'
import { createOrigins } from '../../src/webhook/origins.ts'
import { webhookClient, limits, webhookRequest } from './clients.ts'
import { closedPort, says, web } from './servers.ts'

const quick = { failureRate: 0.5, minimum: 4, windowSeconds: 30, openSeconds: 0.1 }

/** A server that delays every response until `release`. */
async function holding() {
  const held: (() => void)[] = []
  const arrivals: (() => void)[] = []
  const server = await web((_, response) => {
    held.push(() => response.end('status=ACK'))
    arrivals.shift()?.()
  })
  return {
    ...server,
    held,
    /** Resolves with the next request that arrives. */
    arrival: () => new Promise<void>((resolve) => arrivals.push(resolve)),
    release: () => held.splice(0).forEach((answer) => answer()),
  }
}

test('no more than maxConcurrent at one time, maxQueued wait in turn, the next fails at once', async () => {
  const server = await holding()
  const { send, stats } = webhookClient({ maxConcurrent: 2, maxQueued: 1 })
  const two = Promise.all([server.arrival(), server.arrival()])
  const results = [1, 2].map(() => send(webhookRequest(server.url)))
  await two
  const third = send(webhookRequest(server.url))
  expect(await send(webhookRequest(server.url))).toMatchObject({
    status: 'ERR',
    tries: 0,
    source: 'none',
    error: 'too many questions at one time',
  })
  expect(stats()).toMatchObject([{ inFlight: 2, queued: 1 }])
  expect(server.requests).toHaveLength(2)
  const last = server.arrival()
  server.release()
  await last
  server.release()
  for (const answer of [...results, third]) expect(await answer).toMatchObject({ status: 'ACK' })
  expect(stats()).toMatchObject([{ inFlight: 0, queued: 0 }])
})

test('§3 the time in the queue counts', async () => {
  const server = await holding()
  const { send } = webhookClient({ maxConcurrent: 1 })
  const arrived = server.arrival()
  const first = send(webhookRequest(server.url))
  await arrived
  expect(await send(webhookRequest(server.url, { timeoutSeconds: 0.2 }))).toMatchObject({
    error: 'timeout: queued',
    tries: 0,
  })
  server.release()
  expect(await first).toMatchObject({ status: 'ACK' })
})

test('§2 a caller who leaves the queue frees the place for the next', async () => {
  const server = await holding()
  const { send, stats } = webhookClient({ maxConcurrent: 1, maxQueued: 1 })
  const arrived = server.arrival()
  const first = send(webhookRequest(server.url))
  await arrived
  const call = new AbortController()
  const leaving = send(webhookRequest(server.url, {}, { signal: call.signal }))
  call.abort()
  expect(await leaving).toMatchObject({ error: 'caller gone', tries: 0 })
  expect(stats()).toMatchObject([{ inFlight: 1, queued: 0 }])
  const next = send(webhookRequest(server.url))
  const second = server.arrival()
  server.release()
  await second
  server.release()
  expect(await first).toMatchObject({ status: 'ACK' })
  expect(await next).toMatchObject({ status: 'ACK' })
  expect(server.requests).toHaveLength(2)
})

test('another document, and another origin, have places of their own', async () => {
  const server = await holding()
  const other = await web(says('status=ACK'))
  const { send } = webhookClient({ maxConcurrent: 1, maxQueued: 0 })
  const arrived = server.arrival()
  const first = send(webhookRequest(server.url))
  await arrived
  expect(await send(webhookRequest(other.url))).toMatchObject({ status: 'ACK' })
  const both = server.arrival()
  const neighbour = send(webhookRequest(server.url, {}, { document: 'other' }))
  await both
  server.release()
  expect(await Promise.all([first, neighbour])).toMatchObject([{ status: 'ACK' }, { status: 'ACK' }])
})

test('the circuit opens for one document and origin, and requests fail at once without being sent', async () => {
  const server = await web(says('broken', 'text/plain', 500))
  const other = await web(says('status=ACK'))
  const { send, stats, log } = webhookClient({ breaker: { ...quick, openSeconds: 60 } })
  for (let i = 0; i < 4; i++)
    expect(await send(webhookRequest(server.url))).toMatchObject({ error: 'HTTP 500' })
  const refused = await send(webhookRequest(server.url, { retries: 3 }))
  expect(refused).toMatchObject({
    status: 'ERR',
    tries: 0,
    source: 'none',
    error: 'circuit open: the server failed too often',
  })
  expect(server.requests).toHaveLength(4)
  expect(stats()).toMatchObject([{ document: 'acme', origin: server.url, circuit: 'open' }])
  expect(log.filter(({ message }) => message === 'webhook circuit')).toMatchObject([
    { level: 'warn', fields: { document: 'acme', origin: server.url, circuit: 'open' } },
  ])

  expect(await send(webhookRequest(other.url))).toMatchObject({ status: 'ACK' })
  expect(await send(webhookRequest(server.url, {}, { document: 'other' }))).toMatchObject({
    error: 'HTTP 500',
  })
})

test.each([
  [200, 'status=NAK'],
  [200, 'status=ERR'],
  [200, 'nonsense'],
  [404, 'not here'],
  [429, 'too many'],
])('a complete answer below 500 is no failure: %d %j', async (http, text) => {
  const server = await web(says(text, 'text/plain', http))
  const { send, stats } = webhookClient({ breaker: quick })
  for (let i = 0; i < 10; i++) await send(webhookRequest(server.url))
  expect(server.requests).toHaveLength(10)
  expect(stats()).toMatchObject([{ circuit: 'closed' }])
})

test('no complete response is a failure, a caller who hung up is none', async () => {
  const { send, stats } = webhookClient({ breaker: { ...quick, openSeconds: 60 } })
  const url = `http://127.0.0.1:${await closedPort()}`
  for (let i = 0; i < 4; i++) await send(webhookRequest(url))
  expect(stats()).toMatchObject([{ circuit: 'open' }])

  let call = new AbortController()
  const silent = await web(() => call.abort())
  for (let i = 0; i < 6; i++) {
    call = new AbortController()
    expect(await send(webhookRequest(silent.url, {}, { signal: call.signal }))).toMatchObject({
      error: 'caller gone',
    })
  }
  expect(stats()[1]).toMatchObject({ circuit: 'closed' })
})

test('while it is half open one probe is sent, and all others fail at once', async () => {
  const server = await holding()
  // Places are scarce, so that those who fail at once do not even wait for one.
  const { send, stats } = webhookClient({ maxConcurrent: 1, breaker: { ...quick, minimum: 1 } })
  await send(webhookRequest(server.url, { timeoutSeconds: 0.2 }))
  expect(stats()).toMatchObject([{ circuit: 'open' }])
  // openSeconds of 0.1 by the process's own clock.
  const openedAt = performance.now()
  while (performance.now() < openedAt + 110) await new Promise((resolve) => setImmediate(resolve))

  const arrived = server.arrival()
  const probe = send(webhookRequest(server.url))
  await arrived
  const others = Array.from({ length: 5 }, () => send(webhookRequest(server.url)))
  for (const answer of await Promise.all(others)) {
    expect(answer).toMatchObject({ tries: 0, error: 'circuit open: the server failed too often' })
  }
  server.release()
  expect(await probe).toMatchObject({ status: 'ACK' })
  expect(stats()).toMatchObject([{ circuit: 'closed' }])
  expect(server.requests).toHaveLength(2)
})

test('an open circuit does not keep callers from the fallback or a stale response', async () => {
  let http = 200
  const server = await web((_, response) => response.writeHead(http).end('status=ACK&destination=1'))
  const fallback = await web(says('status=ACK&destination=2'))
  const { send } = webhookClient({ breaker: { ...quick, openSeconds: 60 } })
  const request = webhookRequest(server.url, { staleIfErrorSeconds: 60 })
  await send(request)
  http = 500
  for (let i = 0; i < 4; i++) await send(request)
  expect(await send(request)).toMatchObject({ status: 'ACK', destination: '1', source: 'stale', tries: 0 })
  const withFallback = webhookRequest(server.url, { fallbackUrlTemplate: fallback.url })
  expect(await send(withFallback)).toMatchObject({
    status: 'ACK',
    destination: '2',
    source: 'fallback',
    tries: 1,
  })
})

test('requests that wait when the circuit opens fail at once, too', async () => {
  const held: (() => void)[] = []
  const arrived = Promise.withResolvers<undefined>()
  const server = await web((_, response) => {
    held.push(() => response.writeHead(500).end())
    if (held.length === 4) arrived.resolve(undefined)
  })
  const { send } = webhookClient({ maxConcurrent: 4, breaker: { ...quick, openSeconds: 60 } })
  const results = Array.from({ length: 8 }, () => send(webhookRequest(server.url)))
  await arrived.promise
  held.forEach((answer) => answer())
  const errors = (await Promise.all(results)).map(({ error }) => error)
  expect(errors.filter((error) => error === 'HTTP 500').length).toBeLessThan(8)
  expect(errors.slice(-1)).toEqual(['circuit open: the server failed too often'])
})

test('the origins kept are bounded; the least recently used goes, never one that is in use', async () => {
  const origins = createOrigins(limits, { now: () => 0, unixMs: () => 0 }, () => undefined)
  const { signal } = new AbortController()
  const good = {
    kind: 'response',
    http: 200,
    contentType: '',
    location: undefined,
    body: new Uint8Array(),
  } as const
  const busy = Promise.withResolvers<typeof good>()
  const inUse = origins.run('acme', 'http://busy.example', signal, () => busy.promise)
  for (let i = 0; i < 10_005; i++) {
    await origins.run('acme', `http://${i}.example`, signal, () => Promise.resolve(good))
  }
  const known = origins.stats()
  expect(known).toHaveLength(10_000)
  expect(known[0]?.origin).toBe('http://busy.example')
  expect(known.at(-1)?.origin).toBe('http://10004.example')
  busy.resolve(good)
  await inUse
})
