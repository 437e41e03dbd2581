/** Events of whole controllers: what a receiver gets, and what is left for another controller. */
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterEach, expect, test } from 'vitest'
import { placeCall } from '../../src/simulator/index.ts'
import { fakeFreeSwitch } from '../link/fake-freeswitch.ts'
import { createControllers, type Controller } from '../harness/controller.ts'
import { until } from '../harness/until.ts'
import { says, web, type Web } from '../webhook/servers.ts'

const controllers = createControllers()
afterEach(() => controllers.end())

const did = '+31502100000'
const fast = { did, domain: 'acme.example', name: 'Jane Doe', tickMs: 1, speed: 20 } as const
const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/event.schema.json'), 'utf8'),
) as object
const isValid = new Ajv({ strict: false, validateFormats: false }).compile(schema)
const config = { webhooks: { allowPrivateNetworks: ['127.0.0.0/8'], env: { acme: ['ACME_KEY'] } } }
const env = { ACME_KEY: 'the key of acme' }
const ALL = { started: 'crm', ringing: 'crm', answered: 'crm', missed: 'crm', ended: 'crm' }

const documentWith = (url: string, steps: readonly object[], more: object = {}) => ({
  webhooks: {
    crm: { urlTemplate: `${url}/{did}?from={callerid}&code={code}`, signingSecret: 'env:ACME_KEY', headers: { 'x-key': 'env:ACME_KEY' } },
    pin: { urlTemplate: `${url}/pin` },
    ...('webhooks' in more ? (more.webhooks as object) : {}),
  },
  events: ALL,
  plans: { main: { numbers: [did], steps } },
}) // prettier-ignore

type Told = Record<string, unknown> & { event: string; callid: string; id: string }

function told({ requests }: Web): Told[] {
  return requests
    .filter(({ headers }) => headers['content-type'] === 'application/json')
    .map(({ text }) => JSON.parse(text) as Told)
}

async function toldOf(server: Web, count: number): Promise<Told[]> {
  return until(`${count} events`, () => (told(server).length >= count ? told(server) : undefined), {
    withinMs: 20_000,
  })
}

const target = ({ esl }: Controller) => ({ host: '127.0.0.1', port: esl.port })
const rings = (more: object = {}) => ({
  type: 'bridge',
  destination: ['215', '216'],
  ringSeconds: 5,
  ...more,
})

test('events: a missed call, from its begin to its end, signed, by POST, as the schema says', async () => {
  const server = await web(says(''))
  const controller = await controllers.start({ documents: { acme: documentWith(server.url, [rings()]) }, config, env })
  const { id } = await placeCall(target(controller), { ...fast, answers: { '215': { outcome: 'busy' }, '216': { outcome: 'busy' } } })
  const events = await toldOf(server, 4)
  expect(events.map(({ event }) => event)).toEqual(['started', 'ringing', 'missed', 'ended'])
  for (const event of events) {
    expect(isValid(event), JSON.stringify(isValid.errors)).toBe(true)
    expect(event).toMatchObject({
      ...{ version: 1, callid: id, did, callerid: '+31612345678', callername: 'Jane Doe' },
      ...{ document: 'acme', plan: 'main' },
    })
  }
  expect(events[1]).toMatchObject({ destinations: ['215', '216'], ringSeconds: 5 })
  expect(events[3]).toMatchObject({
    rang: [{ step: 'main/0', destinations: ['215', '216'], outcome: 'busy', cause: 'USER_BUSY' }],
    ...{ pickedUp: false, outcome: 'endOfList', cause: 'USER_BUSY' },
  })
  expect(events[3]!['waitMs']).toBeGreaterThanOrEqual(0)
  for (const [i, { method, url, headers }] of server.requests.entries()) {
    expect([method, url]).toEqual(['POST', `/${encodeURIComponent(did)}?from=%2B31612345678&code=`])
    expect(headers).toMatchObject({ 'idempotency-key': events[i]!.id, 'webhook-id': events[i]!.id, 'x-key': env.ACME_KEY })
    expect(headers['webhook-signature']).toMatch(/^v1,/)
  }
  const [record] = await controller.records()
  expect(record).not.toHaveProperty('watch')
}) // prettier-ignore

