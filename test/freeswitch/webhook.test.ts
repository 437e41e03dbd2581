/** Webhooks: what the customer's server is asked, and what its answers do. */
import { expect } from 'vitest'
import type { Reply } from './harness/hooks.ts'
import { never, says } from './harness/hooks.ts'
import { startTestBed } from './harness/scenario.ts'
import { header, party } from './harness/sip.ts'
import { prompts } from './harness/plan-set.ts'

const testBed = await startTestBed()
const { scenario } = testBed

const allValues = '?did={did}&callerid={callerid}&name={callername}&code={code}'
const branches = { success: [{ type: 'play', audio: 'other' }], failure: [{ type: 'play', audio: 'sorry' }] }
const heard = (tones: readonly { freqHz: number }[]) => tones.map(({ freqHz }) => freqHz)

scenario(
  '§3 the callee sees the name of the webhook and the number of the caller; one request, values encoded',
  () => {
    const bob = testBed.telephone()
    const crm = testBed.hook(says(`status=ACK&destination=${bob.number}&callername=ACME+BV`))
    const did = testBed.line({
      webhooks: { crm: { urlTemplate: crm.url + allValues } },
      steps: [
        {
          type: 'webhook',
          webhook: 'crm',
          success: [
            { type: 'callername', mode: 'webhook' },
            { type: 'bridge', from: 'webhook' },
          ],
        },
      ],
    })
    return async () => {
      await bob.answers({ talkMs: 500 })
      const call = await testBed.call({ did, name: 'Jane Doe' })
      expect(call).toMatchObject({ exit: 0, status: 200, endedBy: 'switch' })
      const invites = await bob.invites()
      expect(invites.map((invite) => party(header(invite, 'from')))).toEqual([
        { name: 'ACME BV', user: '+31612345678' },
      ])
      expect(crm.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
        `GET ?did=${encodeURIComponent(did)}&callerid=%2B31612345678&name=Jane%20Doe&code=`,
      ])
    }
  },
)

scenario('§1 §3 national numbers, dialled and calling, reach the webhook in E.164', () => {
  const crm = testBed.hook(says('status=ACK'))
  const did = testBed.line({
    webhooks: { crm: { urlTemplate: crm.url + allValues } },
    steps: [{ type: 'webhook', webhook: 'crm' }],
  })
  return async () => {
    await testBed.call({ did: did.replace('+31', '0'), number: '0612345678' })
    await testBed.call({ did: did.replace('+', '00'), number: '0031612345678' })
    const values = crm.requests.map(({ query }) => [query.get('did'), query.get('callerid')])
    expect(values).toEqual([
      [did, '+31612345678'],
      [did, '+31612345678'],
    ])
  }
})

for (const [how, from, headers] of [
  ['privacy was asked for', '"Jane Doe" <sip:+31612345678@127.0.0.1>', ['Privacy: id']],
  ['the number is anonymous', '"Anonymous" <sip:anonymous@anonymous.invalid>', ['Subject: test']],
] as const) {
  scenario(`§3 a withheld caller has neither number nor name: ${how}`, () => {
    const crm = testBed.hook(says('status=ACK'))
    const did = testBed.line({
      webhooks: { crm: { urlTemplate: crm.url + allValues } },
      steps: [{ type: 'webhook', webhook: 'crm' }],
    })
    return async () => {
      await testBed.call({ did, from, headers })
      expect(crm.requests.map(({ target }) => target)).toEqual([
        `?did=${encodeURIComponent(did)}&callerid=&name=&code=`,
      ])
    }
  })
}

scenario('§3 POST carries the four values and the id of the call as a form', () => {
  const crm = testBed.hook(says('status=ACK'))
  const did = testBed.line({
    webhooks: { crm: { urlTemplate: crm.url, method: 'POST' } },
    steps: [{ type: 'webhook', webhook: 'crm' }],
  })
  return async () => {
    await testBed.call({ did, name: 'Zoë & Co' })
    expect(crm.requests).toHaveLength(1)
    const { method, headers, body } = crm.requests[0]!
    expect([method, headers['content-type']]).toEqual([
      'POST',
      expect.stringMatching(/^application\/x-www-form-urlencoded/),
    ])
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      did,
      callerid: '+31612345678',
      callername: 'Zoë & Co',
      code: '',
      callid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    })
  }
})

