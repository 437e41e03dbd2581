/** Replays of one call each: against its own revision, and against another plan. */
import { describe, expect, test } from 'vitest'
import { createGrants } from '../../src/plan/index.ts'
import type { CallRecord } from '../../src/records/index.ts'
import { createReplays, replayLines } from '../../src/replay/index.ts'
import { createTrials, type TrialScript } from '../../src/trial/index.ts'
import { did, operator, script, setOf } from '../trial/trying.ts'
import { plansOf, written } from './recorded-calls.ts'

const replays = createReplays(operator)

const audio = { menu: 'menu.wav', code: 'code.wav', hello: 'hello.wav' }
const webhooks = {
  crm: { urlTemplate: 'https://crm.example/' },
  other: { urlTemplate: 'https://other.example/' },
  vip: { urlTemplate: 'https://vip.example/{code}', ivr: { startMessage: 'code', attempts: 3 } },
}
const documentOf = (steps: object[], more: object = {}) => ({
  ...{ audio, webhooks, ...more },
  plans: { main: { numbers: [did], steps } },
})
const ring = (destination: string | string[], more: object = {}) => ({ type: 'bridge', destination, ...more })
const ask = (webhook: string, success: object[] = [], failure: object[] = []) => ({
  ...{ type: 'webhook', webhook, success, failure },
})

async function recorded(
  document: object,
  given: Partial<TrialScript['given']> = {},
  call = {},
  by = operator,
) {
  const set = await setOf(document)
  let record: CallRecord | undefined
  const trials = createTrials({ ...by, version: '1.2.3', onRecord: (one) => (record = one) })
  await trials.run(script(call, given), set)
  return { set, record: written(record!) }
}

/** The call of `steps`, replayed against `others`. */
async function against(
  steps: object[],
  others: object[],
  given: Partial<TrialScript['given']> = {},
  more: object = {},
) {
  const { set, record } = await recorded(documentOf(steps), given)
  return replays.run(record, plansOf(set), await setOf(documentOf(others, more)))
}

describe('a call that cannot be replayed says why', () => {
  const call = () => recorded(documentOf([ring('215')]))

  test('operations its record is of an earlier release', async () => {
    const { set, record } = await call()
    const { arrival: _, ...before } = record
    await expect(replays.run(before, plansOf(set))).rejects.toThrow(/written by an earlier release/)
  })

  test('operations its revision is not here', async () => {
    const { record } = await call()
    const none = { byRevision: () => Promise.resolve(undefined) }
    await expect(replays.run(record, none)).rejects.toThrow(/its revision [0-9a-f]{12} is not here/)
  })

  test('operations it was taken over, and its first steps are not known', async () => {
    const { set, record } = await call()
    const taken = { ...record, unknownSteps: 2, controllers: ['a:1', 'b:1'] }
    await expect(replays.run(taken, plansOf(set))).rejects.toThrow(/its first 2 steps are not in its record/)
  })
})

test('operations a call whose number was not its owner’s by then replays to itself, whoever has it now', async () => {
  const owners = { bank: { numbers: [did], domains: [], env: [], transferContexts: [], privateNetworks: [] } }
  const by = { ...operator, grants: createGrants({ transferContexts: [], env: {}, owners }, 'NL') }
  const { set, record } = await recorded(documentOf([ring('215')]), {}, {}, by)
  expect(record).toMatchObject({ ending: 'noPlan', ungranted: 'acme' })
  expect(await replays.run(record, plansOf(set))).toMatchObject({ isSame: true, isFault: false })
})

