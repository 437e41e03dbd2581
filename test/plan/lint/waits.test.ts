import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile } from '../../../src/plan/compile.ts'
import type { PlanDocument } from '../../../src/plan/document.ts'
import { successors } from '../../../src/plan/lint/reach.ts'
import { waitsOf, type PlanWaits } from '../../../src/plan/lint/waits.ts'
import { END } from '../../../src/plan/step.ts'
import { createChecker } from '../../../src/plan/loading/check-document.ts'
import { list, valid, withSteps } from '../shapes.ts'
import { document } from '../walking.ts'

const audio = { hello: 'hello.wav', quiet: 'silence_stream://7500', hush: 'silence_stream://-1' }
const webhooks = {
  crm: { urlTemplate: 'https://crm.example/', timeoutSeconds: 4 },
  slow: { urlTemplate: 'https://slow.example/', timeoutSeconds: 10, fallbackUrlTemplate: 'https://b.example/' },
  code: { urlTemplate: 'https://code.example/', timeoutSeconds: 2, ivr: { startMessage: 'hello', attempts: 2, timeoutSeconds: 6 } },
} // prettier-ignore

const waits = (steps: object[], more: object = {}): PlanWaits =>
  waitsOf(compile('acme', document({ audio, webhooks, plans: { main: { steps }, ...more } })), 'main')

/** Each way as `seconds kind at: step seconds, …`. */
const paths = (steps: object[], more?: object) =>
  waits(steps, more).paths.map(
    ({ seconds, kind, at, steps }) =>
      `${seconds} ${kind} ${at.name}: ${steps.map(({ step, seconds }) => `${step.name} ${seconds}`).join(', ')}`,
  )

const silence = (...steps: object[]) => {
  const { seconds, from } = waits(steps).silence
  return [seconds, from?.name]
}

const ask = (webhook: string, more: object = {}) => ({ type: 'webhook', webhook, ...more })
const ring = (ringSeconds: number, more: object = {}) => ({
  type: 'bridge',
  destination: '215',
  ringSeconds,
  ...more,
})
const play = (name: string, more: object = {}) => ({ type: 'play', audio: name, ...more })
const goto = (plan: string) => ({ type: 'goto', plan })
const hangup = { type: 'hangup' }

describe('command-line waits: the longest way to each end', () => {
  test.for<[string, object[], string[]]>([
    ['nothing takes time', [play('hello'), hangup], []],
    ['a list is rung one by one', [ring(20, { destination: ['1', '2', '3'], strategy: 'sequential' })], ['60 end main/0: main/0 60']],
    ['a list is rung at the same time', [ring(20, { destination: ['1', '2', '3'] })], ['20 end main/0: main/0 20']],
    ['a list that a webhook returns may be as long as it can be', [ask('crm', { success: [ring(20, { destination: undefined, from: 'webhook', strategy: 'sequential' })] })], ['404 end main/0/success/0: main/0 4, main/0/success/0 400', '4 end main/0: main/0 4']],
    ['a list that a webhook returns rings at the same time', [ask('crm', { success: [ring(20, { destination: undefined, from: 'webhook' })] })], ['24 end main/0/success/0: main/0 4, main/0/success/0 20', '4 end main/0: main/0 4']],
    ['retries and the fallback are within the time of a webhook', [ask('slow')], ['10 end main/0: main/0 10']],
    ['each attempt at a code, with its request', [ask('code')], ['16 end main/0: main/0 16']],
    ['each attempt at a menu', [{ type: 'ivr', startMessage: 'hello', timeoutSeconds: 5, attempts: 4, choices: { '1': [] } }], ['20 end main/0: main/0 20']],
    ['silence that the plan names', [play('quiet')], ['7.5 end main/0: main/0 7.5']],
    ['silence for ever', [play('hush'), ring(5)], ['Infinity end main/1: main/0 Infinity, main/1 5']],
    ['an answered bridge is no end of its own', [ring(10), ring(20)], ['30 end main/1: main/0 10, main/1 20']],
    ['the longer branch, and behind it', [ask('crm', { success: [ring(5)], failure: [ring(8)] }), ring(1)], ['13 end main/1: main/0 4, main/0/failure/0 8, main/1 1']],
    [
      'each place where the call can end, the longest first',
      [ring(10, { on: { busy: [play('hello'), hangup], failed: [ring(30), hangup] } }), hangup],
      ['40 end main/0/on/failed/1: main/0 10, main/0/on/failed/0 30', '10 end main/1: main/0 10', '10 end main/0/on/busy/1: main/0 10'],
    ],
  ])('%s', ([, steps, expected]) => expect(paths(steps)).toEqual(expected)) // prettier-ignore

  test('a plan that goes round is followed once, and says so', () => {
    const night = { night: { steps: [ring(20), goto('main')] } }
    expect(paths([ring(10), goto('night')], night)).toEqual(['30 round night/1: main/0 10, night/0 20'])
    expect(paths([goto('main')])).toEqual([])
    expect(paths([ask('crm', { success: [goto('main')], failure: [hangup] })])).toEqual([
      '4 round main/0/success/0: main/0 4',
      '4 end main/0/failure/0: main/0 4',
    ])
  })

  test('plans that meet in another count for both', () => {
    const more = { a: { steps: [ring(5), goto('c')] }, c: { steps: [ring(7)] } }
    expect(paths([ask('crm', { success: [goto('a')], failure: [goto('c')] })], more)).toEqual([
      '16 end c/0: main/0 4, a/0 5, c/0 7',
    ])
  })

  test('no call executes more steps than the budget', () => {
    const [path] = waits(list(150, () => ring(1))).paths
    expect(path).toMatchObject({ seconds: 100, kind: 'budget', at: { name: 'main/99' } })
  })

  test('what is ahead of each step', () => {
    const { ahead } = waits([ask('crm', { failure: [ring(8)] }), ring(1)])
    expect(ahead).toEqual([13, 1, 9])
  })

  test('is that of the longest walk, whatever the plan', () => {
    const step: fc.Arbitrary<object> = fc.letrec<{ step: object; steps: object[] }>((tie) => ({
      steps: fc.array(tie('step'), { maxLength: 3 }),
      step: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<object>(hangup, play('hello'), goto('other'), ring(3, { strategy: 'sequential' })),
        fc.integer({ min: 1, max: 300 }).map((seconds) => ring(seconds)),
        fc.record({ type: fc.constant('webhook'), webhook: fc.constant('crm'), success: tie('steps'), failure: tie('steps') }),
        tie('steps').chain((busy) => tie('steps').map((failed) => ring(11, { on: { busy, failed } }))),
      ),
    })).step // prettier-ignore
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 3 }), fc.array(step, { maxLength: 3 }), (steps, others) => {
        const other = JSON.parse(JSON.stringify(others).replaceAll('"goto","plan":"other"', '"hangup"')) as object[]
        const compiled = compile('acme', document({ audio, webhooks, plans: { main: { steps }, other: { steps: other } } }))
        const seconds: Record<string, number> = { webhook: 4 }
        const longest = (at: number): number => {
          if (at === END) return 0
          const step = compiled.steps[at]!
          const own = step.spec.type === 'bridge' ? step.spec.ringSeconds : (seconds[step.spec.type] ?? 0)
          return own + Math.max(...successors(step, compiled).map(longest))
        }
        const found = waitsOf(compiled, 'main')
        expect(found.paths[0]?.seconds ?? 0).toBe(longest(compiled.firstSteps['main']!))
        expect(found.ahead[compiled.firstSteps['main']!]).toBe(found.paths[0]?.seconds ?? 0)
      }),
    ) // prettier-ignore
  })
})

