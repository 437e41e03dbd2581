/** configuration `maxConcurrentPerDocument`, `maxConnections`, `allowPrivateNetworks`: who has which connection. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, createServer as createNetServer, type Server, type Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { webhookClient, limits, webhookRequest } from './clients.ts'
import { certificate, listen, raw, says, web } from './servers.ts'

/** A server that keeps connections as long as it is let, and knows those that are open. */
async function keeping(listener: RequestListener = says('status=ACK')) {
  const open = new Set<Socket>()
  const server = createServer({ keepAliveTimeout: 3_600_000 }, listener)
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => {
      open.delete(socket)
      server.emit('left')
    })
  })
  const url = `http://127.0.0.1:${await listen(server)}`
  return {
    url,
    open,
    /** Resolves when so many are left. */
    async left(count: number) {
      while (open.size > count) await once(server, 'left')
      expect(open.size).toBe(count)
    },
  }
}

/** Delays every response until `release`. */
async function holding() {
  const held: (() => void)[] = []
  const server = await web((_, response) => void held.push(() => response.end('status=ACK')))
  return {
    ...server,
    held,
    arrived: async (count: number) => {
      while (held.length < count) await new Promise((resolve) => setImmediate(resolve))
    },
    release: () => held.splice(0).forEach((answer) => answer()),
  }
}

test('§3 a connection that a redirect needs is closed after the response, the one to the first origin is kept', async () => {
  const targets = await Promise.all([keeping(), keeping(), keeping()])
  const home = await keeping((request, response) =>
    response.writeHead(302, { location: targets[Number(request.url?.slice(1))]!.url }).end(),
  )
  const { send } = webhookClient()
  for (const i of [0, 1, 2])
    expect(await send(webhookRequest(`${home.url}/${i}`))).toMatchObject({ status: 'ACK' })
  for (const target of targets) await target.left(0)
  expect(home.open.size).toBe(1)
})

test('§3 a redirect to a server of somebody else takes no connection of theirs', async () => {
  const theirs = await keeping()
  const home = await keeping((_, response) => response.writeHead(302, { location: theirs.url }).end())
  const { send } = webhookClient()
  await send(webhookRequest(theirs.url, {}, { document: 'bank' }))
  const [connection] = theirs.open
  expect(await send(webhookRequest(home.url))).toMatchObject({ status: 'ACK' })
  await theirs.left(1)
  expect([...theirs.open]).toEqual([connection])
})

test('maxConcurrentPerDocument: over all origins; others are not kept waiting', async () => {
  const [one, two, three] = await Promise.all([holding(), holding(), holding()])
  const { send } = webhookClient({ maxConcurrentPerDocument: 2, maxQueued: 1 })
  const results = [send(webhookRequest(one.url)), send(webhookRequest(two.url))]
  await Promise.all([one.arrived(1), two.arrived(1)])
  const waiting = send(webhookRequest(three.url))
  expect(await send(webhookRequest(three.url))).toMatchObject({
    error: 'too many questions at one time',
    tries: 0,
  })
  const other = send(webhookRequest(three.url, {}, { document: 'bank' }))
  await three.arrived(1)
  three.release()
  expect(await other).toMatchObject({ status: 'ACK' })
  expect(three.requests).toHaveLength(1)
  one.release()
  await three.arrived(1)
  for (const server of [one, two, three]) server.release()
  for (const answer of [...results, waiting]) expect(await answer).toMatchObject({ status: 'ACK' })
})

test('maxConcurrentPerDocument: idle connections count, and the longest idle of its own gives way', async () => {
  const [first, second, third, theirs] = await Promise.all([keeping(), keeping(), keeping(), keeping()])
  const { send } = webhookClient({ maxConcurrentPerDocument: 2 })
  await send(webhookRequest(theirs.url, {}, { document: 'bank' }))
  for (const { url } of [first, second, third]) await send(webhookRequest(url))
  await first.left(0)
  expect([second, third, theirs].map(({ open }) => open.size)).toEqual([1, 1, 1])
})

