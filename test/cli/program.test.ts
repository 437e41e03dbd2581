import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Io, Signal } from '../../src/cli/io.ts'
import { run } from '../../src/cli/program.ts'
import { planSchema } from '../../src/plan/schema.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'belplan-cli-'))))
afterEach(() => rm(folder, { recursive: true }))

/** What a command printed, and its exit code. */
async function belplan(args: readonly string[], more: Partial<Io> = {}) {
  const [out, err]: [string[], string[]] = [[], []]
  const io: Io = {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    env: {},
    cwd: folder,
    colour: false,
    version: '1.2.3',
    signals: () => () => undefined,
    exit: () => undefined,
    ...more,
  }
  const code = await run(args, io)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

const file = (name: string, text: string) => writeFile(join(folder, name), text)

const good =
  '{ "plans": { "main": { "numbers": ["+31502100000"], "steps": [{ "type": "transfer", "destination": "8000", "context": "else" }] } } }'

describe('controller §1 usage', () => {
  test.each([['--help'], ['help'], ['serve', '--help'], ['validate', '--help'], ['schema', '--help']])(
    '%s %s is good',
    async (...args) => {
      const { code, out, err } = await belplan(args)
      expect([code, err]).toEqual([0, ''])
      expect(out).toMatch(/^Usage: belplan/)
    },
  )

  test('--version', async () =>
    expect(await belplan(['--version'])).toEqual({ code: 0, out: '1.2.3', err: '' }))

  test.each([[['nothing']], [['serve', '--nothing']], [['validate']], [['validate', 'a', 'b']], [[]]])(
    '%j is wrong usage: 2, on stderr',
    async (args) => {
      const { code, out, err } = await belplan(args)
      expect([code, out]).toEqual([2, ''])
      expect(err).not.toBe('')
    },
  )
})

describe('controller §1 schema', () => {
  test('prints the JSON Schema', async () => {
    expect(JSON.parse((await belplan(['schema'])).out)).toEqual(planSchema)
    expect((await belplan(['schema', '--json'])).out).not.toContain('\n')
  })
})

describe('controller §1 validate', () => {
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

  test('coloured on a terminal only', async () => {
    await file('bad.json', '{}')
    expect((await belplan(['validate', 'bad.json'])).out).not.toContain('\u001b')
    expect((await belplan(['validate', 'bad.json'], { colour: true })).out).toContain('\u001b')
  })

  test('a path that is not there: 1, with a message', async () => {
    const { code, err } = await belplan(['validate', 'none'])
    expect(code).toBe(1)
    expect(err).toContain('none')
  })

  test('with a configuration its contexts hold, given or found', async () => {
    await file('good.json', good)
    await file('c.json', '{ "transferContexts": ["default"] }')
    expect((await belplan(['validate', 'good.json', '--config', 'c.json'])).code).toBe(1)
    await file('belplan.json', '{ "transferContexts": ["else"] }')
    expect((await belplan(['validate', 'good.json'])).code).toBe(0)
    expect((await belplan(['validate', 'good.json'], { env: { BELPLAN_CONFIG: 'c.json' } })).code).toBe(1)
  })
})

describe('controller §2 wrong configuration', () => {
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
        expect.stringMatching(/c\.json:1:27 \/lgo is not a known key; did you mean "log"\?$/),
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

test('controller §5 a second signal ends the process at once', async () => {
  await file('c.json', '{ "plans": "good.json", "esl": { "port": 0 }, "api": { "port": 0 } }')
  await file('good.json', good.replace('"else"', '"default"'))
  const exits: number[] = []
  const done = await belplan(['serve', '--config', 'c.json'], {
    exit: (code) => exits.push(code),
    signals(listener: (signal: Signal) => void) {
      listener('SIGTERM')
      expect(exits).toEqual([])
      listener('SIGINT')
      return () => undefined
    },
  })
  expect(exits).toEqual([1])
  // The first one alone would have ended it well.
  expect(done.code).toBe(0)
})
