/** Whole controllers on several machines, which share a real PostgreSQL and nothing else. */
import { hostname } from 'node:os'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { createControllers, type Controller } from '../harness/controller.ts'
import { openPostgres, type Database, type Postgres } from '../harness/postgres.ts'
import { push } from '../shared-plans/stores.ts'

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close())

const controllers = createControllers()
afterEach(() => controllers.end())

const did = '+31502100000'
const soon = { interval: 50, timeout: 20_000 }

const acme = {
  domain: 'acme.example',
  plans: {
    main: {
      numbers: [did],
      steps: [
        { type: 'bridge', destination: ['215', '216', '217'], strategy: 'roundRobin', ringSeconds: 60 },
      ],
    },
  },
}

const nameOf = ({ esl }: Controller) => `${hostname()}:${esl.port}`

interface Listed {
  readonly name: string
  readonly state: string
  readonly revision: string
}

async function listedBy(controller: Controller): Promise<readonly Listed[]> {
  const [, body] = await controller.api('/controllers')
  return (body as { controllers: readonly Listed[] }).controllers
}

const statesBy = async (controller: Controller) =>
  Object.fromEntries((await listedBy(controller)).map(({ name, state }) => [name, state]))

/** Each with data of its own; they know of each other. */
async function start(count: number, { url: store }: Database, config = {}): Promise<Controller[]> {
  const all = await Promise.all(
    Array.from({ length: count }, () =>
      controllers.start({ documents: { acme }, config: { store, ...config } }),
    ),
  )
  const lives = Object.fromEntries(all.map((one) => [nameOf(one), 'lives']))
  for (const one of all) await vi.waitFor(async () => expect(await statesBy(one)).toEqual(lives), soon)
  return all
}

/** A call that rings until it is over; resolves when it rings, with what it rings, or is refused. */
async function begin(controller: Controller) {
  const { promise: rings, resolve } = Promise.withResolvers<string | undefined>()
  const call = placeCall(controller.esl, {
    ...{ did, domain: 'acme.example', answers: {}, speed: 1, hangUp: { when: { afterMs: 30_000 } } },
    observe: (seen) => seen.type === 'invite' && resolve(seen.invite.destination.replace(/@.*/, '')),
  })
  void call.then(() => resolve(undefined))
  return { rings: await rings, call }
}

const second = () => new Promise((done) => setTimeout(done, 1000))

test('several-machines calls past a limit of all controllers are refused by each, and lists in turn go on', async () => {
  const all = await start(3, await postgres.database(), { limits: { calls: 3 } })
  const rung: (string | undefined)[] = []
  for (const controller of all) {
    rung.push((await begin(controller)).rings)
    await second()
  }
  expect(rung).toEqual(['215', '216', '217'])
  for (const controller of all) {
    const { call } = await begin(controller)
    expect(await call).toMatchObject({ cause: 'USER_BUSY', invites: [] })
  }
  expect((await all[0]!.records()).map(({ notes }) => notes)).toEqual([
    ['document acme: more than 3 calls at one time'],
  ])
}, 60_000)

test('several-machines who runs, and what each serves, is known to all; who stops has ended', async () => {
  const database = await postgres.database()
  const [a, b] = (await start(2, database)) as [Controller, Controller]
  const metrics = await (await fetch(`${a.apiUrl}/metrics`)).text()
  expect(metrics).toMatch(/^belplan_store_connected 1$/m)
  expect(metrics).toMatch(/^belplan_controllers 2$/m)
  expect(Number(/^belplan_store_silent_seconds (.*)$/m.exec(metrics)?.[1])).toBeLessThan(5)
  const other = { ...acme, plans: { main: { ...acme.plans.main, numbers: ['+31502100001'] } } }
  const { revision } = await push(database.url, { 'acme.json': acme, 'other.json': other })
  const ofB = async () => (await listedBy(a)).find(({ name }) => name === nameOf(b))
  await vi.waitFor(async () => expect(await ofB()).toMatchObject({ revision }), soon)
  await b.stop()
  await vi.waitFor(async () => expect(await ofB()).toMatchObject({ state: 'ended', ready: false }), soon)
  await postgres.stop()
  const isAway = async () => {
    const [status, body] = await a.api('/readyz')
    expect([status, body]).toMatchObject([
      200,
      { ready: true, store: { configured: true, connected: false } },
    ])
    expect(await statesBy(a)).toEqual({ [nameOf(a)]: 'lives', [nameOf(b)]: 'ended' })
  }
  await vi.waitFor(isAway, soon)
  await postgres.start()
  await vi.waitFor(async () => {
    expect((await a.api('/readyz'))[1]).toMatchObject({ store: { connected: true } })
  }, soon)
}, 60_000)

test('api without a database the list of controllers is the one that answers', async () => {
  const one = await controllers.start({ documents: { acme } })
  const [, body] = await one.api('/controllers')
  expect(body).toMatchObject({
    shared: false,
    controllers: [
      {
        name: nameOf(one),
        version: '1.2.3',
        revision: one.plans.current().revision,
        ready: true,
        state: 'lives',
      },
    ],
  })
  expect((await one.api('/readyz'))[1]).toMatchObject({ store: { configured: false } })
})
