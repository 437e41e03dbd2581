import { createServer } from 'node:net'
import { pino } from 'pino'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { fakeFreeSwitch } from '../link/fake-freeswitch.ts'
import { createControllers, oneBridge } from '../harness/controller.ts'

const controllers = createControllers()
afterEach(() => controllers.end())

const did = '0502100000'
const acme = { acme: oneBridge('+31502100000') }
const answered = { '215': { outcome: 'answered', talkMs: 30 } } as const
const soon = { interval: 5, timeout: 5000 }

describe('operations', () => {
  test('a call has exactly one record, in the journal and from the API', async () => {
    const { esl, api, records } = await controllers.start({ documents: acme })
    const result = await placeCall(esl, { did, caller: '0612345678', answers: answered })
    expect(result.ended).toBe('talked')
    await vi.waitFor(async () => expect(await records()).toHaveLength(1), soon)
    const [record] = await records()
    expect(record).toMatchObject({
      did: '+31502100000',
      caller: '+31612345678',
      document: 'acme',
      plan: 'main',
      answered: true,
      ending: 'talked',
      steps: [{ step: 'main/0', type: 'bridge', outcome: 'answered', destinations: ['215'] }],
    })
    expect(record).not.toHaveProperty('talkMs')
    expect(await api(`/calls/${record!.id}`)).toEqual([200, { state: 'ended', ...record }])
  })

  test('§1 no plan found: rejected with the configured cause, and the journal says which forms were tried', async () => {
    const { esl, api, records } = await controllers.start({
      documents: acme,
      config: {
        noPlanCause: 'USER_BUSY',
      },
    })
    expect(await placeCall(esl, { did: '0502109999' })).toMatchObject({
      ended: 'hangup',
      cause: 'USER_BUSY',
      sip: 486,
    })
    await vi.waitFor(async () => expect(await records()).toHaveLength(1), soon)
    expect((await records())[0]).toMatchObject({ ending: 'noPlan', forms: ['0502109999', '+31502109999'] })
    await vi.waitFor(async () => expect((await api('/calls?state=live'))[1]).toEqual({ calls: [] }), soon)
  })

  test('with the inbound link the record waits for the end of the conversation', async () => {
    const freeswitch = await fakeFreeSwitch({ password: 'a-word-of-its-own' })
    const { esl, api, records } = await controllers.start({
      documents: acme,
      config: {
        freeswitch: { port: freeswitch.port, password: 'a-word-of-its-own' },
      },
    })
    await vi.waitFor(async () => {
      const [, body] = await api('/readyz')
      expect(body).toMatchObject({ freeswitch: [{ connected: true }] })
    }, soon)
    const id = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
    await placeCall(esl, { id, did, answers: answered })
    // §3: until then the call is live, though nobody holds it.
    await vi.waitFor(
      async () =>
        expect(await api(`/calls/${id}`)).toMatchObject([
          200,
          { state: 'live', id, did: '+31502100000', steps: [{ step: 'main/0', outcome: 'answered' }] },
        ]),
      soon,
    )
    await freeswitch.event({
      'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
      'Unique-ID': id,
      'Hangup-Cause': 'NORMAL_CLEARING',
      'Caller-Channel-Bridged-Time': '1000000',
      'Caller-Channel-Hangup-Time': '3500000',
      variable_belplan_node: '1',
    })
    await vi.waitFor(async () => expect(await records()).toHaveLength(1), soon)
    expect((await records())[0]).toMatchObject({
      id,
      ending: 'talked',
      talkMs: 2500,
      cause: 'NORMAL_CLEARING',
    })
    expect(await api(`/calls/${id}`)).toMatchObject([200, { state: 'ended', talkMs: 2500 }])
    await controllers.end()
    await freeswitch.close()
  })
})

