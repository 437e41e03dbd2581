import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Io } from '../../src/cli/io.ts'
import { belplan as belplanIn } from './belplan.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'belplan-explain-'))))
afterEach(() => rm(folder, { recursive: true }))

const explain = (args: readonly string[], more: Partial<Io> = {}) =>
  belplanIn(['explain', ...args], { cwd: folder, ...more })

const file = (name: string, content: object) => writeFile(join(folder, name), JSON.stringify(content))

const bridge = { type: 'bridge', destination: ['215', '216'], ringSeconds: 20 }

const acme = {
  domain: 'acme.example',
  audio: { hi: 'hi.wav', quiet: 'silence_stream://-1' },
  webhooks: { crm: { urlTemplate: 'https://crm.example/' } },
  plans: {
    main: {
      numbers: ['+31502100000', '215'],
      missed: 'crm',
      steps: [
        {
          type: 'webhook',
          webhook: 'crm',
          success: [{ type: 'bridge', from: 'webhook' }],
          failure: [{ ...bridge, id: 'desk', on: { busy: [{ type: 'goto', plan: 'night' }], failed: [] } }],
        },
        { type: 'goto', plan: 'night' },
      ],
    },
    night: {
      steps: [
        { type: 'ivr', startMessage: 'hi', choices: { '1': [{ type: 'goto', plan: 'main' }], '2': [] } },
        { type: 'play', audio: 'hi' },
      ],
    },
    block: { numbers: ['+3150210*'], steps: [{ type: 'play', audio: 'quiet' }] },
    nothing: { numbers: ['216'], steps: [] },
  },
}

