import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Io, Signal } from '../../src/cli/io.ts'
import { planSchema } from '../../src/plan/schema.ts'
import { belplan as belplanIn } from './belplan.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'belplan-cli-'))))
afterEach(() => rm(folder, { recursive: true }))

/** In a folder of its own. */
const belplan = (args: readonly string[], more: Partial<Io> = {}) => belplanIn(args, { cwd: folder, ...more })

const file = (name: string, text: string) => writeFile(join(folder, name), text)

const good =
  '{ "plans": { "main": { "numbers": ["+31502100000"], "steps": [{ "type": "transfer", "destination": "8000", "context": "else" }] } } }'

describe('command-line usage', () => {
  const commands = [
    ...[
      'serve',
      'new',
      'import',
      'validate',
      'fmt',
      'explain',
      'diff',
      'simulate',
      'test',
      'call',
      'replay',
      'schema',
    ],
  ]

  test.each([
    ['--help'],
    ['help'],
    ['import', 'csv', '--help'],
    ...commands.map((command) => [command, '--help']),
  ])('%s %s is good', async (...args) => {
    const { code, out, err } = await belplan(args)
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^Usage: belplan/)
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  test.each([['--version'], ...commands.map((command) => [command, '--version'])])(
    '%s %s is the version',
    async (...args) => expect(await belplan(args)).toEqual({ code: 0, out: '1.2.3', err: '' }),
  )

  test.each([
    [['nothing']],
    [['serve', '--nothing']],
    [['serve', 'a']],
    [['validate']],
    [['validate', 'a', 'b']],
    [['fmt']],
    [['new', 'a', 'b']],
    [['new', '--nothing']],
    [['import']],
    [['import', 'xml', 'a']],
    [['import', 'csv']],
    [['import', 'csv', 'a', 'b']],
    [['explain']],
    [['explain', '1', 'a', 'b']],
    [['fmt', '--nothing', 'a']],
    [['schema', 'a']],
    [['call']],
    [['call', '--did']],
    [['call', '--did', '1', '--to', 'nowhere']],
    [['call', '--did', '1', '--to', '127.0.0.1:70000']],
    [['call', '--did', '1', '--answer', '215']],
    [['call', '--did', '1', '--hang-up', 'soon']],
    [['call', '--did', '1', '--answer', '215=asleep']],
    [['call', '--did', '1', '--answer', '215=busy,1.2.3']],
    [[]],
  ])('%j is wrong usage: 2, on stderr', async (args) => {
    const { code, out, err } = await belplan(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).not.toBe('')
  })
})

describe('command-line schema', () => {
  test('prints the JSON Schema', async () => {
    expect(JSON.parse((await belplan(['schema'])).out)).toEqual(planSchema)
    expect((await belplan(['schema', '--json'])).out).not.toContain('\n')
  })
})

describe('command-line validate', () => {
  test('a good set: 0', async () => {
    await file('good.json', good)
    const { code, out, err } = await belplan(['validate', 'good.json'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^good\.json validates: no errors, no warnings, revision [0-9a-f]{12}$/)
  })

  test('every error and warning as file:line:col pointer message: 1', async () => {
    await file(
      'bad.json',
      '{ "plans": { "main": {\n  "stepz": [],\n  "steps": [{ "type": "goto", "plan": "none" }] } } }',
    )
    const { code, out, err } = await belplan(['validate', 'bad.json'])
    expect(code).toBe(1)
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^bad\.json:2:3 \/plans\/main\/stepz .*steps/),
      expect.stringMatching(/^bad\.json:3:\d+ \/plans\/main\/steps\/0\/plan .*none/),
    ])
    expect(err).toBe('bad.json does not validate: 2 errors, no warnings')
  })

  test('warnings alone are good, and told apart', async () => {
    await file(
      'w.json',
      '{ "audio": { "x": "a.wav" }, "plans": { "main": { "numbers": ["215"], "steps": [{ "type": "transfer", "destination": "1" }] } } }',
    )
    const { code, out } = await belplan(['validate', 'w.json'])
    expect(code).toBe(0)
    expect(out.split('\n')[0]).toMatch(/^w\.json:1:\d+ \/audio\/x warning: /)
    const json = await belplan(['validate', '--json', 'w.json'])
    expect(json.out.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ severity: 'warning', file: 'w.json', pointer: '/audio/x', line: 1 }),
    ])
  })

  test('findings are wrapped on a terminal, and one line each for programs', async () => {
    await file('bad.json', '{ "plans": { "main": { "steps": [{ "type": "goto", "plan": "none" }] } } }')
    for (const colour of [false, true]) {
      const { out } = await belplan(['validate', 'bad.json'], { isTerminal: true, colour })
      const lines = out.replace(/\u001b\[\d+m/g, '').split('\n')
      expect(lines.length).toBeGreaterThan(1)
      expect(lines.filter((line) => line.length > 80)).toEqual([])
      const piped = (await belplan(['validate', 'bad.json'])).out
      expect(lines.map((line) => line.trim()).join(' ')).toBe(piped)
    }
  })

  test('where tests are required, it says that they were not run, and the command', async () => {
    await file('good.json', good)
    await file(
      't.json',
      '{ "requireTests": true, "transferContexts": [{ "context": "else", "extensions": ".*" }] }',
    )
    const args = ['validate', 'good.json', '--config', 't.json']
    const { code, out } = await belplan(args)
    expect(code).toBe(0)
    expect(out.split('\n')[1]).toBe(
      'tests are required to serve, and were not run: belplan test good.json --config t.json',
    )
    expect(await belplan([...args, '--json'])).toEqual({ code: 0, out: '', err: '' })
  })

  test('tests that are not named as tests are', async () => {
    await file('acme.json', good)
    for (const name of ['acme.tests.json', 'acme-test.json', 'acme.spec.json']) {
      for (const content of ['{ "cases": [] }', '{}']) {
        await file(name, content)
        const { out } = await belplan(['validate', '.'])
        expect(out).toContain(
          `${name}:1:1  this has no plans, and looks like tests: tests are named acme.test.json, `,
        )
        await rm(join(folder, name))
      }
    }
    await file('acme.tests.json', good.replace('+31502100000', '+31502100001'))
    expect((await belplan(['validate', '.'])).code).toBe(0)
  })

  test('coloured on a terminal only', async () => {
    await file('bad.json', '{}')
    expect((await belplan(['validate', 'bad.json'])).out).not.toContain('\u001b')
    expect((await belplan(['validate', 'bad.json'], { colour: true })).out).toContain('\u001b')
    // Each stream by itself: either may be a file.
    const lost = (more: Partial<Io>) => belplan(['validate', 'none'], more)
    expect((await lost({ colour: true })).err).not.toContain('\u001b')
    expect((await lost({ errColour: true })).err).toContain('\u001b')
  })

  test('a path that is not there: 1, with a message', async () => {
    const { code, err } = await belplan(['validate', 'none'])
    expect(code).toBe(1)
    expect(err).toContain('none')
  })

  test('with a configuration its contexts hold, given or found', async () => {
    await file('good.json', good)
    await file('c.json', '{ "transferContexts": [{ "context": "default", "extensions": ".*" }] }')
    expect((await belplan(['validate', 'good.json', '--config', 'c.json'])).code).toBe(1)
    await file('belplan.json', '{ "transferContexts": [{ "context": "else", "extensions": ".*" }] }')
    expect((await belplan(['validate', 'good.json'])).code).toBe(0)
    expect((await belplan(['validate', 'good.json'], { env: { BELPLAN_CONFIG: 'c.json' } })).code).toBe(1)
  })
})

