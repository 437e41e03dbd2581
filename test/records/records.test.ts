import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { onTestFinished, test, expect } from 'vitest'
import { Secret } from '../../src/config/secret.ts'
import { openRecords, type Records } from '../../src/records/records.ts'
import type { CallRecord } from '../../src/records/record.ts'
import { fakeFreeSwitch } from '../link/fake-freeswitch.ts'
import { id, record } from './records.ts'

/** Records with a link to `port`; undefined: without one. */
async function open(port: number | undefined, counted: CallRecord[] = []): Promise<Records> {
  const data = await mkdtemp(join(tmpdir(), 'belplan-records-'))
  const records = await openRecords({
    ...{ data, claimant: 'a', log: pino({ level: 'silent' }) },
    freeswitch: port === undefined ? undefined : { host: '127.0.0.1', port, password: new Secret('ClueCon') },
    lostCalls: { lastHolder: () => undefined, read: () => Promise.reject(new Error()) },
    onRecord: (one) => counted.push(one),
    onMissed: () => undefined,
  })
  onTestFinished(async () => {
    await records.close()
    await rm(data, { recursive: true })
  })
  return records
}

test('operations the ends of calls are seen from the start on', async () => {
  const freeswitch = await fakeFreeSwitch()
  const records = await open(freeswitch.port)
  expect(records.link?.state()).toMatchObject({ connected: true })
  await records.close()
  await freeswitch.close()
})

test('operations a FreeSWITCH that is down does not delay the start', async () => {
  const freeswitch = await fakeFreeSwitch()
  await freeswitch.close()
  const records = await open(freeswitch.port)
  expect(records.link?.state()).toMatchObject({ connected: false, error: 'ECONNREFUSED' })
})

test('a record counts once, and is found while it is pending and when it is written', async () => {
  const counted: CallRecord[] = []
  const freeswitch = await fakeFreeSwitch()
  const records = await open(freeswitch.port, counted)
  await records.add(record(id(1)))
  await records.addWhenEnded(record(id(2)))
  expect(await records.find(id(1))).toEqual({ pending: false, record: record(id(1)) })
  expect(await records.find(id(2))).toEqual({ pending: true, record: record(id(2)) })
  expect(records.counts()).toEqual({ written: 1, failed: 0 })
  await freeswitch.event({
    ...{ 'Event-Name': 'CHANNEL_HANGUP_COMPLETE', 'Unique-ID': id(2), variable_belplan_node: '1' },
    'Hangup-Cause': 'NORMAL_CLEARING',
  })
  await expect.poll(() => records.counts().written).toBe(2)
  expect(await records.find(id(2))).toEqual({
    pending: false,
    record: record(id(2), { cause: 'NORMAL_CLEARING' }),
  })
  expect(counted.map((one) => one.id)).toEqual([id(1), id(2)])
  await records.close()
  await freeswitch.close()
})

test('without a link a record is written though its call goes on', async () => {
  const records = await open(undefined)
  await records.addWhenEnded(record(id(1)))
  expect(await records.find(id(1))).toEqual({ pending: false, record: record(id(1)) })
})
