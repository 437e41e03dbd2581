/** Each way in which a server fails to answer, by a server that really does it. */
import { createServer as createTlsServer } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { webhookClient, webhookRequest } from './clients.ts'
import { certificate, closedPort, listen, raw, says, web } from './servers.ts'

const failed = (error: string, more: object = {}) =>
  expect.objectContaining({ status: 'ERR', source: 'none', error, ...more }) as unknown

test('§3 nobody listens: connection refused', async () => {
  const url = `http://127.0.0.1:${await closedPort()}/`
  expect(await webhookClient().send(webhookRequest(url))).toEqual(failed('connection refused', { url }))
})

test('§3 a server that resets the connection', async () => {
  const url = await raw((socket) => socket.once('data', () => socket.resetAndDestroy()))
  expect(await webhookClient().send(webhookRequest(url))).toEqual(failed('connection reset'))
})

test('§3 a server that closes without a response', async () => {
  const url = await raw((socket) => socket.once('data', () => socket.end()))
  expect(await webhookClient().send(webhookRequest(url))).toEqual(failed('connection closed'))
})

test('§3 no response in time', async () => {
  const server = await web(() => undefined)
  const before = performance.now()
  expect(await webhookClient().send(webhookRequest(server.url, { timeoutSeconds: 0.3 }))).toEqual(
    failed('timeout: no answer'),
  )
  expect(performance.now() - before).toBeLessThan(2000)
})

test('configuration no request takes longer than maxTimeoutSeconds, whatever the plan says', async () => {
  const server = await web(() => undefined)
  const before = performance.now()
  expect(await webhookClient({ maxTimeoutSeconds: 0.3 }).send(webhookRequest(server.url))).toEqual(
    failed('timeout: no answer'),
  )
  expect(performance.now() - before).toBeLessThan(2000)
})

test('§3 a header that never ends', async () => {
  const url = await raw((socket) =>
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/')),
  )
  expect(await webhookClient().send(webhookRequest(url, { timeoutSeconds: 0.3 }))).toEqual(
    failed('timeout: no answer'),
  )
})

test('§3 a body that stops half-way', async () => {
  const url = await raw((socket) =>
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nstatus')),
  )
  expect(await webhookClient().send(webhookRequest(url, { timeoutSeconds: 1 }))).toEqual(
    failed('timeout: answer incomplete', { http: 200 }),
  )
})

test('§3 a server that sends its response byte by byte gets no more time', async () => {
  const url = await raw((socket) => {
    socket.once('data', () => {
      const bytes = Array.from('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nstatus=ACK')
      const timer = setInterval(() => {
        const byte = bytes.shift()
        if (byte !== undefined) socket.write(byte)
      }, 50)
      socket.on('close', () => clearInterval(timer))
    })
  })
  const before = performance.now()
  expect(await webhookClient().send(webhookRequest(url, { timeoutSeconds: 0.5 }))).toEqual(
    failed('timeout: no answer'),
  )
  expect(performance.now() - before).toBeLessThan(2000)
})

test('§3 half a body, then the end of the connection', async () => {
  const url = await raw((socket) =>
    socket.once('data', () =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nstatus=ACK&destination=215'),
    ),
  )
  expect(await webhookClient().send(webhookRequest(url))).toEqual(
    failed('connection closed in the middle of the answer', { http: 200 }),
  )
})

test('§3 half a chunked body, then the end of the connection', async () => {
  const url = await raw((socket) =>
    socket.once('data', () =>
      socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\nstatus=ACK\r\n'),
    ),
  )
  expect(await webhookClient().send(webhookRequest(url))).toMatchObject({
    status: 'ERR',
    source: 'none',
    http: 200,
  })
})

test.each([
  'SSH-2.0-OpenSSH_9.2\r\n',
  '\0\x01\x02\x03',
  'status=ACK\n',
  'HTTP/1.1 2x0 OK\r\n\r\n',
  'HTTP/9.9 200 OK\r\n\r\n',
])('§3 a server that does not speak HTTP: %j', async (garbage) => {
  const url = await raw((socket) => socket.once('data', () => socket.end(garbage)))
  expect(await webhookClient().send(webhookRequest(url))).toEqual(failed('answer is not HTTP'))
})

test('§3 a header too large', async () => {
  const url = await raw((socket) =>
    socket.once('data', () =>
      socket.end(`HTTP/1.1 200 OK\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\nstatus=ACK`),
    ),
  )
  expect(await webhookClient().send(webhookRequest(url))).toEqual(failed('answer too large: header'))
})

