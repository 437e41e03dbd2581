import { mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CallRecord } from '../../src/records/record.ts'
import { openTalking, type Talking } from '../../src/records/talking.ts'
import { id, record } from './records.ts'

let folder: string
let written: CallRecord[]
let now: number

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belplan-talking-'))
  written = []
  now = Date.now()
})
afterEach(() => rm(folder, { recursive: true }))

const journal = {
  write: (call: CallRecord) => {
    written.push(call)
    return Promise.resolve()
  },
  find: (wanted: string) => Promise.resolve(written.find((call) => call.id === wanted)),
}

const open = (claimant = 'host-a-8084'): Promise<Talking> =>
  openTalking({ folder, journal, log: pino({ level: 'silent' }), claimant, now: () => now })

const end = { cause: 'NORMAL_CLEARING', talkMs: 48210 }
const gone = () => Promise.resolve(false)
const minute = 60_000

test('controller §6 the record is written with the end of the conversation', async () => {
  const talking = await open()
  await talking.letGo(record(id(1)))
  expect(written).toEqual([])
  await talking.ended(id(1), end)
  expect(written).toEqual([record(id(1), end)])
  expect(await readdir(folder)).toEqual([])
})

test('controller §3 a record that waits can be read until it is written', async () => {
  const talking = await open()
  await talking.letGo(record(id(1)))
  expect(await talking.find(id(1))).toEqual(record(id(1)))
  expect(await talking.find(id(2))).toBeUndefined()
  expect(await talking.find('../x')).toBeUndefined()
  await talking.ended(id(1), end)
  expect(await talking.find(id(1))).toBeUndefined()
})

test('controller §6 exactly one record, whichever controller sees the end', async () => {
  const all = await Promise.all(['a', 'b', 'c'].map(open))
  await all[0]!.letGo(record(id(1)))
  await Promise.all(all.flatMap((talking) => [talking.ended(id(1), end), talking.ended(id(1), end)]))
  expect(written).toEqual([record(id(1), end)])
})

test('controller §6 an end that comes before the record waits for it', async () => {
  const [talking, other] = [await open('a'), await open('b')]
  await Promise.all([talking.ended(id(1), end), other.ended(id(1), end)])
  await talking.letGo(record(id(1)))
  expect(written).toEqual([record(id(1), end)])
})

test('controller §6 a call that is no more is written without its end, one that is goes on', async () => {
  const talking = await open()
  await talking.letGo(record(id(1)))
  await talking.letGo(record(id(2)))
  now += minute
  await talking.sweep((call) => Promise.resolve(call === id(2)))
  expect(written).toEqual([record(id(1))])
  await talking.ended(id(2), end)
  expect(written).toEqual([record(id(1)), record(id(2), end)])
})

test('a record of this moment is left to the event that may be on its way', async () => {
  const talking = await open()
  await talking.letGo(record(id(1)))
  await talking.sweep(gone)
  expect(written).toEqual([])
})

test('a sweep that cannot ask FreeSWITCH writes nothing, but for records a day old', async () => {
  const talking = await open()
  await talking.letGo(record(id(1)))
  await talking.letGo(record(id(2)))
  const old = new Date(now - 25 * 60 * minute)
  await utimes(join(folder, `${id(1)}.json`), old, old)
  now += minute
  await expect(talking.sweep(() => Promise.reject(new Error('no link')))).rejects.toThrow('no link')
  expect(written).toEqual([record(id(1))])
})

test('a sweep asks about so many calls at most and goes on where it stopped', async () => {
  const talking = await open()
  for (const n of [1, 2, 3]) await talking.letGo(record(id(n)))
  now += minute
  const asked: string[] = []
  const ask = (call: string) => Promise.resolve(asked.push(call) > 0)
  await talking.sweep(ask, 2)
  await talking.sweep(ask, 2)
  expect(asked).toEqual([id(1), id(2), id(3), id(1)])
})

test('controller §6 what a killed controller had claimed is written by another, and not twice', async () => {
  const talking = await open('b')
  await talking.letGo(record(id(1)))
  await talking.letGo(record(id(2)))
  for (const n of [1, 2]) await rename(join(folder, `${id(n)}.json`), join(folder, `${id(n)}.claimed-a`))
  // It died behind writing the second, in front of removing it.
  written.push(record(id(2), end))
  await talking.sweep(gone)
  expect(written).toHaveLength(1)
  now += 2 * minute
  await talking.sweep(gone)
  expect(written).toEqual([record(id(2), end), record(id(1))])
  expect(await readdir(folder)).toEqual([])
})

test('a record that was cut short is given up, once', async () => {
  const talking = await open()
  await writeFile(join(folder, `${id(1)}.new-a`), '{"id":')
  now += 2 * minute
  await talking.sweep(gone)
  expect(written).toEqual([])
  expect(await readdir(folder)).toEqual([])
})

test('a record that cannot wait is written at once', async () => {
  const talking = await open()
  await rm(folder, { recursive: true })
  await talking.letGo(record(id(1)))
  expect(written).toEqual([record(id(1))])
  await writeFile(folder, '')
})

test('an id that is no UUID never becomes a file name', async () => {
  const talking = await open()
  await talking.letGo(record('../../etc/x'))
  await talking.ended('../../etc/x', end)
  expect(written).toEqual([record('../../etc/x')])
  expect(await readdir(folder)).toEqual([])
})
