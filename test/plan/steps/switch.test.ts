import { describe, expect, test } from 'vitest'
import { createChecker } from '../../../src/plan/loading/check-document.ts'
import { compile } from '../../../src/plan/compile.ts'
import type { PlanDocument } from '../../../src/plan/document.ts'
import { plan, play, ring, walkCompiled, walkPlan, type Script } from '../walking.ts'

/** Rings the place of the case that fits, from 1 on, or 9. */
const on = (what: unknown, ...matches: unknown[]) => ({
  type: 'switch',
  on: what,
  cases: matches.map((match, i) => ({ match, steps: [ring(String(i + 1))] })),
  default: [ring('9')],
})

async function rung(step: object, script: Script = {}): Promise<string> {
  const { bridges } = await walkPlan(plan([step]), script)
  return bridges.map(({ destinations }) => destinations.join()).join(' ')
}

describe('§5 switch', () => {
  test.each<[string, object, Script['caller'], string]>([
    ['a number', on('callerid', '+31600000000', '+31612345678'), {}, '2'],
    ['a number in a list', on('callerid', ['1', '+31612345678']), {}, '1'],
    ['a prefix', on('callerid', '+32*', '+3161*'), {}, '2'],
    ['the first of several that fit, which is a prefix', on('callerid', '+31*', '+31612345678'), {}, '1'],
    ['the first of several that fit, which is the number', on('callerid', '+31612345678', '+31*'), {}, '1'],
    ['the first of prefixes, which is longer', on('callerid', '+3161*', '+31*'), {}, '1'],
    ['an internal number', on('callerid', '2*', '215'), { number: '215' }, '1'],
    ['none of them', on('callerid', '+32*', '215'), {}, '9'],
    ['a caller who shows no number', on('callerid', '+31*', 'withheld'), { number: '', withheld: true }, '2'],
    ['no number, and no case for that', on('callerid', '+31*'), { number: '', withheld: true }, '9'],
    ['the dialled number', on('did', '+31502100001', '+31502100000'), {}, '2'],
    ['a name, whatever its capitals', on('callername', 'jane doe'), {}, '1'],
    ['the begin of a name', on('callername', 'JANE*'), {}, '1'],
    ['another name', on('callername', 'Jane'), {}, '9'],
    ['a name with other blanks', on('callername', ' Jane\u00a0 doe '), {}, '1'],
    ['the begin of a name, up to its blank', on('callername', 'Jan *', ' JANE  *'), {}, '2'],
    ['a name that is spelled otherwise', on('callername', 'Mu\u0308ller'), { name: 'M\u00fcller' }, '1'],
    ['a name that came otherwise', on('callername', 'M\u00fc*'), { name: 'Mu\u0308ller' }, '1'],
    ['a name that is longer than shown', on('callername', 'x'.repeat(70)), { name: 'x'.repeat(64) }, '1'],
    ['a country', on('country', 'BE', ['DE', 'NL']), {}, '2'],
    ['another country', on('country', 'BE'), { number: '+4930123456' }, '9'],
    ['the country of a number that has none', on('country', 'NL'), { number: '215' }, '9'],
    ['the country of a number of no country', on('country', 'NL', 'US'), { number: '+80012345678' }, '9'],
    ['the country of a caller who shows no number', on('country', 'NL'), { number: '', withheld: true }, '9'],
  ])('goes by %s', async (_, step, caller = {}, destination) => {
    expect(await rung(step, { caller })).toBe(destination)
  })

  test('looks at the name as it stands', async () => {
    const steps = [{ type: 'callername', mode: 'replace', text: 'ACME' }, on('callername', 'acme')]
    const { bridges } = await walkPlan(plan(steps))
    expect(bridges[0]?.destinations).toEqual(['1'])
  })

  test('goes on behind itself when its list is through, and says which case it was', async () => {
    const { done, steps } = await walkPlan(plan([on('country', 'NL'), on('callerid', '1'), play]))
    expect(done).toEqual(['bridge 1', 'bridge 9', 'play hello.wav', 'hang up NORMAL_CLEARING'])
    expect(steps[0]).toMatchObject({ step: 'main/0', outcome: 'cases/0', country: 'NL' })
    expect(steps[1]).toMatchObject({ step: 'main/0/cases/0/steps/0' })
    expect(steps[2]).toMatchObject({ outcome: 'default' })
  })

  test('without "default" it goes on behind itself where no case fits', async () => {
    const { default: _, ...step } = on('callerid', '1')
    const { done } = await walkPlan(plan([step, play]))
    expect(done[0]).toBe('play hello.wav')
  })
})