describe('operations a list that was rung in turn', () => {
  const group = (destination: readonly string[], more: object = {}) => ({
    ...documentOf([{ type: 'call', plan: 'group' }, { type: 'call', plan: 'group' }]),
    plans: {
      main: { numbers: [did], steps: [{ type: 'call', plan: 'group' }, { type: 'call', plan: 'group' }] },
      group: { steps: [{ type: 'bridge', destination, strategy: 'roundRobin', ringSeconds: 5, ...more }] },
    },
  }) // prettier-ignore
  const orders = ({ steps }: Pick<CallRecord, 'steps'>) =>
    steps.flatMap((step) => (step['order'] ? [step['order']] : []))

  test('replays in the order that its record has', async () => {
    const { set, record } = await recorded(group(['215', '216', '217']), { destinations: { '215': 'busy', '216': 'rejected' } })
    expect(orders(record)).toEqual([[0, 1, 2], [1, 2, 0]])
    expect(await replays.run(record, plansOf(set))).toMatchObject({ isSame: true, isFault: false })
  }) // prettier-ignore

  test('parts from a record whose order is no other one', async () => {
    const { set, record } = await recorded(group(['215', '216', '217']))
    const steps = record.steps.map((step) => ('order' in step ? { ...step, order: [2, 1, 0] } : step))
    expect(await replays.run({ ...record, steps }, plansOf(set))).toMatchObject({ isSame: false })
  })

  test('against a plan with another list, an order that is not known is said', async () => {
    const { set, record } = await recorded(group(['215', '216', '217']))
    const same = await replays.run(record, plansOf(set), await setOf(group(['215', '216', '218'])))
    expect(JSON.stringify(same)).not.toContain('the order in which')
    const longer = await replays.run(record, plansOf(set), await setOf(group(['215', '216', '217', '218'])))
    expect(JSON.stringify(longer)).toContain(
      'the order in which group/0 rings is not known: the list is taken to be rung as it is written',
    )
  })
})