test('events: a conversation, whose end the inbound link reports', async () => {
  const server = await web(says(''))
  const freeswitch = await fakeFreeSwitch({ password: 'a-word-of-its-own' })
  const controller = await controllers.start({
    ...{ documents: { acme: documentWith(server.url, [rings()]) }, env },
    config: { ...config, freeswitch: { host: '127.0.0.1', port: freeswitch.port, password: 'a-word-of-its-own' } },
  })
  const result = await placeCall(target(controller), { ...fast, answers: { '215': { outcome: 'answered' } } })
  expect((await toldOf(server, 3)).map(({ event }) => event)).toEqual(['started', 'ringing', 'answered'])
  await until('the record waits', async () =>
    (await readdir(join(controller.folder, 'data/talking'))).length > 0 || undefined,
  )
  const now = Date.now() * 1000
  await freeswitch.event({
    ...{ 'Event-Name': 'CHANNEL_HANGUP_COMPLETE', 'Unique-ID': result.id, 'Hangup-Cause': 'NORMAL_CLEARING' },
    ...{ 'Caller-Channel-Bridged-Time': String(now - 7_000_000), 'Caller-Channel-Hangup-Time': String(now) },
    variable_belplan_node: '1',
  })
  const events = await toldOf(server, 4)
  expect(events[3]).toMatchObject({ event: 'ended', outcome: 'talked', talkMs: 7000, cause: 'NORMAL_CLEARING' })
  expect(events[3]!['waitMs']).toBe(events[2]!['waitMs'])
  expect(events.every((event) => isValid(event))).toBe(true)
  await freeswitch.close()
}) // prettier-ignore

test('events: a code that a server returns is in none', async () => {
  const server = await web((request, response) => {
    response.end(request.url!.startsWith('/pin') ? 'status=ACK&destination=4711' : '')
  })
  const steps = [
    { type: 'ivr', startMessage: 'code', success: [
      { type: 'webhook', webhook: 'pin', success: [{ type: 'bridge', from: 'webhook', ringSeconds: 1 }] },
    ] },
  ]
  const document = { ...documentWith(server.url, steps), audio: { code: 'code.wav' } }
  const controller = await controllers.start({
    ...{ documents: { acme: document }, env },
    config: { ...config, routes: [{ match: '^\\d{3,4}$', dial: 'user/{destination}@{domain}' }] },
  })
  await placeCall(target(controller), { ...fast, digits: ['4711#'] })
  const events = await toldOf(server, 4)
  expect(events[1]).toMatchObject({ event: 'ringing', destinations: ['•••'] })
  expect(JSON.stringify(events)).not.toContain('4711')
}) // prettier-ignore

test('events: none of a call without a plan, and without `events` there is neither process nor folder', async () => {
  const server = await web(says(''))
  const { events: _, ...plain } = documentWith(server.url, [{ type: 'hangup' }])
  const controller = await controllers.start({ documents: { acme: plain }, config, env })
  await placeCall(target(controller), fast)
  await placeCall(target(controller), { ...fast, did: '+31502109999' })
  expect(await controller.api('/events')).toEqual([200, { events: [] }])
  expect(await readdir(join(controller.folder, 'data'))).not.toContain('events')
})

test('events: what a dead receiver did not take is listed, and told by the next controller, in order', async () => {
  let dead = true
  const server = await web((_, response) => response.writeHead(dead ? 503 : 204).end())
  const first = await controllers.start({
    documents: { acme: documentWith(server.url, [{ type: 'hangup' }]) },
    ...{ config, env },
  })
  const { id } = await placeCall(target(first), fast)
  const listed = await until('it was tried', async () => {
    const [, answer] = await first.api('/events?state=waiting')
    const { events } = answer as { events: { tries: number; error?: string }[] }
    return events.length === 3 && events.some(({ tries }) => tries > 0) ? events : undefined
  })
  expect(listed.find(({ tries }) => tries > 0)).toMatchObject({
    ...{
      state: 'waiting',
      event: 'started',
      callid: id,
      document: 'acme',
      webhook: 'crm',
      error: 'HTTP 503',
    },
  })
  await first.stop()
  dead = false
  const before = server.requests.length
  await controllers.start({ folder: first.folder, config, env })
  await toldOf(server, before + 3)
  expect(
    told(server)
      .slice(before)
      .map(({ event }) => event),
  ).toEqual(['started', 'missed', 'ended'])
  expect(new Set(told(server).map(({ id }) => id)).size).toBe(3)
})
