/** `/stream` of a whole controller: what its readers learn of calls, and when they learn it no more. */
import { afterEach, describe, expect, test } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallScript } from '../../src/simulator/script.ts'
import { type Controller, createControllers, oneBridge, type StartOptions } from '../harness/controller.ts'
import { readStream, type StreamEvent, type StreamReader } from '../harness/read-stream.ts'
import { until } from '../harness/until.ts'
import { web } from '../webhook/servers.ts'

const controllers = createControllers()
const readers: StreamReader[] = []
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close()
  await controllers.end()
})

const did = '+31502100000'
const fast = { did, domain: 'acme.example', tickMs: 1, speed: 50, audioMs: 500 } satisfies CallScript
async function read(
  { apiUrl }: Pick<Controller, 'apiUrl'>,
  query = '',
  headers: Record<string, string> = {},
): Promise<StreamReader> {
  const reader = await readStream(`${apiUrl}/stream${query}`, headers)
  readers.push(reader)
  if (reader.response.ok) await reader.next('the first counts', ({ event }) => event === 'counts')
  return reader
}

const start = (options: StartOptions = {}) =>
  controllers.start({ documents: { acme: oneBridge(did) }, ...options })
const ended = (id: string) => (event: StreamEvent) => event.event === 'ended' && event.data['id'] === id
/** Without `counts`, and without times. */
const said = (reader: StreamReader) =>
  reader.of('call', 'step', 'left', 'ended').map(({ event, data }) => [event, data['phase'] ?? data['state']])