describe('operations a replay against another plan', () => {
  test('parts at the step that is another one, and goes on from there', async () => {
    const report = await against(
      [ask('crm', [ring('214')]), ring('215')],
      [ask('crm', [ring('216')]), ring('215')],
      { webhooks: { crm: { status: 'ACK' } }, destinations: { '214': 'busy', '215': 'answered' } },
    )
    expect(report).toMatchObject({ isSame: false, isFault: false, parting: { step: 2 } })
    expect(report.parting!.sentence).toBe(
      'in the call main/0/success/0 rings 214 for 30 s, shown as +31612345678: busy; here main/0/success/0 rings 216 for 30 s, shown as +31612345678: noAnswer',
    )
    expect(report.assumptions).toEqual(['what 216 does is not known: it is taken not to answer'])
    expect(report.replayed).toMatchObject({ ending: 'talked', steps: [{}, {}, { outcome: 'answered' }] })
  })

  test('uses what is known of a webhook and a destination wherever they stand', async () => {
    const given = { webhooks: { crm: { status: 'ACK' } }, destinations: { '215': 'busy' } } as const
    const steps = [ask('crm', [ring('215')])]
    const report = await against(steps, [{ type: 'play', audio: 'hello' }, ...steps], given)
    expect(report.parting).toMatchObject({ step: 1 })
    expect(report.replayed.steps.map(({ outcome }) => outcome)).toEqual(['played', 'ACK', 'busy'])
    expect(report.assumptions).toEqual(['hello.wav is taken to play for 3 s'])
  })

  test('is the same where only places and names of steps are others', async () => {
    const report = await against(
      [ring('215'), ring('216')],
      [{ ...ring('215'), id: 'first', on: { busy: [ring('216')] } }],
      { destinations: { '215': 'busy', '216': 'answered' } },
    )
    expect(report).toMatchObject({ isSame: true, assumptions: [] })
  })

  test('says what called parties see otherwise', async () => {
    const hooks = { ...webhooks, crm: { ...webhooks.crm, callerIdPresentation: 'called' } }
    const steps = [ask('crm', [ring('215')])]
    const report = await against(steps, steps, { webhooks: { crm: { status: 'ACK' } } }, { webhooks: hooks })
    expect(report.parting!.sentence).toMatch(
      /shown as \+31612345678: noAnswer; here .*shown as \+31502100000/,
    )
  })

  test('knows that a ring is over before the answer came', async () => {
    const given = { destinations: { '215': { afterSeconds: 12 } } }
    const report = await against([ring('215')], [ring('215', { ringSeconds: 8 })], given)
    expect(report).toMatchObject({ assumptions: [], replayed: { steps: [{ outcome: 'noAnswer' }] } })
  })

  test('does not know what comes after the ring', async () => {
    const report = await against([ring('215', { ringSeconds: 8 })], [ring('215', { ringSeconds: 20 })])
    expect(report.assumptions).toEqual([
      '215 rang for 8 s, and what comes after that is not known: no answer is assumed',
    ])
    expect(report.isSame).toBe(true)
  })

  test('does not know who of several answered', async () => {
    const given = { destinations: { '215': 'answered' } } as const
    const report = await against([ring(['215', '216'])], [ring('216')], given)
    expect(report.assumptions).toEqual([
      'of 215 and 216 it is not known who came to answered: 216 is taken to have',
    ])
    const all = await against([ring(['215', '216'])], [ring(['217', '216', '215'])], given)
    expect(all.replayed.ending).toBe('talked')
    expect(all.assumptions).toEqual(['what 217 does is not known: it is taken not to answer'])
  })

  test('what the operator denies is denied', async () => {
    const report = await against([ring('215')], [ring('0900123'), { type: 'transfer', destination: 'x' }])
    expect(report.replayed.steps.map(({ outcome }) => outcome)).toEqual(['failed', 'failed'])
    expect(report.assumptions).toEqual([])
  })

  test('takes a webhook that was never asked to be down, and one at another URL to answer the same', async () => {
    const hooks = { ...webhooks, crm: { urlTemplate: 'https://new.example/' } }
    const given = { webhooks: { crm: { status: 'ACK' } } } as const
    const report = await against([ask('crm')], [ask('crm'), ask('other')], given, { webhooks: hooks })
    expect(report.replayed.steps.map(({ outcome }) => outcome)).toEqual(['ACK', 'ERR'])
    expect(report.assumptions).toEqual([
      'crm answers at its other URL what it answered in the call',
      'what other answers is not known: it is taken to be down',
    ])
  })

  const menu = (choices: Record<string, object[]>) => ({
    type: 'ivr',
    startMessage: 'menu',
    choices,
    attempts: 2,
  })

  test('the choice in a menu is the caller’s', async () => {
    const given = { digits: ['9', '2'] }
    const report = await against([menu({ 1: [], 2: [] })], [menu({ 1: [], 2: [ring('215')] })], given)
    expect(report.replayed.steps.map(({ outcome }) => outcome)).toEqual(['2', 'noAnswer'])
    const without = await against([menu({ 1: [], 2: [] })], [menu({ 1: [] })], given)
    expect(without.replayed.steps.map(({ outcome }) => outcome)).toEqual(['wrong'])
  })

  test('what was keyed wrong is taken to be no choice of the other menu, which is said', async () => {
    const report = await against([menu({ 1: [] })], [menu({ 1: [], 9: [] })], { digits: ['9', '1'] })
    expect(report.assumptions).toEqual([
      'what the caller keyed wrong is not in the record: it is taken to be no choice of main/0',
    ])
    expect(report.isSame).toBe(true)
  })

  test('attempts at a code are as they were, whatever the code was', async () => {
    const given = {
      digits: ['1#', '4711#'],
      webhooks: { vip: [{ status: 'NAK' }, { status: 'ACK', destination: '4711' }] },
    } as const
    const steps = [ask('vip', [{ type: 'bridge', from: 'webhook' }])]
    const { set, record } = await recorded(documentOf(steps), given)
    expect(JSON.stringify(record)).not.toContain('4711')
    const report = await replays.run(record, plansOf(set), set)
    expect(report).toMatchObject({ isSame: true, recorded: { steps: [{ outcome: 'ACK' }, {}] } })
    expect(report.notes).toEqual([
      'a server returned what the caller keyed as a destination: the record does not say which that was',
    ])
    expect(JSON.stringify(report)).not.toMatch(/[\u007F-\u0081]/)
  })

  test('a caller who hung up does so at the same time', async () => {
    const given = { destinations: { '215': 'busy' }, hangsUpAfterSeconds: 12 } as const
    const same = await against([ring('215'), ring('216')], [ring('215'), ring('216')], given)
    expect(same).toMatchObject({ isSame: true, replayed: { ending: 'callerHungUp' } })
    const shorter = [ring('216', { ringSeconds: 5 }), ring('217')]
    const report = await against([ring('216')], shorter, given)
    expect(report.replayed).toMatchObject({
      ...{ ending: 'callerHungUp', steps: [{ outcome: 'noAnswer' }, { outcome: 'interrupted' }] },
    })
  })

  test('a caller who hung up after two attempts has made both', async () => {
    const given = {
      digits: ['1#', '2#'],
      webhooks: { vip: { status: 'NAK' } },
      hangsUpAfterSeconds: 14,
    } as const
    const fewer = { ...webhooks, vip: { ...webhooks.vip, ivr: { startMessage: 'code', attempts: 1 } } }
    const report = await against([ask('vip')], [ask('vip')], given, { webhooks: fewer })
    expect(report.recorded.steps[0]!.outcome).toBe('interrupted')
    expect(report.replayed.steps[0]!.outcome).toBe('NAK')
  })

  test('a number that found no plan finds one, and the other way round', async () => {
    const none = documentOf([])
    const some = { ...none, plans: { main: { numbers: [did, '+31502109999'], steps: [] } } }
    const call = { did: '+31502109999' }
    const { set, record } = await recorded(none, {}, call)
    const report = await replays.run(record, plansOf(set), await setOf(some))
    expect(report.parting).toEqual({
      sentence: 'the number found no plan in the call, and led to `main` of acme here',
    })
    const found = await recorded(some, {}, call)
    expect((await replays.run(found.record, plansOf(found.set), await setOf(none))).parting!.sentence).toBe(
      'the number led to `main` of acme in the call, and found no plan here',
    )
  })
})

