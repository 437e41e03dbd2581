import { expect, test } from 'vitest'
import { cacheKey, createCache } from '../../src/webhook/cache.ts'
import { webhookClient, webhookRequest } from './clients.ts'
import { says, web } from './servers.ts'

const MAX_PER_DOCUMENT = 10_000
const MAX = 50_000

const newCache = (now: () => number) => createCache<{ destination?: string }>(MAX_PER_DOCUMENT, MAX, now)

/** Answers `ACK` with a number that grows, until it is broken. */
async function counting() {
  const state = { http: 200, text: 'status=ACK', silent: false }
  let count = 0
  const server = await web((_, response) => {
    if (state.silent) response.socket?.destroy()
    else response.writeHead(state.http).end(`${state.text}&destination=${++count}`)
  })
  return { ...server, state }
}

test('§3 cacheSeconds: an ACK for the very same URL serves again', async () => {
  const server = await counting()
  const { send } = webhookClient()
  const request = (callerid: string) =>
    webhookRequest(`${server.url}/?c={callerid}`, { cacheSeconds: 60 }, { values: { callerid } })
  expect(await send(request('1'))).toMatchObject({ destination: '1', source: 'server' })
  expect(await send(request('1'))).toEqual({
    status: 'ACK',
    destination: '1',
    url: `${server.url}/?c=1`,
    tries: 0,
    source: 'cache',
    warnings: [],
  })
  expect(await send(request('2'))).toMatchObject({ destination: '2', source: 'server' })
})

test('§3 cacheSeconds: no longer than that, and not at all by default', () => {
  const clock = { ms: 0 }
  const cache = newCache(() => clock.ms)
  cache.put('acme', 'k', { destination: '1' })
  clock.ms = 999
  expect(cache.get('acme', 'k', 1000)).toEqual({ destination: '1' })
  clock.ms = 1000
  expect(cache.get('acme', 'k', 1000)).toBeUndefined()
  expect(cache.get('acme', 'k', 0)).toBeUndefined()
  expect(cacheKey(webhookRequest('http://crm.example/'), 'http://crm.example/')).toBeUndefined()
})

test('§3 cacheSeconds: another document or webhook with the same URL has its own response', async () => {
  const server = await counting()
  const { send } = webhookClient()
  const request = (more: object) => webhookRequest(server.url, { cacheSeconds: 60 }, more)
  expect(await send(request({}))).toMatchObject({ destination: '1' })
  expect(await send(request({ document: 'other' }))).toMatchObject({ destination: '2' })
  expect(await send(request({ name: 'other' }))).toMatchObject({ destination: '3' })
})

test('§3 cacheSeconds: the values in the body of a POST count as well', async () => {
  const server = await counting()
  const { send } = webhookClient()
  const request = (callerid: string) =>
    webhookRequest(server.url, { method: 'POST', cacheSeconds: 60 }, { values: { callerid } })
  expect(await send(request('1'))).toMatchObject({ destination: '1', source: 'server' })
  expect(await send(request('2'))).toMatchObject({ destination: '2', source: 'server' })
  expect(await send(request('1'))).toMatchObject({ destination: '1', source: 'cache' })
})

test('§3 only an ACK is kept', async () => {
  const server = await web(says('status=NAK'))
  const { send } = webhookClient()
  for (let i = 0; i < 2; i++)
    await send(webhookRequest(server.url, { cacheSeconds: 60, staleIfErrorSeconds: 60 }))
  expect(server.requests).toHaveLength(2)
})

test.each([
  ['kind codes', { kind: 'codes' }],
  ['a code from a step above', { values: { code: '4711' } }],
  ['a missed call', { kind: 'missed' }],
] as const)(
  '§3 a revoked code must not work, a message must not be lost: nothing is kept with %s',
  async (_, more) => {
    const server = await counting()
    const { send } = webhookClient()
    const request = webhookRequest(server.url, { cacheSeconds: 60, staleIfErrorSeconds: 60 }, more)
    expect(await send(request)).toMatchObject({ source: 'server' })
    expect(await send(request)).toMatchObject({ source: 'server' })
    server.state.silent = true
    expect(await send(request)).toMatchObject({ status: 'ERR', source: 'none' })
  },
)

test('§3 staleIfErrorSeconds: serves when the server does not', async () => {
  const server = await counting()
  const { send } = webhookClient()
  const request = webhookRequest(server.url, { staleIfErrorSeconds: 60, timeoutSeconds: 1 })
  expect(await send(request)).toMatchObject({ destination: '1', source: 'server' })
  expect(await send(request)).toMatchObject({ destination: '2', source: 'server' })
  server.state.silent = true
  expect(await send(request)).toMatchObject({
    status: 'ACK',
    destination: '2',
    source: 'stale',
    error: 'connection closed',
  })
  server.state.silent = false
  server.state.http = 503
  expect(await send(request)).toMatchObject({
    status: 'ACK',
    destination: '2',
    source: 'stale',
    http: 503,
    error: 'HTTP 503',
  })
})

test('§3 staleIfErrorSeconds: a server that times out is replaced in time', async () => {
  let silent = false
  const server = await web((_, response) => {
    if (!silent) response.end('status=ACK&destination=1')
  })
  const { send } = webhookClient()
  const request = webhookRequest(server.url, { staleIfErrorSeconds: 60, timeoutSeconds: 0.3 })
  await send(request)
  silent = true
  expect(await send(request)).toMatchObject({
    status: 'ACK',
    destination: '1',
    source: 'stale',
    error: 'timeout: no answer',
  })
})

