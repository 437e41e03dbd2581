import { describe, expect, test } from 'vitest'
import { compile } from '../../../src/plan/compile.ts'
import { waitsOf } from '../../../src/plan/lint/index.ts'
import { missedAt } from '../../../src/plan/step.ts'
import { treesOf } from '../../../src/plan/tree.ts'
import { document, plan, play, ring, walkPlan, type Script } from '../walking.ts'

const call = (plan: string) => ({ type: 'call', plan })
const ask = (webhook: string, ...success: object[]) => ({ type: 'webhook', webhook, success })
const show = (presentation: string) => ({ type: 'callerid', presentation })
const returned = { type: 'bridge', from: 'webhook' }

async function done(steps: object[], more: object, script: Script = {}): Promise<string[]> {
  return (await walkPlan(plan(steps, more), script)).done.filter((what) => !what.startsWith('hang'))
}

describe('§5 call', () => {
  test('comes back behind itself, from wherever it stands', async () => {
    const more = { sub: { steps: [ring('90')] } }
    const inBranch = ring('1', { on: { noAnswer: [call('sub'), ring('2')] } })
    expect(await done([call('sub'), inBranch, call('sub')], more)).toEqual([
      ...['bridge 90', 'bridge 1', 'bridge 90', 'bridge 2', 'bridge 90'],
    ])
  })

  test('comes back from a plan without steps, and from one that calls others', async () => {
    const more = {
      empty: { steps: [] },
      a: { steps: [call('b'), ring('91')] },
      b: { steps: [call('empty'), ring('92')] },
    }
    expect(await done([call('empty'), call('a'), ring('1')], more)).toEqual([
      'bridge 92',
      'bridge 91',
      'bridge 1',
    ])
  })

  test('is in the journal by the plan, whose steps have their own names', async () => {
    const { steps } = await walkPlan(
      plan([call('sub'), play], { sub: { steps: [ring('90', { id: 'desk' }), ring('2')] } }),
    )
    expect(steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      ...['main/0 sub', 'desk noAnswer', 'sub/1 noAnswer', 'main/1 played'],
    ])
  })

  test('ends with the call where the plan does', async () => {
    const { done, end } = await walkPlan(plan([call('sub'), play], { sub: { steps: [{ type: 'hangup' }] } }))
    expect(done).toEqual(['hang up CALL_REJECTED'])
    expect(end.ending).toBe('hungUpByPlan')
  })

  test('is not come back to after a goto, which is for good', async () => {
    const more = { sub: { steps: [{ type: 'goto', plan: 'night' }] }, night: { steps: [ring('93')] } }
    expect(await done([call('sub'), ring('1')], more)).toEqual(['bridge 93'])
  })

  test('a menu that is called leads back to the start by a goto behind the call', async () => {
    const menu = {
      type: 'ivr',
      startMessage: 'hello',
      choices: { '0': [], '1': [ring('1'), { type: 'hangup' }] },
    }
    const steps = [call('menu'), { type: 'goto', plan: 'main' }]
    const keyed = ['0', '0', '1']
    expect(await done(steps, { menu: { steps: [menu] } }, { keyed })).toEqual([
      ...['collect hello.wav', 'collect hello.wav', 'collect hello.wav', 'bridge 1'],
    ])
  })

  test('keeps what the webhook around it returned; the plan that it calls has its own', async () => {
    const more = { sub: { steps: [ask('mail', returned), ring('90')] } }
    const answers = {
      crm: { status: 'ACK', destination: '215' },
      mail: { status: 'ACK', destination: '300' },
    } as const
    expect(await done([ask('crm', call('sub'), returned)], more, { answers })).toEqual([
      ...['ask crm', 'ask mail', 'bridge 300', 'bridge 90', 'bridge 215'],
    ])
  })

  test('the plan goes on with the presentation, and what it changes ends with it', async () => {
    const more = { sub: { steps: [ring('1'), show('suppressed'), ring('2')] } }
    const { bridges } = await walkPlan(plan([show('called'), call('sub'), ring('3')], more))
    expect(bridges.map(({ shown }) => shown.presentation)).toEqual(['called', 'suppressed', 'called'])
  })

  test('the plan changes the name for all that follows', async () => {
    const more = { sub: { steps: [{ type: 'callername', mode: 'replace', text: 'VIP' }] } }
    const { bridges } = await walkPlan(plan([call('sub'), ring('1')], more))
    expect(bridges[0]?.shown.name).toBe('VIP')
  })

  test.each([
    ['in a plan that names one', 1, 'crm'],
    ['behind it', 2, 'mail'],
    ['in a plan that names none', 3, 'mail'],
  ])('a call that ends %s has its missed webhook', async (_, hangUpBefore, missed) => {
    const written = {
      ...plan([]),
      plans: {
        main: { missed: 'mail', steps: [ring('1'), call('sub'), ring('3'), call('none')] },
        sub: { missed: 'crm', steps: [ring('2')] },
        none: { steps: [ring('4')] },
      },
    }
    const { state } = await walkPlan(written, { hangUpBefore })
    expect(missedAt(compile('acme', document(written)), state)).toBe(missed)
  })

  test.each([
    ['by the end of the list', {}],
    ['by a caller who gives up', { hangUpBefore: 1 }],
  ])('a call whose last step is "call" ends %s with the missed webhook of that plan', async (_, script) => {
    const written = {
      ...plan([]),
      plans: {
        main: { missed: 'mail', steps: [ring('1'), call('sub')] },
        sub: { missed: 'crm', steps: [ring('2')] },
      },
    }
    const { state } = await walkPlan(written, script)
    expect(missedAt(compile('acme', document(written)), state)).toBe('crm')
  })

  test('a goto keeps the missed webhook of the plan that was called', async () => {
    const written = {
      ...plan([]),
      plans: {
        main: { missed: 'mail', steps: [call('sub')] },
        sub: { missed: 'crm', steps: [{ type: 'goto', plan: 'night' }] },
        night: { steps: [ring('1')] },
      },
    }
    const { state } = await walkPlan(written)
    expect(state.missed).toBe('crm')
  })

  test('another controller that goes on in the plan comes back as well', async () => {
    const written = plan([call('sub'), ring('1'), call('sub'), ring('2')], { sub: { steps: [ring('90')] } })
    const { steps } = compile('acme', document(written))
    const second = steps.findLast(({ name, calledFrom }) => name === 'sub/0' && calledFrom !== undefined)!
    const { done } = await walkPlan(written, { state: (state) => (state.at = second.index) })
    expect(done).toEqual(['bridge 90', 'bridge 2', 'hang up NO_ANSWER'])
  })
})

describe('§6 what is told of a plan that is called', () => {
  const compiled = compile(
    'acme',
    document(
      plan([call('sub'), play, call('sub'), ring('1')], {
        sub: { steps: [ring('90', { ringSeconds: 40 })] },
      }),
    ),
  )

  test('its waits are those of each place where it is called, and there is no way round', () => {
    const { paths, round } = waitsOf(compiled, 'main')
    expect(round.size).toBe(0)
    expect(paths[0]).toMatchObject({ seconds: 110, kind: 'end' })
    expect(paths[0]!.steps.map(({ step }) => step.name)).toEqual(['sub/0', 'sub/0', 'main/3'])
  })

  test('its tree stands once, and each call has its time', () => {
    expect(treesOf(compiled, 'main')).toMatchObject([
      {
        plan: 'main',
        upToSeconds: 110,
        steps: [{ says: 'calls the plan sub, and comes back', seconds: 40 }, {}, { seconds: 40 }, {}],
      },
      { plan: 'sub', upToSeconds: 40, steps: [{ step: 'sub/0', seconds: 40 }] },
    ])
  })
})
