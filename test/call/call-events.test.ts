/** What is told of a call whose end no controller saw that held it. */
import { expect, test } from 'vitest'
import { eventsOfEnd } from '../../src/call/call-events.ts'
import { encodeCheckpoint, type Operation } from '../../src/call/checkpoint.ts'
import { createLostCallReader } from '../../src/call/lost-call.ts'
import { EncodedHeaders } from '../../src/esl/headers.ts'
import { type CallWatch, EVENTS } from '../../src/plan/index.ts'
import { createGrants } from '../../src/plan/grants.ts'
import { beginAt } from '../../src/plan/state.ts'
import type { LostCall } from '../../src/records/record.ts'
import { planSet } from '../harness/call-controller.ts'
import { id, record } from '../records/records.ts'

const ALL = Object.fromEntries(EVENTS.map((event) => [event, 'crm']))
const watch: CallWatch = {
  events: ALL,
  profileCreated: '1795361967724523',
  callername: 'Jane',
  waitMs: 6200,
  keeper: '4711-a',
}
/** Of a call whose controller was lost. */
const unseen: CallWatch = {
  events: ALL,
  profileCreated: watch.profileCreated,
  callername: 'Jane',
  unseen: { steps: 0, bridges: 0 },
}
const NOW = Date.parse('2026-11-22T15:39:06.000Z')
const known = { document: 'acme', plan: 'main', revision: '5f0c3a9be214' }

const events = (call: Partial<LostCall> & Pick<LostCall, 'record'>, keeper = '4711-a') =>
  eventsOfEnd({ missed: undefined, watch, ...call }, keeper, NOW)
const names = (list: ReturnType<typeof events>) => list.map(({ event }) => event)

test('events: the end of a conversation that this controller set up is told as its own', () => {
  const told = events({ record: record(id(1), { ...known, talkMs: 48_210 }) })
  expect(names(told)).toEqual(['ended'])
  expect(told[0]).not.toHaveProperty('holders')
  expect(JSON.parse(told[0]!.body)).toMatchObject({
    ...{ event: 'ended', callid: id(1), callername: 'Jane', at: '2026-11-22T15:39:06.000Z' },
    ...{ rang: [{ step: 'main/0', destinations: ['215'], ms: 6120, outcome: 'answered' }] },
    ...{ waitMs: 6200, talkMs: 48_210, outcome: 'talked' },
  })
})

test('events: that of another controller, or of this one before it was started again, may have been told by it', () => {
  const told = events({ record: record(id(1), known) }, '4712-b')
  expect(told).toMatchObject([{ event: 'ended', holders: ['host-a:8084'] }])
})

test('events: of a call whose controller was killed all is told that may not have been, with the same ids', () => {
  const talked = events({
    record: record(id(1), { ...known, talkMs: 1000 }),
    watch: unseen,
  })
  expect(names(talked)).toEqual(['started', 'answered', 'ended'])
  expect(talked.every(({ holders }) => holders!.length === 1)).toBe(true)
  expect(talked.at(-1)!.id).toBe(events({ record: record(id(1), known) })[0]!.id)
  expect(JSON.parse(talked[1]!.body)).toMatchObject({ at: '2026-11-22T15:39:05.000Z' })

  const lost = record(id(1), { ...known, ending: 'callerHungUp', answered: false })
  expect(names(events({ record: lost, watch: unseen }))).toEqual(['started', 'missed', 'ended'])
})

test('events: a transferred call is over, and not missed; what nobody named is not told', () => {
  expect(names(events({ record: record(id(1), { ...known, ending: 'transferred' }) }))).toEqual(['ended'])
  const only = { ...watch, events: { missed: 'crm' } }
  expect(events({ record: record(id(1), known), watch: only })).toEqual([])
  expect(eventsOfEnd({ record: record(id(1), known), missed: undefined }, '4711-a', NOW)).toEqual([])
})

