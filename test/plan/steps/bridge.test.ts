import { expect, test } from 'vitest'
import { plan, play, ring, walkPlan } from '../walking.ts'

test('§5 bridge from webhook rings what the nearest webhook returned', async () => {
  const steps = [
    { type: 'webhook', webhook: 'crm', success: [{ type: 'bridge', from: 'webhook', ringSeconds: 20 }] },
  ]
  const { bridges } = await walkPlan(plan(steps), {
    answers: { crm: { status: 'ACK', destination: '215' } },
  })
  expect(bridges[0]).toMatchObject({ destinations: ['215'], ringMs: 20_000 })
})

test('§5 bridge from webhook without a destination: failed, and the walk goes on', async () => {
  const bridge = { type: 'bridge', from: 'webhook', on: { failed: [ring('9')] } }
  const { done, steps } = await walkPlan(
    plan([{ type: 'webhook', webhook: 'crm', success: [bridge] }, ring('8')]),
    {
      answers: { crm: { status: 'ACK' } },
    },
  )
  expect(done).toEqual(['ask crm', 'bridge 9', 'bridge 8', 'hang up NO_ANSWER'])
  expect(steps[1]).toMatchObject({ outcome: 'failed', reason: 'the webhook returned no destination' })
})

test('§5 bridge answered: the call is over, nothing is executed after it', async () => {
  const { done, end } = await walkPlan(plan([ring('1'), play]), { bridges: { '1': 'answered' } })
  expect(done).toEqual(['bridge 1'])
  expect(end.ending).toBe('talked')
})

test.each(['busy', 'rejected', 'noAnswer', 'unavailable', 'failed'] as const)(
  '§5 bridge %s takes its branch, then the next step',
  async (outcome) => {
    const { done } = await walkPlan(plan([ring('1', { on: { [outcome]: [ring('2')] } }), ring('3')]), {
      bridges: { '1': outcome },
    })
    expect(done.slice(0, 3)).toEqual(['bridge 1', 'bridge 2', 'bridge 3'])
  },
)

test('§5 bridge rings a list at once by default, 30 seconds', async () => {
  const { bridges } = await walkPlan(plan([ring(['1', '2'])]))
  expect(bridges).toHaveLength(1)
  expect(bridges[0]).toMatchObject({ destinations: ['1', '2'], ringMs: 30_000 })
})

test('§5 sequential rings one by one until one answers', async () => {
  const { done, end } = await walkPlan(plan([ring(['1', '2', '3'], { strategy: 'sequential' })]), {
    bridges: { '2': 'answered' },
  })
  expect(done).toEqual(['bridge 1', 'bridge 2'])
  expect(end.ending).toBe('talked')
})

test.each([
  [['noAnswer', 'busy', 'failed'], 'busy', 'USER_BUSY'],
  [['failed', 'unavailable', 'noAnswer'], 'noAnswer', 'NO_ANSWER'],
  [['noAnswer', 'rejected', 'unavailable'], 'rejected', 'CALL_REJECTED'],
  [['unavailable', 'failed', 'failed'], 'unavailable', 'USER_NOT_REGISTERED'],
] as const)('§5 sequential %j came to %s', async (outcomes, came, cause) => {
  const list = ['1', '2', '3']
  const bridges = Object.fromEntries(list.map((destination, i) => [destination, outcomes[i]!]))
  const { steps, end } = await walkPlan(plan([ring(list, { strategy: 'sequential' })]), { bridges })
  expect(steps[0]).toMatchObject({ outcome: came, each: outcomes, cause })
  expect(end.cause).toBe(cause)
})

test('§5 a caller who hangs up while the third rings leaves what the first two came to', async () => {
  const { steps } = await walkPlan(plan([ring(['1', '2', '3'], { strategy: 'sequential' })]), {
    bridges: { '1': 'busy' },
    hangUpBefore: 2,
  })
  const eachMs = [expect.any(Number), expect.any(Number)]
  expect(steps).toMatchObject([{ outcome: 'interrupted', each: ['busy', 'noAnswer'], eachMs }])
})

test('§5 a caller who hangs up while the first rings leaves nothing of it', async () => {
  const { steps } = await walkPlan(plan([ring(['1', '2'], { strategy: 'sequential' })]), { hangUpBefore: 0 })
  expect(Object.keys(steps[0]!)).toEqual(['step', 'type', 'ms', 'outcome'])
})

test('§5 sequential goes on where a lost controller left it, with what it came to so far', async () => {
  const { done, steps } = await walkPlan(plan([ring(['1', '2', '3'], { strategy: 'sequential' })]), {
    state: (state) => Object.assign(state, { attempt: 1, best: 'busy', lastCause: 'USER_BUSY' }),
  })
  expect(done).toEqual(['bridge 2', 'bridge 3', 'hang up USER_BUSY'])
  expect(steps[0]).toMatchObject({ outcome: 'busy' })
})

test('configuration more bridges in one call than allowed fail without ringing', async () => {
  const { done, steps } = await walkPlan(plan([ring('1'), ring('2'), ring('3')]), { bridgesPerCall: 2 })
  expect(done).toEqual(['bridge 1', 'bridge 2', 'hang up CALL_REJECTED'])
  expect(steps[2]).toMatchObject({ outcome: 'failed', reason: 'more than 2 bridges in one call' })
})

test('events: a destination that may be a code, which was lost with its controller, is masked', async () => {
  const from = { type: 'bridge', from: 'webhook' }
  const set = {
    ...plan([{ type: 'webhook', webhook: 'pin', success: [from] }]),
    webhooks: { pin: { urlTemplate: 'https://pin.example/{code}', ivr: { startMessage: 'hello' } } },
  }
  const { bridges } = await walkPlan(set, {
    state(state) {
      // The webhook is step 0, and the bridge below it step 1.
      state.at = 1
      state.returned.set(0, { destination: '4711' })
    },
  })
  expect(bridges[0]).toMatchObject({ destinations: ['4711'], written: ['•••'] })
})