test('§3 a host name that does not exist', async () => {
  const resolve = () => Promise.reject(Object.assign(new Error('nope'), { code: 'ENOTFOUND' }))
  expect(await webhookClient({}, { resolve }).send(webhookRequest('http://crm.example/'))).toEqual(
    failed('host name not found'),
  )
})

test('§3 a host name without addresses', async () => {
  const resolve = () => Promise.resolve([])
  expect(await webhookClient({}, { resolve }).send(webhookRequest('http://crm.example/'))).toEqual(
    failed('host name not found'),
  )
})

test('§3 a name server that does not answer', async () => {
  const resolve = () => Promise.reject(Object.assign(new Error('later'), { code: 'EAI_AGAIN' }))
  expect(await webhookClient({}, { resolve }).send(webhookRequest('http://crm.example/'))).toEqual(
    failed('name server does not answer'),
  )
})

test('§3 a look-up that hangs: the deadline holds, and many requests share one look-up', async () => {
  let lookups = 0
  const resolve = () => {
    lookups++
    return new Promise<never>(() => undefined)
  }
  const { send } = webhookClient({}, { resolve })
  const results = Array.from({ length: 5 }, () =>
    send(webhookRequest('http://crm.example/', { timeoutSeconds: 0.3 })),
  )
  expect(await Promise.all(results)).toEqual(Array(5).fill(failed('timeout: not connected')))
  expect(lookups).toBe(1)
})

test('§3 a server that stops in the middle of the TLS handshake', async () => {
  const hangs = (await raw(() => undefined)).replace('http:', 'https:')
  expect(await webhookClient().send(webhookRequest(hangs, { timeoutSeconds: 0.3 }))).toEqual(
    failed('timeout: not connected'),
  )
  const closes = (await raw((socket) => socket.once('data', () => socket.end()))).replace('http:', 'https:')
  expect(await webhookClient().send(webhookRequest(closes))).toEqual(failed('connection reset'))
})

test('§3 a connection that cannot be made is given up after 2 s, so that a retry has its chance', async () => {
  const url = (await raw(() => undefined)).replace('http:', 'https:')
  expect(await webhookClient().send(webhookRequest(url, { timeoutSeconds: 8 }))).toEqual(
    failed('connection timed out'),
  )
})

test('§3 plain HTTP where TLS is expected', async () => {
  const server = await web(says('status=ACK'))
  const answer = await webhookClient().send(webhookRequest(server.url.replace('http:', 'https:')))
  expect(answer).toEqual(failed(expect.stringMatching(/^TLS: /) as unknown as string))
})

test('TLS is verified always: self-signed, another name, and the environment cannot switch it off', async () => {
  const { key, cert } = certificate()
  const port = await listen(createTlsServer({ key, cert }, says('status=ACK')))
  const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }])
  const { send } = webhookClient({}, { resolve })
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  onTestFinished(() => {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  })
  expect(await send(webhookRequest(`https://crm.example:${port}/`))).toEqual(
    failed('TLS: DEPTH_ZERO_SELF_SIGNED_CERT'),
  )

  const trusted = getCACertificates('default')
  setDefaultCACertificates([...trusted, cert])
  onTestFinished(() => setDefaultCACertificates(trusted))
  const trusting = webhookClient({}, { resolve }).send
  expect(await trusting(webhookRequest(`https://crm.example:${port}/`))).toMatchObject({ status: 'ACK' })
  expect(await trusting(webhookRequest(`https://other.example:${port}/`))).toEqual(
    failed('TLS: ERR_TLS_CERT_ALTNAME_INVALID'),
  )
})

test('endless interim responses are cut, long before the time is up', async () => {
  const hints = 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)
  const url = await raw((socket) => {
    const go = () => {
      while (socket.writable && socket.write(hints));
    }
    socket.on('drain', go).once('data', go)
  })
  expect(await webhookClient().send(webhookRequest(url, { timeoutSeconds: 3 }))).toEqual(
    failed('too many interim answers'),
  )
})

test('an interim response with thousands of header fields is cut', async () => {
  const hint = `HTTP/1.1 103 Early Hints\r\n${'a:b\r\n'.repeat(101)}\r\n`
  const url = await raw((socket) =>
    socket.once('data', () => socket.write(`${hint}HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nstatus=ACK`)),
  )
  expect(await webhookClient().send(webhookRequest(url))).toEqual(failed('too many interim answers'))
})

test('§3 after a few interim responses the final one counts', async () => {
  const server = await web((_, response) => {
    for (let i = 0; i < 3; i++) response.writeEarlyHints({ link: '</a>; rel=preload' })
    response.end('status=ACK')
  })
  expect(await webhookClient().send(webhookRequest(server.url))).toMatchObject({ status: 'ACK', http: 200 })
})