test('events: a call that comes back with a new profile under the same id has other events', () => {
  const again = { ...watch, profileCreated: '1795361999999999' }
  const [first] = events({ record: record(id(1), known) })
  const [second] = events({ record: record(id(1), known), watch: again })
  expect(first!.id).not.toBe(second!.id)
})

/** What is told of a call that ended in this step, its controller lost. */
async function lostIn(
  step: object,
  operation: Operation,
  variables: object,
): Promise<ReturnType<typeof events>> {
  const set = planSet({
    ...{ webhooks: { crm: { urlTemplate: 'https://crm.example/' } }, events: ALL },
    plans: { main: { numbers: ['+31502100000'], steps: [step] } },
  })
  const lostCalls = createLostCallReader({
    config: { defaultCountry: 'NL' },
    grants: createGrants({ transferContexts: [], env: {} }, 'NL'),
    plans: { current: () => set, byRevision: () => Promise.resolve(set) },
  })
  const checkpoint = encodeCheckpoint({
    ...{ revision: set.revision, profileCreated: '1795361967724523', operation, controllers: ['a:8084'] },
    ...{ history: ['0:busy'], state: { ...beginAt(0, 'Jane', undefined), steps: 3, bridges: 1 } },
  })
  const end = {
    'Caller-Caller-ID-Number': '0612345678',
    'Caller-Destination-Number': '0502100000',
    'Caller-Profile-Created-Time': '1795361967724523',
    variable_belplan_ckpt: checkpoint,
    ...variables,
  }
  const lines = Object.entries(end).map(([name, value]) => `${name}: ${encodeURIComponent(value)}\n`)
  const headers = new EncodedHeaders(Buffer.from(lines.join('')))
  const seen = { id: id(1), cause: 'NORMAL_CLEARING', freeswitch: 'fs-a' }
  const call = await lostCalls.read(seen, headers, undefined)
  const told = eventsOfEnd(call, '4712-b', NOW)
  const places = told.map(({ place }) => place)
  expect(places).toEqual([...places].sort((one, other) => one - other))
  return told
}

test('events: what rang as the controller was lost is told', async () => {
  const rang = { variable_originate_disposition: 'failure' }
  const told = await lostIn({ type: 'bridge', destination: '215' }, 'bridge', rang)
  expect(names(told)).toEqual(['started', 'ringing', 'missed', 'ended'])
  expect(JSON.parse(told[1]!.body)).toMatchObject({ destinations: ['215'], ringSeconds: 30 })
})

test('events: the message of a caller who hung up behind the tone is told', async () => {
  const variables = {
    variable_skip_record_check: 'true',
    variable_record_ms: '4200',
    variable_voicemail_message_len: '4',
  }
  const told = await lostIn({ type: 'voicemail', mailbox: '215' }, 'voicemail', variables)
  expect(names(told)).toEqual(['started', 'message', 'missed', 'ended'])
  expect(JSON.parse(told[1]!.body)).toMatchObject({ mailbox: '215', ms: 4200 })
})

test('events: what was recorded is told with its length, and not where nobody knows whether it is there', () => {
  const file = '/var/recordings/acme/2026-11-22/15-38-11.080-3a8a7ee0.wav'
  const talked = { ...known, talkMs: 48_210 }
  const told = events({ record: record(id(1), { ...talked, recording: { file, ms: 48_100 } }) })
  expect(names(told)).toEqual(['recorded', 'ended'])
  expect(told[0]!.place).toBeLessThan(told[1]!.place)
  expect(JSON.parse(told[0]!.body)).toMatchObject({
    ...{ event: 'recorded', file: 'acme/2026-11-22/15-38-11.080-3a8a7ee0.wav', ms: 48_100 },
  })
  for (const recording of [{ file }, { file, failed: 'uri-failure' }])
    expect(names(events({ record: record(id(1), { ...talked, recording }) }))).toEqual(['ended'])
})