describe('api', () => {
  test('/readyz names every part; the link alone never makes it 503', async () => {
    const { api, esl } = await controllers.start({
      documents: acme,
      config: {
        freeswitch: { port: 1, password: 'x' },
      },
    })
    const [status, body] = await api('/readyz')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ready: true,
      draining: false,
      plans: { state: 'current', revision: expect.stringMatching(/^[0-9a-f]{12}$/) as string },
      esl: { listening: true, port: esl.port, overloaded: false },
      calls: { held: 0, max: 5000 },
      freeswitch: [{ name: '127.0.0.1:1', connected: false }],
    })
  })

  test('/plans/reload swaps the set; a bad one is 422 and the old one goes on serving', async () => {
    const { api, put } = await controllers.start({ documents: acme })
    await put('acme', oneBridge('+31502100001'))
    const [, before] = (await api('/plans')) as [number, { revision: string }]
    const [status, result] = await api('/plans/reload', { method: 'POST' })
    expect([status, result]).toMatchObject([
      200,
      { previous: before.revision, changed: true, documents: 1, numbers: 1 },
    ])
    expect((await api('/plans/explain?did=+31502100001'))[1]).toMatchObject({
      match: { document: 'acme', plan: 'main' },
    })

    await put('acme', '{ "plans": { "main": { "numbers": [], "stepz": [] } } }')
    const [refused, error] = await api('/plans/reload', { method: 'POST' })
    expect([refused, error]).toMatchObject([
      422,
      { error: { code: 'invalid', details: [{ line: 1, document: 'acme' }, {}] } },
    ])
    expect((await api('/plans'))[1]).toMatchObject({
      revision: (result as { revision: string }).revision,
      state: 'stale',
    })
    expect((await api('/readyz'))[0]).toBe(200)
  })

  test('/calls and /calls/{id} show a call while it is held', { timeout: 120_000 }, async () => {
    const controller = await controllers.start({ documents: acme })
    const { esl, api, plans } = controller
    const hangUp = new AbortController()
    const id = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
    const ringing = Promise.withResolvers<undefined>()
    const call = placeCall(esl, {
      id,
      did,
      signal: hangUp.signal,
      observe: ({ type }) => type === 'invite' && ringing.resolve(undefined),
    })
    await ringing.promise
    const held = {
      id,
      did: '+31502100000',
      caller: '+31612345678',
      name: '',
      document: 'acme',
      plan: 'main',
      revision: plans.current().revision,
      ...{ step: 'main/0', stepType: 'bridge' },
      state: 'live',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    }
    expect(await api('/calls?state=live')).toEqual([200, { calls: [held] }])
    expect(await api(`/calls/${id}`)).toEqual([200, { ...held, steps: [] }])
    hangUp.abort()
    await call
    await vi.waitFor(async () => expect((await api('/calls?state=live'))[1]).toEqual({ calls: [] }), soon)
    expect(await api('/calls')).toMatchObject([
      200,
      { calls: [{ id, state: 'ended', ending: 'callerHungUp' }] },
    ])
    expect(await api(`/calls/${id}`)).toMatchObject([200, { state: 'ended', ending: 'callerHungUp' }])
  })

  test('§2 a call keeps the revision it began with, whatever is reloaded meanwhile', async () => {
    const steps = (...numbers: string[]) => ({
      domain: 'acme.example',
      plans: {
        main: {
          numbers: ['+31502100000'],
          steps: numbers.map((destination) => ({ type: 'bridge', destination, ringSeconds: 1 })),
        },
      },
    })
    const { esl, api, put, records } = await controllers.start({
      documents: { acme: steps('215', '216') },
    })
    const [, before] = (await api('/plans')) as [number, { revision: string }]
    const ringing = Promise.withResolvers<undefined>()
    const call = placeCall(esl, {
      did,
      answers: { '216': { outcome: 'answered', talkMs: 20 } },
      observe: ({ type }) => type === 'invite' && ringing.resolve(undefined),
    })
    await ringing.promise
    await put('acme', steps('217'))
    expect((await api('/plans/reload', { method: 'POST' }))[1]).toMatchObject({ changed: true })
    expect((await call).invites.map(({ destination }) => destination)).toEqual([
      '215@acme.example',
      '216@acme.example',
    ])
    const next = await placeCall(esl, { did, answers: { '217': { outcome: 'busy' } } })
    expect(next.invites.map(({ destination }) => destination)).toEqual(['217@acme.example'])
    await vi.waitFor(async () => expect(await records()).toHaveLength(2), soon)
    expect((await records())[0]).toMatchObject({ ending: 'talked', revision: before.revision })
  })

  test('configuration a transfer goes to the first of transferContexts that has the extension, unless it names another', async () => {
    const plan = (number: string, more: object) => ({
      plans: { main: { numbers: [number], steps: [{ type: 'transfer', destination: '8000', ...more }] } },
    })
    const { esl } = await controllers.start({
      documents: { a: plan('1', {}), b: plan('2', { context: 'hall' }) },
      config: {
        transferContexts: [
          { context: 'attic', extensions: '9.*' },
          { context: 'office', extensions: '8\\d{3}' },
          { context: 'hall', extensions: '8000' },
        ],
      },
    })
    expect((await placeCall(esl, { did: '1' })).transferredTo?.context).toBe('office')
    expect((await placeCall(esl, { did: '2' })).transferredTo?.context).toBe('hall')
  })

  test('/plans/validate checks a document without changing anything', async () => {
    const { api } = await controllers.start({ documents: acme })
    const headers = { 'content-type': 'application/json' }
    const check = (body: string) => api('/plans/validate', { method: 'POST', headers, body })
    expect(await check(JSON.stringify(oneBridge('+31502100000')))).toEqual([
      200,
      { errors: [], warnings: [] },
    ])
    const [status, found] = await check('{ "plans": { "main": { "steps": [] } },\n  "__proto__": {} }')
    expect([status, found]).toMatchObject([200, { errors: [{ line: 2, pointer: '/__proto__' }] }])
  })
})