test.each([
  ['status=NAK', 200, 'NAK'],
  ['status=ERR', 200, 'ERR'],
  ['status=NAK', 500, 'NAK'],
  ['nonsense', 200, 'ERR'],
  ['gone', 404, 'ERR'],
])('§3 staleIfErrorSeconds: %j with %d is the server’s own answer', async (text, http, status) => {
  const server = await counting()
  const { send } = webhookClient()
  const request = webhookRequest(server.url, { staleIfErrorSeconds: 60 })
  await send(request)
  Object.assign(server.state, { text, http })
  expect(await send(request)).toMatchObject({ status, source: 'server' })
})

test('§3 a stale response does not replace that of the fallback', async () => {
  const server = await counting()
  const fallback = await web(says('status=NAK'))
  const { send } = webhookClient()
  const request = webhookRequest(server.url, { staleIfErrorSeconds: 60, fallbackUrlTemplate: fallback.url })
  await send(request)
  server.state.silent = true
  expect(await send(request)).toMatchObject({ status: 'NAK', source: 'fallback' })
})

test('§3 the cached responses of one document are bounded, and evict none of another', () => {
  const cache = newCache(() => 0)
  cache.put('bank', 'k', { destination: '1' })
  for (let i = 0; i <= MAX_PER_DOCUMENT; i++) cache.put('evil', String(i), {})
  expect(cache.get('evil', '0', 60_000)).toBeUndefined()
  expect(cache.get('evil', '1', 60_000)).toEqual({})
  expect(cache.get('bank', 'k', 60_000)).toEqual({ destination: '1' })
})

test('§3 the cached responses of all documents are bounded: the document with the most loses its least recently used', () => {
  const cache = newCache(() => 0)
  cache.put('bank', 'k', { destination: '1' })
  const evil = MAX / MAX_PER_DOCUMENT
  const all = Array.from(
    { length: evil * MAX_PER_DOCUMENT },
    (_, i) => [`evil${i % evil}`, String(i)] as const,
  )
  for (const [document, key] of all) {
    cache.put(document, key, {})
    if (key !== '0') cache.get('evil0', '0', 60_000)
  }
  expect(cache.get('bank', 'k', 60_000)).toEqual({ destination: '1' })
  expect(cache.get('evil0', '0', 60_000)).toEqual({})
  const kept = all.filter(([document, key]) => cache.get(document, key, 60_000) !== undefined).length
  expect(kept).toBeLessThan(MAX)
  expect(kept).toBeGreaterThanOrEqual(MAX - MAX_PER_DOCUMENT / 2)
})

test('§3 thousands of documents with a response each are bounded, too', () => {
  const cache = newCache(() => 0)
  const documents = Array.from({ length: MAX + 10 }, (_, i) => String(i))
  for (const document of documents) cache.put(document, 'k', {})
  expect(documents.filter((document) => cache.get(document, 'k', 60_000))).toHaveLength(MAX)
})

test('§3 where there is no room left, a response that is cached already is renewed and evicts none', () => {
  const clock = { ms: 0 }
  const cache = newCache(() => clock.ms)
  const evil = MAX / MAX_PER_DOCUMENT
  for (let i = 0; i < MAX; i++) cache.put(`evil${i % evil}`, String(i), {})
  clock.ms = 50_000
  cache.put('evil1', '1', { destination: '1' })
  clock.ms = 60_000
  expect(cache.get('evil1', '1', 60_000)).toEqual({ destination: '1' })
  clock.ms = 59_999
  const kept = Array.from({ length: MAX }, (_, i) => cache.get(`evil${i % evil}`, String(i), 60_000))
  expect(kept.filter((reply) => reply !== undefined)).toHaveLength(MAX)
})

test('§3 where thousands of documents have a response each, a new one looks at none of the others', () => {
  const cache = newCache(() => 0)
  const put = (from: number, count: number) => {
    const before = process.cpuUsage()
    for (let i = from; i < from + count; i++) cache.put(String(i), 'k', {})
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  }
  const first = put(0, MAX)
  expect(put(MAX, MAX / 10)).toBeLessThan(first + 100)
})

test('the key of a cached response is short, however long its URL is', () => {
  const url = `http://crm.example/?c=${'x'.repeat(100_000)}`
  const request = webhookRequest(url, { cacheSeconds: 60 })
  expect(cacheKey(request, url)).toMatch(/^.{1,64}$/)
  expect(cacheKey(request, url)).not.toBe(cacheKey(request, `${url}x`))
})

test('§3 cacheSeconds: an answer serves again with its variables and destinations', async () => {
  const server = await web(
    says(
      JSON.stringify({ status: 'ACK', variables: { tier: 'gold' }, destinations: ['215', '216'] }),
      'application/json',
    ),
  )
  const { send } = webhookClient()
  const request = webhookRequest(server.url, { cacheSeconds: 60 })
  const [first, second] = [await send(request), await send(request)]
  expect(second).toMatchObject({ source: 'cache', variables: { tier: 'gold' }, destinations: ['215', '216'] })
  expect(first.variables).toEqual(second.variables)
  expect(server.requests).toHaveLength(1)
})

test('§3 cacheSeconds: the variables in the body of a POST count as well', async () => {
  const server = await web(says('status=ACK'))
  const { send } = webhookClient()
  const about = (tier: string) =>
    webhookRequest(server.url, { method: 'POST', cacheSeconds: 60 }, { values: { variables: { tier } } })
  for (const tier of ['gold', 'silver', 'gold']) await send(about(tier))
  expect(server.requests).toHaveLength(2)
})