test('operations a replay in lines: what both have, where they part, and either side from there', async () => {
  const report = await against([ask('crm'), ring('215')], [ask('crm'), ring('216')], {
    webhooks: { crm: { status: 'ACK' } },
    destinations: { '215': 'busy' },
  })
  const { recorded: was, replayed: is } = report
  const lines = replayLines(report).map(({ lead, text }) => lead + text)
  expect(lines).toEqual([
    `call ${report.id} of ${report.at}: +31612345678 to ${did}, revision ${was.revision}`,
    '   1  main/0 asks the webhook crm: ACK',
    `with revision ${is.revision} it parts at step 2: ${report.parting!.sentence}`,
    'in the call, it ended with endOfList (USER_BUSY)',
    '   2  main/1 rings 215 for 30 s, shown as +31612345678: busy',
    `with revision ${is.revision}, it ended with endOfList (NO_ANSWER)`,
    '   2  main/1 rings 216 for 30 s, shown as +31612345678: noAnswer',
    '  what 216 does is not known: it is taken not to answer',
  ])
})

describe('a call that went by the clock', () => {
  const hours = (to: string) => [{ days: 'mon-fri', from: '09:00', to }]
  const steps = (to = '17:30') => [{ type: 'schedule', hours: hours(to), open: [ring('215')], closed: [ring('216')] }]
  // In Tokyo it is 17:29; the operator's clocks are elsewhere now.
  const recordedThen = () => {
    const tokyo = { ...operator, config: { ...operator.config, timezone: 'Asia/Tokyo' } }
    return recorded(documentOf(steps()), {}, { at: '2026-11-25T17:29:59.990+09:00' }, tokyo)
  }

  test('comes to the same, by the time and the time zone that it had', async () => {
    const { set, record } = await recordedThen()
    expect(record.steps[0]).toMatchObject({ outcome: 'open', clock: '2026-11-25T17:29+09:00[Asia/Tokyo]' })
    expect(await replays.run(record, plansOf(set))).toMatchObject({ isSame: true })
  })

  test('comes to the same where another controller knows no more than how its steps ended', async () => {
    const { set, record } = await recordedThen()
    const [{ step, type, outcome }, ...others] = record.steps as [CallRecord['steps'][0]]
    const taken = { ...record, controllers: ['a:8084', 'b:8084'], steps: [{ step, type, outcome }, ...others] }
    expect(await replays.run(taken, plansOf(set))).toMatchObject({ isSame: true })
  })

  test('goes another way by other hours', async () => {
    const { set, record } = await recordedThen()
    const zoned = { timezone: 'Asia/Tokyo' }
    const same = await setOf(documentOf(steps(), zoned))
    expect(await replays.run(record, plansOf(set), same)).toMatchObject({ isSame: true })
    const earlier = await setOf(documentOf(steps('17:00'), zoned))
    const report = await replays.run(record, plansOf(set), earlier)
    expect(report.parting).toMatchObject({ step: 1 })
    expect(report.replayed.steps.map(({ outcome }) => outcome)).toEqual(['closed', 'noAnswer'])
  })
}) // prettier-ignore

