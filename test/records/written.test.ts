import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWritten } from '../../src/records/written.ts'
import { id, record } from './records.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belplan-written-'))
})
afterEach(() => rm(folder, { recursive: true }))

const day = Date.parse('2026-11-22T23:59:59Z')
const line = (n: number) => `${JSON.stringify(record(id(n)))}\n`
const today = () => join(folder, '2026-11-22.jsonl')

test('records are known as they are written, also those written before midnight', async () => {
  let now = day
  const written = createWritten({ folder, now: () => now })
  await written.look()
  await appendFile(today(), line(1))
  await written.look()
  expect([written.has(id(1)), written.has(id(2))]).toEqual([true, false])
  await appendFile(today(), line(2))
  now += 2000
  await appendFile(join(folder, '2026-11-23.jsonl'), line(3))
  await written.look()
  expect([written.has(id(2)), written.has(id(3))]).toEqual([true, true])
})

test('a line that is being written counts once it is there', async () => {
  const written = createWritten({ folder, now: () => day })
  await written.look()
  await appendFile(today(), line(1) + line(2).slice(0, 60))
  await written.look()
  expect([written.has(id(1)), written.has(id(2))]).toEqual([true, false])
  await appendFile(today(), line(2).slice(60))
  await written.look()
  expect(written.has(id(2))).toBe(true)
})

test('more than one read of a file', async () => {
  const written = createWritten({ folder, now: () => day })
  await written.look()
  await appendFile(today(), Array.from({ length: 1000 }, (_, n) => line(n)).join(''))
  await written.look()
  expect(Array.from({ length: 1000 }, (_, n) => written.has(id(n)))).not.toContain(false)
})

test('of what was there before the first look the last is known: its call may be heard of a moment later', async () => {
  const lines = Array.from({ length: 10_000 }, (_, n) => line(n)).join('')
  await appendFile(today(), lines)
  const written = createWritten({ folder, now: () => day })
  await written.look()
  await appendFile(today(), line(10_000))
  await written.look()
  expect([9_999, 10_000].map((n) => written.has(id(n)))).toEqual([true, true])
  // And no more than that: a day's file may be gigabytes.
  expect(lines.length).toBeGreaterThan(2 * 1024 * 1024)
  expect(written.has(id(0))).toBe(false)
})
