import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openJournal } from '../../src/records/journal.ts'
import type { CallRecord } from '../../src/records/record.ts'
import { id, record } from './records.ts'

const silent = pino({ level: 'silent' })
let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'belplan-journal-'))))
afterEach(() => rm(folder, { recursive: true }))

const lines = async (file: string) => (await readFile(join(folder, file), 'utf8')).trimEnd().split('\n')
const day = (date: string) => () => Date.parse(`${date}T12:00:00Z`)

test('operations a record is one JSON line in the file of the day it is written on', async () => {
  let now = day('2026-11-22')()
  const journal = await openJournal({ folder, log: silent, now: () => now })
  await journal.write(record(id(1)))
  now = day('2026-11-23')()
  await journal.write(record(id(2)))
  expect((await readdir(folder)).sort()).toEqual(['2026-11-22.jsonl', '2026-11-23.jsonl'])
  expect((await lines('2026-11-22.jsonl')).map((line) => JSON.parse(line) as unknown)).toEqual([
    record(id(1)),
  ])
})

test('operations a record is also one info line with the same fields', async () => {
  const written: Record<string, unknown>[] = []
  const log = pino(
    { level: 'info' },
    { write: (line: string) => void written.push(JSON.parse(line) as Record<string, unknown>) },
  )
  const journal = await openJournal({ folder, log })
  await journal.write(record(id(1)))
  expect(written).toHaveLength(1)
  expect(written[0]).toMatchObject({ level: 30, ...record(id(1)) })
})

test('operations of a record that is larger than 16 KiB the last steps keep how they ended', async () => {
  const told: unknown[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void told.push(JSON.parse(line)) })
  const journal = await openJournal({ folder, log, now: day('2026-11-22') })
  const short = { step: 'main/0', type: 'webhook' as const, ms: 5, outcome: 'failure' }
  const steps = Array.from({ length: 99 }, () => ({ ...short, url: 'x'.repeat(2000) }))
  await journal.write(record(id(1), { steps, notes: ['a note'] }))
  await journal.write(record(id(2), { steps: steps.slice(0, 7) }))
  const [long = '', whole = ''] = await lines('2026-11-22.jsonl')
  expect(long.length).toBeLessThan(30_000)
  const kept = JSON.parse(long) as CallRecord
  expect(kept.steps).toEqual([...steps.slice(0, 7), ...Array.from({ length: 92 }, () => short)])
  expect(kept.shortened).toBe(92)
  expect(kept.notes).toEqual(['a note', expect.stringMatching(/^details of 92 steps are left out/)])
  expect(told[0]).toMatchObject(kept)
  expect(JSON.parse(whole)).toEqual(record(id(2), { steps: steps.slice(0, 7) }))
  const deep = Array.from({ length: 99 }, () => ({ ...short, step: `main/0${'/success/0'.repeat(100)}` }))
  await journal.write(record(id(3), { steps: deep }))
  expect((await lines('2026-11-22.jsonl'))[2]!.length).toBeLessThan(40_000)
})

test('operations several controllers share the folder and each record is found by each of them', async () => {
  const two = [
    await openJournal({ folder, log: silent }),
    await openJournal({ folder, log: silent }),
  ] as const
  const writes = Array.from({ length: 2000 }, (_, n) => two[n % 2 === 0 ? 0 : 1].write(record(id(n))))
  await Promise.all(writes)
  const all = (await lines((await readdir(folder))[0]!)).map((line) => (JSON.parse(line) as CallRecord).id)
  expect(all.length).toBe(2000)
  expect(new Set(all).size).toBe(2000)
  for (const n of [0, 1, 998, 999, 1998, 1999]) {
    expect(await two[0].find(id(n))).toEqual(record(id(n)))
    expect(await two[1].find(id(n))).toEqual(record(id(n)))
  }
})

test('api an old record is found by looking through the files, newest first', async () => {
  const old = await openJournal({ folder, log: silent, now: day('2026-11-20') })
  await Promise.all(Array.from({ length: 3000 }, (_, n) => old.write(record(id(n)))))
  await (
    await openJournal({ folder, log: silent, now: day('2026-11-21') })
  ).write(record(id(7), { did: '215' }))
  const journal = await openJournal({ folder, log: silent, now: day('2026-11-22') })
  expect((await journal.find(id(7)))?.did).toBe('215')
  expect(await journal.find(id(2999))).toEqual(record(id(2999)))
  expect(await journal.find(id(3000))).toBeUndefined()
})

