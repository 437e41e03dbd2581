import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, onTestFinished, test, expect } from 'vitest'
import { Secret } from '../../src/config/secret.ts'
import { openRecords, type Records } from '../../src/records/records.ts'
import type { CallRecord } from '../../src/records/record.ts'
import { fakeFreeSwitch } from '../link/fake-freeswitch.ts'
import { CORE } from '../../src/simulator/event-origin.ts'
import { id, record } from './records.ts'

interface Opened {
  readonly data?: string
  readonly counted?: CallRecord[]
}

/** Records with a link to each of these ports: `fs-1` is the first. */
async function open(ports: readonly number[], { data, counted = [] }: Opened = {}): Promise<Records> {
  const folder = data ?? (await mkdtemp(join(tmpdir(), 'belplan-records-')))
  const records = await openRecords({
    ...{ data: folder, claimant: 'a', log: pino({ level: 'silent' }) },
    freeswitch: ports.map((port, i) => {
      return { name: `fs-${i + 1}`, host: '127.0.0.1', port, password: new Secret('ClueCon') }
    }),
    lostCalls: { lastHolder: () => undefined, read: () => Promise.reject(new Error()) },
    onRecord: (one) => counted.push(one),
    onMissed: () => undefined,
  })
  onTestFinished(async () => {
    await records.close()
    await rm(folder, { recursive: true, force: true })
  })
  return records
}

test('operations the ends of calls are seen from the start on', async () => {
  const freeswitch = await fakeFreeSwitch()
  const records = await open([freeswitch.port])
  expect(records.links.map(({ state }) => state())).toMatchObject([{ connected: true }])
  await records.close()
  await freeswitch.close()
})

test('operations a FreeSWITCH that is down does not delay the start', async () => {
  const freeswitch = await fakeFreeSwitch()
  await freeswitch.close()
  const records = await open([freeswitch.port])
  expect(records.links.map(({ state }) => state())).toMatchObject([
    { connected: false, error: 'ECONNREFUSED' },
  ])
})

test('a record counts once, and is found while it is pending and when it is written', async () => {
  const counted: CallRecord[] = []
  const freeswitch = await fakeFreeSwitch()
  const records = await open([freeswitch.port], { counted })
  await records.add(record(id(1)), CORE)
  await records.addWhenEnded(record(id(2)), CORE)
  const named = { freeswitch: 'fs-1' }
  expect(await records.find(id(1))).toEqual({ pending: false, record: record(id(1), named) })
  expect(await records.find(id(2))).toEqual({ pending: true, record: record(id(2), named) })
  expect(records.counts()).toEqual({ written: 1, failed: 0 })
  await freeswitch.event({
    ...{ 'Event-Name': 'CHANNEL_HANGUP_COMPLETE', 'Unique-ID': id(2), variable_belplan_node: '1' },
    'Hangup-Cause': 'NORMAL_CLEARING',
  })
  await expect.poll(() => records.counts().written).toBe(2)
  expect(await records.find(id(2))).toEqual({
    pending: false,
    record: record(id(2), { ...named, cause: 'NORMAL_CLEARING' }),
  })
  expect(counted.map((one) => one.id)).toEqual([id(1), id(2)])
  await records.close()
  await freeswitch.close()
})

test('without a link a record is written though its call goes on', async () => {
  const records = await open([])
  await records.addWhenEnded(record(id(1)), CORE)
  expect(await records.find(id(1))).toEqual({ pending: false, record: record(id(1)) })
})

/** The Core-UUIDs of two FreeSWITCH, and of one that is in no list. */
const [A, B, OTHER] = [id(901), id(902), id(903)]
const gone = (call: string) => ({
  ...{ 'Event-Name': 'CHANNEL_HANGUP_COMPLETE', 'Unique-ID': call, variable_belplan_node: '1' },
  'Hangup-Cause': 'NORMAL_CLEARING',
})

