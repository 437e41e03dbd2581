/** This release and the next one on one database, in both orders: its tables change first, or its controllers come first. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { startControllerProcess } from '../harness/controller-process.ts'
import { makeNextRelease, type NextRelease } from '../harness/next-release.ts'
import { freeTcpPorts } from '../harness/ports.ts'
import { openPostgres, type Database, type Postgres } from '../harness/postgres.ts'
import { createProcessGroup } from '../harness/processes.ts'
import { removeFolder } from '../harness/remove-folder.ts'
import { push } from '../shared-plans/stores.ts'

vi.setConfig({ testTimeout: 120_000 })

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close())
const processes = createProcessGroup()
afterAll(() => processes.end())

const soon = { interval: 100, timeout: 20_000 }
const did = '+31502100000'
const domain = 'acme.example'
const ringing = (destination: string) => ({
  domain,
  plans: { main: { numbers: [did], steps: [{ type: 'bridge', destination }] } },
})

/** A machine whose controller may be of another release after each start. */
async function machine({ url: store }: Database, main?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'belplan-release-'))
  onTestFinished(() => removeFolder(folder))
  const [apiPort, port] = (await freeTcpPorts(2)) as [number, number]
  const controller = await startControllerProcess({
    ...{ folder, run: processes.run, apiPort, documents: {}, ...(main !== undefined && { main }) },
    config: {
      ...{ store, esl: { port }, defaultCountry: 'NL', limits: { calls: 2 } },
      routes: [{ match: '^[2-4]\\d\\d$', dial: 'user/{destination}@{domain}' }],
    },
  })
  onTestFinished(async () => {
    await controller.end('SIGKILL')
  })
  const ask = async (path: string, init?: RequestInit): Promise<unknown> =>
    (await fetch(`${controller.apiUrl}${path}`, init)).json()
  return {
    ...{ name: `${hostname()}:${port}`, controller, ask },
    log: () => readFile(controller.logFile, 'utf8'),
    /** What rings, with the call's ID. */
    async call() {
      const { invites, id } = await placeCall(
        { host: '127.0.0.1', port },
        { did, domain, hangUp: { when: 'ringing' } },
      )
      return { rings: invites.map(({ destination }) => destination.replace(/@.*/, '')), id }
    },
    publish: (destination: string) =>
      ask('/plans/documents/acme', {
        method: 'PUT',
        headers: { 'content-type': 'application/json', 'if-match': '*' },
        body: JSON.stringify(ringing(destination)),
      }),
    isConnected: async () => ((await ask('/readyz')) as { store: { connected: boolean } }).store.connected,
  }
}

type Machine = Awaited<ReturnType<typeof machine>>

const isInTouch = (one: Machine) => vi.waitFor(async () => expect(await one.isConnected()).toBe(true), soon)

const thisRelease = resolve(import.meta.dirname, '../../src/main.ts')

/** What `belplan migrate` of a release prints; rejects where it fails. */
async function migrateWith(main: string, { owner }: Database): Promise<string> {
  const args = ['migrate', '--store', owner, '--controllers', 'belplan']
  return (await promisify(execFile)(process.execPath, [main, ...args])).stdout
}

/** Each publishes what both ring, each lists the other and the calls of both, which are there once, and both count for one limit. */
async function workTogether(
  [first, second]: readonly [Machine, Machine],
  versions: readonly [string, string],
): Promise<void> {
  const both = [first, second] as const
  for (const one of both) await isInTouch(one)
  const calls: string[] = []
  for (const [at, publisher] of both.entries()) {
    const destination = `21${at + 1}`
    expect(await publisher.publish(destination)).toMatchObject({ served: true })
    for (const one of both) {
      await vi.waitFor(async () => {
        const { rings, id } = await one.call()
        expect(rings).toEqual([destination])
        calls.push(id)
      }, soon)
    }
  }
  for (const one of both) {
    await vi.waitFor(async () => {
      const { calls: listed } = (await one.ask('/calls?limit=200')) as { calls: readonly { id: string }[] }
      const times = calls.map((id) => listed.filter((other) => other.id === id).length)
      expect(times).toEqual(calls.map(() => 1))
    }, soon)
    for (const id of calls) expect(await one.ask(`/calls/${id}`)).toMatchObject({ id })
    await vi.waitFor(async () => {
      const { controllers } = (await one.ask('/controllers')) as {
        controllers: readonly { name: string; version: string; state: string }[]
      }
      const known = Object.fromEntries(
        controllers.map(({ name, version, state }) => [name, [version, state]]),
      )
      expect(known).toMatchObject({
        [first.name]: [versions[0], 'lives'],
        [second.name]: [versions[1], 'lives'],
      })
    }, soon)
  }
}