test('maxConnections: the longest idle gives way', async () => {
  const [first, second, third] = await Promise.all([keeping(), keeping(), keeping()])
  const { send } = webhookClient({ maxConnections: 2 })
  for (const { url } of [first, second]) await send(webhookRequest(url))
  await send(webhookRequest(first.url))
  await send(webhookRequest(third.url))
  await second.left(0)
  expect([first.open.size, third.open.size]).toEqual([1, 1])
})

test('maxConnections: where all are busy a request waits in its time, and no circuit opens for it', async () => {
  const server = await holding()
  const breaker = { ...limits.breaker, minimum: 1 }
  const { send, stats } = webhookClient({ maxConnections: 2, breaker })
  const results = [send(webhookRequest(server.url)), send(webhookRequest(server.url))]
  await server.arrived(2)
  const bank = { document: 'bank' }
  expect(await send(webhookRequest(server.url, { timeoutSeconds: 0.2 }, bank))).toMatchObject({
    status: 'ERR',
    error: 'timeout: queued',
    tries: 0,
  })
  const waiting = send(webhookRequest(server.url, {}, bank))
  server.release()
  await server.arrived(1)
  server.release()
  for (const answer of [...results, waiting]) expect(await answer).toMatchObject({ status: 'ACK' })
  expect(stats().map(({ circuit }) => circuit)).toEqual(['closed', 'closed'])
})

test('§3 when the time is up nobody goes on connecting', async () => {
  const closed = Promise.withResolvers<undefined>()
  // Waits for a TLS handshake that does not go on.
  const url = await raw((socket) => void socket.resume().on('close', () => closed.resolve(undefined)))
  const from = performance.now()
  const request = webhookRequest(url.replace('http:', 'https:'), { timeoutSeconds: 0.2 })
  expect(await webhookClient().send(request)).toMatchObject({ error: 'timeout: not connected' })
  await closed.promise
  expect(performance.now() - from).toBeLessThan(1500)
})

describe('privateNetworks of one document', () => {
  const privateNetworks = (document: string) => (document === 'granted' ? ['127.0.0.0/8'] : [])
  const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }])
  const refused =
    "address 127.0.0.1 is not allowed: not public, nor in webhooks.allowPrivateNetworks or its owner's privateNetworks"

  test.each(['127.0.0.1', 'crm.example'])(
    'no other gets there, not even on a connection that is open already: %s',
    async (host) => {
      const server = await web(says('status=ACK'))
      const url = server.url.replace('127.0.0.1', host)
      const { send } = webhookClient({ allowPrivateNetworks: [] }, { resolve, privateNetworks })
      const ports = () => new Set(server.requests.map(({ socket }) => socket.remotePort)).size
      for (let i = 0; i < 2; i++) {
        expect(await send(webhookRequest(url, {}, { document: 'granted' }))).toMatchObject({ status: 'ACK' })
        expect(await send(webhookRequest(url, {}, { document: 'other' }))).toMatchObject({ error: refused })
      }
      expect(server.requests).toHaveLength(2)
      expect(ports()).toBe(1)
    },
  )

  test('without it nobody gets there', async () => {
    const server = await web(says('status=ACK'))
    const { send } = webhookClient({ allowPrivateNetworks: [] })
    expect(await send(webhookRequest(server.url, {}, { document: 'granted' }))).toMatchObject({
      error: refused,
    })
  })

  test('the caps hold over all documents', async () => {
    const [first, second] = await Promise.all([keeping(), keeping()])
    const { send } = webhookClient({ maxConnections: 1 }, { privateNetworks })
    await send(webhookRequest(first.url, {}, { document: 'granted' }))
    await send(webhookRequest(second.url, {}, { document: 'other' }))
    await first.left(0)
    expect(second.open.size).toBe(1)
  })
})

