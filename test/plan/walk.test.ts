import { describe, expect, test } from 'vitest'
import { walkPlan } from './walking.ts'

const webhooks = {
  crm: { urlTemplate: 'https://crm.example/' },
  mail: { urlTemplate: 'https://mail.example/' },
}
const audio = { hello: 'hello.wav' }
const plan = (steps: object[], more: object = {}) => ({
  audio,
  webhooks,
  plans: { main: { steps }, ...more },
})
const play = { type: 'play', audio: 'hello' }
const ring = (destination: string | string[], more: object = {}) => ({ type: 'bridge', destination, ...more })

describe('§2 walking', () => {
  test('§2 steps of a list run in order', async () => {
    const { done } = await walkPlan(plan([ring('1'), ring('2'), play]))
    expect(done).toEqual(['bridge 1', 'bridge 2', 'play hello.wav', 'hang up NORMAL_CLEARING'])
  })

  test('§2 when a branch is through, the walk goes on behind the step that branched', async () => {
    const inner = { type: 'webhook', webhook: 'mail', failure: [ring('2')] }
    const { done } = await walkPlan(
      plan([{ type: 'webhook', webhook: 'crm', success: [ring('1'), inner] }, ring('3')]),
      { answers: { crm: { status: 'ACK' } } },
    )
    expect(done).toEqual(['ask crm', 'bridge 1', 'ask mail', 'bridge 2', 'bridge 3', 'hang up NO_ANSWER'])
  })

  test('§2 an empty branch leads behind the step', async () => {
    const { done } = await walkPlan(plan([{ type: 'webhook', webhook: 'crm' }, ring('3')]))
    expect(done).toEqual(['ask crm', 'bridge 3', 'hang up NO_ANSWER'])
  })

  test.each([
    ['NORMAL_CLEARING if it was answered', [play, ring('1')], { '1': 'busy' }, 'NORMAL_CLEARING'],
    [
      'else the cause of the last bridge',
      [ring('1'), ring('2')],
      { '1': 'noAnswer', '2': 'busy' },
      'USER_BUSY',
    ],
    [
      'or NO_ANSWER where there was none',
      [{ type: 'callername', mode: 'replace', text: 'x' }],
      {},
      'NO_ANSWER',
    ],
  ] as const)('§2 through and still there: %s', async (_, steps, bridges, cause) => {
    const { done, end } = await walkPlan(plan([...steps]), { bridges })
    expect(done.at(-1)).toBe(`hang up ${cause}`)
    expect(end).toEqual({ ending: 'endOfList', cause })
  })

  test('§2 at most 100 steps are executed, then EXCHANGE_ROUTING_ERROR', async () => {
    const loop = plan([
      { type: 'callername', mode: 'replace', text: 'x' },
      { type: 'goto', plan: 'main' },
    ])
    const { steps, end, done } = await walkPlan(loop)
    expect(steps).toHaveLength(100)
    expect(end).toEqual({ ending: 'stepBudget', cause: 'EXCHANGE_ROUTING_ERROR' })
    expect(done).toEqual(['hang up EXCHANGE_ROUTING_ERROR'])
  })

  test('§2 exactly 100 steps are within the budget', async () => {
    const steps = Array.from({ length: 100 }, () => ({ type: 'callername', mode: 'replace', text: 'x' }))
    expect((await walkPlan(plan(steps))).end.ending).toBe('endOfList')
  })

  test('§2 a step is known by its id, else by its path', async () => {
    const steps = [{ type: 'webhook', webhook: 'crm', success: [play, { ...play, id: 'second' }] }]
    const walked = await walkPlan(plan(steps), { answers: { crm: { status: 'ACK' } } })
    expect(walked.steps.map(({ step }) => step)).toEqual(['main/0', 'main/0/success/0', 'second'])
  })

  test.each([0, 1, 2])(
    '§2 a caller who hangs up ends the walk at once (before action %i)',
    async (hangUpBefore) => {
      const walked = await walkPlan(plan([play, ring('1'), { type: 'webhook', webhook: 'crm' }, ring('2')]), {
        hangUpBefore,
      })
      expect(walked.end).toEqual({ ending: 'gone' })
      expect(walked.done).toHaveLength(hangUpBefore)
    },
  )

  test('§2 the step that a hang-up cut short is in the journal', async () => {
    const { steps } = await walkPlan(plan([play, ring('1')]), { hangUpBefore: 1 })
    expect(steps.at(-1)).toMatchObject({ step: 'main/1', type: 'bridge', outcome: 'interrupted' })
  })

  test('§2 missed is that of the plan the call is on, kept through a goto to a plan without one', async () => {
    const set = {
      webhooks,
      plans: {
        main: { missed: 'crm', steps: [{ type: 'goto', plan: 'other' }] },
        other: { steps: [{ type: 'goto', plan: 'third' }] },
        third: { missed: 'mail', steps: [] },
      },
    }
    expect((await walkPlan(set)).state.missed).toBe('mail')
    expect((await walkPlan(set, {}, 'third')).state.missed).toBe('mail')
    expect((await walkPlan({ ...set, plans: { ...set.plans, third: { steps: [] } } })).state.missed).toBe(
      'crm',
    )
  })
})