describe('operations with several FreeSWITCH', () => {
  test('a record says whose call it was, whether its end is seen or not', async () => {
    const all = [await fakeFreeSwitch({ core: A }), await fakeFreeSwitch({ core: B })]
    const records = await open(all.map(({ port }) => port))
    await records.add(record(id(1)), B)
    await records.addWhenEnded(record(id(2)), A)
    await records.addWhenEnded(record(id(3)), B)
    await all[1]!.event(gone(id(3)))
    await expect.poll(() => records.counts().written).toBe(2)
    const found = await Promise.all([1, 2, 3].map((n) => records.find(id(n))))
    expect(found).toMatchObject([
      { pending: false, record: { freeswitch: 'fs-2' } },
      { pending: true, record: { freeswitch: 'fs-1' } },
      { pending: false, record: { freeswitch: 'fs-2', cause: 'NORMAL_CLEARING' } },
    ])
    await records.close()
    await Promise.all(all.map((one) => one.close()))
  })

  test('a conversation on one that is in no list is written at once, unless that may be the one whose link is down', async () => {
    const all = [await fakeFreeSwitch({ core: A }), await fakeFreeSwitch({ core: B })]
    const records = await open(all.map(({ port }) => port))
    await records.addWhenEnded(record(id(1)), OTHER)
    expect(await records.find(id(1))).toEqual({ pending: false, record: record(id(1)) })
    await all[1]!.close()
    await expect.poll(() => records.links[1]!.state().connected).toBe(false)
    await records.addWhenEnded(record(id(2)), OTHER)
    expect(await records.find(id(2))).toEqual({ pending: true, record: record(id(2)) })
    await records.close()
    await all[0]!.close()
  })

  test('one that was restarted while no controller ran settles its own calls, and none of the other', async () => {
    const data = await mkdtemp(join(tmpdir(), 'belplan-records-'))
    const [a, b] = [await fakeFreeSwitch({ core: A }), await fakeFreeSwitch({ core: B })]
    const before = await open([a.port, b.port], { data })
    await before.addWhenEnded(record(id(1)), A)
    await before.addWhenEnded(record(id(2)), B)
    await before.close()
    const old = new Date(Date.now() - 60_000)
    for (const n of [1, 2]) await utimes(join(data, 'talking', `${id(n)}.json`), old, old)
    await a.close()
    await b.close()
    // The first is down; the second knows none of its calls any more.
    const again = await fakeFreeSwitch({ core: OTHER, port: b.port })
    const records = await open([a.port, b.port], { data })
    await expect.poll(() => records.counts().written).toBe(1)
    expect(await records.find(id(2))).toMatchObject({ pending: false })
    expect(await records.find(id(1))).toMatchObject({ pending: true })
    // It was never restarted, and has its call.
    const same = await fakeFreeSwitch({ core: A, port: a.port, channels: [id(1)] })
    await expect.poll(() => records.links[0]!.state().connected).toBe(true)
    await expect.poll(() => same.commands).toContain(`bgapi uuid_exists ${id(1)}`)
    expect(await records.find(id(1))).toMatchObject({ pending: true })
    await same.event(gone(id(1)))
    await expect.poll(() => records.counts().written).toBe(2)
    await records.close()
    await Promise.all([again.close(), same.close()])
  })

  test('one whose link comes and goes has the others asked of none of their calls', async () => {
    const data = await mkdtemp(join(tmpdir(), 'belplan-records-'))
    const [a, b] = [await fakeFreeSwitch({ core: A }), await fakeFreeSwitch({ core: B })]
    const records = await open([a.port, b.port], { data })
    await records.addWhenEnded(record(id(1)), A)
    await records.addWhenEnded(record(id(2)), B)
    const old = new Date(Date.now() - 60_000)
    for (const n of [1, 2]) await utimes(join(data, 'talking', `${id(n)}.json`), old, old)
    b.crash()
    await expect.poll(() => records.counts().written).toBe(1)
    expect(await records.find(id(2))).toMatchObject({ pending: false })
    // The sweep goes by names: this one would have been the first.
    expect(a.commands.join()).not.toContain(id(1))
    await records.close()
    await Promise.all([a.close(), b.close()])
  })

  test('a call that one of them was lost with waits for that one', async () => {
    const [a, b] = [await fakeFreeSwitch({ core: A }), await fakeFreeSwitch({ core: B })]
    const records = await open([a.port, b.port])
    await b.close()
    await expect.poll(() => records.links[1]!.state().connected).toBe(false)
    await records.addIfSwitchLost({ record: record(id(1), { ending: 'lost' }), missed: undefined }, B)
    // The other one, which is there, is asked nothing of it.
    expect(a.commands.join()).not.toContain(id(1))
    expect(records.counts().written).toBe(0)
    const again = await fakeFreeSwitch({ core: OTHER, port: b.port })
    await expect.poll(() => records.counts().written).toBe(1)
    expect(await records.find(id(1))).toMatchObject({ record: { ending: 'lost', freeswitch: 'fs-2' } })
    expect(a.commands.join()).not.toContain(id(1))
    await records.close()
    await Promise.all([a.close(), again.close()])
  })
})
