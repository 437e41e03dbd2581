/** Controllers of several machines publish to each other by the API. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { createControllers, oneBridge } from '../harness/controller.ts'
import { openPostgres, type Postgres } from '../harness/postgres.ts'
import { until } from '../harness/until.ts'
import { push } from '../shared-plans/stores.ts'
import { auditIn, startForPublishers } from './publishers.ts'

vi.setConfig({ testTimeout: 120_000 })

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close(), 60_000)
const controllers = createControllers()
afterEach(() => controllers.end())

const number = (last: number) => `+3150210000${last}`
const one = (last: number) => oneBridge(number(last))

const started = (url: string, config = {}) =>
  startForPublishers(controllers, { config: { store: url, ...config } })

test('api a document that is put on one controller is walked on another one; of two who change it one gets 412', async () => {
  const { url } = await postgres.database()
  const { revision: pushed } = await push(url, { 'acme.json': one(0) })
  const [a, b] = [await started(url), await started(url)]
  const { etag } = await a.ask('GET', '/plans/documents/acme')
  const answers = await Promise.all([
    a.ask('PUT', '/plans/documents/acme', one(1), { 'if-match': etag! }),
    b.ask('PUT', '/plans/documents/acme', one(2), { 'if-match': etag! }),
  ])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412])
  const winner = answers.findIndex(({ status }) => status === 200)
  const { revision } = answers[winner]!.body
  expect(answers[winner]!.body).toMatchObject({ previous: pushed, served: true, changed: true })
  const [first, other] = winner === 0 ? [a, b] : [b, a]
  await until('the publish', () => other.controller.plans.current().revision === revision || undefined, {
    withinMs: 1000,
  })
  await placeCall(other.controller.esl, { did: number(winner + 1) })
  await until('the record', async () =>
    (await other.controller.records().catch(() => [])).length > 0 ? true : undefined,
  )
  expect(await other.controller.records()).toMatchObject([{ document: 'acme', revision }])

  // Each audit has what was done there, and each controller what was served.
  expect((await auditIn(first.folder)).at(-1)).toMatchObject({ what: 'put', from: pushed, to: revision })
  expect((await auditIn(other.folder)).map(({ what }) => what)).toEqual(['start'])
  const history = await other.ask('GET', '/plans/revisions')
  expect(history.body.revisions).toMatchObject([
    { revision, kept: true, served: [{ how: 'put', by: 'all' }], published: [{ what: 'put', by: 'all' }] },
    { revision: pushed, kept: true, published: [{ what: 'push', by: 'somebody' }] },
  ])
  const limited = await other.north('GET', '/plans/revisions')
  expect(Object.keys((limited.body.revisions as [{ published: object[] }])[0].published[0]!)).toEqual(['at'])
  const diff = await other.ask('GET', `/plans/diff?from=${pushed}`)
  expect(diff.body.changes!.map(({ sentence }) => sentence).join()).toContain(number(winner + 1))
  expect((await other.ask('GET', `/plans/revisions/${pushed}`)).text).toBe(
    JSON.stringify([['acme', JSON.parse(JSON.stringify(one(0), Object.keys(flat(one(0))).sort()))]]),
  )
})

/** All keys of an object, at any depth. */
function flat(value: unknown): Record<string, true> {
  if (typeof value !== 'object' || value === null) return {}
  const entries = Array.isArray(value) ? value.map((item) => ['', item] as const) : Object.entries(value)
  return Object.assign(
    {},
    ...entries.map(([key, item]) => ({ ...(key && { [key]: true }), ...flat(item) })),
  ) as Record<string, true>
}

test('api while the database is away calls go on, changes are 503, and the state says since when', async () => {
  const { url } = await postgres.database()
  await push(url, { 'acme.json': one(0) })
  const a = await started(url)
  const behind = async () =>
    ((await a.ask('GET', '/readyz')).body['plans'] as { behind?: Record<string, unknown> }).behind
  await until('the database', async () => ((await behind()) ? undefined : true))
  const { etag } = await a.ask('GET', '/plans/documents/acme')
  await postgres.stop()
  try {
    await until('news of the outage', async () => (await behind()) && true)
    expect(await a.ask('GET', '/readyz')).toMatchObject({
      status: 200,
      body: {
        ready: true,
        plans: {
          state: 'current',
          behind: { since: expect.any(String) as string, why: expect.any(String) as string },
        },
      },
    })
    for (const [method, path, body, headers] of [
      ['PUT', '/plans/documents/acme', one(1), { 'if-match': etag! }],
      ['DELETE', '/plans/documents/acme', undefined, { 'if-match': etag! }],
      ['POST', '/plans/reload', undefined, {}],
      ['POST', '/plans/rollback', { to: '0d1be8a6cc10' }, {}],
    ] as const)
      expect(await a.ask(method, path, body, headers)).toMatchObject({
        status: 503,
        body: {
          error: { code: 'notReady', message: expect.stringContaining('nothing is changed') as string },
        },
      })
    const metrics = await fetch(`${a.controller.apiUrl}/metrics`, {
      headers: { authorization: 'Bearer the-token-of-all' },
    })
    expect(await metrics.text()).toContain('belplan_plans_in_step 0')
    await placeCall(a.controller.esl, { did: number(0) })
    const refused = (await auditIn(a.folder)).filter(({ outcome }) => outcome === 'refused')
    expect(refused.map(({ what, why }) => [what, why])).toEqual([
      ['put', 'failed'],
      ['delete', 'failed'],
      ['reload', 'failed'],
      ['rollback', 'failed'],
    ])
  } finally {
    await postgres.start()
  }
  await until('the database', async () => ((await behind()) ? undefined : true))
  expect((await a.ask('PUT', '/plans/documents/acme', one(1), { 'if-match': etag! })).status).toBe(200)
})

