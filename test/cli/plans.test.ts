import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openPostgres, type Postgres } from '../harness/postgres.ts'
import { documentOn, temporaryFolder, writeSet } from '../plan/fixtures.ts'
import { readKeptSet } from '../../src/shared-plans/kept-revisions.ts'
import { openMachine } from '../shared-plans/stores.ts'
import { belplan } from './belplan.ts'

vi.setConfig({ testTimeout: 60_000 })

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close(), 60_000)

const number = (last: number) => `+3150210000${last}`
const one = (last: number) => documentOn(number(last))
const TESTS = { cases: [{ name: 'it ends', call: { did: number(0) }, expect: { ends: 'hungUpByPlan' } }] }

/** A folder with a configuration, and the plans of `files`. */
async function site(
  files: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>> = {},
) {
  const cwd = await temporaryFolder()
  const { url } = await postgres.database()
  await writeFile(
    join(cwd, 'belplan.json'),
    JSON.stringify({ defaultCountry: 'NL', store: 'env:STORE', ...config }),
  )
  await mkdir(join(cwd, 'plans'))
  await writeSet(join(cwd, 'plans'), files)
  const plans = (...args: string[]) => belplan(['plans', ...args], { cwd, env: { STORE: url } })
  return { cwd, plans, url }
}

const revisionIn = (out: string): string => /revision ([0-9a-f]{12})/.exec(out)![1]!

test('command-line plans push and pull: what is pushed comes back byte for byte, and nothing else', async () => {
  const text = '{\n    "plans": { "main": { "numbers": ["+31502100000"], "steps": [] } }\n}\n'
  const { cwd, plans } = await site({ 'acme.json': text, 'north/shop.json': one(1), 'acme.test.json': TESTS })
  const dry = await plans('push', 'plans', '--dry-run')
  expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('nothing is published') as string })
  expect(await plans('pull', 'elsewhere')).toMatchObject({
    code: 1,
    err: expect.stringContaining('no plans in the database') as string,
  })

  const pushed = await plans('push', 'plans')
  expect(pushed.code).toBe(0)
  expect(pushed.out).toContain('north/shop')
  expect(pushed.out).toContain('tests of 1 document are different')
  expect(revisionIn(pushed.out)).toBe(revisionIn(dry.out))
  expect((await plans('push', 'plans')).out).toMatch(/^nothing is different/)

  await mkdir(join(cwd, 'elsewhere'))
  await writeSet(join(cwd, 'elsewhere'), { 'old.json': one(7), 'README.md': 'ours', 'old.test.json': '{}' })
  const pulled = await plans('pull', 'elsewhere')
  expect(pulled.out.split('\n')).toEqual([
    'written: acme.json',
    'written: acme.test.json',
    'written: north/shop.json',
    'removed: old.json',
    'removed: old.test.json',
    `elsewhere has revision ${revisionIn(pushed.out)}`,
  ])
  expect((await readdir(join(cwd, 'elsewhere'))).sort()).toEqual([
    'README.md',
    'acme.json',
    'acme.test.json',
    'north',
  ])
  expect(await readFile(join(cwd, 'elsewhere/acme.json'), 'utf8')).toBe(text)
  expect((await plans('pull', 'elsewhere')).out).toBe(`elsewhere has revision ${revisionIn(pushed.out)}`)
})

test('command-line plans push says what changes, takes away what is gone, and is in the audit', async () => {
  const { cwd, plans } = await site({ 'acme.json': one(0), 'zoo.json': one(1) })
  const first = revisionIn((await plans('push', 'plans')).out)
  await writeSet(join(cwd, 'plans'), { 'acme.json': documentOn(number(0), number(5)) })
  await rm(join(cwd, 'plans/zoo.json'))
  const { out } = await plans('push', 'plans')
  expect(out).toContain(number(5))
  expect(out).toContain('zoo')
  const [last] = (await readFile(join(cwd, 'data/audit.jsonl'), 'utf8')).trimEnd().split('\n').slice(-1)
  expect(JSON.parse(last!)).toMatchObject({
    ...{ what: 'push', user: expect.any(String) as string, documents: ['acme', 'zoo'] },
    ...{ from: first, to: revisionIn(out), outcome: 'changed' },
  })
})

