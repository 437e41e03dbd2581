import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { webhookClient, webhookRequest } from './clients.ts'
import { raw, says, web } from './servers.ts'

test('§3 GET: one request, its values percent-encoded, with the headers of the contract', async () => {
  const server = await web(says('status=ACK&destination=215&callername=M%C3%BCller'))
  const { send } = webhookClient()
  const answer = await send(webhookRequest(`${server.url}/name?caller={callerid}&did={did}&n={callername}`))
  expect(answer).toEqual({
    status: 'ACK',
    destination: '215',
    callername: 'Müller',
    url: `${server.url}/name?caller=%2B31612345678&did=%2B31502100000&n=Jane%20Doe`,
    http: 200,
    tries: 1,
    source: 'server',
    warnings: [],
  })
  const [request, ...others] = server.requests
  expect(others).toEqual([])
  expect(request).toMatchObject({
    method: 'GET',
    url: '/name?caller=%2B31612345678&did=%2B31502100000&n=Jane%20Doe',
    text: '',
  })
  expect(request?.headers).toMatchObject({
    'user-agent': 'belplan/1.2.3',
    accept: 'application/x-www-form-urlencoded, application/json',
    'accept-encoding': 'identity',
    'idempotency-key': 'call-1.step-2',
  })
})

test('§3 POST: the four values and callid as a form body', async () => {
  const server = await web(says('status=ACK'))
  const sent = webhookRequest(
    `${server.url}/a?x={did}`,
    { method: 'POST' },
    { values: { code: '12#', callername: 'O’Brien & Söhne' } },
  )
  expect(await webhookClient().send(sent)).toMatchObject({ status: 'ACK' })
  const [request] = server.requests
  expect(request?.method).toBe('POST')
  expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded')
  expect(Object.fromEntries(new URLSearchParams(request?.text))).toEqual({
    did: '+31502100000',
    callerid: '+31612345678',
    callername: 'O’Brien & Söhne',
    code: '12#',
    callid: '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49',
  })
})

test('§3 headers of the webhook are sent, env: values from what the document was granted', async () => {
  const server = await web(says('status=ACK'))
  const { send } = webhookClient(
    {},
    { env: (document, name) => (document === 'acme' && name === 'TOKEN' ? 's3cret' : undefined) },
  )
  const headers = {
    'X-Shop': 'north',
    Authorization: 'env:TOKEN',
    Host: 'evil.example',
    'Idempotency-Key': 'mine',
  }
  expect(await send(webhookRequest(server.url, { headers }))).toMatchObject({ status: 'ACK' })
  const sent = server.requests[0]?.headers
  expect(sent).toMatchObject({
    'x-shop': 'north',
    authorization: 's3cret',
    'idempotency-key': 'call-1.step-2',
  })
  expect(sent?.host).toBe(new URL(server.url).host)
})

test('§3 an env: name that is not granted is an ERR that names it, and nothing is sent', async () => {
  const server = await web(says('status=ACK'))
  const answer = await webhookClient().send(
    webhookRequest(server.url, { headers: { Authorization: 'env:TOKEN' } }),
  )
  expect(answer).toMatchObject({
    status: 'ERR',
    tries: 0,
    source: 'none',
    error: expect.stringContaining('env:TOKEN') as string,
  })
  expect(server.requests).toEqual([])
})

test('§3 a header value that would be two headers is refused, and shows in no error', async () => {
  const server = await web(says('status=ACK'))
  const { send } = webhookClient({}, { env: () => 's3cret\r\nx-evil: 1' })
  const answer = await send(webhookRequest(server.url, { headers: { Authorization: 'env:TOKEN' } }))
  expect(answer).toMatchObject({ status: 'ERR', error: 'request not valid: a header or the URL' })
  expect(server.requests).toEqual([])
})

test('§3 a value that makes a path segment .. is an ERR and nothing is sent', async () => {
  const server = await web(says('status=ACK'))
  const answer = await webhookClient().send(
    webhookRequest(`${server.url}/a/{callername}/b`, {}, { values: { callername: '..' } }),
  )
  expect(answer).toMatchObject({ status: 'ERR', tries: 0, source: 'none' })
  expect(server.requests).toEqual([])
})

