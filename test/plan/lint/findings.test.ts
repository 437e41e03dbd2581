import { execFileSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { formatFinding } from '../../../src/plan/loading/plan-set-error.ts'
import { loadSet, type LoadOptions } from '../../../src/plan/loading/load-set.ts'
import {
  compared,
  documentOn,
  expectations,
  optionsFor,
  plans,
  setOf,
  temporaryFolder,
  type ExpectedFinding,
} from '../fixtures.ts'

interface Bad {
  readonly section: string
  readonly errors: readonly ExpectedFinding[]
}

/** All documents are one owner's. */
function owned({ grants, ...options }: LoadOptions): LoadOptions {
  const all = { ...grants!, numbers: ['*'], domains: ['acme.example'], privateNetworks: [] }
  return { ...options, grants: { ...grants!, owners: { '*': { ...all, env: [] } } } }
}

async function faultsIn(folder: 'bad' | 'warned'): Promise<string[]> {
  const files = await readdir(join(plans, folder))
  return files.filter((file) => file !== 'expected.json').map((file) => file.replace(/\.json$/, ''))
}

async function pathOf(folder: 'bad' | 'warned', fault: string): Promise<string> {
  const files = await readdir(join(plans, folder))
  return join(plans, folder, files.includes(fault) ? fault : `${fault}.json`)
}

const bad = await expectations<Bad>('bad')
const warned = await expectations<readonly ExpectedFinding[]>('warned')

describe('bad plans', () => {
  test.for(bad)('%s is refused where and as it should be', async ([fault, { section, errors }]) => {
    const set = await loadSet(await pathOf('bad', fault), optionsFor(fault))
    expect(compared(set.errors, errors), section).toEqual(errors)
    expect(set.documents.length).toBe(0)
  })

  test('§6 every fixture is expected, every expectation has one', async () => {
    expect(bad.map(([fault]) => fault).sort()).toEqual((await faultsIn('bad')).sort())
  })

  test('§6 an empty set is an error', async () => {
    const folder = await temporaryFolder()
    const { errors } = await loadSet(folder)
    expect(errors).toMatchObject([{ file: folder, line: 1, column: 1, pointer: '' }])
    expect(errors[0]?.message).toContain('empty')
  })

  test('§6 all errors of all documents are reported together', async () => {
    const set = await setOf({
      'a.json': '{',
      'b.json': { plans: {} },
      'c/d.json': documentOn('215x'),
      'e.json': documentOn('1'),
    })
    const { errors, documents } = await loadSet(set)
    expect(errors.map(({ document }) => document)).toEqual(['a', 'b', 'c/d'])
    expect(documents.length).toBe(0)
  })

  test('§6 an error carries file, line and column, JSON pointer and a sentence', async () => {
    const set = await setOf({ 'acme.json': '{\n  "plans": {\n    "a/b": { "steps": [] }\n  }\n}' })
    const { errors } = await loadSet(set)
    expect(errors.map(formatFinding)).toEqual([
      expect.stringMatching(/acme\.json:3:5 \/plans\/a~1b "a\/b" is no name; write 1 to 64 letters/),
    ])
  })

  test('§3 env: names are checked against what this document was granted, not another', async () => {
    const webhooks = { crm: { urlTemplate: 'https://crm.example/', headers: { a: 'env:ACME_KEY' } } }
    const set = await setOf({
      'acme.json': { webhooks, ...documentOn('1') },
      'other.json': { webhooks, ...documentOn('2') },
      'constructor.json': { webhooks, ...documentOn('3') },
    })
    const { errors } = await loadSet(set, optionsFor('acme'))
    expect(errors.map(({ document }) => document)).toEqual(['constructor', 'other'])
  })

  test.each(['Content-Type', 'User-Agent', 'accept-encoding', 'Transfer-Encoding', 'Webhook-Id'])(
    '§3 the header %s, which no request would carry, is refused and not left out in silence',
    async (header) => {
      const set = await setOf({
        'acme.json': {
          webhooks: { crm: { urlTemplate: 'https://crm.example/', headers: { [header]: 'x' } } },
          plans: { main: { numbers: ['1'], steps: [{ type: 'webhook', webhook: 'crm' }] } },
        },
      })
      const { errors } = await loadSet(set)
      expect(errors.map(({ pointer }) => pointer)).toEqual([`/webhooks/crm/headers/${header}`])
    },
  )

  test.each(['CALL_AWARDED_DELIVERED', 'PROTOCOL_ERROR', 'STALE_DATE'])(
    '§5 hangup takes every cause that FreeSWITCH knows: %s',
    async (cause) => {
      const steps = [{ type: 'hangup', cause }]
      const set = await setOf({ 'acme.json': { plans: { main: { numbers: ['1'], steps } } } })
      expect((await loadSet(set)).errors).toEqual([])
    },
  )

  test('names that every JavaScript object has are as unknown as any other', async () => {
    const steps = [
      { type: 'goto', plan: 'constructor' },
      { type: 'play', audio: 'toString' },
      { type: 'webhook', webhook: 'valueOf' },
    ]
    const { errors } = await loadSet(await setOf({ 'acme.json': { plans: { main: { steps } } } }))
    expect(errors.map(({ pointer }) => pointer)).toEqual([
      '/plans/main/steps/0/plan',
      '/plans/main/steps/1/audio',
      '/plans/main/steps/2/webhook',
    ])
  })

  test('thousands of errors in one document are cut off', async () => {
    const steps = Array.from({ length: 3000 }, () => ({ type: 'nap' }))
    const { errors } = await loadSet(await setOf({ 'acme.json': { plans: { main: { steps } } } }))
    expect(errors).toHaveLength(101)
    expect(errors.at(-1)?.message).toBe('there are more: these are the first 100')
  })
})

describe('§1 of what a document may multiply the first one too many is an error', () => {
  const many = <T>(count: number, item: (i: number) => T) => Array.from({ length: count }, (_, i) => item(i))
  const named = (count: number, value: unknown) =>
    Object.fromEntries(many(count, (i) => [`n${i}`, value] as const))
  const plan = { steps: [{ type: 'hangup' }] }
  const menu = (first: number, count: number) => {
    const choices = Object.fromEntries(many(count, (i) => [`#${first + i}`, []] as const))
    return { type: 'ivr', startMessage: 'hi', choices }
  }
  const cases = (count: number, each = 1) => ({
    type: 'switch',
    on: 'did',
    cases: many(count, (i) => ({ match: many(each, (j) => `${i * each + j}`), steps: [] })),
  })
  const withSteps = (steps: unknown) => ({ audio: { hi: 'hi.wav' }, plans: { main: { steps } } })
  const withHeaders = (headers: unknown) => ({
    webhooks: { crm: { urlTemplate: 'https://crm.example/', headers } },
    plans: { main: { missed: 'crm', steps: [] } },
  })
  const withHolidays = (regions: string[]) => ({
    schedules: { s: { hours: [{ days: 'mon', from: '09:00', to: '10:00' }], closedOn: regions.map((holidays) => ({ holidays })) } },
    plans: { main: { steps: [{ type: 'schedule', schedule: 's' }] } },
  }) // prettier-ignore
  const nested = (count: number) => {
    const success = many(count, () => ({ type: 'hangup' }))
    return [{ type: 'ivr', startMessage: 'hi', success }, { type: 'hangup' }]
  }

  test.each<[string, object, object, string, RegExp]>([
    ['fields', { ...named(999, 1), plans: { main: plan } }, { ...named(1000, 1), plans: { main: plan } }, '/plans', /at most 1000 fields; put/],
    ['audio', { audio: named(1000, 'a.wav'), plans: { main: plan } }, { audio: named(1001, 'a.wav'), plans: { main: plan } }, '/audio/n1000', /at most 1000 names of audio; make/],
    ['webhooks', { webhooks: named(1000, { urlTemplate: 'https://crm.example/' }), plans: { main: plan } }, { webhooks: named(1001, {}), plans: { main: plan } }, '/webhooks/n1000', /at most 1000 webhooks; make/],
    ['schedules', { schedules: named(1000, { hours: [] }), plans: { main: plan } }, { schedules: named(1001, { hours: [] }), plans: { main: plan } }, '/schedules/n1000', /at most 1000 schedules; make/],
    ['regions with holidays', withHolidays(['NL', 'BE', 'DE', 'FR', 'ES', 'IT', 'US', 'GB', 'SE', 'NO', 'NL']), withHolidays(['NL', 'BE', 'DE', 'FR', 'ES', 'IT', 'US', 'GB', 'SE', 'NO', 'NL', 'DK']), '/schedules/s/closedOn/11/holidays', /holidays of at most 10 countries and regions; make/],
    ['plans', { plans: named(1000, plan) }, { plans: named(1001, plan) }, '/plans/n1000', /at most 1000 plans; make/],
    ['numbers', { plans: { a: { ...plan, numbers: many(40_000, (i) => `${i}`) }, b: { ...plan, numbers: many(60_000, (i) => `${100_000 + i}`) } } }, { plans: { a: { ...plan, numbers: many(40_000, String) }, b: { ...plan, numbers: many(60_001, String) } } }, '/plans/b/numbers/60000', /at most 100000 numbers; write prefixes/],
    ['steps', withSteps(many(5000, () => ({ type: 'hangup' }))), withSteps(many(5001, () => ({ type: 'hangup' }))), '/plans/main/steps/5000', /at most 5000 steps; put/],
    ['steps in branches', withSteps(nested(4998)), withSteps(nested(4999)), '/plans/main/steps/0/success/4998', /at most 5000 steps; put/],
    ['what stands where steps should', withSteps([]), withSteps(many(5001, () => 1)), '/plans/main/steps/5000', /at most 5000 steps; put/],
    ['addresses', { addressBook: Object.fromEntries(many(10_000, (i) => [`1${i}`, 'x'] as const)), plans: { main: { steps: [{ type: 'callername', mode: 'book' }] } } }, { addressBook: named(10_001, 'x'), plans: { main: plan } }, '/addressBook/n10000', /at most 10000 entries; write/],
    ['cases of a switch', withSteps([cases(1000)]), withSteps([cases(1001)]), '/plans/main/steps/0/cases/1000', /at most 1000 cases; put/],
    ['cases in all', withSteps(many(5, () => cases(1000))), withSteps(many(6, () => cases(1000))), '/plans/main/steps/5/cases/0', /at most 5000 cases in all; put/],
    ['values of cases', withSteps(many(10, () => cases(10, 100))), withSteps(many(11, () => cases(10, 100))), '/plans/main/steps/10/cases/0/match', /at most 10000 values in its cases; write/],
    ['choices of a menu', withSteps([menu(0, 1000)]), withSteps([menu(0, 1001)]), '/plans/main/steps/0/choices/#1000', /at most 1000 choices; make/],
    ['choices in all', withSteps(many(5, (i) => menu(i * 1000, 1000))), withSteps(many(6, (i) => menu(i * 1000, 1000))), '/plans/main/steps/5/choices/#5000', /at most 5000 choices in all; put/],
    ['headers', withHeaders(named(32, 'x')), withHeaders(named(33, 'x')), '/webhooks/crm/headers/n32', /at most 32 headers; take/],
    ['bytes of headers', withHeaders({ a: 'x'.repeat(4095), b: 'x'.repeat(4095) }), withHeaders({ a: 'x'.repeat(4096), b: 'x'.repeat(4096) }), '/webhooks/crm/headers/b', /at most 8192 characters in all/],
  ])('%s', async (what, most, tooMany, pointer, says) => {
    const options = { defaultCountry: 'NL' } as const
    const fits = await loadSet(await setOf({ 'acme.json': most }), options)
    expect(fits.errors.filter(({ message }) => /at most/.test(message))).toEqual([])
    if (what !== 'fields') expect(fits.errors).toEqual([])
    const { errors } = await loadSet(await setOf({ 'acme.json': tooMany }), options)
    expect(errors).toMatchObject([{ pointer, message: expect.stringMatching(says) as string }])
  }) // prettier-ignore

  test.each<[string, object, string]>([
    ['a note', withSteps([{ type: 'hangup', note: 'x'.repeat(2001) }]), '/plans/main/steps/0/note'],
    ['a description', { description: 'x'.repeat(2001), plans: { main: plan } }, '/description'],
    ['the name of an audio', withSteps([{ type: 'play', audio: 'x'.repeat(65) }]), '/plans/main/steps/0/audio'],
    ['audio', { audio: { hi: `local_stream://${'x'.repeat(200)}` }, plans: { main: plan } }, '/audio/hi'],
    ['the name of a secret', { webhooks: { crm: { urlTemplate: 'https://x/', signingSecret: `env:${'X'.repeat(200)}` } }, plans: { main: plan } }, '/webhooks/crm/signingSecret'],
  ])('%s that is too long', async (_, document, pointer) => {
    const { errors } = await loadSet(await setOf({ 'acme.json': document }), { defaultCountry: 'NL' })
    expect(errors).toMatchObject([{ pointer, message: expect.stringContaining('is too long; at most') as string }])
  }) // prettier-ignore

  test('what a message quotes is cut', async () => {
    const { errors } = await loadSet(await setOf({ 'acme.json': documentOn('x'.repeat(100_000)) }))
    expect(errors[0]!.message.length).toBeLessThan(600)
  })
})

// What takes time with the square of the size would not end within the test's own limit.
describe('a document of a megabyte that is wrong all over is refused within moments', () => {
  const many = (count: number, item: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => item(i)).join(',')
  const withSteps = (steps: string) => `{"plans":{"m":{"steps":[${steps}]}}}`
  const long = 'a'.repeat(400_000)
  test.for([
    ['steps without a type', withSteps(many(300_000, () => '{}'))],
    ['destinations of the wrong kind', withSteps(many(25_000, () => '{"type":"bridge","destination":3}'))],
    ['unknown fields', `{${many(60_000, (i) => `"field${i}":1`)}}`],
    ['the same key', `{${many(150_000, () => '"a":1')}}`],
    ['the same number', `{"plans":{"m":{"steps":[],"numbers":[${many(80_000, () => '"0502100000"')}]}}}`],
    ['unknown fields, more than a function takes', `{${many(300_000, (i) => `"${i.toString(36)}":1`)}}`],
    [
      'long names to compare',
      `{"audio":{"${long}":""},"plans":{"m":{"steps":[{"type":"play","audio":"${long}b"}]}}}`,
    ],
    [
      'a long name above',
      `{"plans":{"${long}":{"steps":[${many(19_000, () => '{"type":"play","audio":"no"}')}]}}}`,
    ],
    [
      'many names among many',
      `{"audio":{${many(25_000, (i) => `"a${i}":"x"`)}},"plans":{"m":{"steps":[${many(15_000, (i) => `{"type":"play","audio":"b${i}"}`)}]}}}`,
    ],
    ['bad audio', `{"audio":{${many(40_000, (i) => `"a${i}":"/x"`)}},"plans":{"m":{"steps":[]}}}`],
    ['nested lists', '['.repeat(1_000_000)],
    ['quotes', '"'.repeat(1_000_000)],
    ['backslashes', `{"a":"${'\\\\'.repeat(500_000)}`],
  ])('%s', async ([, text]) => {
    const { errors } = await loadSet(await setOf({ 'acme.json': text! }), { defaultCountry: 'NL' })
    expect(errors.length).toBeGreaterThan(0)
    expect(errors.length).toBeLessThanOrEqual(101)
  })
})

describe('§6 a document that others would wait for', () => {
  test('is refused when it is larger than 4 MiB, or no file at all', async () => {
    const folder = await setOf({ 'large.json': ' '.repeat(5 * 1024 * 1024), 'good.json': documentOn('1') })
    execFileSync('mkfifo', [join(folder, 'pipe.json')])
    const { errors } = await loadSet(folder)
    expect(errors.map(({ document, message }) => [document, message])).toEqual([
      ['large', expect.stringContaining('4 MiB')],
      ['pipe', expect.stringContaining('no file')],
    ])
  })

  test('is warned of within moments, however long the way to a silent end is', async () => {
    const steps = Array.from({ length: 5000 }, () => ({ type: 'webhook', webhook: 'crm' }))
    const webhooks = { crm: { urlTemplate: 'https://crm.example/' } }
    const set = await setOf({ 'acme.json': { webhooks, plans: { main: { numbers: ['1'], steps } } } })
    const { warnings } = await loadSet(set)
    expect(warnings).toHaveLength(101)
  })
})

test('what a document says cannot change the line or the terminal that it is shown on', async () => {
  const { errors } = await loadSet(await setOf({ 'acme.json': '{"\\u001b[2J\\n\\u202e":1,"plans":{}}' }))
  const shown = errors.map(formatFinding).join('')
  expect(shown).toContain('\\u001b[2J\\u000a\\u202e')
  expect(shown).not.toMatch(/[\p{Cc}\u202e]/u)
})

describe('§6 warnings', () => {
  test.for(warned)('%s is taken with a warning', async ([fault, warnings]) => {
    const set = await loadSet(await pathOf('warned', fault), optionsFor(fault))
    expect(set.errors).toEqual([])
    expect(compared(set.warnings, warnings)).toEqual(warnings)
    expect(set.documents.length).toBe(1)
  })

  test('every fixture is expected, every expectation has one', async () => {
    expect(warned.map(([fault]) => fault).sort()).toEqual((await faultsIn('warned')).sort())
  })

  test.for(['example', 'heard', 'every-field', 'folder'])(
    '%s has neither errors nor warnings',
    async (name) => {
      const path = join(plans, 'good', name === 'folder' ? name : `${name}.json`)
      // One document for one customer, and a folder that is all one customer's.
      const set = await loadSet(path, owned(optionsFor('every-field')))
      expect({ errors: set.errors, warnings: set.warnings }).toEqual({ errors: [], warnings: [] })
    },
  )

  test('a national number in a set without a country cannot be dialled', async () => {
    const set = await setOf({ 'acme.json': documentOn('0502100000') })
    const { warnings } = await loadSet(set)
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('defaultCountry')])
    expect((await loadSet(set, { defaultCountry: 'NL' })).warnings).toEqual([])
  })
})
