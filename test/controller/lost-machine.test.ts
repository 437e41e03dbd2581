/**
 * Controllers on three machines, with a real PostgreSQL between them, one of which is lost. Each has data of its own, and all are linked
 * with one FreeSWITCH.
 */
import { mkdir, mkdtemp, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { encodeCheckpoint } from '../../src/call/checkpoint.ts'
import { beginAt } from '../../src/plan/state.ts'
import { connect } from '../../src/postgres/connection.ts'
import { createControllers, type Controller } from '../harness/controller.ts'
import { startControllerProcess, type ControllerProcess } from '../harness/controller-process.ts'
import { openCutLine } from '../harness/cut-line.ts'
import { freeTcpPorts } from '../harness/ports.ts'
import { openPostgres, type Postgres } from '../harness/postgres.ts'
import { createProcessGroup } from '../harness/processes.ts'
import { removeFolder } from '../harness/remove-folder.ts'
import { fakeFreeSwitch, type FakeFreeSwitch } from '../link/fake-freeswitch.ts'
import { id, record } from '../records/records.ts'
import { push } from '../shared-plans/stores.ts'
import { says, web } from '../webhook/servers.ts'

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close())

const controllers = createControllers()
const processes = createProcessGroup()
afterEach(() => controllers.end())
afterAll(() => processes.end())

const PASSWORD = 'a-word-of-its-own'
const did = '+31502100000'
const soon = { interval: 50, timeout: 20_000 }

interface Listed {
  readonly name: string
  readonly state: string
}

/** Two controllers in this process, and one in another that is about to be lost, or whose database is; `port`: where it has that. */
async function machines({ port = postgres.port } = {}) {
  const { url: store, superuser } = await postgres.database()
  const { url, requests } = await web(says('status=ACK'))
  const freeswitch = await fakeFreeSwitch({ password: PASSWORD })
  const acme = {
    domain: 'acme.example',
    webhooks: { mail: { urlTemplate: url } },
    plans: {
      main: { numbers: [did], missed: 'mail', steps: [{ type: 'bridge', destination: '215' }] },
    },
  }
  const config = {
    ...{
      store,
      defaultCountry: 'NL',
      routes: [{ match: '^[2-4]\\d\\d$', dial: 'user/{destination}@{domain}' }],
    },
    freeswitch: { port: freeswitch.port, password: PASSWORD },
    webhooks: { allowPrivateNetworks: ['127.0.0.0/8'] },
  }
  await push(store, { 'acme.json': acme })
  const folder = await mkdtemp(join(tmpdir(), 'belplan-lost-machine-'))
  onTestFinished(() => removeFolder(folder))
  const [apiPort, eslPort] = await freeTcpPorts(2)
  const all = await Promise.all([
    startControllerProcess({
      ...{ folder, run: processes.run, apiPort: apiPort!, documents: { acme } },
      config: {
        ...config,
        esl: { port: eslPort },
        store: store.replace(`:${postgres.port}/`, `:${port}/`),
      },
    }),
    controllers.start({ config }),
    controllers.start({ config }),
  ])
  const [lost, ...others] = all
  onTestFinished(async () => {
    await lost.end('SIGKILL')
  })
  const name = `${hostname()}:${eslPort}`
  for (const other of others) {
    await vi.waitFor(async () => expect(await listedBy(other)).toHaveLength(3), soon)
    await vi.waitFor(async () => {
      expect((await other.api('/readyz'))[1]).toMatchObject({
        freeswitch: [{ connected: true }],
        store: { configured: true, connected: true },
      })
    }, soon)
  }
  return { lost, name, others, freeswitch, requests, superuser, talking: join(folder, 'data', 'talking') }
}

async function listedBy(controller: Controller): Promise<readonly Listed[]> {
  const [, body] = await controller.api('/controllers')
  return (body as { controllers: readonly Listed[] }).controllers
}

/** The last event of a call that its holder was lost with. */
async function end(freeswitch: FakeFreeSwitch, call: string, holder: string, revision: string, talkedMs = 0) {
  const beganMs = Date.now() - 5000
  const state = beginAt(0, 'Jane', 'mail')
  const ckpt = {
    revision,
    profileCreated: `${beganMs}000`,
    operation: 'bridge',
    controllers: [holder],
  } as const
  await freeswitch.event({
    ...{ 'Event-Name': 'CHANNEL_HANGUP_COMPLETE', 'Unique-ID': call, variable_belplan_node: '1' },
    ...{ 'Caller-Caller-ID-Number': '0612345678', 'Caller-Destination-Number': '0502100000' },
    'Caller-Profile-Created-Time': `${beganMs}000`,
    'Caller-Channel-Created-Time': `${beganMs}000`,
    'Caller-Channel-Answered-Time': talkedMs > 0 ? `${beganMs + 1000}000` : '0',
    'Caller-Channel-Hangup-Time': `${Date.now()}000`,
    'Event-Date-Timestamp': `${Date.now()}000`,
    'Hangup-Cause': talkedMs > 0 ? 'NORMAL_CLEARING' : 'ORIGINATOR_CANCEL',
    ...(talkedMs > 0 && { 'Caller-Channel-Bridged-Time': `${Date.now() - talkedMs}000` }),
    variable_sip_hangup_disposition: talkedMs > 0 ? 'send_bye' : 'recv_cancel',
    variable_belplan_ckpt: encodeCheckpoint({ ...ckpt, history: [], state }),
  })
}

