import { execFile } from 'node:child_process'
import type * as fs from 'node:fs'
import { mkdtemp, readdir, readFile, readlink, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAppendFile } from '../../src/util/append-file.ts'

const { fstat } = vi.hoisted(() => ({ fstat: vi.fn<typeof fs.fstat>() }))
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>()
  fstat.mockImplementation(real.fstat)
  return { ...real, fstat }
})

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'belplan-append-'))
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(folder, { recursive: true })
})

test('what several append to one file is all there, each at or behind the offset that was returned', async () => {
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

test('where a file is taken by whoever reads it, what was written to it after that is written again', async () => {
  const file = join(folder, 'a')
  const appending = createAppendFile({ isTaken: true })
  await appending.append(file, 'before\n')
  await rename(file, join(folder, 'taken'))
  expect(await appending.append(file, 'after\n')).toBe(0)
  expect(await readFile(file, 'utf8')).toBe('after\n')
  await rm(file)
  await appending.append(file, 'later\n')
  expect(await readFile(file, 'utf8')).toBe('later\n')
})

test('a file whose length cannot be had is closed again', async () => {
  const file = join(folder, 'a')
  const appending = createAppendFile()
  fstat.mockImplementationOnce(((_: number, done: (error: Error) => void) => done(new Error('EIO'))) as never)
  await expect(appending.append(file, 'lost\n')).rejects.toThrow('EIO')
  const open = await readdir('/proc/self/fd')
  const places = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  expect(places).not.toContain(file)
  await appending.append(file, 'kept\n')
  expect(await readFile(file, 'utf8')).toBe('kept\n')
})

test('another file is another file', async () => {
  const appending = createAppendFile()
  await appending.append(join(folder, 'a'), 'one\n')
  expect(await appending.append(join(folder, 'b'), 'two\n')).toBe(0)
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('one\n')
  expect(await readFile(join(folder, 'b'), 'utf8')).toBe('two\n')
})

test('lines are written when the process has no descriptor left, and again the next time', async () => {
  // In a process of its own, with few to use up.
  const program = `
    import { closeSync, openSync } from 'node:fs'
    const { createAppendFile } = await import(${JSON.stringify(new URL('../../src/util/append-file.ts', import.meta.url).href)})
    const [a, b] = ['a', 'b'].map((name) => process.cwd() + '/' + name)
    const appending = createAppendFile()
    const used = []
    const useUp = () => { try { for (;;) used.push(openSync('/dev/null')) } catch (error) { return error.code } }
    const codes = [useUp()]
    await appending.append(a, 'one\\n')
    codes.push(useUp())
    await appending.append(b, 'two\\n')
    await appending.append(a, 'three\\n')
    closeSync(used.pop())
    await appending.append(b, 'four\\n')
    codes.push(useUp())
    await appending.append(a, 'five\\n')
    used.forEach(closeSync)
    console.log(JSON.stringify(codes))`
  const shell = ['-c', 'ulimit -n 64 && exec "$0" --input-type=module -e "$1"', process.execPath, program]
  const { stdout } = await promisify(execFile)('sh', shell, { cwd: folder })
  expect(JSON.parse(stdout)).toEqual(['EMFILE', 'EMFILE', 'EMFILE'])
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('one\nthree\nfive\n')
  expect(await readFile(join(folder, 'b'), 'utf8')).toBe('two\nfour\n')
})
