import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { definitions } from '../../../src/plan/steps/index.ts'
import { changes, play, ring, stepSentences, withSteps } from './comparing.ts'

const webhook = (success: object[], failure: object[] = []) => ({
  type: 'webhook',
  webhook: 'crm',
  success,
  failure,
})
const menu = (choices: object, more: object = {}) => ({
  type: 'ivr',
  startMessage: 'hello',
  choices,
  failure: [play('hello')],
  ...more,
})
const hangup = { type: 'hangup' }
/** Values with commas → the steps of their case. */
const cases = (by: object, more: object = {}) => ({
  type: 'switch',
  on: 'callername',
  cases: Object.entries(by).map(([match, steps]) => ({ match: match.split(','), steps: steps as object[] })),
  ...more,
})
const many = Array.from({ length: 21 }, (_, i) => String(10 + i))

describe('steps of a list', () => {
  test.for<[string, object[], object[], string[]]>([
    ['one at the top', [ring('1')], [play('hello'), ring('1')], ['in `main`, step 1 is new: plays hello']],
    ['one at the end', [ring('1')], [ring('1'), hangup], ['in `main`, step 2 is new: hangs up']],
    ['one less', [play('hello'), ring('1')], [ring('1')], ['in `main`, what was step 1 is gone: plays hello']],
    ['one between others alike', [ring('1'), ring('3')], [ring('1'), ring('2'), ring('3')], ['in `main`, step 2 is new: rings 2 for 30 s']],
    ['another type', [play('hello')], [hangup], ['in `main`, what was step 1 is gone: plays hello', 'in `main`, step 1 is new: hangs up']],
    ['one that moved up', [ring('1'), ring('2'), play('hello')], [play('hello'), ring('1'), ring('2')], ['in `main`, step 1 has moved up: it was step 3']],
    ['one that moved down', [play('hello'), ring('1'), ring('2')], [ring('1'), ring('2'), play('hello')], ['in `main`, step 3 has moved down: it was step 1']],
    ['one with an id that moved and changed', [ring('1', { id: 'a' }), ring('2'), ring('3')], [ring('2'), ring('3'), ring('4', { id: 'a' })],
      ['in `main`, step `a` has moved down: it was step 1', 'in `main`, step `a` rings 4 for 30 s (before: rings 1 for 30 s)']],
    ['one that changed where another came', [play('hello'), ring('1')], [hangup, play('hello'), ring('2')],
      ['in `main`, step 1 is new: hangs up', 'in `main`, step 3 rings 2 for 30 s (before: rings 1 for 30 s)']],
    ['one that got an id', [ring('1')], [ring('1', { id: 'sales' })], ['in `main`, step `sales` has this id now']],
    ['one that lost its id', [ring('1', { id: 'sales' })], [ring('1')], ['in `main`, step 1 has no id any more']],
    ['one with branches', [], [webhook([ring('1'), ring('2')], [play('hello')])], ['in `main`, step 1 is new: asks the webhook crm, and 3 more steps']],
  ])('%s', ([, before, after, expected]) => expect(stepSentences(before, after)).toEqual(expected)) // prettier-ignore
})

describe('what a step does', () => {
  const sales = { type: 'callername', mode: 'prepend', text: 'Sales ' }
  test.for<[object, object, string[]]>([
    [ring('215'), ring(['215', '217']), ['rings 217 as well']],
    [ring(['215', '216', '217']), ring('216'), ['no longer rings 215 or 217']],
    [ring('215'), ring('215', { ringSeconds: 20 }), ['rings for 20 s, no longer 30 s']],
    [ring('215'), ring(['215', '216'], { ringSeconds: 20 }), ['rings 216 as well', 'rings for 20 s, no longer 30 s']],
    [ring(['1', '2']), ring(['1', '2'], { strategy: 'sequential' }), ['rings 1, then 2, each for 30 s (before: rings 1 and 2 at the same time for 30 s)']],
    [ring('1'), ring('1', { strategy: 'sequential' }), ['differs: `strategy` is now "sequential", no longer "simultaneous"']],
    [play('hello'), play('welcome'), ['plays welcome (before: plays hello)']],
    [sales, { ...sales, text: 'VIP ' }, ['puts "VIP " before the name (before: puts "Sales " before the name)']],
    [hangup, { ...hangup, cause: 'USER_BUSY' }, ['hangs up with USER_BUSY (before: hangs up)']],
    [menu({ 1: [] }), menu({ 1: [] }, { attempts: 2, errorMessage: 'welcome' }), ['differs: `attempts` is now 2, no longer 3', 'differs: `errorMessage` is new: "welcome"']],
    [cases({ 1: [] }), cases({ 1: [] }, { on: "did" }), ["looks at the dialled number, no longer at the caller's name"]],
    [cases({ 1: [] }), cases({ 1: [] }, { on: { variable: 'tier' } }), ["looks at the variable tier, no longer at the caller's name"]],
    [cases({ 1: [hangup] }), cases({ '1,2': [hangup] }), ['goes the same way when it is 1 or 2 (before: when it is 1)']],
    [cases({ 1: [hangup], 2: [] }), cases({ 3: [play('hello')], 1: [hangup], 2: [] }), ['has a new branch when it is 3: plays hello']],
    [cases({ 'a 1': [], 'b 2': [] }), cases({ 'b 2': [], 'a 1': [] }), ['has its cases in another order; the first that fits counts']],
    [cases({ [many.join(',')]: [] }), cases({ [[...many.slice(0, -1), '99'].join(',')]: [] }), ['fits 99 as well in case 1', 'no longer fits 30 in case 1']],
    [menu({ 1: [] }, { errorMessage: 'welcome' }), menu({ 1: [] }), ['differs: `errorMessage` is gone (it was "welcome")']],
  ])('%# is said', ([before, after, expected]) =>
    expect(stepSentences([before], [after])).toEqual(expected.map((what) => `in \`main\`, step 1 ${what}`))) // prettier-ignore
})

