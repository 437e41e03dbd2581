import { expect, test } from 'vitest'
import { webhookClient, webhookRequest } from './clients.ts'
import { says, web } from './servers.ts'

const redirects = (status: number, to: (path: string) => string) =>
  web((request, response) => {
    if (request.url === '/end') return void response.end('status=ACK')
    response.writeHead(status, { location: to(request.url ?? '') }).end()
  })

test.each([
  [301, 'GET'],
  [302, 'GET'],
  [303, 'GET'],
  [307, 'POST'],
  [308, 'POST'],
])('§3 a POST that is redirected with %d becomes a %s', async (status, method) => {
  const server = await redirects(status, () => '/end')
  const answer = await webhookClient().send(webhookRequest(`${server.url}/start`, { method: 'POST' }))
  expect(answer).toMatchObject({ status: 'ACK', url: `${server.url}/end`, tries: 1 })
  const [first, second] = server.requests
  expect(second).toMatchObject({ method, text: method === 'POST' ? first?.text : '' })
  expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key'])
  expect(second?.headers['content-type']).toBe(
    method === 'POST' ? 'application/x-www-form-urlencoded' : undefined,
  )
})

test('§3 three redirects are followed, a fourth is an ERR', async () => {
  const server = await web((request, response) => {
    const left = Number(request.url?.slice(1))
    if (left === 0) response.end('status=ACK')
    else response.writeHead(302, { location: `/${left - 1}` }).end()
  })
  const { send } = webhookClient()
  expect(await send(webhookRequest(`${server.url}/3`))).toMatchObject({
    status: 'ACK',
    url: `${server.url}/0`,
  })
  expect(await send(webhookRequest(`${server.url}/4`))).toMatchObject({
    status: 'ERR',
    error: 'too many redirects',
    http: 302,
  })
  expect(server.requests).toHaveLength(8)
})

test('§3 a redirect to itself ends', async () => {
  const server = await redirects(302, (path) => path)
  expect(await webhookClient().send(webhookRequest(`${server.url}/loop`))).toMatchObject({
    status: 'ERR',
    error: 'too many redirects',
  })
  expect(server.requests).toHaveLength(4)
})

test('§3 redirects share the one deadline', async () => {
  const server = await web((_, response) => {
    setTimeout(() => response.writeHead(302, { location: '/again' }).end(), 150)
  })
  expect(await webhookClient().send(webhookRequest(server.url, { timeoutSeconds: 0.4 }))).toMatchObject({
    error: 'timeout: no answer',
  })
})

test('no credential and no signature goes to another origin; the values and the key do', async () => {
  const other = await web(says('status=ACK'))
  const server = await redirects(307, () => `${other.url}/end`)
  const { send } = webhookClient({}, { env: () => 's3cret-token' })
  const headers = { Authorization: 'env:TOKEN', Cookie: 'a=b', 'X-Api-Key': 'k' }
  expect(
    await send(webhookRequest(`${server.url}/a`, { method: 'POST', headers, signingSecret: 'env:S' })),
  ).toMatchObject({ status: 'ACK' })
  expect(server.requests[0]?.headers).toMatchObject({
    authorization: 's3cret-token',
    cookie: 'a=b',
    'x-api-key': 'k',
  })
  expect(server.requests[0]?.headers).toHaveProperty('webhook-signature')
  const names = Object.keys(other.requests[0]?.headers ?? {})
  expect(names).not.toContain('authorization')
  expect(names).not.toContain('cookie')
  expect(names).not.toContain('x-api-key')
  expect(names.filter((name) => name.startsWith('webhook-'))).toEqual([])
  expect(other.requests[0]?.headers['idempotency-key']).toBe('call-1.step-2')
  expect(other.requests[0]?.text).toBe(server.requests[0]?.text)
})