const answers: readonly (readonly [
  what: string,
  reply: Reply,
  branch: 'success' | 'failure',
  more?: object,
])[] = [
  ['ACK', says('status=ACK'), 'success'],
  [
    'ACK in lower case, as HTML, with blanks around it',
    says('\n status=ack \n', { type: 'text/html' }),
    'success',
  ],
  ['ACK as JSON', says('{"status":"ACK"}', { type: 'application/json' }), 'success'],
  ['NAK', says('status=NAK'), 'failure'],
  ['ERR', says('status=ERR'), 'failure'],
  ['404', says('not here', { status: 404 }), 'failure'],
  ['500 with ACK', says('status=ACK', { status: 500 }), 'failure'],
  ['no answer in time', never, 'failure', { timeoutSeconds: 1 }],
  ['garbage', says(Buffer.from([0, 255, 10, 13, 61, 38, 37, 37, 195, 40])), 'failure'],
  ['malformed JSON', says('{"status":"ACK"', { type: 'application/json' }), 'failure'],
  ['1 MiB', says(`status=ACK&x=${'x'.repeat(1 << 20)}`), 'failure'],
  [
    'a connection cut in the middle',
    (response) =>
      void response.writeHead(200, { 'content-length': 100 }).write('status=ACK', () => response.destroy()),
    'failure',
  ],
  ['no status', says('destination=215'), 'failure'],
  ['any 2xx where the reply is ignored', says('thank you', { status: 202 }), 'success', { reply: 'ignored' }],
  ['500 where the reply is ignored', says('oops', { status: 500 }), 'failure', { reply: 'ignored' }],
]
for (const [what, reply, branch, more] of answers) {
  scenario(`§3 ${what}: ${branch}`, () => {
    const hook = testBed.hook(reply)
    const did = testBed.line({
      webhooks: { ask: { urlTemplate: hook.url, ...more } },
      steps: [{ type: 'webhook', webhook: 'ask', ...branches }],
    })
    return async () => {
      const call = await testBed.call({ did })
      expect(heard(call.tones), call.story).toEqual([branch === 'success' ? prompts.other : prompts.sorry])
      expect(hook.requests).toHaveLength(1)
    }
  })
}

scenario('§3 a refused connection: failure', () => {
  // The discard port: nothing listens there.
  const did = testBed.line({
    webhooks: { ask: { urlTemplate: 'http://127.0.0.1:9/' } },
    steps: [{ type: 'webhook', webhook: 'ask', ...branches }],
  })
  return async () => {
    const call = await testBed.call({ did })
    expect(heard(call.tones), call.story).toEqual([prompts.sorry])
    expect(call.answeredMs).toBeLessThan(1500)
  }
})

scenario('§3 a redirect is followed, and a POST becomes a GET', () => {
  const target = testBed.hook(says('status=ACK'))
  const first = testBed.hook(says('', { status: 302, headers: { location: target.url } }))
  const did = testBed.line({
    webhooks: { ask: { urlTemplate: first.url, method: 'POST' } },
    steps: [{ type: 'webhook', webhook: 'ask', ...branches }],
  })
  return async () => {
    const call = await testBed.call({ did })
    expect(heard(call.tones), call.story).toEqual([prompts.other])
    expect([first.requests[0]?.method, target.requests[0]?.method, target.requests[0]?.body]).toEqual([
      'POST',
      'GET',
      '',
    ])
  }
})

scenario('§3 a redirect to itself is followed three times and no more', () => {
  const loop = testBed.hook((response) => void response.writeHead(302, { location: loop.url }).end())
  const did = testBed.line({
    webhooks: { ask: { urlTemplate: loop.url } },
    steps: [{ type: 'webhook', webhook: 'ask', ...branches }],
  })
  return async () => {
    const call = await testBed.call({ did })
    expect(heard(call.tones), call.story).toEqual([prompts.sorry])
    expect(loop.requests).toHaveLength(4)
  }
})