describe('§5 switch on a code', () => {
  const ivr = { type: 'ivr', startMessage: 'hello', success: [on('code', '1*', ['23', '4711'])] }
  const pin = { webhooks: { pin: { urlTemplate: 'https://pin.example/', ivr: { startMessage: 'hello' } } } }
  const asking = {
    ...plan([{ type: 'webhook', webhook: 'pin', success: [on('code', '1*', '4711')] }]),
    ...pin,
  }

  test.each([
    ['1234#', 'bridge 1'],
    ['4711#', 'bridge 2'],
    ['99#', 'bridge 9'],
  ])('an ivr step asked for: %s', async (keyed, done) => {
    const walked = await walkPlan(plan([ivr]), { keyed: [keyed] })
    expect(walked.done[1]).toBe(done)
    expect(JSON.stringify(walked.steps)).not.toContain(keyed.slice(0, -1))
  })

  test('that a webhook found good', async () => {
    const { done, steps } = await walkPlan(asking, {
      keyed: ['4711#'],
      answers: { pin: { status: 'ACK' } },
    })
    expect(done).toContain('bridge 2')
    expect(JSON.stringify(steps)).not.toContain('4711')
  })

  test('is the nearest one', async () => {
    const inner = { type: 'webhook', webhook: 'crm', success: [on('code', '4711')] }
    const walked = await walkPlan(plan([{ ...ivr, success: [inner] }]), {
      keyed: ['4711#'],
      answers: { crm: { status: 'ACK' } },
    })
    expect(walked.done).toContain('bridge 1')
  })

  test.each([
    ['is collected again', ['4711#'], { status: 'ACK' }, 'bridge 2'],
    ['has to be found good again', ['4711#'], { status: 'ERR' }, 'bridge 9'],
  ] as const)('that was lost with a controller %s', async (_, keyed, answer, done) => {
    const walked = await walkPlan(asking, {
      keyed: [...keyed],
      answers: { pin: answer },
      // At the switch.
      state: (state) => (state.at = 1),
    })
    expect(walked.done.slice(0, 2)).toEqual(['collect hello.wav', 'ask pin'])
    expect(walked.done[2]).toBe(done)
  })

  test.each([
    ['a webhook', { ...asking, plans: { main: { steps: [{ type: 'webhook', webhook: 'pin', success: [on('code', '1'), on('code', '2')] }] } } }],
    ['an ivr step', plan([{ ...ivr, success: [on('code', '1'), { type: 'webhook', webhook: 'crm', failure: [on('code', '2')] }] }])],
  ])('that was lost, and for %s was not keyed again, is not asked for twice', async (_, written) => {
    const walked = await walkPlan(written, { state: (state) => (state.at = 1) })
    expect(walked.done.filter((what) => what !== 'play hello.wav')).toEqual([
      ...['collect hello.wav', 'collect hello.wav', 'collect hello.wav'],
      ...['bridge 9', 'bridge 9', 'hang up NORMAL_CLEARING'],
    ])
  }) // prettier-ignore

  test('of an ivr step that was lost is collected again', async () => {
    const walked = await walkPlan(plan([ivr]), { keyed: ['23#'], state: (state) => (state.at = 1) })
    expect(walked.done.slice(0, 2)).toEqual(['collect hello.wav', 'bridge 2'])
  })
})

describe('§5 numbers in a switch', () => {
  const served = (step: object, defaultCountry: 'NL' | 'BE') => {
    const document = { plans: { main: { numbers: ['1'], steps: [step] } } }
    const checked = createChecker({ defaultCountry }).check(
      'acme',
      'acme.json',
      Buffer.from(JSON.stringify(document)),
    )
    expect(checked.errors).toEqual([])
    return compile('acme', JSON.parse(checked.served!.text) as PlanDocument)
  }

  test.each([['NL', '0612345678'], ['NL', '+31 (6) 1234 5678'], ['BE', '0031612345678'], ['NL', '00316*']] as const)(
    'are read as those of "numbers": in %s %s',
    async (country, written) => {
      const { bridges } = await walkCompiled(served(on('callerid', written), country))
      expect(bridges[0]?.destinations).toEqual([written.endsWith('*') ? '9' : '1'])
    },
  ) // prettier-ignore

  test('also below one another', async () => {
    const below = { ...on('did', '050-210 0000'), cases: [{ match: '050-210 0000', steps: [on('callerid', '06-12 345', '0612345678')] }] }
    const { bridges } = await walkCompiled(served(below, 'NL'))
    expect(bridges[0]?.destinations).toEqual(['2'])
  }) // prettier-ignore
})

test.each(['*', ' *', '* '])('§6 an entry %j, which fits everything, is an error', (match) => {
  for (const what of ['callerid', 'did', 'callername', { variable: 'tier' }]) {
    const document = { plans: { main: { numbers: ['1'], steps: [on(what, match)] } } }
    const { errors } = createChecker({}).check('acme', 'acme.json', Buffer.from(JSON.stringify(document)))
    expect(errors).toMatchObject([{ message: expect.stringContaining('fits everything') as string }])
  }
})

test('a switch of ten thousand numbers costs a call some microseconds, but for the first one', () => {
  const numbers = Array.from({ length: 10_000 }, (_, i) => `+3161${String(i).padStart(7, '0')}`)
  const compiled = compile('acme', {
    ...plan([]),
    plans: { main: { numbers: [], steps: [{ ...on('callerid', numbers), type: 'switch' }] } },
  } as unknown as PlanDocument)
  const look = compiled.steps[0]!.caseOf!
  look('215')
  const began = process.threadCpuUsage()
  for (let i = 0; i < 1000; i++) look(`+3161${String(i).padStart(7, '0')}`)
  const { user, system } = process.threadCpuUsage(began)
  expect((user + system) / 1000).toBeLessThan(50)
})