describe('64 KiB are no more with all that is around them', () => {
  const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
  const floods: [string, string, string][] = [
    ['blank lines', '', '\r\n'],
    ['a reason phrase', 'HTTP/1.1 200 ', 'x'],
    ['a chunk’s extension', `${head}5;a=`, 'x'],
    [
      'extensions of empty chunks',
      head,
      '1;a=b;c="dddddddddddddddddddddddddddddddddddddddddddddddd"\r\nx\r\n',
    ],
    ['zeros of a chunk’s size', head, '0'],
    ['trailers', `${head}0\r\n`, 'x-a: b\r\n'],
  ]

  /** Writes `first` and then `unit` without end. */
  function flood(socket: Socket, first: string, unit: string): void {
    const block = unit.repeat(Math.ceil(16384 / unit.length))
    const go = () => {
      while (socket.writable && socket.write(block));
    }
    socket.on('error', () => undefined)
    socket.write(first)
    socket.on('drain', go)
    go()
  }

  /** A server that floods its clients; returns its port. */
  async function flooding(server: Server, first: string, unit: string): Promise<number> {
    const sockets = new Set<Socket>()
    for (const event of ['connection', 'secureConnection']) {
      server.on(event, (socket: Socket) => {
        sockets.add(socket.on('error', () => undefined))
      })
    }
    server.on('flood', (socket: Socket) => flood(socket, first, unit))
    onTestFinished(() => sockets.forEach((socket) => socket.destroy()))
    return listen(server)
  }

  const tooLarge = {
    status: 'ERR',
    error: expect.stringMatching(/^answer (too large: |in too many chunks$)/) as string,
  }

  test.each(floods)('%s', async (_, first, unit) => {
    const server = createNetServer((socket) => socket.once('data', () => server.emit('flood', socket)))
    const port = await flooding(server, first, unit)
    expect(await webhookClient().send(webhookRequest(`http://127.0.0.1:${port}/`))).toMatchObject(tooLarge)
  })

  /** A TLS server of crm.example that floods. */
  async function floodingTls(first: string, unit: string): Promise<number> {
    const { key, cert } = certificate()
    const trusted = getCACertificates('default')
    setDefaultCACertificates([...trusted, cert])
    onTestFinished(() => setDefaultCACertificates(trusted))
    const server = createTlsServer({ key, cert })
    server.removeAllListeners('secureConnection')
    server.on('secureConnection', (socket) => socket.once('data', () => server.emit('flood', socket)))
    return flooding(server, first, unit)
  }

  test.each(floods)('over TLS: %s', async (_, first, unit) => {
    const port = await floodingTls(first, unit)
    const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }])
    expect(
      await webhookClient({}, { resolve }).send(webhookRequest(`https://crm.example:${port}/`)),
    ).toMatchObject(tooLarge)
  })

  test.each(floods)('over TLS through a proxy: %s', async (_, first, unit) => {
    const port = await floodingTls(first, unit)
    const server = createServer()
    server.on('connect', (_request, socket: Socket) => {
      socket.on('error', () => undefined)
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const onward = connect(port, '127.0.0.1').on('error', () => socket.destroy())
      socket.pipe(onward).pipe(socket)
      socket.on('close', () => onward.destroy())
    })
    const proxy = `http://127.0.0.1:${await listen(server)}`
    expect(await webhookClient({ proxy }).send(webhookRequest('https://crm.example/'))).toMatchObject(
      tooLarge,
    )
  })

  test.each(floods)('through a proxy: %s', async (_, first, unit) => {
    const server = createNetServer((socket) => socket.once('data', () => server.emit('flood', socket)))
    const proxy = `http://127.0.0.1:${await flooding(server, first, unit)}`
    expect(await webhookClient({ proxy }).send(webhookRequest('http://crm.example/'))).toMatchObject(tooLarge)
  })

  test.each([
    [8192, { status: 'ACK', http: 200 }],
    [8193, { status: 'ERR', error: 'answer in too many chunks' }],
  ])('an answer of %d chunks of one byte', async (count, answer) => {
    const body = `status=ACK&x=${'x'.repeat(count - 13)}`
    const chunked = Array.from(body, (byte) => `1\r\n${byte}\r\n`).join('')
    const url = await raw((socket) => socket.once('data', () => socket.write(`${head}${chunked}0\r\n\r\n`)))
    expect(await webhookClient().send(webhookRequest(url))).toMatchObject(answer)
  })

  test('bytes of earlier responses on a connection do not count', async () => {
    const text = `status=ACK&x=${'x'.repeat(60_000)}`
    const server = await web(says(text))
    const { send } = webhookClient()
    for (let i = 0; i < 12; i++)
      expect(await send(webhookRequest(server.url))).toMatchObject({ status: 'ACK' })
    expect(new Set(server.requests.map(({ socket }) => socket.remotePort)).size).toBe(1)
  })
})
