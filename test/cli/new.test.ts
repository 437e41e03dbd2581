import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Io } from '../../src/cli/io.ts'
import { belplan as belplanIn } from './belplan.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'belplan-new-'))))
afterEach(() => rm(folder, { recursive: true }))

const belplan = (args: readonly string[], more: Partial<Io> = {}) => belplanIn(args, { cwd: folder, ...more })
const read = async (file: string) =>
  JSON.parse(await readFile(join(folder, file), 'utf8')) as Record<string, unknown>

/** A terminal at which these lines are typed, and then it is closed; `asked` has the questions. */
function terminal(...lines: string[]) {
  const asked: string[] = []
  const ask = (question: string) => {
    asked.push(question)
    return Promise.resolve(lines.shift())
  }
  return { ask, asked }
}

const telephone = ['--number', '+31502100000', '--kind', 'telephone', '--ring', '215,216']

describe('command-line new', () => {
  const kinds = [['telephone'], ['menu'], ['caller-name', '--webhook', 'https://crm.example/n?c={callerid}']]
  const written = kinds.flatMap((kind) =>
    ['215', '215,+31502102544,217'].flatMap((ring) =>
      ['message', 'hang-up', '299'].map((nobody) => [...kind, '--ring', ring, '--nobody', nobody]),
    ),
  )

  test.each([
    ...written,
    ['telephone', '--ring', '1', '--ring-seconds', '1'],
    ['menu', '--ring', '1', '--nobody', '2', '--ring-seconds', '50'],
  ])('the plan validates without warnings, its tests pass, and both are laid out: %j', async (...kind) => {
    const { code, err } = await belplan(['new', 'acme', '--number', '+31502100000', '--kind', ...kind])
    expect([code, err]).toEqual([0, ''])
    const { out } = await belplan(['validate', 'acme.json'])
    expect(out).toContain('acme.json validates: no errors, no warnings')
    expect(await belplan(['fmt', '--check', '.'])).toEqual({ code: 0, out: '', err: '' })
    const { cases } = (await read('acme.test.json')) as { cases: unknown[] }
    expect(cases.length).toBeGreaterThanOrEqual(3)
    const tested = await belplan(['test', 'acme.json'])
    expect(tested, tested.out).toMatchObject({ code: 0 })
    expect(tested.out).toContain(`Cases  ${cases.length} passed`)
  })

  test('asks on a terminal for what no option says, and again after a wrong answer', async () => {
    const { ask, asked } = terminal(
      'a b',
      'north/acme',
      '5',
      '+31502100000',
      'caller-name',
      'http://a.example/',
      'https://a.example/',
      '215 215',
      '215',
      '',
    )
    const { code, out, err } = await belplan(['new'], { ask })
    expect(code).toBe(0)
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^a b is no name; write letters/),
      expect.stringMatching(/^5 is no number; write one such as \+31502100000/),
      expect.stringMatching(/^http:\/\/a\.example\/ can be read and changed on the way; write https/),
      expect.stringMatching(/^215 215 has one twice/),
    ])
    expect(asked.map((question) => question.slice(0, 22))).toEqual([
      'A name for the documen', 'A name for the documen', 'The number that caller', 'The number that caller', 'What is there: telepho',
      'The URL that says who ', 'The URL that says who ', 'The telephones that ri', 'The telephones that ri', 'What happens when nobo',
    ]) // prettier-ignore
    expect(asked.flatMap((question) => question.split('\n')).filter((line) => line.length > 80)).toEqual([])
    expect(out).toBe('written: north/acme.json and north/acme.test.json\nnext: belplan test north/acme.json')
    expect(await read('north/acme.json')).toMatchObject({
      webhooks: { crm: { urlTemplate: 'https://a.example/' } },
      plans: {
        main: {
          numbers: ['+31502100000'],
          steps: [{ type: 'webhook' }, { type: 'bridge', destination: '215' }, { type: 'play' }],
        },
      },
    })
  })

  test('an answer that an option gives is not asked', async () => {
    const { ask, asked } = terminal('hang-up')
    expect((await belplan(['new', 'acme', ...telephone], { ask })).code).toBe(0)
    expect(asked).toEqual([expect.stringMatching(/^What happens when nobody answers: .* \[message\]: $/s)])
  })

  test('a terminal that is closed: 2, and nothing is written', async () => {
    const { code, err } = await belplan(['new', 'acme'], { ask: terminal('+31502100000').ask })
    expect([code, err]).toEqual([2, 'belplan: the questions were not answered; nothing is written'])
    expect(await readdir(folder)).toEqual([])
  })

  test('without a terminal what is missing is named: 2', async () => {
    const { code, out, err } = await belplan(['new', '--kind', 'caller-name'])
    expect([code, out]).toEqual([2, ''])
    expect(err.split('\n').map((line) => line.split(':')[0])).toEqual([
      'belplan',
      'NAME',
      '--number <number>',
      '--webhook <url>',
      '--ring <destinations>',
    ])
  })

  test.each([
    [['../acme', ...telephone], 'NAME ../acme is no name'],
    [['acme.test', ...telephone], 'NAME acme.test is no name'],
    [['acme', ...telephone, '--number', '0502100000'], '--number 0502100000 is no number'],
    [['acme', ...telephone, '--kind', 'fax'], '--kind fax is not known; write "telephone", "menu" or "caller-name"'],
    [['acme', ...telephone, '--ring', '21x'], '--ring 21x holds 21x, which is no destination'],
    [['acme', ...telephone, '--ring', Array.from({ length: 21 }, (_, i) => i).join()], 'are too many; write 20 at most'],
    [['acme', ...telephone, '--kind', 'menu', '--ring', '0,1,2,3,4,5,6,7,8,9'], 'are too many; write 9 at most'],
    [['acme', ...telephone, '--webhook', 'https://a.example/'], '--webhook is not for the kind telephone'],
    [['acme', ...telephone, '--kind', 'caller-name', '--webhook', 'https://a.example/{x}'], 'holds {x}, which is not known'],
    [['acme', ...telephone, '--nobody', '215'], '--nobody 215 rings already'],
    [['acme', ...telephone, '--nobody', 'weep'], '--nobody weep is neither message nor hang-up'],
    [['acme', ...telephone, '--ring', ','], '--ring , has no destination'],
    [['acme', ...telephone, '--ring-seconds', '51'], 'Write 1 to 50 seconds.'],
    [['acme', ...telephone, '--config', 'none.json'], 'there is no configuration'],
  ])('a wrong answer: 2, and nothing is written: %j', async (args, message) => {
    const { code, out, err } = await belplan(['new', ...args])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
    expect(await readdir(folder)).toEqual([])
  }) // prettier-ignore

  test.each(['acme.json', 'acme.test.json'])('never overwrites: %s', async (file) => {
    await writeFile(join(folder, file), 'mine')
    const { code, err } = await belplan(['new', 'acme.json', ...telephone])
    expect([code, err]).toEqual([1, `belplan: ${file} is there already; take another name`])
    expect(await readdir(folder)).toEqual([file])
    expect(await readFile(join(folder, file), 'utf8')).toBe('mine')
  })

  test('a second file that cannot be written takes the first one away again', async () => {
    await symlink(join(folder, 'nowhere', 'else'), join(folder, 'acme.test.json'))
    const { code, err } = await belplan(['new', 'acme', ...telephone])
    expect([code, err]).toEqual([1, 'belplan: cannot write acme.test.json: EEXIST; nothing is written'])
    expect(await readdir(folder)).toEqual(['acme.test.json'])
  })

  test('the configuration says how numbers are read, what can be rung, and where the schema is', async () => {
    await mkdir(join(folder, 'plans'))
    const routes = [{ match: '^2..$', dial: 'user/{destination}@{domain}' }]
    await writeFile(
      join(folder, 'belplan.json'),
      JSON.stringify({ defaultCountry: 'NL', routes, api: { port: 8181 } }),
    )
    const refused = await belplan(['new', 'plans/acme', ...telephone, '--ring', '215,300'])
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringContaining('holds 300, which cannot be rung: no route') as string,
    })
    const args = ['new', 'plans/acme', ...telephone, '--number', '0502100000', '--json']
    expect(await belplan(args)).toEqual({
      code: 0,
      out: '{"files":["plans/acme.json","plans/acme.test.json"]}',
      err: '',
    })
    expect(await read('plans/acme.json')).toMatchObject({
      $schema: 'http://127.0.0.1:8181/plans/schema',
      plans: { main: { numbers: ['+31502100000'] } },
    })
    expect(await read('plans/acme.test.json')).toMatchObject({
      $schema: 'http://127.0.0.1:8181/plans/tests/schema',
    })
    expect((await belplan(['new', 'other', ...telephone, '--schema', 'plan.schema.json'])).code).toBe(0)
    expect(await read('other.json')).toMatchObject({ $schema: 'plan.schema.json' })
  })
})