describe('branches', () => {
  test('the steps in them are found below their step', () => {
    expect(stepSentences([webhook([ring('1', { on: { busy: [ring('2')] } })])], [webhook([ring('1', { on: { busy: [ring('3')] } })])])).toEqual([
      'in `main`, step 1, on ACK, step 1, when busy, step 1 rings 3 for 30 s (before: rings 2 for 30 s)',
    ]) // prettier-ignore
  })

  test('they come and go', () => {
    expect(stepSentences([menu({ 1: [], 2: [] })], [menu({ 1: [], 3: [play('welcome'), hangup] })])).toEqual([
      'in `main`, step 1 no longer has a branch on 2',
      'in `main`, step 1 has a new branch on 3: plays welcome, then hangs up',
    ])
    expect(stepSentences([menu({ 1: [] })], [menu({ 1: [], 2: [] })])).toEqual([
      'in `main`, step 1 has a new branch on 2: nothing',
    ])
  })

  test('the journal’s name of the step is with each change', () => {
    const before = { a: withSteps(play('hello'), webhook([ring('1')], [hangup])) }
    const after = { a: withSteps(webhook([ring('1'), ring('2', { id: 'last' })], [])) }
    expect(changes(before, after).map(({ kind, plan, step }) => [kind, plan, step])).toEqual([
      ['stepRemoved', 'main', 'main/0'],
      ['stepRemoved', 'main', 'main/1/failure/0'],
      ['stepAdded', 'main', 'last'],
    ])
  })
})

/** Of each field of each type of step, two values that it may have. */
const values: Record<string, readonly [unknown, unknown]> = {
  'bridge.announce': [undefined, 'hello'],
  'bridge.callerName': [undefined, 'Sales'],
  'bridge.confirm': [false, true],
  'bridge.destination': ['1', ['2', { to: '3', delaySeconds: 5 }]],
  'bridge.from': [undefined, 'webhook'],
  'bridge.on': [{}, { busy: [hangup] }],
  'bridge.record': [undefined, true],
  'bridge.ringSeconds': [10, 20],
  'bridge.ringback': ['hello', 'welcome'],
  'bridge.strategy': ['roundRobin', 'random'],
  'call.plan': ['greeting', 'other'],
  'callerid.presentation': ['called', 'caller'],
  'callername.mode': ['prepend', 'replace'],
  'callername.text': ['a', 'b'],
  'goto.plan': ['main', 'other'],
  'hangup.cause': [undefined, 'USER_BUSY'],
  'ivr.attempts': [1, 2],
  'ivr.choices': [{ 1: [] }, { 1: [hangup] }],
  'ivr.errorMessage': [undefined, 'hello'],
  'ivr.failure': [[], [hangup]],
  'ivr.interDigitSeconds': [1, 2],
  'ivr.maxDigits': [undefined, 4],
  'ivr.minDigits': [1, 2],
  'ivr.startMessage': ['hello', 'welcome'],
  'ivr.success': [[], [hangup]],
  'ivr.terminator': [undefined, '*'],
  'switch.on': ['did', 'callerid'],
  'switch.cases': [[{ match: '1', steps: [] }], [{ match: '1', steps: [hangup] }]],
  'switch.default': [[], [hangup]],
  'ivr.timeoutMessage': ['hello', 'welcome'],
  'ivr.timeoutSeconds': [5, 6],
  'notify.webhook': ['crm', 'mail'],
  'record.announce': ['hello', 'welcome'],
  'record.stop': [undefined, true],
  'play.answer': [true, false],
  'play.audio': ['hello', 'welcome'],
  'queue.exitKey': [undefined, '1'],
  'queue.maxWaitSeconds': [undefined, 60],
  'queue.on': [{}, { full: [hangup] }],
  'queue.queue': ['sales', 'support'],
  'schedule.schedule': ['office', 'shop'],
  'schedule.hours': [[], [{ days: 'mon', from: '09:00', to: '10:00' }]],
  'schedule.closedOn': [['12-25'], [{ holidays: 'NL' }]],
  'schedule.timezone': [undefined, 'Europe/Amsterdam'],
  'schedule.open': [[], [hangup]],
  'schedule.closed': [[], [hangup]],
  'transfer.context': [undefined, 'night'],
  'transfer.destination': ['8000', '8001'],
  'voicemail.greeting': [undefined, 'hello'],
  'voicemail.mailbox': ['215', '216'],
  'voicemail.maxSeconds': [undefined, 60],
  'webhook.failure': [[], [hangup]],
  'webhook.success': [[], [hangup]],
  'webhook.webhook': ['crm', 'mail'],
}

