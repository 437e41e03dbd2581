/** `requireTests`: a set whose tests fail is refused, as one that does not validate. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfig, lintOptions } from '../../src/config/index.ts'
import { openStore, PlanSetError, type PlanStore } from '../../src/plan/index.ts'
import { runInProcess } from '../../src/plan/loading/index.ts'
import { testModule } from '../../src/trial/index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belplan-required-'))
  await mkdir(join(folder, 'plans'))
})
afterEach(() => rm(folder, { recursive: true }))

const numbers: Record<string, string> = { acme: '+31502100000', zoo: '+31502100001' }

async function put(name: string, destination: string, rings = destination): Promise<void> {
  const did = numbers[name]!
  const main = { numbers: [did], steps: [{ type: 'bridge', destination }] }
  const cases = [{ name: 'rings', call: { did }, expect: { rings: [rings] } }]
  await writeFile(join(folder, 'plans', `${name}.json`), JSON.stringify({ plans: { main } }))
  await writeFile(join(folder, 'plans', `${name}.test.json`), JSON.stringify({ cases }, undefined, 2))
}

async function open(more: object = {}): Promise<PlanStore> {
  const routes = [
    { match: '^0900', deny: 'premium' },
    { match: '^\\d{3}$', dial: 'user/{destination}@{domain}' },
  ]
  const file = join(folder, 'belplan.json')
  await writeFile(file, JSON.stringify({ plans: 'plans', data: 'data', routes, requireTests: true, ...more }))
  const config = await loadConfig({ file, env: {}, cwd: folder })
  return openStore({
    ...{ path: config.plans, data: config.data, invalidDocuments: config.invalidDocuments },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    tests: testModule(config, '1.2.3'),
    requireTests: config.requireTests,
    ...lintOptions(config, {}),
  })
}

const failure = {
  ...{ document: 'acme', line: 10, column: 11, pointer: '/cases/0/expect/rings/0' },
  file: expect.stringMatching(/acme\.test\.json$/) as string,
  message: 'the test "rings" fails: rings.0: expected 217, got 216',
}

test('a set whose tests fail is refused with what fails, and the one before goes on serving', async () => {
  await put('acme', '215')
  const store = await open()
  const before = store.current().revision
  await put('acme', '216', '217')
  const error = await store.reload().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PlanSetError)
  expect((error as PlanSetError).findings).toEqual([failure])
  expect([store.current().revision, store.state()]).toEqual([before, 'stale'])
  await put('acme', '216')
  expect(await store.reload()).toMatchObject({ changed: true, heldBack: [] })
}, 60_000)

test('the operator’s routes count', async () => {
  await put('acme', '0900123')
  await expect(open()).rejects.toMatchObject({
    findings: [{ message: expect.stringMatching(/got nothing/) as string }],
  })
}, 60_000)

test('with keepPrevious only the documents whose tests fail are held back', async () => {
  await Promise.all([put('acme', '215'), put('zoo', '215')])
  const store = await open({ invalidDocuments: 'keepPrevious' })
  await Promise.all([put('acme', '216', '217'), put('zoo', '218')])
  const { heldBack, warnings } = await store.reload()
  expect([heldBack, warnings.filter(({ document }) => document === 'acme')]).toEqual([
    ['acme'],
    [{ ...failure, message: `${failure.message} (its last good form goes on serving)` }],
  ])
  const destination = (name: string) => store.current().compiled(name)!.steps[0]!.spec
  expect([destination('acme'), destination('zoo')]).toMatchObject([
    { destination: '215' },
    { destination: '218' },
  ])
}, 60_000)

test('tests that passed are not run again until their document, they themselves or the rules change', async () => {
  await Promise.all([put('acme', '215'), put('zoo', '215')])
  const store = await open()
  const passed = () => readFile(join(folder, 'data', 'tests-passed'), 'utf8')
  const first = (await passed()).trim().split('\n')
  expect(first).toHaveLength(2)
  await put('acme', '216')
  await store.reload()
  const second = (await passed()).trim().split('\n')
  expect(second.filter((key) => first.includes(key))).toHaveLength(1)
  await open({ limits: { bridgesPerCall: 3 } })
  expect(
    (await passed())
      .trim()
      .split('\n')
      .filter((key) => second.includes(key)),
  ).toEqual([])
}, 60_000)

test('tests of a document that is not there are no reason to refuse the others', async () => {
  await put('acme', '215')
  await put('zoo', '215')
  await rm(join(folder, 'plans', 'zoo.json'))
  expect((await open()).current().counts.documents).toBe(1)
}, 60_000)

test('a document whose tests take too long is refused by name, and no other', async () => {
  await put('zoo', '215')
  // Audio in each round: on a machine with nothing else to do, these must take longer than is allowed, too.
  const steps = [
    { type: 'play', audio: 'tone' },
    { type: 'goto', plan: 'main' },
  ]
  const main = { numbers: [numbers['acme']], steps }
  const one = { call: { did: numbers['acme'] }, expect: { ends: 'stepBudget' } }
  const cases = Array.from({ length: 2000 }, (_, i) => ({ name: `round ${i}`, ...one }))
  await writeFile(
    join(folder, 'plans', 'acme.json'),
    JSON.stringify({ audio: { tone: 'tone.wav' }, plans: { main } }),
  )
  await writeFile(join(folder, 'plans', 'acme.test.json'), JSON.stringify({ cases }))
  const file = join(folder, 'belplan.json')
  const routes = [{ match: '^\\d{3}$', dial: 'user/{destination}@{domain}' }]
  await writeFile(file, JSON.stringify({ plans: 'plans', data: 'data', routes }))
  const config = await loadConfig({ file, env: {}, cwd: folder })
  const job = {
    ...{
      kind: 'load' as const,
      path: config.plans,
      revisions: join(config.data, 'revisions'),
      nowMs: Date.now(),
    },
    ...{ keepPrevious: false, judge: testModule(config, '1.2.3'), options: { envSet: [] } },
  } as const
  const end = await runInProcess(job, { budget: { jobMs: 60_000, documentMs: 1500 } })
  expect(end).toMatchObject({
    kind: 'findings',
    errors: [
      { document: 'acme', message: expect.stringMatching(/took longer than a document may/) as string },
    ],
  })
}, 60_000)