const recordsOf = async (all: readonly Controller[]) =>
  (await Promise.all(all.map((one) => one.records().catch(() => [])))).flat()

async function copies(superuser: string): Promise<string[]> {
  const db = connect({ url: superuser, name: 'test' })
  try {
    return (await db.selectFrom('pending').select('id').execute()).map((row) => row.id)
  } finally {
    await db.destroy()
  }
}

/** A record that waits for the end of its conversation on the disk of a machine. */
async function keep(talking: string, call: string, holder: string): Promise<void> {
  await mkdir(talking, { recursive: true })
  const at = new Date(Date.now() - 10_000)
  const file = join(talking, `${call}.json`)
  await writeFile(file, JSON.stringify(record(call, { at: at.toISOString(), controllers: [holder] })))
  // What has just been put there is left to the sweep of the next minute.
  await utimes(file, at, at)
}

async function isBack(lost: ControllerProcess, talking: string): Promise<void> {
  await lost.start()
  await vi.waitFor(async () => expect(await readdir(talking)).toEqual([]), soon)
}

test('several-machines calls of a machine that is lost have one record each, and are missed once, whoever comes back', async () => {
  const { lost, name, others, freeswitch, requests, talking, superuser } = await machines()
  const { revision } = others[0].plans.current()
  // One that talks has a copy of its record in the database.
  await keep(talking, id(9), name)
  await vi.waitFor(async () => expect(await copies(superuser)).toEqual([id(9)]), soon)
  await lost.end('SIGKILL')
  const calls = Array.from({ length: 8 }, (_, n) => id(n + 1))
  for (const call of calls) await end(freeswitch, call, name, revision)
  await end(freeswitch, id(9), name, revision, 3000)
  await vi.waitFor(async () => expect(await recordsOf(others)).toHaveLength(9), soon)
  const records = await recordsOf(others)
  expect(records.map((one) => one.id).sort()).toEqual([...calls, id(9)].sort())
  expect(records.find((one) => one.id === id(9))).toMatchObject({
    ...{ ending: 'talked', cause: 'NORMAL_CLEARING' },
    steps: record(id(9)).steps,
  })
  await vi.waitFor(() => expect(requests).toHaveLength(8), soon)
  for (const other of others)
    expect((await listedBy(other)).find((one) => one.name === name)).toMatchObject({ state: 'ended' })

  await isBack(lost, talking)
  expect(await readdir(join(talking, '..', 'journal'))).toEqual([])
  expect(requests).toHaveLength(8)
  expect(await recordsOf(others)).toHaveLength(9)
}, 150_000)

test('several-machines a machine that stands still is lost, and its calls are those of others after some time', async () => {
  const { lost, name, others, freeswitch } = await machines()
  const { revision } = others[0].plans.current()
  lost.signal('SIGSTOP')
  onTestFinished(() => lost.signal('SIGCONT'))
  await end(freeswitch, id(1), name, revision)
  for (const other of others)
    await vi.waitFor(
      async () =>
        expect((await listedBy(other)).find((one) => one.name === name)).toMatchObject({ state: 'lost' }),
      soon,
    )
  expect(await recordsOf(others)).toEqual([])
  await vi.waitFor(async () => expect(await recordsOf(others)).toHaveLength(1), { ...soon, timeout: 30_000 })
}, 90_000)

test('several-machines a call of a machine that is there is left to it, also while the database is away', async () => {
  const { name, others, freeswitch, requests } = await machines()
  const { revision } = others[0].plans.current()
  await postgres.stop()
  onTestFinished(() => postgres.start())
  for (const other of others)
    await vi.waitFor(async () => {
      expect(await other.api('/readyz')).toMatchObject([200, { store: { connected: false } }])
    }, soon)
  await end(freeswitch, id(1), name, revision)
  await vi.waitFor(() => expect(requests).toHaveLength(1), soon)
  await new Promise((done) => setTimeout(done, 3000))
  expect(await recordsOf(others)).toEqual([])
  expect(requests).toHaveLength(1)
}, 60_000)

test('several-machines a controller that has lost the database alone writes its own records, and no other machine does', async () => {
  const line = await openCutLine(postgres.port)
  onTestFinished(() => line.close())
  const { name, others, freeswitch, talking } = await machines({ port: Number(new URL(line.url).port) })
  const { revision } = others[0].plans.current()
  line.cut()
  // A call that ends each second, for longer than a machine is waited for.
  const calls = Array.from({ length: 24 }, (_, n) => id(n + 1))
  for (const call of calls) {
    await keep(talking, call, name)
    await end(freeswitch, call, name, revision, 3000)
    await new Promise((done) => setTimeout(done, 1000))
  }
  expect(await listedBy(others[0])).toContainEqual(expect.objectContaining({ name, state: 'lost' }))
  line.mend()
  const isBack = expect.objectContaining({ name, state: 'lives' }) as unknown
  for (const other of others)
    await vi.waitFor(async () => expect(await listedBy(other)).toContainEqual(isBack), soon)
  await new Promise((done) => setTimeout(done, 3000))
  const [day] = await readdir(join(talking, '..', 'journal'))
  const written = (await readFile(join(talking, '..', 'journal', day!), 'utf8')).trimEnd().split('\n')
  expect(written.map((text) => (JSON.parse(text) as { id: string }).id).sort()).toEqual(calls)
  expect(await recordsOf(others)).toEqual([])
}, 90_000)