const thisVersion = async () =>
  (JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string })
    .version

const ofTheNext = ({ version }: NextRelease) => version

test('several-machines the tables of the next release come first: controllers of this one work on, and can be started', async () => {
  const [database, next] = [await postgres.database(), await makeNextRelease({ isHarmful: false })]
  await push(database.url, { 'acme.json': ringing('215') })
  const old = await machine(database)
  await isInTouch(old)
  expect(await migrateWith(next.main, database)).toBe(`migrated: ${next.migration}\ngranted to belplan\n`)
  const later = await machine(database, next.main)
  const versions = [await thisVersion(), ofTheNext(next)] as const
  await workTogether([old, later], versions)

  await old.controller.end()
  await old.controller.start()
  expect(await migrateWith(thisRelease, database)).toBe(
    'nothing to migrate: this release works with the tables as they are\ngranted to belplan\n',
  )
  await workTogether([old, later], versions)
})

test('several-machines a controller of the next release comes first: it serves from its disk, and is in touch once its tables are there; and it goes back', async () => {
  const [database, next] = [await postgres.database(), await makeNextRelease({ isHarmful: false })]
  await push(database.url, { 'acme.json': ringing('215') })
  const [one, other] = [await machine(database), await machine(database)]
  for (const each of [one, other]) await isInTouch(each)
  await one.controller.end()
  await one.controller.start(next.main)
  await vi.waitFor(async () => expect(await one.log()).toContain('run `belplan migrate`'), soon)
  const { rings, id } = await one.call()
  expect(rings).toEqual(['215'])
  expect(await one.publish('219')).toMatchObject({ error: { code: 'notReady' } })
  expect(await other.publish('216')).toMatchObject({ served: true })
  expect(await one.call()).toMatchObject({ rings: ['215'] })

  await migrateWith(next.main, database)
  await isInTouch(one)
  await vi.waitFor(async () => expect(await other.ask(`/calls/${id}`)).toMatchObject({ id }), soon)
  await workTogether([one, other], [ofTheNext(next), await thisVersion()])

  await one.controller.end()
  await one.controller.start(thisRelease)
  await workTogether([one, other], [await thisVersion(), await thisVersion()])
})

test('several-machines tables that this release would harm are left alone: it serves from its disk, and says so', async () => {
  const [database, next] = [await postgres.database(), await makeNextRelease({ isHarmful: true })]
  await push(database.url, { 'acme.json': ringing('215') })
  const old = await machine(database)
  await isInTouch(old)
  await migrateWith(next.main, database)
  await vi.waitFor(async () => expect(await old.isConnected()).toBe(false), soon)
  const isLeftAlone = async () => {
    await vi.waitFor(async () => expect(await old.log()).toContain('of a later release'), soon)
    expect(await old.call()).toMatchObject({ rings: ['215'] })
    expect(await old.publish('219')).toMatchObject({ error: { code: 'notReady' } })
  }
  await isLeftAlone()
  await old.controller.end()
  await old.controller.start()
  await isLeftAlone()
  expect(await old.isConnected()).toBe(false)
  await expect(migrateWith(thisRelease, database)).rejects.toThrow(
    /belplan: the database is not migrated: its tables are of a later release/,
  )
})