describe('operations start', () => {
  test.each(['esl', 'api'])('a port in use is an error that names it: %s', async (part) => {
    const blocker = createServer()
    await new Promise<void>((done) => blocker.listen(0, '127.0.0.1', done))
    const { port } = blocker.address() as { port: number }
    const folder = await controllers.folder(acme)
    await expect(controllers.start({ folder, config: { [part]: { port } } })).rejects.toMatchObject({
      code: 'listen',
      message: expect.stringContaining(String(port)) as string,
    })
    await new Promise((done) => blocker.close(done))
    // Nothing is left open: the same controller starts now.
    await controllers.start({ folder, config: { [part]: { port } } })
  })

  test('the first start with a set that does not validate is an error', async () => {
    await expect(controllers.start({ documents: { acme: { plans: {} } } })).rejects.toMatchObject({
      code: 'plans',
    })
  })

  test('a later start with one serves the revision served last, and says so', async () => {
    const first = await controllers.start({ documents: acme })
    const { revision } = first.plans.current()
    await first.stop()
    await first.put('acme', '{')
    const second = await controllers.start({ folder: first.folder })
    expect((await second.api('/readyz'))[1]).toMatchObject({
      ready: true,
      plans: { state: 'stale', revision },
    })
    expect((await placeCall(second.esl, { did, answers: answered })).ended).toBe('talked')
  })
})

describe('operations stop', () => {
  test('stops listening at once and ends within 2 s', async () => {
    const { stop, plans, esl } = await controllers.start({ documents: acme })
    const call = placeCall(esl, { did, answers: {} })
    await vi.waitFor(() => expect(plans.current().revision).toBeTruthy(), soon)
    const began = performance.now()
    await stop()
    expect(performance.now() - began).toBeLessThan(2000)
    expect((await call).violations).toEqual([])
  })

  test('/readyz is 503 while it drains', async () => {
    // A missed call's server that never answers holds the end up.
    const asked = Promise.withResolvers<undefined>()
    const silent = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => asked.resolve(undefined))
    })
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
    const { port } = silent.address() as { port: number }
    const documents = {
      acme: {
        webhooks: { mail: { urlTemplate: `http://127.0.0.1:${port}/` } },
        plans: { main: { numbers: ['1'], missed: 'mail', steps: [] } },
      },
    }
    const config = { webhooks: { allowPrivateNetworks: ['127.0.0.0/8'] } }
    const { stop, api, esl } = await controllers.start({ documents, config })
    await placeCall(esl, { did: '1' })
    await asked.promise
    const stopped = stop()
    expect(await api('/readyz')).toMatchObject([
      503,
      { ready: false, draining: true, esl: { listening: false } },
    ])
    await stopped
    silent.close()
  })

  test('another controller goes on with the calls held', async () => {
    const documents = {
      acme: {
        plans: {
          main: {
            numbers: ['+31502100000'],
            steps: [
              { type: 'bridge', destination: '215', ringSeconds: 2 },
              { type: 'bridge', destination: '216' },
            ],
          },
        },
        domain: 'acme.example',
      },
    }
    const one = await controllers.start({ documents })
    const two = await controllers.start({ folder: one.folder })
    const ringing = Promise.withResolvers<undefined>()
    const call = placeCall([one.esl, two.esl], {
      did,
      answers: { '216': { outcome: 'answered', talkMs: 20 } },
      observe: ({ type }) => type === 'invite' && ringing.resolve(undefined),
    })
    await ringing.promise
    await one.stop()
    const { ended, invites, violations } = await call
    expect({ ended, violations }).toEqual({ ended: 'talked', violations: [] })
    expect(invites.map(({ destination }) => destination)).toEqual(['215@acme.example', '216@acme.example'])
    await vi.waitFor(async () => expect(await two.records()).toHaveLength(1), soon)
  })
})

describe('overload', () => {
  test('past maxCalls the controller stops listening, and listens again', async () => {
    const lines: string[] = []
    const log = pino(
      {},
      { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
    )
    const controller = await controllers.start({ documents: acme, config: { esl: { maxCalls: 2 } }, log })
    const { esl, api } = controller
    const hangUp = new AbortController()
    const calls = [1, 2].map(() => placeCall(esl, { did, answers: {}, signal: hangUp.signal }))
    await vi.waitFor(async () => {
      const [status, body] = await api('/readyz')
      expect([status, body]).toMatchObject([503, { esl: { listening: false, overloaded: true } }])
    }, soon)
    hangUp.abort()
    await Promise.all(calls)
    await vi.waitFor(async () => expect((await api('/readyz'))[0]).toBe(200), soon)
    expect(lines).toContain('overloaded: not listening for calls')
    expect(lines).toContain('listening for calls again')
    expect((await placeCall(esl, { did, answers: answered })).ended).toBe('talked')
  })
})