test('§4 the code goes to the server and nowhere else: not into URL, error or warnings', async () => {
  const server = await web((request, response) => {
    if (request.url?.startsWith('/a')) response.writeHead(302, { location: '/b/%34711?again=4711' }).end()
    else response.end('status=ACK&destination=pin-4711&callername=your+PIN+4711')
  })
  const answer = await webhookClient().send(
    webhookRequest(`${server.url}/a?pin={code}`, {}, { values: { code: '4711' }, kind: 'codes' }),
  )
  expect(server.requests.map(({ url }) => url)).toEqual(['/a?pin=4711', '/b/%34711?again=4711'])
  expect(answer.callername).toBe('your PIN •••')
  expect(JSON.stringify(answer)).not.toMatch(/4711/)
  expect(answer.url).toBe(`${server.url}/b/•••?again=•••`)
  expect(answer.warnings).toHaveLength(1)
})

test('§4 the URL is kept with {code} unexpanded', async () => {
  const server = await web(says('status=NAK'))
  const answer = await webhookClient().send(
    webhookRequest(`${server.url}/{code}?c={code}`, {}, { values: { code: '4711' }, kind: 'codes' }),
  )
  expect(answer).toMatchObject({ status: 'NAK', url: `${server.url}/{code}?c={code}` })
})

test('§3 a reply of 64 KiB is read, one byte more is an ERR', async () => {
  const server = await web((request, response) => {
    const size = Number(request.url?.slice(1))
    response.end('status=ACK&x-fill='.padEnd(size, 'a'))
  })
  const { send } = webhookClient()
  expect(await send(webhookRequest(`${server.url}/65536`))).toMatchObject({ status: 'ACK' })
  expect(await send(webhookRequest(`${server.url}/65537`))).toMatchObject({
    status: 'ERR',
    http: 200,
    source: 'none',
    error: 'answer too large: more than 64 KiB',
  })
})

test('§3 of a megabyte no more is taken than it needs to say no', async () => {
  let closed: Promise<unknown> | undefined
  const server = await web((_, response) => {
    closed = new Promise((resolve) => response.on('close', resolve))
    const endless = () => {
      while (!response.destroyed && response.write('x'.repeat(16_384)));
      if (!response.destroyed) response.once('drain', endless)
    }
    endless()
  })
  expect(await webhookClient().send(webhookRequest(server.url))).toMatchObject({
    status: 'ERR',
    error: 'answer too large: more than 64 KiB',
  })
  await closed
})

