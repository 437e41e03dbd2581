/** Events of calls, on the customer's server: each once, signed, in order, and none of what did not happen. */
import { createHmac } from 'node:crypto'
import { Ajv } from 'ajv'
import { expect } from 'vitest'
import { eventSchema } from '../../src/call/index.ts'
import { EVENTS } from '../../src/plan/index.ts'
import type { Hook, HookRequest } from './harness/hooks.ts'
import { says } from './harness/hooks.ts'
import { startTestBed } from './harness/scenario.ts'

const testBed = await startTestBed()
const { scenario } = testBed

const SECRET = 'a secret of this customer'
process.env['CUSTOMER_KEY'] = SECRET
const audio = { hello: 'tone_stream://%(400,0,600)' }
const isValid = new Ajv({ strict: false, validateFormats: false }).compile(eventSchema)

/** A line that tells a server of everything. */
function told(steps: readonly object[]) {
  const crm = testBed.hook(says('', { status: 204 }))
  const did = testBed.line({
    audio,
    webhooks: { crm: { urlTemplate: `${crm.url}/calls?from={callerid}`, signingSecret: 'env:CUSTOMER_KEY' } },
    events: Object.fromEntries(EVENTS.map((event) => [event, 'crm'])),
    steps,
  })
  return { crm, did }
}

interface Event extends Record<string, unknown> {
  readonly event: string
  readonly id: string
}

/** Once there are so many, with their signatures checked. */
async function eventsOf(crm: Hook, count: number): Promise<Event[]> {
  await crm.received(count)
  return crm.requests.map((request) => {
    const event = JSON.parse(request.body) as Event
    expect(request.method).toBe('POST')
    expect(request.headers['webhook-signature']).toBe(signatureOf(crm, request))
    expect(request.headers).toMatchObject({ 'idempotency-key': event.id, 'content-type': 'application/json' })
    expect(isValid(event), JSON.stringify(isValid.errors)).toBe(true)
    return event
  })
}

function signatureOf(crm: Hook, { headers, target, body }: HookRequest): string {
  const { 'webhook-id': id, 'webhook-timestamp': at } = headers as Record<string, string>
  const text = `${id}.${at}.POST ${crm.url}${target}\n${body}`
  return `v1,${createHmac('sha256', SECRET).update(text).digest('base64')}`
}

const names = (events: readonly Event[]) => events.map(({ event }) => event)

scenario('events: one who is busy, one who answers, and the end of their conversation', () => {
  const [anne, bob] = [testBed.telephone(), testBed.telephone()]
  const ring = {
    type: 'bridge',
    destination: [anne.number, bob.number],
    strategy: 'sequential',
    ringSeconds: 9,
  }
  const { crm, did } = told([{ type: 'play', audio: 'hello' }, ring])
  return async () => {
    await anne.refuses(486)
    await bob.answers({ ringMs: 500, talkMs: 1500 })
    const call = await testBed.call({ did, name: 'Jane Doe' })
    expect(call).toMatchObject({ status: 200 })
    const events = await eventsOf(crm, 5)
    expect(names(events)).toEqual(['started', 'ringing', 'ringing', 'answered', 'ended'])
    expect(events.slice(1, 3).map((event) => event['destinations'])).toEqual([[anne.number], [bob.number]])
    expect(events[4]).toMatchObject({
      did,
      callerid: '+31612345678',
      callername: 'Jane Doe',
      outcome: 'talked',
    })
    expect(events[4]!['talkMs']).toBeGreaterThan(1000)
    expect(events[4]!['talkMs']).toBeLessThan(2500)
    const [, , rang, answered] = events.map((event) => Date.parse(event['at'] as string))
    expect(answered! - rang!).toBeGreaterThan(300)
  }
})

scenario('events: nobody answers', () => {
  const bob = testBed.telephone()
  const { crm, did } = told([{ type: 'bridge', destination: bob.number }])
  return async () => {
    await bob.refuses(486)
    await testBed.call({ did })
    const events = await eventsOf(crm, 4)
    expect(names(events)).toEqual(['started', 'ringing', 'missed', 'ended'])
    expect(events[2]).toMatchObject({ pickedUp: false, outcome: 'endOfList', cause: 'USER_BUSY' })
  }
})

scenario('events: the caller gives up while it rings', () => {
  const bob = testBed.telephone()
  const { crm, did } = told([{ type: 'bridge', destination: bob.number }])
  return async () => {
    await bob.rings()
    await testBed.call({ did, cancelAfterMs: 700 })
    const events = await eventsOf(crm, 4)
    expect(names(events)).toEqual(['started', 'ringing', 'missed', 'ended'])
    expect(events[2]).toMatchObject({ outcome: 'callerHungUp', rang: [{ outcome: 'interrupted' }] })
  }
})

scenario('events: nothing rings', () => {
  const { crm, did } = told([{ type: 'play', audio: 'hello' }])
  return async () => {
    await testBed.call({ did })
    expect(names(await eventsOf(crm, 3))).toEqual(['started', 'missed', 'ended'])
  }
})