describe('operations a call of a hostile server replays to itself', () => {
  const secretNames = Array.from({ length: 20 }, (_, i) => `s${i}`)
  const more = { webhooks: { ...webhooks, crm: { ...webhooks.crm, secretVariables: secretNames } } }
  const replayed = async (steps: object[], answer: object) => {
    const { set, record } = await recorded(documentOf(steps, more), {
      webhooks: { crm: { status: 'ACK', ...answer } },
    })
    return { report: await replays.run(record, plansOf(set)), record }
  }
  const on = (variable: string) => ({
    ...{ type: 'switch', on: { variable } },
    cases: [{ match: ['x', '\uE001*'], steps: [ring('214')] }],
  })

  test('with as many secret variables as one answer may have', async () => {
    const variables = Object.fromEntries(secretNames.map((name) => [name, 'x']))
    const { report } = await replayed([ask('crm', [on('s19')])], { variables, callername: 'x marks' })
    expect(report).toMatchObject({ isSame: true, isFault: false })
  })

  test('with webhooks in one another that return more than a call carries', async () => {
    const destinations = Array.from({ length: 20 }, (_, i) => `${'9'.repeat(30)}${10 + i}`)
    const deep = [ask('crm', [ask('crm', [ask('crm', [ask('crm', [{ type: 'bridge', from: 'webhook' }])])])])]
    const { report, record } = await replayed(deep, { destinations, callername: '😀'.repeat(64) })
    expect(record.steps[3]?.['warnings']).toHaveLength(1)
    expect(report).toMatchObject({ isSame: true, isFault: false })
  })

  test('with what looks like that which a record does not have', async () => {
    const marks = '\uE000\uE001'
    const { report } = await replayed(
      [ask('crm', [{ type: 'callername', mode: 'webhook' }, on('tier'), ring('215')])],
      {
        callername: marks,
        variables: { tier: marks },
      },
    )
    expect(report).toMatchObject({ isSame: true, isFault: false, assumptions: [] })
    const other = await recorded(documentOf([ask('crm', [on('tier')])]), {
      webhooks: { crm: { status: 'ACK', variables: { tier: '\uE001' } } },
    })
    const changed = await setOf(
      documentOf([ask('crm', [{ ...on('tier'), cases: [{ match: '\uE001', steps: [ring('216')] }] }])]),
    )
    expect((await replays.run(other.record, plansOf(other.set), changed)).replayed.steps[2]).toMatchObject({
      step: 'main/0/success/0/cases/0/steps/0',
    })
  })
})

describe('§3 variables', () => {
  const on = (variable: string) => ({
    ...{ type: 'switch', on: { variable }, id: 'level' },
    cases: [{ match: 'gold', steps: [ring('215')] }],
    default: [ring('216')],
  })
  const answer = (variables: Record<string, string>) => ({ status: 'ACK', variables }) as const

  test('operations twenty secret ones replay to themselves', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `secret${i}`)
    const secret = { ...webhooks, crm: { ...webhooks.crm, method: 'POST', secretVariables: names } }
    const document = documentOf([ask('crm'), on('secret0')], { webhooks: secret })
    const variables = Object.fromEntries(names.map((name) => [name, `${name}-5ecret`]))
    const { set, record } = await recorded(document, { webhooks: { crm: answer(variables) } })
    expect(await replays.run(record, plansOf(set))).toMatchObject({ isSame: true })
  })

  test('operations one that was as before is known to another plan that asks the second server alone', async () => {
    const given = { webhooks: { crm: answer({ tier: 'gold' }), other: answer({ tier: 'gold' }) } }
    const report = await against([ask('crm'), ask('other'), on('tier')], [ask('other'), on('tier')], given)
    expect(report.replayed.steps.at(-2)).toMatchObject({ type: 'switch', outcome: 'cases/0' })
    expect(report.assumptions).toEqual([])
  })

  test('operations a switch that was walked twice goes on each time as it did', async () => {
    const secret = { ...webhooks, crm: { ...webhooks.crm, secretVariables: ['tier'] } }
    const sub = { numbers: [], steps: [on('tier')] }
    const twice = (first: object[]) => ({
      ...documentOf([
        ...first,
        ask('crm'),
        { type: 'call', plan: 'sub' },
        ask('crm'),
        { type: 'call', plan: 'sub' },
      ]),
      webhooks: secret,
    })
    const withSub = (document: ReturnType<typeof twice>) => ({
      ...document,
      plans: { ...document.plans, sub },
    })
    const { set, record } = await recorded(withSub(twice([])), {
      webhooks: { crm: [answer({ tier: 'gold' }), answer({ tier: 'iron' })] },
    })
    const named = { type: 'callername', mode: 'replace', text: 'Jane' }
    const report = await replays.run(record, plansOf(set), await setOf(withSub(twice([named]))))
    const chosen = report.replayed.steps.filter(({ type }) => type === 'switch')
    expect(chosen.map(({ outcome }) => outcome)).toEqual(['cases/0', 'default'])
  })
})
