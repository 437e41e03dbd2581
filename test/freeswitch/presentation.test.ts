/** What the called party sees, by the INVITE on the wire. */
import { expect } from 'vitest'
import { says } from './harness/hooks.ts'
import { startTestBed } from './harness/scenario.ts'
import type { SipMessage } from './harness/sip.ts'
import { header, party } from './harness/sip.ts'
import type { Telephone } from './harness/telephone.ts'

const testBed = await startTestBed()
const { scenario } = testBed

const from = (invite: SipMessage | undefined) =>
  party(invite === undefined ? undefined : header(invite, 'from'))
/** The national part: no spelling of the caller's number goes without it. */
const number = '612345678'
const caller = { number: `+31${number}`, name: 'Jane Doe' }

/** A line whose webhook asks for a presentation, and rings `bob`. */
function lineTo(destination: string, callerIdPresentation: string, before: readonly unknown[] = []): string {
  const hook = testBed.hook(says('status=ACK'))
  return testBed.line({
    webhooks: { ask: { urlTemplate: hook.url, callerIdPresentation } },
    steps: [
      { type: 'webhook', webhook: 'ask', success: [...before, { type: 'bridge', destination }], failure: [] },
    ],
  })
}

function expectSuppressed(messages: readonly SipMessage[], callee: number): void {
  const sent = messages.filter(({ to }) => to === callee)
  const [invite] = sent.filter(({ method }) => method === 'INVITE')
  expect(from(invite)?.user).toBe('anonymous')
  expect(header(invite!, 'privacy')).toMatch(/\bid\b/)
  for (const message of sent) {
    expect(message.text).not.toContain(number)
    expect(message.text).not.toContain('Jane')
  }
}

scenario('§5 caller: the number and the name of the caller', () => {
  const bob = testBed.telephone()
  const did = lineTo(bob.number, 'caller')
  return async () => {
    await bob.answers({ talkMs: 300 })
    await testBed.call({ did, ...caller })
    expect((await bob.invites()).map(from)).toEqual([{ name: 'Jane Doe', user: `+31${number}` }])
  }
})

scenario('§5 caller is what holds where nothing is said', () => {
  const bob = testBed.telephone()
  const did = testBed.line({ steps: [{ type: 'bridge', destination: bob.number }] })
  return async () => {
    await bob.answers({ talkMs: 300 })
    await testBed.call({ did, ...caller })
    expect((await bob.invites()).map(from)).toEqual([{ name: 'Jane Doe', user: `+31${number}` }])
  }
})

scenario('§5 called: the dialled number, and the name as it stands', () => {
  const bob = testBed.telephone()
  const did = lineTo(bob.number, 'called')
  return async () => {
    await bob.answers({ talkMs: 300 })
    await testBed.call({ did, ...caller })
    expect((await bob.invites()).map(from)).toEqual([{ name: 'Jane Doe', user: did }])
    for (const message of await bob.messages()) expect(message.text).not.toContain(number)
  }
})

scenario('§5 called, without a name: the name of the caller does not come by another way', () => {
  const bob = testBed.telephone()
  const did = lineTo(bob.number, 'called')
  return async () => {
    await bob.answers({ talkMs: 300 })
    await testBed.call({ did, number: caller.number })
    const [invite] = await bob.invites()
    expect(from(invite)?.user).toBe(did)
    for (const message of await bob.messages()) expect(message.text).not.toContain(number)
  }
})

scenario('§5 suppressed, to a number: no header and no SDP line holds number or name', () => {
  const bob = testBed.telephone()
  const did = lineTo(bob.number, 'suppressed')
  return async () => {
    await bob.answers({ talkMs: 300 })
    const others = [
      `P-Asserted-Identity: "Jane Doe" <sip:+31${number}@127.0.0.1>`,
      `Remote-Party-ID: "Jane Doe" <sip:+31${number}@127.0.0.1>;party=calling`,
      `Diversion: <sip:+31${number}@127.0.0.1>;reason=unconditional`,
      `X-Caller: Jane ${number}`,
      'User-to-User: 4a616e65;encoding=hex',
    ]
    expect((await testBed.call({ did, ...caller, headers: others })).status).toBe(200)
    const [invite] = await bob.invites()
    expectSuppressed(await bob.messages(), invite!.to)
    expect(invite?.headers.map(([key]) => key.toLowerCase())).not.toContain('user-to-user')
  }
})

