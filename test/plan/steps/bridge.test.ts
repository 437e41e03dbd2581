import { describe, expect, test } from 'vitest'
import { createRingOrder } from '../../../src/plan/ring-orders.ts'
import { plan, play, ring, type Script, walkPlan } from '../walking.ts'

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

const timed = (more: object = {}) =>
  ring(['1', '2', '3'], {
    destination: ['1', { to: '2', delaySeconds: 5 }, { to: '3', delaySeconds: 8, ringSeconds: 10 }],
    ...more,
  })

test('§5 a list in which some ring later, or for another time', async () => {
  const { bridges } = await walkPlan(plan([timed()]))
  const own = { '2': { delayMs: 5000 }, '3': { delayMs: 8000, ringMs: 10_000 } }
  expect(bridges).toEqual([expect.objectContaining({ destinations: ['1', '2', '3'], ringMs: 30_000, own })])
})

test('§5 one after the other, each for its own time', async () => {
  const destination = ['1', { to: '2', ringSeconds: 10 }]
  const { bridges } = await walkPlan(plan([ring([], { destination, strategy: 'sequential' })]))
  expect(bridges.map(({ destinations }) => destinations)).toEqual([['1'], ['2']])
  expect(bridges[1]).toMatchObject({ own: { '2': { ringMs: 10_000 } } })
})

test('§5 a bridge that has none of it asks for none of it', async () => {
  const { bridges } = await walkPlan(plan([ring('1')]))
  expect(Object.keys(bridges[0]!)).toEqual(['destinations', 'ringMs', 'shown'])
})

test('§5 audio of the document, for the caller and for whoever answers', async () => {
  const { bridges } = await walkPlan(
    plan([ring('1', { ringback: 'hello', announce: 'hello', confirm: true })]),
  )
  expect(bridges[0]!.audio).toEqual({ ringback: 'hello.wav', announce: 'hello.wav', confirm: true })
})

test('§5 a name of its own is shown by this bridge alone, filled in', async () => {
  const { bridges } = await walkPlan(
    plan([
      ring('1', { callerName: 'Sales {var.tier}' }),
      ring('2', { callerName: '{var.none} ' }),
      { type: 'callername', mode: 'replace', text: 'Jane' },
      ring('3', { callerName: 'x'.repeat(64) }),
      ring('4'),
    ]),
    { state: ({ variables }) => variables.set('tier', 'gold') },
  )
  expect(bridges.map(({ shown: { name, nameSet } }) => [name, nameSet])).toEqual([
    ['Sales gold', true],
    ['Jane Doe', false],
    ['x'.repeat(64), true],
    ['Jane', true],
  ])
})

describe('lists whose order is the controller’s', () => {
  const group = (strategy: string) => plan([ring(['1', '2', '3'], { strategy })])
  const firsts = async (script: Script, calls: number) => {
    const rung: string[] = []
    for (let call = 0; call < calls; call++) {
      const { done } = await walkPlan(group('roundRobin'), script)
      rung.push(done.slice(0, 3).map((deed) => deed.replace('bridge ', '')).join(''))
    }
    return rung
  } // prettier-ignore

  test('§5 round robin: each call begins with the next one, and goes round', async () => {
    expect(await firsts({ ringOrder: createRingOrder(() => 0.5) }, 4)).toEqual(['231', '312', '123', '231'])
  })

  test('§5 the journal has the order, and the destinations in it', async () => {
    const { steps } = await walkPlan(group('roundRobin'), { ringOrder: createRingOrder(() => 0.9), bridges: { '3': 'busy' } })
    expect(steps[0]).toMatchObject({
      ...{ outcome: 'busy', order: [2, 0, 1], destinations: ['3', '1', '2'], each: ['busy', 'noAnswer', 'noAnswer'] },
    })
  }) // prettier-ignore

  test('§5 a caller who hangs up leaves the order in which it rang', async () => {
    const { steps } = await walkPlan(group('roundRobin'), {
      ringOrder: createRingOrder(() => 0.9),
      hangUpBefore: 0,
    })
    expect(steps).toMatchObject([{ outcome: 'interrupted', order: [2, 0, 1] }])
  })

  test('§5 random: every order comes about as often', async () => {
    const counts = new Map<string, number>()
    for (let call = 0; call < 1200; call++) {
      const { done } = await walkPlan(group('random'), { ringOrder: createRingOrder() })
      counts.set(done.join(), (counts.get(done.join()) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    // Five standard deviations of 12.9.
    for (const count of counts.values()) expect(Math.abs(count - 200)).toBeLessThan(65)
  })

  test('§5 who takes a call over goes on in its order, whatever its own is', async () => {
    const { done, steps } = await walkPlan(group('random'), {
      ringOrder: createRingOrder(() => 0.7),
      state: (state) => Object.assign(state, { attempt: 1, order: [1, 2, 0] }),
    })
    expect(done.slice(0, 2)).toEqual(['bridge 3', 'bridge 1'])
    expect(steps[0]).toMatchObject({ order: [1, 2, 0] })
  })

  test('§5 of one destination there is no order', async () => {
    const { steps } = await walkPlan(plan([ring(['1'], { strategy: 'random' })]))
    expect(steps[0]).not.toHaveProperty('order')
  })
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
  const { bridges, steps } = await walkPlan(set, {
    state(state) {
      // The webhook is step 0, and the bridge below it step 1.
      state.at = 1
      state.returned.set(0, { destination: '4711' })
    },
  })
  expect(bridges[0]).toMatchObject({ destinations: ['4711'], written: ['•••'] })
  // The journal, and with it what `missed` and `ended` say.
  expect(steps[0]).toMatchObject({ destinations: ['•••'] })
})

test('events: so is one that may be a secret variable', async () => {
  const from = { type: 'bridge', from: 'webhook' }
  const set = {
    ...plan([{ type: 'webhook', webhook: 'crm', success: [from] }]),
    webhooks: { crm: { urlTemplate: 'https://crm.example/?t={var.token}', secretVariables: ['token'] } },
  }
  const answers = { crm: { status: 'ACK', destination: '215' } } as const
  const whole = await walkPlan(set, { answers })
  expect(whole.bridges[0]).toMatchObject({ written: ['215'] })
  const { bridges, steps } = await walkPlan(set, {
    state(state) {
      Object.assign(state, { at: 1, secretsLost: true })
      state.returned.set(0, { destination: 'T0ken' })
    },
  })
  expect(bridges[0]).toMatchObject({ destinations: ['T0ken'], written: ['•••'] })
  expect(steps[0]).toMatchObject({ destinations: ['•••'] })
})