test('on the way back to its own origin they are sent again', async () => {
  const other = await web((_, response) => response.writeHead(302, { location: `${server.url}/end` }).end())
  const server = await redirects(302, () => other.url)
  expect(
    await webhookClient().send(webhookRequest(`${server.url}/a`, { headers: { 'X-Api-Key': 'k' } })),
  ).toMatchObject({
    status: 'ACK',
  })
  expect(server.requests.map(({ headers }) => headers['x-api-key'])).toEqual(['k', 'k'])
})

const refused = (address: string) =>
  `address ${address} is not allowed: not public, nor in webhooks.allowPrivateNetworks or its owner's privateNetworks`

test.each([
  ['http://10.0.0.1/', refused('10.0.0.1')],
  ['http://[::1]/', refused('::1')],
  ['//169.254.169.254/latest/meta-data/', refused('169.254.169.254')],
  ['http://2852039166/', refused('169.254.169.254')],
  ['http://internal.example/', refused('10.1.2.3')],
  ['file:///etc/passwd', 'redirect to something else than http or https'],
  ['gopher://127.0.0.1/', 'redirect to something else than http or https'],
])('a redirect to %s goes nowhere', async (location, error) => {
  const server = await redirects(302, () => location)
  const { send } = webhookClient({}, { resolve: () => Promise.resolve([{ address: '10.1.2.3', family: 4 }]) })
  expect(await send(webhookRequest(`${server.url}/a`))).toMatchObject({
    status: 'ERR',
    source: 'none',
    error,
  })
})

test('a redirect without a valid Location is a response like any other', async () => {
  const without = await web((_, response) => response.writeHead(302).end('status=NAK'))
  const broken = await redirects(302, () => 'http://[')
  const { send } = webhookClient()
  expect(await send(webhookRequest(without.url))).toMatchObject({ status: 'NAK', http: 302 })
  expect(await send(webhookRequest(`${broken.url}/a`))).toMatchObject({ status: 'ERR', error: 'HTTP 302' })
})

test('operations of a redirect that is longer than any URL only the beginning is kept', async () => {
  const server = await redirects(302, (path) => `${path}/${'x'.repeat(2000)}`)
  const { url } = await webhookClient().send(webhookRequest(`${server.url}/`))
  expect(url).toMatch(/^http:.*x…$/)
  expect(url.length).toBeLessThan(310)
})

test.each([307, 308])('events: a redirect with %d repeats the POST', async (status) => {
  const server = await redirects(status, () => '/end')
  const body = '{"event":"ended"}'
  const request = webhookRequest(`${server.url}/start`, {}, { kind: 'event', body })
  expect(await webhookClient().send(request)).toMatchObject({ status: 'ACK' })
  expect(server.requests[1]).toMatchObject({ method: 'POST', text: body })
  expect(server.requests[1]?.headers['content-type']).toBe('application/json')
})

test('events: 303 says that the POST was taken, and the page that it names is not asked', async () => {
  const server = await redirects(303, () => '/end')
  const request = webhookRequest(`${server.url}/start`, {}, { kind: 'event', body: '{}' })
  expect(await webhookClient().send(request)).toMatchObject({ status: 'ACK', http: 303 })
  expect(server.requests).toHaveLength(1)
})

test.each([301, 302])('events: %d is no answer, since it would make a GET of it', async (status) => {
  const server = await redirects(status, () => '/end')
  const request = webhookRequest(`${server.url}/start`, {}, { kind: 'event', body: '{}' })
  expect(await webhookClient().send(request)).toMatchObject({
    ...{ status: 'ERR', http: status },
    error: `HTTP ${status}: name the new address in the webhook, or redirect with 307 or 308`,
  })
  expect(server.requests).toHaveLength(1)
})

test('events: neither retries nor the fallback are asked, and what is not 2xx is no answer', async () => {
  const server = await web((_, response) => void response.writeHead(400).end('status=ACK'))
  const request = webhookRequest(
    server.url,
    { retries: 3, fallbackUrlTemplate: `${server.url}/other`, reply: 'ignored' },
    { kind: 'event', body: '{}' },
  )
  expect(await webhookClient().send(request)).toMatchObject({ status: 'ERR', error: 'HTTP 400' })
  expect(server.requests).toHaveLength(1)
})