test('api a place that is forgotten is found again', async () => {
  const journal = await openJournal({ folder, log: silent })
  await journal.write(record(id(0)))
  // As many as are remembered, in as many as may wait.
  for (const part of [0, 1, 2]) {
    await Promise.all(Array.from({ length: 7000 }, (_, n) => journal.write(record(id(1 + part * 7000 + n)))))
  }
  expect(await journal.find(id(0))).toEqual(record(id(0)))
})

test('a line that was cut short, and one that is no record, harm no other', async () => {
  await writeFile(join(folder, '2026-11-22.jsonl'), `{"id":"${id(1)}","at":"2026\n`)
  await appendFile(join(folder, '2026-11-22.jsonl'), `null\n${JSON.stringify(record(id(1)))}\n`)
  const journal = await openJournal({ folder, log: silent, now: day('2026-11-22') })
  expect(await journal.find(id(1))).toEqual(record(id(1)))
})

test('a search that takes too long is ended by its signal', async () => {
  const journal = await openJournal({ folder, log: silent })
  await journal.write(record(id(1)))
  await expect(journal.find(id(2), AbortSignal.abort(new Error('too long')))).rejects.toThrow('too long')
  expect(await journal.find(id(2))).toBeUndefined()
})

test('a journal that cannot be written is an error line and a count, and harms no call', async () => {
  const written: { level: number; msg: string }[] = []
  const log = pino({}, { write: (line: string) => void written.push(JSON.parse(line) as never) })
  const journal = await openJournal({ folder: join(folder, 'j'), log, now: day('2026-11-22') })
  await mkdir(join(folder, 'j', '2026-11-22.jsonl'))
  await journal.write(record(id(1)))
  expect(journal.counts()).toEqual({ written: 0, failed: 1 })
  expect(written.map(({ level, msg }) => [level, msg])).toEqual([
    [30, 'call ended'],
    [50, 'journal not written'],
  ])
  await rm(join(folder, 'j', '2026-11-22.jsonl'), { recursive: true })
  await journal.write(record(id(2)))
  expect(journal.counts()).toEqual({ written: 1, failed: 1 })
})

test('records that come one upon the other share their writes', async () => {
  let written = 0
  const journal = await openJournal({
    folder,
    log: silent,
    now: () => {
      // Asked once for each write, which it names the file for.
      written++
      return Date.now()
    },
  })
  const writes: Promise<void>[] = []
  for (let n = 0; n < 100; n++) {
    writes.push(journal.write(record(id(n))))
    await new Promise((done) => setTimeout(done, 1))
  }
  await Promise.all(writes)
  expect(journal.counts().written).toBe(100)
  expect(written).toBeGreaterThan(1)
  expect(written).toBeLessThan(40)
})

test('records that wait for a slow disk are bounded', async () => {
  const journal = await openJournal({ folder, log: silent })
  await Promise.all(Array.from({ length: 10_002 }, (_, n) => journal.write(record(id(n)))))
  expect(journal.counts()).toEqual({ written: 10_000, failed: 2 })
})

test('a folder that cannot be made is a configuration error that names it', async () => {
  await writeFile(join(folder, 'file'), '')
  await expect(openJournal({ folder: join(folder, 'file', 'j'), log: silent })).rejects.toMatchObject({
    code: 'config',
  })
})

test('architecture an old record is found where the index says, and by a look through all files where that is wrong', async () => {
  const old = await openJournal({ folder, log: silent, now: day('2026-11-20') })
  for (let n = 1; n <= 3; n++) await old.write(record(id(n)))
  const file = join(folder, '2026-11-20.jsonl')
  const [first = ''] = await lines('2026-11-20.jsonl')
  const journal = await openJournal({ folder, log: silent, now: day('2026-11-22') })
  const at = (offset: number, from = file) => ({ locate: () => Promise.resolve([{ file: from, offset }]) })
  expect(await journal.find(id(2), undefined, at(first.length + 1))).toEqual(record(id(2)))
  // Of another file nothing is read.
  await writeFile(join(folder, 'elsewhere'), `${JSON.stringify(record(id(9)))}\n`)
  expect(await journal.find(id(9), undefined, at(0, join(folder, 'elsewhere')))).toEqual(record(id(9)))
  for (const wrong of [at(5000), at(0, join(folder, 'gone'))])
    expect(await journal.find(id(2), undefined, wrong)).toEqual(record(id(2)))
})
