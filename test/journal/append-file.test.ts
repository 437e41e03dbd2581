import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAppendFile } from '../../src/journal/append-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belplan-append-'))
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(folder, { recursive: true })
})

test('what several append to one file is all there, each at or behind the place that was told', async () => {
  const file = join(folder, 'a')
  const [one, other] = [createAppendFile(), createAppendFile()]
  const places: [string, number][] = []
  for (let n = 0; n < 10; n++) {
    const line = `${n}\n`
    places.push([line, await (n % 2 === 0 ? one : other).append(file, line)])
  }
  const text = await readFile(file, 'utf8')
  expect(text).toBe('0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n')
  for (const [line, from] of places) expect(text.indexOf(line)).toBeGreaterThanOrEqual(from)
})

test('a file that somebody moved away is written to for a second at most', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const file = join(folder, 'a')
  const appending = createAppendFile()
  await appending.append(file, 'before\n')
  await rename(file, join(folder, 'moved'))
  vi.advanceTimersByTime(1000)
  await appending.append(file, 'after\n')
  expect(await readFile(file, 'utf8')).toBe('after\n')
})

test('another file is another file', async () => {
  const appending = createAppendFile()
  await appending.append(join(folder, 'a'), 'one\n')
  expect(await appending.append(join(folder, 'b'), 'two\n')).toBe(0)
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('one\n')
  expect(await readFile(join(folder, 'b'), 'utf8')).toBe('two\n')
})
