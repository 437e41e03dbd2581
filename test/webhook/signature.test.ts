import { createHmac } from 'node:crypto'
import { expect, onTestFinished, test, vi } from 'vitest'
import { credentialsOf, httpRequestBuilder } from '../../src/webhook/http-request.ts'
import { webhookClient, webhookRequest } from './clients.ts'
import { says, web } from './servers.ts'

const hmac = (secret: string | Buffer, content: string) =>
  createHmac('sha256', secret).update(content).digest('base64')

/** For the rest of the test. */
function clockAt(ms: number): void {
  const clock = vi.spyOn(Date, 'now').mockReturnValue(ms)
  onTestFinished(() => clock.mockRestore())
}

/** As the client resolves them. */
function credentials(signingSecret: string) {
  const { webhook } = webhookRequest('', { signingSecret })
  const found = credentialsOf('acme', webhook, () => undefined)
  if ('fault' in found) throw new Error(found.fault)
  return found
}

test('§3 signingSecret: id, timestamp, method, URL and body are signed, in the headers of Standard Webhooks', () => {
  clockAt(1_700_000_000_999)
  const values = { did: '1', callerid: '2', callername: '' }
  const request = webhookRequest('', {}, { key: 'msg-1', callId: 'call-1', values })
  const build = httpRequestBuilder(request, credentials('top secret'), 'belplan/1.2.3')
  const { headers, body } = build(new URL('https://crm.example/a?b=c'), 'POST', true)
  expect(body).toBe('did=1&callerid=2&callername=&code=&callid=call-1')
  const content = `msg-1.1700000000.POST https://crm.example/a?b=c\n${body}`
  expect(Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('webhook-')))).toEqual(
    {
      'webhook-id': 'msg-1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': `v1,${hmac('top secret', content)}`,
    },
  )
})

test('a secret that begins with whsec_ is base64: the example of the Standard Webhooks specification', () => {
  const content = 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
  const [key] = credentials('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw').signingKeys
  expect(hmac(key!, content)).toBe('g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  expect(credentials('Müllers').signingKeys).toEqual([Buffer.from('Müllers')])
})

test('§3 signingSecret: a GET is signed as it stands on the wire, with both secrets during rotation', async () => {
  const server = await web(says('status=ACK'))
  const env = (_: string, name: string) =>
    ({ OLD: 'old secret', NEW: 'whsec_bmV3IHNlY3JldCBvZiAyNCBieXRlcyAu' })[name]
  clockAt(1_700_000_000_000)
  const { send } = webhookClient({}, { env })
  const signingSecret = ['env:OLD', 'env:NEW']
  const url = `${server.url}/name?caller={callerid}&n={callername}`
  await send(webhookRequest(url, { signingSecret }, { values: { callername: "O'Brien 日本" } }))
  const { headers, url: path = '' } = server.requests[0]!
  const content = `call-1.step-2.1700000000.GET ${server.url}${path}\n`
  expect(headers).toMatchObject({
    'webhook-id': 'call-1.step-2',
    'webhook-timestamp': '1700000000',
    'webhook-signature': `v1,${hmac('old secret', content)} v1,${hmac('new secret of 24 bytes .', content)}`,
  })
})

test('§3 signingSecret: the body of a POST is signed as it was sent', async () => {
  const server = await web(says('status=ACK'))
  clockAt(1_700_000_000_000)
  const { send } = webhookClient({}, { env: () => 'a secret' })
  await send(webhookRequest(`${server.url}/a`, { method: 'POST', signingSecret: 'env:S' }))
  const { headers, text } = server.requests[0]!
  expect(headers['webhook-signature']).toBe(
    `v1,${hmac('a secret', `call-1.step-2.1700000000.POST ${server.url}/a\n${text}`)}`,
  )
})

test('§3 signingSecret: after a redirect within its origin the new URL is signed', async () => {
  const server = await web((request, response) => {
    if (request.url === '/b') response.end('status=ACK')
    else response.writeHead(302, { location: '/b' }).end()
  })
  clockAt(1_700_000_000_000)
  const { send } = webhookClient({}, { env: () => 'a secret' })
  await send(webhookRequest(`${server.url}/a`, { signingSecret: 'env:S' }))
  expect(server.requests[1]?.headers['webhook-signature']).toBe(
    `v1,${hmac('a secret', `call-1.step-2.1700000000.GET ${server.url}/b\n`)}`,
  )
})

test.each([undefined, '', 'whsec_'])(
  '§3 signingSecret: without a secret (%j) nothing is sent unsigned',
  async (secret) => {
    const server = await web(says('status=ACK'))
    const { send } = webhookClient({}, { env: () => secret })
    expect(await send(webhookRequest(server.url, { signingSecret: 'env:S' }))).toMatchObject({
      status: 'ERR',
      tries: 0,
      error: expect.stringContaining('env:S') as string,
    })
    expect(server.requests).toEqual([])
  },
)

test('without signingSecret there is no signature', async () => {
  const server = await web(says('status=ACK'))
  await webhookClient().send(webhookRequest(server.url))
  expect(
    Object.keys(server.requests[0]?.headers ?? {}).filter((name) => name.startsWith('webhook-')),
  ).toEqual([])
})

test.each([
  ['whsec_=', 'has fewer than 16 bytes behind whsec_; Standard Webhooks asks for 24 to 64'],
  ['whsec_!!', 'is not base64 behind whsec_'],
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS w', 'is not base64 behind whsec_'],
  ['whsec_MfKQ', 'has fewer than 16 bytes behind whsec_; Standard Webhooks asks for 24 to 64'],
  ['seven..', 'is shorter than 8 bytes: anyone could guess it'],
])('§3 signingSecret: %j is no key, and nothing is sent with it', async (secret, fault) => {
  const server = await web(says('status=ACK'))
  const { send } = webhookClient({}, { env: (_, name) => (name === 'GOOD' ? 'a good secret' : secret) })
  for (const signingSecret of ['env:S', ['env:GOOD', 'env:S']]) {
    expect(await send(webhookRequest(server.url, { signingSecret }))).toMatchObject({
      status: 'ERR',
      tries: 0,
      error: `env:S ${fault}`,
    })
  }
  expect(server.requests).toEqual([])
})

test.each([
  'whsec_MfKQ9r8GKYqrTwjUPD8ILA',
  'whsec_MfKQ9r8GKYqrTwjUPD8ILA==',
  'whsec_MfKQ9r8GKYqrTwjUPD8IL_ZIo2LaLaSw',
  'eight...',
  'Ümläut',
])('§3 signingSecret: %j is one', async (secret) => {
  const server = await web(says('status=ACK'))
  const { send } = webhookClient({}, { env: () => secret })
  expect(await send(webhookRequest(server.url, { signingSecret: 'env:S' }))).toMatchObject({ status: 'ACK' })
})
