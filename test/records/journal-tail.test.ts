import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createJournalTail } from '../../src/records/journal-tail.ts'
import { id, record } from './records.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belplan-tail-'))
})
afterEach(() => rm(folder, { recursive: true }))

const day = Date.parse('2026-11-22T23:59:59Z')
const line = (n: number) => `${JSON.stringify(record(id(n)))}\n`
const today = () => join(folder, '2026-11-22.jsonl')

test('records are known as they are written, also those written before midnight', async () => {
  let now = day
  const tail = createJournalTail({ folder, now: () => now })
  await tail.read()
  await appendFile(today(), line(1))
  await tail.read()
  expect([tail.has(id(1)), tail.has(id(2))]).toEqual([true, false])
  await appendFile(today(), line(2))
  now += 2000
  await appendFile(join(folder, '2026-11-23.jsonl'), line(3))
  await tail.read()
  expect([tail.has(id(2)), tail.has(id(3))]).toEqual([true, true])
})

test('a line that is being written counts once it is there', async () => {
  const tail = createJournalTail({ folder, now: () => day })
  await tail.read()
  await appendFile(today(), line(1) + line(2).slice(0, 60))
  await tail.read()
  expect([tail.has(id(1)), tail.has(id(2))]).toEqual([true, false])
  await appendFile(today(), line(2).slice(60))
  await tail.read()
  expect(tail.has(id(2))).toBe(true)
})

test('more than one read of a file', async () => {
  const tail = createJournalTail({ folder, now: () => day })
  await tail.read()
  await appendFile(today(), Array.from({ length: 1000 }, (_, n) => line(n)).join(''))
  await tail.read()
  expect(Array.from({ length: 1000 }, (_, n) => tail.has(id(n)))).not.toContain(false)
})

test('of what was there before the first read the last is known: its end may be reported a moment later', async () => {
  const lines = Array.from({ length: 10_000 }, (_, n) => line(n)).join('')
  await appendFile(today(), lines)
  const tail = createJournalTail({ folder, now: () => day })
  await tail.read()
  await appendFile(today(), line(10_000))
  await tail.read()
  expect([9_999, 10_000].map((n) => tail.has(id(n)))).toEqual([true, true])
  // And no more than that: a day's file may be gigabytes.
  expect(lines.length).toBeGreaterThan(2 * 1024 * 1024)
  expect(tail.has(id(0))).toBe(false)
})