describe('command-line validate --waits', () => {
  const waiting = {
    audio: { hi: 'hi.wav', quiet: 'silence_stream://90000' },
    webhooks: { crm: { urlTemplate: 'https://crm.example/', timeoutSeconds: 4 } },
    plans: {
      main: {
        numbers: ['+31502100000'],
        steps: [
          {
            type: 'webhook',
            webhook: 'crm',
            success: [{ type: 'bridge', from: 'webhook', ringSeconds: 20 }],
          },
          { type: 'goto', plan: 'desk' },
        ],
      },
      desk: {
        steps: [
          { type: 'bridge', destination: '215' },
          { type: 'play', audio: 'hi' },
        ],
      },
      quiet: {
        numbers: ['215'],
        steps: [
          { type: 'play', audio: 'quiet' },
          { type: 'play', audio: 'quiet' },
        ],
      },
      short: { numbers: ['216'], steps: [{ type: 'play', audio: 'hi' }] },
    },
  }

  test('the longest way to each end, and a warning of too long a silence, which is no failure', async () => {
    await file('w.json', JSON.stringify(waiting))
    const { code, out, err } = await belplan(['validate', '--waits', 'w.json'])
    expect([code, err]).toEqual([0, ''])
    expect(out.split('\n').slice(1, -1)).toEqual([
      'w main: callers wait up to 54 s',
      '      54 s  to desk/1, where the call can end',
      '               4 s  main/0 asks the webhook crm',
      '              20 s  main/0/success/0 rings what the webhook returned for 20 s',
      '              30 s  desk/0 rings 215 for 30 s',
      '  without sound up to 4 s, from main/0',
      'w quiet: callers wait up to 180 s',
      '     180 s  to quiet/1, where the call can end',
      '              90 s  quiet/0 plays quiet',
      '              90 s  quiet/1 plays quiet',
      '  without sound up to 180 s, from quiet/0',
      '  warning: callers hang up in 120 s of silence; play something',
      'w short: nothing to wait for',
    ])
  })

  test('--json has a line for each plan that numbers lead to', async () => {
    await file('w.json', JSON.stringify(waiting))
    const { out } = await belplan(['validate', '--waits', '--json', 'w.json'])
    const [, main, quiet] = out.split('\n').map((line) => JSON.parse(line) as unknown)
    expect(main).toMatchObject({ document: 'w', plan: 'main', seconds: 54, ways: 1 })
    expect(main).toHaveProperty('paths.0.steps.2', {
      step: 'desk/0',
      seconds: 30,
      says: 'rings 215 for 30 s',
    })
    expect(quiet).toMatchObject({ silence: { seconds: 180, from: 'quiet/0', tooLong: true } })
  })

  test('many ways and many steps are cut, and no line is longer than 80 columns', async () => {
    const bridge = {
      type: 'bridge',
      destination: Array.from({ length: 20 }, (_, i) => `+3150210${1000 + i}`),
    }
    const choices = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [i, [bridge, { type: 'hangup' }]]),
    )
    const steps = [...Array.from({ length: 20 }, () => bridge), { type: 'ivr', startMessage: 'hi', choices }]
    await file('w.json', JSON.stringify({ audio: waiting.audio, plans: { main: { numbers: ['1'], steps } } }))
    const lines = (await belplan(['validate', '--waits', 'w.json'])).out.split('\n')
    const report = lines.slice(
      lines.findIndex((line) => line.startsWith('w main:')),
      -1,
    )
    expect(report).toContain('            and 21 more ways, none longer')
    expect(report.filter((line) => line === '                    and 10 more that take less')).toHaveLength(
      10,
    )
    expect(Math.max(...report.map(({ length }) => length))).toBe(80)
  })

  test('a set that does not validate has no waits', async () => {
    await file('w.json', '{}')
    const { code, out } = await belplan(['validate', '--waits', 'w.json'])
    expect(code).toBe(1)
    expect(out).not.toContain('wait')
  })
})