scenario('§5 suppressed hides a name that a step set, too', () => {
  const bob = testBed.telephone()
  const did = lineTo(bob.number, 'suppressed', [
    { type: 'callername', mode: 'replace', text: 'Jane of Sales' },
  ])
  return async () => {
    await bob.answers({ talkMs: 300 })
    await testBed.call({ did, ...caller })
    const [invite] = await bob.invites()
    expectSuppressed(await bob.messages(), invite!.to)
  }
})

scenario('§5 through the gateway of a carrier: caller, called and suppressed', () => {
  const bob: Telephone = testBed.carrier
  const destinations = { caller: '+31502102541', called: '+31502102542', suppressed: '+31502102543' }
  const dids = Object.fromEntries(
    Object.entries(destinations).map(([shown, to]) => [shown, lineTo(to, shown)]),
  )
  const inviteTo = (invites: readonly SipMessage[], to: string) =>
    invites.find(({ start }) => start.includes(to))
  return async () => {
    await bob.answers({ talkMs: 300, calls: 3 })
    for (const did of Object.values(dids)) await testBed.call({ did, ...caller })
    const invites = await bob.invites()
    expect(from(inviteTo(invites, destinations.caller))).toEqual({ name: 'Jane Doe', user: `+31${number}` })
    expect(from(inviteTo(invites, destinations.called))).toEqual({ name: 'Jane Doe', user: dids.called })
    const hidden = inviteTo(invites, destinations.suppressed)
    const id = header(hidden!, 'call-id')
    expectSuppressed(
      (await bob.messages()).filter((m) => header(m, 'call-id') === id),
      hidden!.to,
    )
  }
})

scenario('§5 to a registered telephone: suppressed', () => {
  const phone = testBed.telephone()
  const did = lineTo('215', 'suppressed')
  return async () => {
    await phone.registers('215')
    await phone.answers({ talkMs: 300 })
    const call = await testBed.call({ did, ...caller })
    expect(call.status).toBe(200)
    const [invite] = await phone.invites()
    expectSuppressed(await phone.messages(), invite!.to)
  }
})

scenario('§5 a withheld caller is not shown; a name that a step set is', () => {
  const bob = testBed.telephone()
  const eve = testBed.telephone()
  const did = testBed.line({
    steps: [
      { type: 'bridge', destination: bob.number },
      { type: 'callername', mode: 'replace', text: 'Sales' },
      { type: 'bridge', destination: eve.number },
    ],
  })
  return async () => {
    await Promise.all([bob.refuses(486), eve.answers({ talkMs: 300 })])
    await testBed.call({ did, ...caller, headers: ['Privacy: id'] })
    const [first] = await bob.invites()
    const [second] = await eve.invites()
    for (const invite of [first, second]) {
      expect(invite?.text).not.toContain(number)
      expect(invite?.text).not.toContain('Jane')
    }
    expect(from(second)?.name).toBe('Sales')
  }
})

scenario(
  '§3 the presentation holds in both branches and through goto, until a webhook inside names another',
  () => {
    const [bob, eve, dan] = [testBed.telephone(), testBed.telephone(), testBed.telephone()] as const
    const [no, yes] = [testBed.hook(says('status=NAK')), testBed.hook(says('status=ACK'))]
    const did = testBed.line({
      webhooks: {
        outer: { urlTemplate: no.url, callerIdPresentation: 'called' },
        silent: { urlTemplate: yes.url },
        inner: { urlTemplate: yes.url, callerIdPresentation: 'suppressed' },
      },
      steps: [
        {
          type: 'webhook',
          webhook: 'outer',
          success: [],
          failure: [
            { type: 'bridge', destination: bob.number },
            { type: 'webhook', webhook: 'silent', success: [{ type: 'goto', plan: 'later' }], failure: [] },
          ],
        },
      ],
      plans: {
        later: [
          { type: 'bridge', destination: eve.number },
          {
            type: 'webhook',
            webhook: 'inner',
            success: [{ type: 'bridge', destination: dan.number }],
            failure: [],
          },
        ],
      },
    })
    return async () => {
      await Promise.all([bob.refuses(486), eve.refuses(486), dan.answers({ talkMs: 300 })])
      await testBed.call({ did, ...caller })
      const shown = await Promise.all(
        [bob, eve, dan].map(async (phone) => from((await phone.invites())[0])?.user),
      )
      expect(shown).toEqual([did, did, 'anonymous'])
    }
  },
)
