import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { webhookClient, webhookRequest } from './clients.ts'
import { closedPort, raw, says, web } from './servers.ts'

/** Breaks the connection of the first `times` requests without a word, then answers. */
function flaky(times: number) {
  let left = times
  return (_: IncomingMessage, response: ServerResponse) => {
    if (left-- > 0) response.socket?.destroy()
    else response.end('status=ACK')
  }
}

test('§3 retries: a GET is repeated, with the same Idempotency-Key each time', async () => {
  const server = await web(flaky(2))
  expect(await webhookClient().send(webhookRequest(server.url, { retries: 2 }))).toMatchObject({
    status: 'ACK',
    tries: 3,
  })
  expect(server.requests.map(({ headers }) => headers['idempotency-key'])).toEqual(
    Array(3).fill('call-1.step-2'),
  )
})

test('§3 retries: by default there are none', async () => {
  const server = await web(flaky(1))
  expect(await webhookClient().send(webhookRequest(server.url))).toMatchObject({ status: 'ERR', tries: 1 })
  expect(server.requests).toHaveLength(1)
})

test('§3 retries: no more than the webhook says', async () => {
  const server = await web(flaky(9))
  expect(await webhookClient().send(webhookRequest(server.url, { retries: 3 }))).toMatchObject({
    status: 'ERR',
    tries: 4,
  })
  expect(server.requests).toHaveLength(4)
})

test('§3 retries: a POST that may have been processed is not repeated', async () => {
  const server = await web(flaky(1))
  expect(
    await webhookClient().send(webhookRequest(server.url, { method: 'POST', retries: 3 })),
  ).toMatchObject({
    status: 'ERR',
    tries: 1,
  })
  expect(server.requests).toHaveLength(1)
})

test('§3 retries: a POST is repeated when it cannot have been processed', async () => {
  const server = await web(says('status=ACK'))
  const { port } = new URL(server.url)
  let lookups = 0
  const resolve = () =>
    ++lookups < 3
      ? Promise.reject(Object.assign(new Error('later'), { code: 'EAI_AGAIN' }))
      : Promise.resolve([{ address: '127.0.0.1', family: 4 }])
  const request = webhookRequest(`http://crm.example:${port}/`, { method: 'POST', retries: 3 })
  expect(await webhookClient({}, { resolve }).send(request)).toMatchObject({ status: 'ACK', tries: 3 })
  expect(server.requests).toHaveLength(1)
})

test('§3 retries: a POST that a redirect answered before is not repeated', async () => {
  const port = await closedPort()
  const server = await web((_, response) =>
    response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end(),
  )
  const request = webhookRequest(server.url, { method: 'POST', retries: 3 })
  expect(await webhookClient().send(request)).toMatchObject({
    status: 'ERR',
    tries: 1,
    error: 'connection refused',
  })
  expect(server.requests).toHaveLength(1)
})

test('§3 retries: after a complete response there are none, whatever it says', async () => {
  const server = await web(says('no', 'text/plain', 503))
  expect(await webhookClient().send(webhookRequest(server.url, { retries: 3 }))).toMatchObject({
    status: 'ERR',
    error: 'HTTP 503',
    tries: 1,
  })
})

test('§3 retries stay within timeoutSeconds', async () => {
  const url = await raw((socket) => socket.once('data', () => setTimeout(() => socket.destroy(), 500)))
  const before = performance.now()
  expect(await webhookClient().send(webhookRequest(url, { retries: 3, timeoutSeconds: 0.8 }))).toMatchObject({
    status: 'ERR',
  })
  expect(performance.now() - before).toBeLessThan(1800)
})

test('a kept-alive connection that the server closed meanwhile costs a GET no retry, and never the call', async () => {
  let connections = 0
  const url = await raw((socket) => {
    const first = ++connections === 1
    let requests = 0
    socket.on('data', () => {
      // The second request on the first connection meets its end instead of a response.
      if (first && ++requests === 2) socket.end()
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nstatus=ACK')
    })
  })
  const { send } = webhookClient()
  expect(await send(webhookRequest(url))).toMatchObject({ status: 'ACK', tries: 1 })
  // Into another turn of the event loop, in which the connection is free to be used again.
  await new Promise((resolve) => setImmediate(resolve))
  expect(await send(webhookRequest(url))).toMatchObject({ status: 'ACK', tries: 2 })
})

test('§3 one request goes to the fallback when the first URL gave no complete response', async () => {
  const fallback = await web(says('status=ACK&destination=216'))
  const first = `http://127.0.0.1:${await closedPort()}/`
  const request = webhookRequest(first, { retries: 1, fallbackUrlTemplate: `${fallback.url}/f?d={did}` })
  expect(await webhookClient().send(request)).toEqual({
    status: 'ACK',
    destination: '216',
    url: `${fallback.url}/f?d=%2B31502100000`,
    http: 200,
    tries: 3,
    source: 'fallback',
    warnings: [],
  })
  expect(fallback.requests.map(({ headers }) => headers['idempotency-key'])).toEqual(['call-1.step-2'])
})

test('§3 the fallback gets its chance when the first URL lets the time pass', async () => {
  const slow = await web(() => undefined)
  const fallback = await web(says('status=ACK'))
  const request = webhookRequest(slow.url, { timeoutSeconds: 2, fallbackUrlTemplate: fallback.url })
  expect(await webhookClient().send(request)).toMatchObject({ status: 'ACK', source: 'fallback', tries: 2 })
})

test('§3 one request goes to the fallback, and the error names both faults', async () => {
  const fallback = await web(flaky(9))
  const first = `http://127.0.0.1:${await closedPort()}/`
  const request = webhookRequest(first, { retries: 1, fallbackUrlTemplate: fallback.url })
  expect(await webhookClient().send(request)).toMatchObject({
    status: 'ERR',
    source: 'none',
    url: `${fallback.url}/`,
    tries: 3,
    error: 'connection refused; fallback: connection closed',
  })
  expect(fallback.requests).toHaveLength(1)
})

test.each([
  ['status=NAK', 200],
  ['status=ERR', 200],
  ['no', 500],
  ['nonsense', 200],
])('§3 nothing goes to the fallback after the complete response %j with %d', async (text, http) => {
  const server = await web(says(text, 'text/plain', http))
  const fallback = await web(says('status=ACK'))
  await webhookClient().send(webhookRequest(server.url, { fallbackUrlTemplate: fallback.url }))
  expect(fallback.requests).toEqual([])
})

test('§2 nothing goes to the fallback for a caller who hung up', async () => {
  const call = new AbortController()
  const server = await web(() => call.abort())
  const fallback = await web(says('status=ACK'))
  const request = webhookRequest(server.url, { fallbackUrlTemplate: fallback.url }, { signal: call.signal })
  expect(await webhookClient().send(request)).toMatchObject({ status: 'ERR', error: 'caller gone' })
  expect(fallback.requests).toEqual([])
})