describe('command-line explain', () => {
  test('the way to the plan, and the plans that follow as trees', async () => {
    await file('acme.json', acme)
    await file('belplan.json', { plans: 'acme.json', defaultCountry: 'NL' })
    const { code, out, err } = await explain(['0502100000'])
    expect([code, err]).toEqual([0, ''])
    expect(`${out}\n`).toBe(`0502100000 leads to the plan main of acme
  tried  0502100000, +31502100000
  won    +31502100000: the number itself
  near   +3150210* of acme block: a shorter prefix

main                                                                  up to 63 s
├─ asks the webhook crm                                                      3 s
│  ├─ on ACK                                                          up to 60 s
│  │  └─ rings what the webhook returned for 30 s                           30 s
│  └─ on anything but ACK                                             up to 50 s
│     └─ desk: rings 215 and 216 at the same time for 20 s                  20 s
│        └─ when busy                                                 up to 30 s
│           └─ goes on in the plan night
└─ goes on in the plan night
when nobody talked to the caller: asks the webhook crm

night                                                                 up to 30 s
├─ plays hi and waits for 1 or 2                                            30 s
│  └─ on 1
│     └─ goes on in the plan main, and so round
└─ plays hi
`)
  })

  test('what happens to the call in Dutch', async () => {
    const quiet = { numbers: ['217'], steps: [{ type: 'play', audio: 'quiet' }] }
    await file('acme.json', { ...acme, plans: { ...acme.plans, quiet } })
    const tree = async (number: string) => {
      const { code, out } = await explain([
        number,
        'acme.json',
        '--domain',
        'acme.example',
        '--language',
        'nl',
      ])
      expect(code).toBe(0)
      return out.slice(out.indexOf('\n\n') + 2)
    }
    expect(await tree('215')).toBe(`\
main                                                                    tot 63 s
├─ raadpleegt de webhook crm                                                 3 s
│  ├─ bij ACK                                                           tot 60 s
│  │  └─ belt wat de webhook teruggaf gedurende 30 seconden                 30 s
│  └─ bij alles behalve ACK                                             tot 50 s
│     └─ desk: belt 215 en 216 tegelijk gedurende 20 seconden               20 s
│        └─ bij bezet                                                   tot 30 s
│           └─ gaat verder in het plan night
└─ gaat verder in het plan night
als niemand met de beller heeft gesproken: raadpleegt de webhook crm

night                                                                   tot 30 s
├─ speelt hi af en wacht op keuze 1 of 2                                    30 s
│  └─ bij keuze 1
│     └─ gaat verder in het plan main, en begint zo opnieuw
└─ speelt hi af`)
    expect(await tree('216')).toBe('nothing doet niets')
    expect(await tree('217')).toBe(`\
quiet                                                               zonder einde
└─ speelt quiet af                                                    geen einde`)
  })

  test('no plan: 1, with what is near', async () => {
    await file('acme.json', acme)
    const { code, out, err } = await explain(['215', 'acme.json', '--domain', 'other.example'])
    expect([code, err]).toEqual([1, ''])
    expect(out.split('\n')).toEqual([
      '215 leads nowhere',
      '  tried  215',
      '  in     other.example',
      '  near   215 of acme main: belongs to the domain acme.example',
    ])
  })

  test('an internal number counts in its domain', async () => {
    await file('acme.json', acme)
    const { code, out } = await explain(['216', 'acme.json', '--domain', 'acme.example'])
    expect(code).toBe(0)
    expect(out).toContain('216 leads to the plan nothing of acme')
    expect(out.split('\n').at(-1)).toBe('nothing does nothing')
  })

  test('--json is one line; no end is null', async () => {
    await file('acme.json', acme)
    const { code, out } = await explain(['+31502109999', 'acme.json', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      forms: ['+31502109999'],
      match: { document: 'acme', plan: 'block', entry: '+3150210*', kind: 'prefix' },
      plans: [
        {
          plan: 'block',
          upToSeconds: null,
          steps: [{ step: 'block/0', says: 'plays quiet', seconds: null }],
        },
      ],
    })
    expect(JSON.parse((await explain(['1', 'acme.json', '--json'])).out)).toEqual({ forms: ['1'], near: [] })
  })

  test('whatever a plan holds, lines have 80 columns at most, and deep branches are named', async () => {
    const many = { type: 'bridge', destination: Array.from({ length: 20 }, (_, i) => `+3150210${1000 + i}`) }
    const steps = Array.from({ length: 30 }).reduce<object[]>(
      (inner) => [{ ...many, on: { busy: inner } }],
      [],
    )
    const documents = {
      plans: {
        main: {
          numbers: ['1'],
          steps: [...steps, { type: 'callername', mode: 'replace', text: '\u001b[2J' + 'x'.repeat(60) }],
        },
      },
    }
    await file('deep.json', documents)
    const { out } = await explain(['1', 'deep.json'])
    const lines = out.split('\n')
    expect(Math.max(...lines.map(({ length }) => length))).toBe(80)
    expect(out).toContain('└─ … deeper than fits; --json has it')
    expect(out).not.toContain('\u001b')
    expect(out).toContain('+31502101019')
  })

  test('coloured on a terminal only', async () => {
    await file('acme.json', acme)
    expect((await explain(['1', 'acme.json'])).out).not.toContain('\u001b')
    expect((await explain(['1', 'acme.json'], { colour: true })).out).toContain('\u001b')
  })

  test('a set that does not validate or is not there: 1, with every error on stderr', async () => {
    await file('bad.json', { plans: {} })
    const { code, out, err } = await explain(['1', 'bad.json'])
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/bad\.json:1:\d+ \/plans /)
    expect((await explain(['1', 'none.json'])).code).toBe(1)
  })

  test('a configuration that is not there: 2', async () => {
    expect((await explain(['1', '--config', 'none.json'])).code).toBe(2)
  })

  test('where the plans are in the database a path has to be named: 2, as what lies in the folder need not serve', async () => {
    await file('acme.json', acme)
    await file('belplan.json', { plans: 'acme.json', defaultCountry: 'NL', store: 'env:STORE' })
    const env = { STORE: 'postgres://127.0.0.1:9/none' }
    expect(await explain(['0502100000'], { env })).toEqual({
      code: 2,
      out: '',
      err: 'belplan: the plans are in the database: name a folder (belplan plans pull), or ask GET /plans/explain',
    })
    expect(await explain(['0502100000', 'acme.json'], { env })).toMatchObject({ code: 0, err: '' })
  })
})