describe('command-line validate --config knows what is whose', () => {
  test('a part of the set is named as in the set', async () => {
    const owners = { 'north/*': { numbers: ['+3150210*'] }, bank: { numbers: ['+3150211*'] } }
    await file('c.json', JSON.stringify({ plans: 'plans', owners }))
    await mkdir(join(folder, 'plans/north'), { recursive: true })
    const number = (text: string) =>
      JSON.stringify({ plans: { main: { numbers: [text], steps: [{ type: 'hangup' }] } } })
    await file('plans/north/acme.json', number('+31502100000'))
    await file('plans/north/shop.json', number('+31502110000'))
    expect((await belplan(['validate', '--config', 'c.json', 'plans/north/acme.json'])).code).toBe(0)
    for (const path of ['plans', 'plans/north', 'plans/north/shop.json']) {
      const { out } = await belplan(['validate', '--config', 'c.json', '--json', path])
      expect(JSON.parse(out)).toMatchObject({ document: 'north/shop', pointer: '/plans/main/numbers/0' })
    }
  })
})

describe('command-line validate --config knows the routes', () => {
  const bridges = {
    plans: {
      main: {
        numbers: ['215'],
        steps: [
          { type: 'bridge', destination: ['215', '0900123456'] },
          { type: 'bridge', destination: '0612345678', note: 'rings' },
          { type: 'bridge', destination: '899' },
        ],
      },
    },
  }
  const routes = [
    { match: '^\\+31900', deny: 'too dear' },
    { match: '^\\+', dial: 'sofia/gateway/carrier/{destination}' },
    { match: '^2\\d\\d$', dial: 'user/{destination}@{domain}' },
  ]

  test('destinations that no route lets out are warnings', async () => {
    await file('p.json', JSON.stringify(bridges))
    await file('c.json', JSON.stringify({ defaultCountry: 'NL', routes }))
    const { code, out } = await belplan(['validate', 'p.json', '--config', 'c.json', '--json'])
    expect(code).toBe(0)
    const found = out.split('\n').map((line) => JSON.parse(line) as { pointer: string; message: string })
    expect(found).toMatchObject([
      {
        pointer: '/plans/main/steps/0/destination/1',
        message: expect.stringMatching(/^"0900123456" is never rung: too dear;/) as string,
      },
      {
        pointer: '/plans/main/steps/2/destination',
        message: expect.stringMatching(/^"899" is never rung: no route;/) as string,
      },
    ])
    // Without a configuration nobody can say.
    expect((await belplan(['validate', 'p.json', '--json'])).out).toBe('')
  })
})

