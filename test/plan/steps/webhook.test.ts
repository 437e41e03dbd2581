import { expect, test } from 'vitest'
import { plan, ring, walkPlan } from '../walking.ts'

test('§5 webhook: ACK takes success, all else failure', async () => {
  const steps = [{ type: 'webhook', webhook: 'crm', success: [ring('1')], failure: [ring('2')] }]
  for (const [status, rung] of [
    ['ACK', '1'],
    ['NAK', '2'],
    ['ERR', '2'],
  ] as const) {
    const { done } = await walkPlan(plan(steps), { answers: { crm: { status } } })
    expect(done[1]).toBe(`bridge ${rung}`)
  }
})

test('§3 the values of a request: did, callerid, callername as it stands at this step, no code', async () => {
  const steps = [
    { type: 'callername', mode: 'prepend', text: 'VIP ' },
    { type: 'webhook', webhook: 'crm' },
  ]
  const { requests } = await walkPlan(plan(steps))
  expect(requests[0]).toMatchObject({
    values: { did: '+31502100000', callerid: '+31612345678', callername: 'VIP Jane Doe', code: '' },
    document: 'acme',
    name: 'crm',
    kind: 'plain',
  })
})

test('§3 Idempotency-Key: the same for the same request of the same call, another for each request', async () => {
  const steps = [
    { type: 'webhook', webhook: 'crm' },
    { type: 'webhook', webhook: 'crm' },
  ]
  const [first, second] = [await walkPlan(plan(steps)), await walkPlan(plan(steps))]
  expect(first.requests.map(({ key }) => key)).toEqual(second.requests.map(({ key }) => key))
  expect(new Set(first.requests.map(({ key }) => key)).size).toBe(2)
})

test('§5 in a failure branch the nearest webhook is the one around it, whose success branch it is in', async () => {
  const take = [
    { type: 'callername', mode: 'webhook' },
    { type: 'bridge', from: 'webhook' },
  ]
  const inner = { type: 'webhook', webhook: 'mail', failure: take }
  const { bridges } = await walkPlan(plan([{ type: 'webhook', webhook: 'crm', success: [inner] }]), {
    answers: {
      crm: { status: 'ACK', destination: '215', callername: 'ACME' },
      mail: { status: 'NAK' },
    },
  })
  expect(bridges).toMatchObject([{ destinations: ['215'], shown: { name: 'ACME' } }])
})