test('command-line plans push --replaces refuses where somebody has published meanwhile', async () => {
  const { cwd, plans } = await site({ 'acme.json': one(0) })
  const first = revisionIn((await plans('push', 'plans')).out)
  await writeSet(join(cwd, 'plans'), { 'acme.json': one(1) })
  const second = revisionIn((await plans('push', 'plans', '--replaces', first)).out)
  await writeSet(join(cwd, 'plans'), { 'acme.json': one(2) })
  expect(await plans('push', 'plans', '--replaces', first)).toMatchObject({
    code: 1,
    err: expect.stringContaining(`the newest revision is ${second}`) as string,
  })
})

test('command-line plans push publishes nothing that does not validate, or whose tests fail where they must pass', async () => {
  const failing = { cases: [{ ...TESTS.cases[0], expect: { ends: 'talked' } }] }
  const { cwd, plans } = await site(
    { 'acme.json': one(0), 'zoo.json': one(0), 'acme.test.json': failing },
    { requireTests: true },
  )
  expect(await plans('push', 'plans')).toMatchObject({
    code: 1,
    err: expect.stringContaining('zoo.json:1:') as string,
  })
  await rm(join(cwd, 'plans/zoo.json'))
  expect(await plans('push', 'plans')).toMatchObject({
    code: 1,
    err: expect.stringContaining('the test "it ends" fails') as string,
  })
  await writeSet(join(cwd, 'plans'), { 'acme.test.json': TESTS })
  expect(await plans('push', 'plans')).toMatchObject({ code: 0 })
})

test.for([
  [
    'are not UTF-8',
    Buffer.from(JSON.stringify(TESTS).replace('it ends', 'M\xfcller'), 'latin1'),
    'not UTF-8',
  ],
  ['are a document', JSON.stringify(one(0)), 'cases'],
  ['have no cases', '{"cases":[]}', 'cases'],
] as const)(
  'command-line plans push publishes no tests that %s, whether they have to pass or not',
  async ([, tests, says]) => {
    const { cwd, plans } = await site({ 'acme.json': one(0) })
    await writeFile(join(cwd, 'plans/acme.test.json'), tests)
    // Of a document that is not there they stay where they are.
    await writeFile(join(cwd, 'plans/nobody.test.json'), tests)
    for (const requireTests of [false, true]) {
      await writeFile(
        join(cwd, 'belplan.json'),
        JSON.stringify({ defaultCountry: 'NL', store: 'env:STORE', requireTests }),
      )
      const { code, err } = await plans('push', 'plans')
      expect([code, err]).toEqual([1, expect.stringMatching(/acme\.test\.json:1:\d+ /)])
      expect(err).toContain(says)
      expect(err).not.toContain('nobody')
    }
    await rm(join(cwd, 'plans/acme.test.json'))
    expect(await plans('push', 'plans')).toMatchObject({ code: 0 })
  },
)

test('command-line plans push and pull without a database, or with a single document, are wrong use', async () => {
  const { cwd, plans } = await site({ 'acme.json': one(0) })
  expect(await plans('push', 'plans/acme.json')).toMatchObject({
    code: 2,
    err: expect.stringContaining('push the folder') as string,
  })
  await writeFile(join(cwd, 'belplan.json'), '{}')
  for (const what of ['push', 'pull'])
    expect(await plans(what, 'plans')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no store') as string,
    })
})

test('command-line diff and replay find revisions in the copy of a controller that shares its plans', async () => {
  const { cwd, plans, url } = await site({ 'acme.json': one(0) })
  const first = revisionIn((await plans('push', 'plans')).out)
  await writeSet(join(cwd, 'plans'), { 'acme.json': one(1) })
  const second = revisionIn((await plans('push', 'plans')).out)
  const diff = (...revisions: string[]) => belplan(['diff', ...revisions], { cwd, env: { STORE: url } })
  expect(await diff(first, second)).toMatchObject({
    code: 2,
    err: expect.stringContaining(`no revision ${first}`) as string,
  })
  await openMachine(url, { data: join(cwd, 'data') })
  await writeSet(join(cwd, 'plans'), { 'acme.json': one(2) })
  expect(await diff(second, './plans')).toMatchObject({
    code: 1,
    out: expect.stringContaining(number(2)) as string,
  })
  expect(
    readKeptSet({ data: join(cwd, 'data'), revision: second, defaultCountry: 'NL' })!.find(number(1)),
  ).toMatchObject({
    document: 'acme',
  })
  expect(readKeptSet({ data: join(cwd, 'data'), revision: '000000000000' })).toBeUndefined()
})