const base: Record<string, object> = {
  bridge: { destination: '1' },
  callername: { mode: 'prepend', text: 'a' },
  ivr: { startMessage: 'hello', success: [] },
  notify: { webhook: 'crm' },
  play: { audio: 'hello' },
  queue: { queue: 'sales' },
  schedule: { hours: [{ days: 'mon', from: '09:00', to: '10:00' }] },
  switch: { on: 'did', cases: [{ match: '1', steps: [] }] },
  transfer: { destination: '8000' },
  voicemail: { mailbox: '215' },
  webhook: { webhook: 'crm' },
}

const withField = (type: string, field: string, value: unknown): object => {
  const { success, ...rest } = { type, ...base[type] } as Record<string, unknown>
  const other = field === 'choices' || success === undefined ? {} : { success }
  const { destination, ...from } = { ...rest, ...other, [field]: value } as Record<string, unknown>
  if (field === 'schedule') return { type, schedule: value }
  return field === 'from' && value !== undefined ? from : { destination, ...from }
}

test.for(
  Object.entries(definitions).flatMap(([type, { schema }]) =>
    Object.keys(schema.properties as object)
      .filter((field) => !['type', 'id', 'note'].includes(field))
      .map((field) => `${type}.${field}`),
  ),
)('no difference in %s goes unsaid', (name) => {
  const [type, field] = name.split('.') as [string, string]
  const [was, is] = values[name]!
  const set = (value: unknown) => {
    const step = JSON.parse(JSON.stringify(withField(type, field, value))) as object
    return {
      acme: {
        audio: { hello: 'a.wav', welcome: 'b.wav' },
        webhooks: { crm: { urlTemplate: 'https://a/' }, mail: { urlTemplate: 'https://b/' } },
        schedules: { office: { hours: [] }, shop: { hours: [] } },
        plans: { main: { steps: [webhook([step])] }, other: { steps: [] }, greeting: { steps: [] } },
      },
    }
  }
  const found = changes(set(was), set(is))
  expect(found).toHaveLength(1)
  expect(found[0]).toMatchObject({
    plan: 'main',
    kind: /^(step|branch)/.exec(found[0]!.kind) && found[0]!.kind,
  })
})

test('lists of any steps: what is kept is not told, and what is told are the steps that came and went', () => {
  const step = fc.integer({ min: 1, max: 9 }).map((n) => ring(String(n)))
  const list = fc.array(step, { maxLength: 12 })
  fc.assert(
    fc.property(list, list, (before, after) => {
      const kinds = changes({ a: withSteps(...before) }, { a: withSteps(...after) }).map(({ kind }) => kind)
      const count = (kind: string) => kinds.filter((one) => one === kind).length
      expect(count('stepAdded') - count('stepRemoved')).toBe(after.length - before.length)
      if (JSON.stringify(before) === JSON.stringify(after)) expect(kinds).toEqual([])
      else expect(kinds.length).toBeGreaterThan(0)
    }),
  )
})

test('5,000 steps, every other of them new, are compared in less than three seconds', () => {
  const steps = Array.from({ length: 2500 }, (_, i) => ring(String(i)))
  const more = steps.flatMap((step, i) => [step, ring(String(5000 + i))])
  const began = performance.now()
  expect(changes({ a: withSteps(...steps) }, { a: withSteps(...more) })).toHaveLength(2500)
  expect(performance.now() - began).toBeLessThan(3000)
})
