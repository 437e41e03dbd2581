/** The processes for events of two machines, as controllers start them, and what becomes of events when one is killed. */
import type { ChildProcess } from 'node:child_process'
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { OwnFromEvents, ToEvents } from '../../src/events/messages.ts'
import type { CallEvent, WebhookSpec } from '../../src/plan/index.ts'
import { startProcess } from '../../src/util/background-process.ts'
import type { FromSupervised } from '../../src/util/supervised-process.ts'
import { createControllers } from '../harness/controller.ts'
import { placeCall } from '../../src/simulator/index.ts'
import { openPostgres, type Postgres } from '../harness/postgres.ts'
import { until } from '../harness/until.ts'
import { limits } from '../webhook/clients.ts'
import { web } from '../webhook/servers.ts'
import { event, stores } from './stores.ts'

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close(), 60_000)
const controllers = createControllers()
afterEach(() => controllers.end())

const PROGRAM = new URL('../../src/events/events-process.ts', import.meta.url)
const NAMES = ['started', 'answered', 'ended'] as const

interface Customer {
  isDown: boolean
  readonly url: string
  readonly took: { readonly id: string; readonly callid: string }[]
}

async function customer(): Promise<Customer> {
  const took: Customer['took'] = []
  const of = { isDown: true }
  const server = await web((_, response) => {
    if (!of.isDown) took.push(JSON.parse(server.requests.at(-1)!.text) as Customer['took'][number])
    response.writeHead(of.isDown ? 500 : 204).end()
  })
  return Object.assign(of, { url: server.url, took })
}

interface Process {
  readonly child: ChildProcess
  keep(...events: readonly CallEvent[]): void
  counts(): Extract<OwnFromEvents, { say: 'counts' }>['counts'] | undefined
}

function start(name: string, url: string, { url: to }: Customer): Process {
  const { folder } = stores()
  const child = startProcess(PROGRAM, 'apart')
  onTestFinished(() => void child.kill('SIGKILL'))
  let counts: ReturnType<Process['counts']>
  child.on('message', (message: FromSupervised | OwnFromEvents) => {
    if (message.say === 'counts') counts = message.counts
    if (message.say !== 'receiver?') return
    const webhook: WebhookSpec = {
      ...{ description: '', urlTemplate: to, reply: 'ignored', method: 'POST', timeoutSeconds: 5 },
      ...{ headers: {}, retries: 0, cacheSeconds: 0, staleIfErrorSeconds: 0 },
    }
    const receiver = { webhook, env: {}, privateNetworks: [] }
    child.send({ say: 'receiver', n: message.n, receiver } satisfies ToEvents)
  })
  child.send({
    ...{ say: 'start', folder, name, again: false, webhooks: limits, version: 'test' },
    shared: { url, controller: `${name}:8084` },
  } satisfies ToEvents)
  mkdirSync(folder, { recursive: true })
  return {
    child,
    counts: () => counts,
    keep(...events) {
      const lines = events.map((one) => `${JSON.stringify({ sinceMs: Date.now(), event: one })}\n`)
      appendFileSync(join(folder, `${name}.1.log`), lines.join(''))
      child.send({ say: 'grown', file: 1 } satisfies ToEvents)
    },
  }
}

test('several-machines: events of a machine that is killed are told by another one, in order, once', async () => {
  const [{ url, superuser }, server] = [await postgres.database(), await customer()]
  const [a, b] = [start('a-1', url, server), start('b-1', url, server)]
  const calls = Array.from({ length: 50 }, (_, index) => `call-${index}`)
  const body = (call: string, name: string) => JSON.stringify({ id: `${call}-${name}`, callid: call })
  for (const call of calls) a.keep(...NAMES.map((name) => event(call, name, { body: body(call, name) })))
  const client = new Client({ connectionString: superuser })
  await client.connect()
  onTestFinished(() => client.end())
  await until('all are copied', async () => {
    const { rows } = await client.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM belplan.events WHERE holder = 'a-1'",
    )
    return rows[0]!.n === 150 || undefined
  })
  a.child.kill('SIGKILL')
  server.isDown = false
  await until('all are told', () => server.took.length >= 150 || undefined, { withinMs: 45_000 })
  for (const call of calls)
    expect(server.took.filter(({ callid }) => callid === call).map(({ id }) => id)).toEqual(
      NAMES.map((name) => `${call}-${name}`),
    )
  const counts = await until('they are counted', () =>
    b.counts()?.delivered === 150 ? b.counts() : undefined,
  )
  expect(counts).toMatchObject({ waiting: 0, uncopied: 0, adopted: 150 })
}, 90_000)

test('several-machines: GET /events lists what waits on another machine, and says where it cannot know', async () => {
  const [{ url }, server] = [await postgres.database(), await customer()]
  const did = '+31502100000'
  const documents = {
    acme: {
      ...{
        domain: 'acme.example',
        webhooks: { crm: { urlTemplate: server.url } },
        events: { started: 'crm' },
      },
      plans: { main: { numbers: [did], steps: [{ type: 'hangup' }] } },
    },
  }
  const config = { store: url, webhooks: { allowPrivateNetworks: ['127.0.0.0/8'] } }
  const [one, other] = [
    await controllers.start({ documents, config }),
    await controllers.start({ documents, config }),
  ]
  const { id } = await placeCall(
    { host: '127.0.0.1', port: one.esl.port },
    { did, domain: 'acme.example', tickMs: 1, speed: 20 },
  )
  const listed = await until('the other lists it', async () => {
    const [, body] = await other.api('/events')
    return (body as { events: unknown[] }).events.length > 0 ? body : undefined
  })
  expect(listed).toMatchObject({
    events: [{ callid: id, event: 'started', state: 'waiting', document: 'acme' }],
  })
  expect(listed).not.toHaveProperty('incomplete')
  const metrics = await (await fetch(`${other.apiUrl}/metrics`)).text()
  expect(metrics).toMatch(/^belplan_events_uncopied \d/m)
  expect(metrics).toMatch(/^belplan_events_adopted_total 0$/m)
  await postgres.kill()
  expect(
    await until('it cannot know', async () => {
      const [, body] = await other.api('/events')
      return (body as { incomplete?: boolean }).incomplete ? body : undefined
    }),
  ).toEqual({ events: [], incomplete: true })
  expect(await one.api('/events')).toMatchObject([200, { events: [{ callid: id }], incomplete: true }])
}, 60_000)