describe('command-line waits: the longest time without sound', () => {
  test.for<[string, object[], (number | string | undefined)[]]>([
    ['none', [ring(20), play('hello')], [0, undefined]],
    ['webhooks before anything rings', [ask('crm'), ask('slow'), ring(20)], [14, 'main/0']],
    ['not while the caller still hears it ring', [ask('crm'), ring(20), ask('slow')], [4, 'main/0']],
    ['on an answered call until the waiting tone begins', [play('hello'), ask('slow')], [2, 'main/1']],
    ['on an answered call that rang before', [ring(5), play('hello'), ask('slow'), ring(5)], [2, 'main/2']],
    ['webhooks that answer just before the tone', [play('hello'), ask('slow'), ask('slow')], [4, 'main/1']],
    ['early media takes the place of the ringing', [ring(5), play('hello', { answer: false }), ask('slow')], [10, 'main/2']],
    ['silence that the plan names, and what follows', [play('quiet'), ask('crm'), ask('slow')], [11.5, 'main/0']],
    ['time to key digits, between prompts', [{ type: 'ivr', startMessage: 'hello', timeoutSeconds: 9, choices: { '1': [] } }, ask('crm')], [11, 'main/0']],
    ['time to key digits, up to the message', [{ type: 'ivr', startMessage: 'hello', timeoutSeconds: 9, timeoutMessage: 'hello', choices: { '1': [] } }, ask('crm')], [9, 'main/0']],
    ['in a branch', [ring(5, { on: { busy: [play('hello'), play('quiet')] } })], [7.5, 'main/0/on/busy/1']],
    ['for ever', [play('hush')], [Infinity, 'main/0']],
  ])('%s', ([, steps, expected]) => expect(silence(...steps)).toEqual(expected)) // prettier-ignore
})

describe('command-line waits: a document that is as large as it may be', () => {
  const checker = createChecker({ defaultCountry: 'NL' })
  const documentOf = (text: string) => {
    const { served, errors } = checker.check('acme', 'acme.json', Buffer.from(text))
    return served ? (JSON.parse(served.text) as PlanDocument) : expect.fail(JSON.stringify(errors))
  }
  const crm = { type: 'webhook', webhook: 'crm' }
  const small = list(5000, (i) => ({ ...ring(1 + (i % 300)), on: {} }))
  const ways = list(2500, () => ({ ...crm, failure: [ring(9)] }))
  const shapes = Object.entries(valid).filter(
    ([name]) => !/webhooks with|ignored|empty|numbers|prefixes/.test(name),
  )

  test.for([
    ...shapes,
    ['one list', () => withSteps(small)],
    ['2 ^ 2500 ways', () => withSteps(ways)],
  ] as const)('%s takes less than a second', ([, shape]) => {
    const compiled = compile('acme', documentOf(shape(1)))
    const before = process.threadCpuUsage()
    waitsOf(compiled, 'main')
    const { user, system } = process.threadCpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(1000)
  })
})