test('configuration the folder of plans is not taken into an empty database: a controller says what to do', async () => {
  const { url } = await postgres.database()
  const folder = await controllers.folder({ acme: one(0) })
  const starting = controllers.start({ folder, config: { store: url } })
  await expect(starting).rejects.toMatchObject({
    code: 'store',
    message: expect.stringContaining('belplan plans push') as string,
  })
})

test('api what is put in place while a revision is rolled back to is served after a reload, on all controllers', async () => {
  const { url } = await postgres.database()
  const { revision: pushed } = await push(url, { 'acme.json': one(0) })
  const [a, b] = [await started(url), await started(url)]
  const { etag } = await a.ask('GET', '/plans/documents/acme')
  const put = await a.ask('PUT', '/plans/documents/acme', one(1), { 'if-match': etag! })
  expect(await b.ask('POST', '/plans/rollback', { to: pushed })).toMatchObject({
    status: 200,
    body: { revision: pushed, previous: put.body.revision },
  })
  const isServed = (of: typeof a, revision: unknown) =>
    until('the revision', () => of.controller.plans.current().revision === revision || undefined, {
      withinMs: 1000,
    })
  await isServed(a, pushed)
  const again = await a.ask('PUT', '/plans/documents/acme', one(2), { 'if-match': put.etag! })
  expect(again).toMatchObject({ status: 200, body: { served: false, revision: pushed } })
  expect(await a.ask('POST', '/plans/reload?dryRun=true')).toMatchObject({
    status: 200,
    body: { previous: pushed },
  })
  const reloaded = await a.ask('POST', '/plans/reload')
  expect(reloaded).toMatchObject({ status: 200, body: { previous: pushed, changed: true } })
  await isServed(b, reloaded.body.revision)
  expect(b.controller.plans.current().find(number(2)).document).toBe('acme')
  const audit = (await readFile(join(b.folder, 'data/audit.jsonl'), 'utf8')).trimEnd().split('\n')
  expect(audit.map((line) => (JSON.parse(line) as { what: string }).what)).toEqual(['start', 'rollback'])
})

test('api where tests are required to pass, they are of a document as it is on all machines', async () => {
  const { url } = await postgres.database()
  const testsOf = (last: number) => ({
    cases: [
      {
        name: 'it rings',
        call: { did: number(last) },
        given: { destinations: { 215: 'answered' } },
        expect: { answeredBy: '215' },
      },
    ],
  })
  await push(url, { 'acme.json': one(0), 'acme.test.json': testsOf(0) })
  const [a, b] = [await started(url, { requireTests: true }), await started(url, { requireTests: true })]
  const { etag } = await a.ask('GET', '/plans/documents/acme')
  const failing = await a.ask('PUT', '/plans/documents/acme', one(1), { 'if-match': etag! })
  expect(failing).toMatchObject({
    status: 422,
    body: { error: { code: 'invalid', details: [{ document: 'acme', file: 'acme.test.json' }] } },
  })
  const tests = await b.ask('GET', '/plans/tests/acme')
  const unfitting = await b.ask('PUT', '/plans/tests/acme', testsOf(1), { 'if-match': tests.etag! })
  expect(unfitting).toMatchObject({ status: 422, body: { error: { code: 'invalid' } } })
  const gone = await b.ask('DELETE', '/plans/tests/acme', undefined, { 'if-match': tests.etag! })
  expect(gone).toMatchObject({ status: 200, body: { changed: false } })
  // Published on the other machine just now.
  const put = await a.ask('PUT', '/plans/documents/acme', one(1), { 'if-match': etag! })
  expect(put).toMatchObject({ status: 200, body: { changed: true } })
  expect(await b.ask('PUT', '/plans/tests/acme', testsOf(1), { 'if-none-match': '*' })).toMatchObject({
    status: 201,
    body: { tests: { passed: 1, failed: 0 } },
  })
})