describe('api /stream', () => {
  test('a call from its beginning to its end, step by step, in order', async () => {
    const controller = await start()
    const reader = await read(controller)
    const { id } = await placeCall(controller.esl, fast)
    const last = await reader.next('the end', ended(id))
    expect(said(reader)).toEqual([
      ['call', 'live'],
      ['step', 'begun'],
      ['step', 'ended'],
      ['ended', 'ended'],
    ])
    const [call, begun, step] = reader.of('call', 'step')
    const line = {
      id,
      at: expect.any(String) as string,
      did,
      caller: '+31612345678',
      document: 'acme',
      plan: 'main',
    }
    const { revision } = controller.plans.current()
    expect(call!.data).toEqual({
      ...line,
      state: 'live',
      name: expect.any(String) as string,
      revision,
      ...{ step: 'main/0', stepType: 'bridge' },
    })
    expect(begun!.data).toEqual({ id, phase: 'begun', step: 'main/0', type: 'bridge', plan: 'main' })
    const [record] = await controller.records()
    expect(step!.data).toEqual({ id, phase: 'ended', ...record!.steps[0] })
    const { ending, cause, ringMs, answered } = record!
    expect(last.data).toMatchObject({ ...line, state: 'ended', ending, cause, ringMs, answered })
    const numbers = reader.of('call', 'step', 'ended').map((event) => Number(event.id.split('-')[1]))
    expect(numbers).toEqual([1, 2, 3, 4])
  })

  test('counts: calls that are held, that came in within a minute, and how those of an hour ended', async () => {
    const controller = await start()
    const reader = await read(controller)
    expect(reader.of('counts')[0]!.data).toEqual({ held: 0, perMinute: 0, endedLastHour: {} })
    await placeCall(controller.esl, { ...fast, answers: { '215': { outcome: 'busy' } } })
    const last = await reader.next(
      'the counts of one call',
      ({ event, data }) => event === 'counts' && JSON.stringify(data).includes('endOfList'),
    )
    expect(last.data).toEqual({ held: 0, perMinute: 1, endedLastHour: { endOfList: 1 } })
  })

  test('two parties talk: the call is left, and its end is told where nobody sees when they stop', async () => {
    const controller = await start()
    const reader = await read(controller)
    const { id } = await placeCall(controller.esl, { ...fast, answers: { '215': { outcome: 'answered' } } })
    await reader.next('the end', ended(id))
    const [left, over] = reader.of('left', 'ended')
    expect([left!.event, over!.event]).toEqual(['left', 'ended'])
    expect(left!.data).toMatchObject({ id, state: 'live', step: 'main/0', answered: true, ending: 'talked' })
    expect(over!.data).toMatchObject({ id, state: 'ended', answered: true, ending: 'talked' })
  })

  test('a call without a plan', async () => {
    const controller = await start()
    const reader = await read(controller)
    const { id } = await placeCall(controller.esl, { ...fast, did: '+31502100009' })
    await reader.next('the end', ended(id))
    const [call, over] = reader.of('call', 'ended')
    expect(call!.data).toMatchObject({ id, did: '+31502100009' })
    expect(call!.data).not.toHaveProperty('document')
    expect(over!.data).toMatchObject({ id, ending: 'noPlan' })
  })

  test('a call that waits in a queue is left, and is back behind it', async () => {
    const queue = { type: 'queue', queue: 'sales' }
    const steps = [queue, { type: 'hangup' }]
    const controller = await start({
      documents: { acme: { plans: { main: { numbers: [did], steps } } } },
      config: { queues: [{ queues: 'sales' }] },
    })
    const reader = await read(controller)
    const { id } = await placeCall(controller.esl, { ...fast, queues: { sales: { outcome: 'timeout' } } })
    await reader.next('the end', ended(id))
    expect(said(reader)).toEqual([
      ['call', 'live'],
      ['step', 'begun'],
      ['step', 'ended'],
      ['left', 'live'],
      ['call', 'live'],
      ['step', 'begun'],
      ['step', 'ended'],
      ['step', 'begun'],
      ['step', 'ended'],
      ['ended', 'ended'],
    ])
    const [left] = reader.of('left')
    expect(left!.data).toMatchObject({ id, step: 'main/0' })
    expect(left!.data).not.toHaveProperty('ending')
  })

  test('a call that another controller took over is begun there, at the step that it is at', async () => {
    const first = await start()
    const second = await start({ folder: first.folder })
    const reader = await read(second)
    const call = placeCall([first.esl, second.esl], { ...fast, speed: 1 })
    await until('the call rings', async () => {
      const [, answer] = await first.api('/calls')
      return (answer as { calls: { step?: string }[] }).calls[0]?.step
    })
    await first.stop()
    const { id } = await call
    await reader.next('the end', ended(id))
    expect(said(reader)).toEqual([
      ['call', 'live'],
      ['step', 'begun'],
      ['step', 'ended'],
      ['ended', 'ended'],
    ])
    expect(reader.of('call')[0]!.data).toMatchObject({ id, step: 'main/0' })
  })

  test('what came while a reader was gone is sent to it when it is back, in the same words', async () => {
    const controller = await start()
    const [whole, gone] = [await read(controller), await read(controller)]
    const { id: lastId } = gone.of('counts')[0]!
    gone.close()
    const { id } = await placeCall(controller.esl, fast)
    await whole.next('the end', ended(id))
    const back = await read(controller, '', { 'Last-Event-ID': lastId })
    expect(back.of('call', 'step', 'ended', 'reset')).toEqual(whole.of('call', 'step', 'ended'))
    const halfway = await read(controller, '', { 'Last-Event-ID': whole.of('step')[0]!.id })
    expect(halfway.of('call', 'step', 'ended', 'reset')).toEqual(whole.of('call', 'step', 'ended').slice(2))
  })

  test.each(['of-another-controller', '0-0', 'ffffffffffff-1', ''])(
    'the id %j is not of here: what came since is lost, and what comes is sent',
    async (id) => {
      const controller = await start()
      const reader = await read(controller, '', { 'Last-Event-ID': id })
      // An empty one is none, as of a browser that saw no event yet.
      expect(reader.events.map(({ event }) => event)).toEqual(id === '' ? ['counts'] : ['reset', 'counts'])
      const call = await placeCall(controller.esl, fast)
      await reader.next('the end', ended(call.id))
      expect(said(reader)).toHaveLength(4)
    },
  )

  test('it is narrowed to a document, and to a call', async () => {
    const documents = { acme: oneBridge(did), other: oneBridge('+31502100001') }
    const controller = await start({ documents })
    const id = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
    const [all, ofOther, ofOne] = [
      await read(controller),
      await read(controller, '?document=other'),
      await read(controller, `?call=${id}`),
    ]
    const first = await placeCall(controller.esl, { ...fast, id })
    const second = await placeCall(controller.esl, { ...fast, did: '+31502100001' })
    await Promise.all([all.next('the end', ended(second.id)), ofOther.next('the end', ended(second.id))])
    await ofOne.next('counts of both', ({ data }) => data['perMinute'] === 2)
    const ids = (reader: StreamReader) => [
      ...new Set(
        said(reader).length > 0 ? reader.of('call', 'step', 'ended').map(({ data }) => data['id']) : [],
      ),
    ]
    expect(ids(all)).toEqual([first.id, second.id])
    expect(ids(ofOther)).toEqual([second.id])
    expect(ids(ofOne)).toEqual([id])
    expect(await status(controller, '?document=../acme')).toBe(400)
  })

  test('a token for some documents learns of their calls, and of no other, nor of how many there are', async () => {
    const token = (name: string) => `the-token-of-${name}`
    const tokens = {
      operator: { token: token('operator'), right: 'read' },
      north: { token: token('north'), right: 'read', documents: ['north/*'] },
    }
    const as = (name: string) => ({ authorization: `Bearer ${token(name)}` })
    const controller = await start({
      documents: { 'north/a': oneBridge(did), south: oneBridge('+31502100001') },
      config: { api: { tokens } },
    })
    const operator = await read(controller, '', as('operator'))
    const north = await read(controller, '', as('north'))
    const asked = await read(controller, '?document=south', as('north'))
    const toSouth = await placeCall(controller.esl, { ...fast, did: '+31502100001' })
    await placeCall(controller.esl, { ...fast, did: '+31502100009' })
    const toNorth = await placeCall(controller.esl, fast)
    await Promise.all([operator, north].map((reader) => reader.next('the end', ended(toNorth.id))))
    await north.next('its counts', ({ data }) => JSON.stringify(data['endedLastHour'] ?? {}) !== '{}')
    expect(operator.text()).toContain(toSouth.id)
    expect(north.text()).not.toMatch(/south|3150210000[19]/)
    for (const { data } of north.of('counts')) expect(data['perMinute']).toBeLessThanOrEqual(1)
    expect(asked.events.map(({ event, data }) => [event, data])).toEqual([
      ['counts', { held: 0, perMinute: 0, endedLastHour: {} }],
    ])
    // It may resume from what it saw of others: the numbers of their events are gaps to it.
    const back = await read(controller, '', { ...as('north'), 'Last-Event-ID': north.of('counts')[0]!.id })
    expect(back.of('call', 'step', 'left', 'ended')).toEqual(north.of('call', 'step', 'left', 'ended'))
    expect(await status(controller, '', {})).toBe(401)
  })

  test('what callers send as a name is text: it makes no event', async () => {
    const controller = await start()
    const reader = await read(controller)
    const name = '<script>\u202E"\n\nevent: ended\ndata: {}\r\u2028'
    const { id } = await placeCall(controller.esl, { ...fast, name })
    await reader.next('the end', ended(id))
    const [record] = await controller.records()
    expect(said(reader)).toHaveLength(4)
    expect(reader.of('call', 'ended').map(({ data }) => data['name'])).toEqual([record!.name, record!.name])
    expect(record!.name).toContain('<script>')
  })

  test('codes are in none of it', async () => {
    const ask = {
      ...{ type: 'webhook', webhook: 'crm' },
      success: [{ type: 'bridge', from: 'webhook', ringSeconds: 5 }],
    }
    const crm = await web((request, response) => {
      const code = new URL(request.url!, 'http://crm').searchParams.get('c')
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ status: 'ACK', destination: `2${code}`, callername: `VIP ${code}` }))
    })
    const controller = await start({
      documents: {
        acme: {
          audio: { enter: 'enter.wav' },
          webhooks: {
            crm: { urlTemplate: `${crm.url}/?c={code}`, ivr: { startMessage: 'enter' } },
          },
          plans: { main: { numbers: [did], steps: [ask] } },
        },
      },
      config: { webhooks: { allowPrivateNetworks: ['127.0.0.0/8'] } },
    })
    const reader = await read(controller)
    const { id, invites } = await placeCall(controller.esl, { ...fast, digits: ['73#'] })
    await reader.next('the end', ended(id))
    expect(invites[0]!.destination).toContain('273')
    const steps = reader.of('step').filter(({ data }) => data['phase'] === 'ended')
    expect(steps.map(({ data }) => [data['type'], data['outcome']])).toEqual([
      ['webhook', 'ACK'],
      ['bridge', 'noAnswer'],
    ])
    expect(JSON.stringify(steps.map(({ data: { ms: _, id: __, url: ___, ...data } }) => data))).not.toMatch(
      /73/,
    )
  })

  test('the answer is one that nobody on the way keeps or holds back', async () => {
    const controller = await start()
    const { response, text } = await read(controller, '', { 'Accept-Encoding': 'gzip, br' })
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    })
    expect(response.headers.has('content-encoding')).toBe(false)
    expect(text()).toMatch(/^retry: [2-7]\d{3}\n\n/)
    const head = await fetch(`${controller.apiUrl}/stream`, { method: 'HEAD' })
    expect(head.status).toBe(200)
  })

  test('a stop ends it at once', async () => {
    const controller = await start()
    const [one, other] = [await read(controller), await read(controller)]
    const began = performance.now()
    await controller.stop()
    expect(performance.now() - began).toBeLessThan(1000)
    expect(await Promise.all([one.ended, other.ended])).toEqual(['ended', 'ended'])
  })

  test('readers are in the metrics', async () => {
    const controller = await start()
    const metric = async () =>
      /^belplan_stream_readers (\d+)$/m.exec(await (await fetch(`${controller.apiUrl}/metrics`)).text())?.[1]
    expect(await metric()).toBe('0')
    const reader = await read(controller)
    expect(await metric()).toBe('1')
    reader.close()
    await until('it is gone', async () => ((await metric()) === '0' ? true : undefined))
  })
})

async function status({ apiUrl }: Controller, query: string, headers = {}): Promise<number> {
  return (await fetch(`${apiUrl}/stream${query}`, { headers })).status
}