test('§3 a compressed reply is an ERR: none was asked for', async () => {
  const server = await web((_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('status=ACK'),
  )
  expect(await webhookClient().send(webhookRequest(server.url))).toMatchObject({
    status: 'ERR',
    error: 'answer is compressed',
  })
})

test('§3 with reply ignored a 2xx is an ACK even when its body is too large or never ends', async () => {
  const large = await web(says('x'.repeat(100_000)))
  const endless = await web((_, response) => void response.write('thanks'))
  const { send } = webhookClient()
  expect(await send(webhookRequest(large.url, { reply: 'ignored' }))).toMatchObject({
    status: 'ACK',
    http: 200,
    source: 'server',
  })
  expect(await send(webhookRequest(endless.url, { reply: 'ignored', timeoutSeconds: 1 }))).toMatchObject({
    status: 'ACK',
  })
})

test('§3 interim responses before the final one are ignored', async () => {
  const url = await raw((socket) => {
    socket.once('data', () => {
      socket.write(
        'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nstatus=ACK',
      )
    })
  })
  expect(await webhookClient().send(webhookRequest(url))).toMatchObject({ status: 'ACK', http: 200 })
})

test('host names are looked up with the system’s resolver', async () => {
  const server = await web(says('status=ACK'))
  const { send } = webhookClient({ allowPrivateNetworks: ['127.0.0.0/8', '::1'] })
  expect(await send(webhookRequest(server.url.replace('127.0.0.1', 'localhost')))).toMatchObject({
    status: 'ACK',
  })
})

test('connections are used again for later requests', async () => {
  const server = await web(says('status=ACK'))
  const { send } = webhookClient()
  for (let i = 0; i < 10; i++) await send(webhookRequest(server.url))
  // A request sent in the very tick of the last response may find its connection not yet free.
  expect(new Set(server.requests.map(({ socket }) => socket.remotePort)).size).toBeLessThanOrEqual(2)
})

test('§2 a caller who hangs up aborts the request at once', async () => {
  const closed = Promise.withResolvers<undefined>()
  const call = new AbortController()
  const server = await web((_, response) => {
    response.on('close', () => closed.resolve(undefined))
    call.abort()
  })
  const answer = await webhookClient().send(
    webhookRequest(server.url, { timeoutSeconds: 10, staleIfErrorSeconds: 60 }, { signal: call.signal }),
  )
  expect(answer).toMatchObject({ status: 'ERR', error: 'caller gone', source: 'none' })
  await closed.promise
})

test('§2 for a caller who has hung up already nothing is sent', async () => {
  const server = await web(says('status=ACK'))
  expect(
    await webhookClient().send(webhookRequest(server.url, {}, { signal: AbortSignal.abort() })),
  ).toMatchObject({
    status: 'ERR',
    tries: 0,
  })
  expect(server.requests).toEqual([])
})

test('closing ends what is in progress, and nothing of it remains', async () => {
  const asked = Promise.withResolvers<undefined>()
  const closed = Promise.withResolvers<undefined>()
  const server = await web((_, response) => {
    response.on('close', () => closed.resolve(undefined))
    asked.resolve(undefined)
  })
  const hanging = (await raw(() => undefined)).replace('http:', 'https:')
  const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const open = webhookClient()
  const { signal } = new AbortController()
  const waiting = open.send(
    webhookRequest(server.url, { timeoutSeconds: 10, staleIfErrorSeconds: 60 }, { signal }),
  )
  const connecting = open.send(webhookRequest(hanging, { timeoutSeconds: 10 }, { signal }))
  await asked.promise
  await open.close()
  expect(await waiting).toMatchObject({ status: 'ERR', error: 'controller stopping' })
  expect(await connecting).toMatchObject({ status: 'ERR', error: 'controller stopping' })
  expect(await open.send(webhookRequest(server.url))).toMatchObject({
    status: 'ERR',
    error: 'controller stopping',
    tries: 0,
  })
  await closed.promise
  expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBeLessThanOrEqual(
    before,
  )
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('a thousand requests of one call leave no listener and no timer', async () => {
  const server = await web(says('status=ACK'))
  const { send } = webhookClient()
  const { signal } = new AbortController()
  const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  for (let i = 0; i < 50; i++) {
    await Promise.all(Array.from({ length: 20 }, () => send(webhookRequest(server.url, {}, { signal }))))
  }
  expect(server.requests).toHaveLength(1000)
  expect(getEventListeners(signal, 'abort')).toEqual([])
  expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBeLessThanOrEqual(
    before,
  )
})

test('§3 headers and secrets are read once for a webhook, not for each request', async () => {
  const server = await web(says('status=ACK'))
  const read: string[] = []
  const env = (_: string, name: string) => {
    read.push(name)
    return 'a secret value'
  }
  const { send } = webhookClient({}, { env })
  const request = webhookRequest(server.url, { headers: { 'X-Key': 'env:KEY' }, signingSecret: 'env:SIGN' })
  for (let i = 0; i < 3; i++) expect(await send(request)).toMatchObject({ status: 'ACK' })
  expect(read).toEqual(['KEY', 'SIGN'])
  expect(server.requests.map(({ headers }) => headers['x-key'])).toEqual(Array(3).fill('a secret value'))
})

test('§3 POST: variables are in the body, but not secret ones, which only a URL may name', async () => {
  const server = await web(says('status=ACK'))
  const { send } = webhookClient()
  const values = { variables: { tier: 'gold & co' }, secretVariables: { token: 's3cret' } }
  const result = await send(webhookRequest(`${server.url}/?t={var.token}`, { method: 'POST' }, { values }))
  const [request] = server.requests
  expect(Object.fromEntries(new URLSearchParams(request?.text))).toMatchObject({ 'var.tier': 'gold & co' })
  expect(request?.text).not.toContain('s3cret')
  expect(request?.url).toContain('t=s3cret')
  expect(JSON.stringify(result)).not.toContain('s3cret')
})