describe('§5 steps', () => {
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

  test('§3 the values of a question: did, callerid, callername as it stands at this step, no code', async () => {
    const steps = [
      { type: 'callername', mode: 'prepend', text: 'VIP ' },
      { type: 'webhook', webhook: 'crm' },
    ]
    const { questions } = await walkPlan(plan(steps))
    expect(questions[0]).toMatchObject({
      values: { did: '+31502100000', callerid: '+31612345678', callername: 'VIP Jane Doe', code: '' },
      document: 'acme',
      name: 'crm',
      kind: 'plain',
    })
  })

  test('§3 Idempotency-Key: the same for the same question of the same call, another for each question', async () => {
    const steps = [
      { type: 'webhook', webhook: 'crm' },
      { type: 'webhook', webhook: 'crm' },
    ]
    const [first, second] = [await walkPlan(plan(steps)), await walkPlan(plan(steps))]
    expect(first.questions.map(({ key }) => key)).toEqual(second.questions.map(({ key }) => key))
    expect(new Set(first.questions.map(({ key }) => key)).size).toBe(2)
  })

  test.each([
    ['prepend', 'Jane Doe', 'Sales: Jane Doe'],
    ['prepend', '', 'Sales: +31612345678'],
    ['replace', 'Jane Doe', 'Sales: '],
  ])('§5 callername %s with name "%s" shows "%s"', async (mode, name, shown) => {
    const { bridges } = await walkPlan(plan([{ type: 'callername', mode, text: 'Sales: ' }, ring('1')]), {
      caller: { name },
    })
    expect(bridges[0]?.shown).toEqual({ presentation: 'caller', name: shown, nameSet: true })
  })

  test('§5 callername prepend before a withheld number shows the text alone', async () => {
    const { bridges } = await walkPlan(
      plan([{ type: 'callername', mode: 'prepend', text: 'Sales' }, ring('1')]),
      {
        caller: { name: '', number: '', withheld: true },
      },
    )
    expect(bridges[0]?.shown.name).toBe('Sales')
  })

  test('§5 callername: the result is cut at 64 characters, never within one', async () => {
    const { state } = await walkPlan(plan([{ type: 'callername', mode: 'prepend', text: '😀'.repeat(20) }]), {
      caller: { name: 'é'.repeat(60) },
    })
    expect(Array.from(state.name)).toHaveLength(64)
    expect(state.name.isWellFormed()).toBe(true)
  })

  test('§5 callername webhook takes what the nearest webhook returned, and leaves the name when none was', async () => {
    const steps = [
      {
        type: 'webhook',
        webhook: 'crm',
        success: [
          { type: 'callername', mode: 'webhook' },
          ring('1'),
          { type: 'webhook', webhook: 'mail', success: [{ type: 'callername', mode: 'webhook' }, ring('2')] },
        ],
      },
    ]
    const answers = { crm: { status: 'ACK', callername: 'ACME' }, mail: { status: 'ACK' } } as const
    const { bridges } = await walkPlan(plan(steps), { answers })
    expect(bridges.map(({ shown }) => shown.name)).toEqual(['ACME', 'ACME'])
    const nested = await walkPlan(plan(steps), {
      answers: { ...answers, mail: { status: 'ACK', callername: 'Inner' } },
    })
    expect(nested.bridges.map(({ shown }) => shown.name)).toEqual(['ACME', 'Inner'])
  })

  test('§5 bridge from webhook rings what the nearest webhook returned', async () => {
    const steps = [
      { type: 'webhook', webhook: 'crm', success: [{ type: 'bridge', from: 'webhook', ringSeconds: 20 }] },
    ]
    const { bridges } = await walkPlan(plan(steps), {
      answers: { crm: { status: 'ACK', destination: '215' } },
    })
    expect(bridges[0]).toMatchObject({ destinations: ['215'], ringMs: 20_000 })
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

  test('§5 sequential goes on where a lost controller left it, with what it came to so far', async () => {
    const { done, steps } = await walkPlan(plan([ring(['1', '2', '3'], { strategy: 'sequential' })]), {
      state: (state) => Object.assign(state, { attempt: 1, best: 'busy', lastCause: 'USER_BUSY' }),
    })
    expect(done).toEqual(['bridge 2', 'bridge 3', 'hang up USER_BUSY'])
    expect(steps[0]).toMatchObject({ outcome: 'busy' })
  })

  test('controller §2 more bridges in one call than allowed fail without ringing', async () => {
    const { done, steps } = await walkPlan(plan([ring('1'), ring('2'), ring('3')]), { bridgesPerCall: 2 })
    expect(done).toEqual(['bridge 1', 'bridge 2', 'hang up CALL_REJECTED'])
    expect(steps[2]).toMatchObject({ outcome: 'failed', reason: 'more than 2 bridges in one call' })
  })

  test('§5 transfer ends the walk for good', async () => {
    const { done, end } = await walkPlan(
      plan([{ type: 'transfer', destination: '8000', context: 'office' }, play]),
    )
    expect(done).toEqual(['transfer 8000 office'])
    expect(end.ending).toBe('transferred')
  })

  test('§5 play plays to the end, then on; what cannot be played is a warning and the walk goes on', async () => {
    const { done, steps } = await walkPlan(plan([{ ...play, answer: false }, play]), {
      unplayable: ['hello.wav'],
    })
    expect(done).toEqual(['play hello.wav early', 'play hello.wav', 'hang up NORMAL_CLEARING'])
    expect(steps[0]).toMatchObject({ outcome: 'failed' })
  })

  test.each([
    ['NORMAL_CLEARING when answered', true, {}, 'NORMAL_CLEARING'],
    ['else CALL_REJECTED', false, {}, 'CALL_REJECTED'],
    ['the named cause', false, { cause: 'USER_BUSY' }, 'USER_BUSY'],
  ])('§5 hangup: %s', async (_, answered, more, cause) => {
    const { done, end } = await walkPlan(plan([{ type: 'hangup', ...more }, play]), { answered })
    expect(done).toEqual([`hang up ${cause}`])
    expect(end).toEqual({ ending: 'hungUpByPlan', cause })
  })

  test('§5 goto goes on in another plan for good; what a webhook returned is left behind', async () => {
    const set = plan(
      [{ type: 'webhook', webhook: 'crm', success: [{ type: 'goto', plan: 'other' }] }, ring('9')],
      { other: { steps: [ring('1')] } },
    )
    const { done, state } = await walkPlan(set, { answers: { crm: { status: 'ACK', destination: '215' } } })
    expect(done).toEqual(['ask crm', 'bridge 1', 'hang up NO_ANSWER'])
    expect(state.returned.size).toBe(0)
  })
})

describe('§3 presentation', () => {
  const hooks = {
    plain: { urlTemplate: 'https://x.example/' },
    called: { urlTemplate: 'https://x.example/', callerIdPresentation: 'called' },
    hidden: { urlTemplate: 'https://x.example/', callerIdPresentation: 'suppressed' },
  }
  const ask = (webhook: string, success: object[], failure: object[] = []) => ({
    type: 'webhook',
    webhook,
    success,
    failure,
  })
  const shown = async (steps: object[], status: 'ACK' | 'NAK' = 'ACK', more: object = {}) => {
    const set = { webhooks: hooks, plans: { main: { steps }, ...more } }
    const { bridges } = await walkPlan(set, { answers: () => ({ status }) })
    return bridges.map((bridge) => bridge.shown.presentation)
  }

  test('§3 outermost caller; a webhook names it for what is below it, not for what is behind it', async () => {
    expect(await shown([ring('1'), ask('called', [ring('2')]), ring('3')])).toEqual([
      'caller',
      'called',
      'caller',
    ])
  })

  test('§3 in both branches', async () => {
    expect(await shown([ask('called', [], [ring('2')])], 'NAK')).toEqual(['called'])
  })

  test('§3 a webhook inside another one overrides it only if it names one', async () => {
    expect(
      await shown([ask('called', [ask('plain', [ring('1')]), ask('hidden', [ring('2')]), ring('3')])]),
    ).toEqual(['called', 'suppressed', 'called'])
  })

  test('§3 through goto', async () => {
    const more = { other: { steps: [ring('1'), ask('plain', [ring('2')])] } }
    expect(await shown([ask('hidden', [{ type: 'goto', plan: 'other' }])], 'ACK', more)).toEqual([
      'suppressed',
      'suppressed',
    ])
  })
})