describe('configuration wrong configuration', () => {
  test.each([
    [['--config', 'none.json'], {}],
    [[], { BELPLAN_CONFIG: 'none.json' }],
  ])('a configuration that is not there is 2, and stderr says what to do: %j %j', async (args, env) => {
    const { code, err } = await belplan(['validate', 'x', ...args], { env })
    expect(code).toBe(2)
    expect(err).toMatch(
      /^belplan: there is no configuration \S+none\.json; correct --config or BELPLAN_CONFIG/,
    )
  })

  test('is 2, with every error on stderr', async () => {
    await file('c.json', '{ "esl": { "port": "x" }, "lgo": 1 }')
    for (const args of [
      ['serve', '--config', 'c.json'],
      ['validate', 'x', '--config', 'c.json'],
    ]) {
      const { code, err } = await belplan(args)
      expect(code).toBe(2)
      expect(err.split('\n')).toEqual([
        'belplan: the configuration has 2 errors',
        expect.stringMatching(/c\.json:1:20 \/esl\/port must be a whole number$/),
        expect.stringMatching(/c\.json:1:27 \/lgo unknown field "lgo"; did you mean "log"\?$/),
      ])
    }
  })

  test('a plan set that does not validate is 1, with every error on stderr', async () => {
    await file('c.json', '{ "plans": "p.json", "esl": { "port": 0 }, "api": { "port": 0 } }')
    await file('p.json', '{ "plans": {} }')
    const { code, err } = await belplan(['serve', '--config', 'c.json'])
    expect(code).toBe(1)
    expect(err).toMatch(/p\.json:1:\d+ \/plans /)
    expect(await readFile(join(folder, 'c.json'), 'utf8')).toContain('p.json')
  })
})

describe('operations signals', () => {
  /** `belplan serve` that is sent signals as it begins, and as it says that it listens. */
  async function serve(atFirst: readonly Signal[], listening: readonly Signal[], more: string[] = []) {
    const transferContexts = [{ context: 'else', extensions: '8000' }]
    const ports = { esl: { port: 0 }, api: { port: 0 } }
    await file('c.json', JSON.stringify({ plans: 'good.json', transferContexts, ...ports }))
    await file('good.json', good)
    const exits: number[] = []
    const lines: Record<string, unknown>[] = []
    let signal: (signal: Signal) => void = () => undefined
    let beforeReading = false
    const { code } = await belplan(['serve', '--config', 'c.json', ...more], {
      exit: (code) => exits.push(code),
      signals(listener) {
        signal = listener
        beforeReading = !existsSync(join(folder, 'data'))
        atFirst.forEach(signal)
        return () => undefined
      },
      out(line) {
        lines.push(JSON.parse(line) as Record<string, unknown>)
        if (line.includes('listening on')) listening.forEach(signal)
        if (line.includes('plans reloaded')) signal('SIGTERM')
      },
    })
    return { code, exits, lines, beforeReading }
  }

  test('the first one ends it well, a second one at once', async () => {
    expect(await serve([], ['SIGTERM'])).toMatchObject({ code: 0, exits: [] })
    expect(await serve([], ['SIGTERM', 'SIGINT'])).toMatchObject({ code: 0, exits: [1] })
  })

  test('SIGHUP while the set is read at the start is no end: it is read again', async () => {
    const { code, lines, beforeReading } = await serve(['SIGHUP'], [])
    expect([code, beforeReading]).toEqual([0, true])
    expect(lines.map(({ msg }) => msg)).toContain('plans reloaded')
  })

  test('SIGTERM while the set is read at the start ends the process at once', async () => {
    expect((await serve(['SIGTERM'], ['SIGTERM'])).exits).toEqual([1])
  })

  test('command-line --json: the log is JSON lines in any case', async () => {
    expect((await serve([], ['SIGTERM'], ['--json'])).lines.at(-1)).toMatchObject({ msg: 'stopped' })
  })
})
