import { describe, expect, test } from 'vitest'
import { plan, play, ring, walkPlan, webhooks } from './walking.ts'

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
