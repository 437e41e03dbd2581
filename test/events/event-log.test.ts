/** Events on their way to the disk, also while it is full, and on into the store. */
import { appendFileSync, copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createEventLog, type EventLogOptions, logFilesOf, readLog } from '../../src/events/event-log.ts'
import { createLogReader } from '../../src/events/log-reader.ts'
import { until } from '../harness/until.ts'
import { event, nextOf, stores } from './stores.ts'

function logIn(folder: string, more: Partial<EventLogOptions> = {}) {
  const logged: string[] = []
  let kept = 0
  const log = createEventLog({
    ...{ folder, name: 'a' },
    log: {
      info: (_: unknown, message?: string) => void logged.push(`info: ${message}`),
      error: (_: unknown, message?: string) => void logged.push(`error: ${message}`),
    },
    onKept() {
      kept++
    },
    againMs: 5,
    ...more,
  })
  return { log, logged, keptTimes: () => kept }
}

const idsIn = (folder: string) =>
  logFilesOf(folder, 'a', { taken: false }).flatMap((file) =>
    readLog(join(folder, file), 0).events.map(({ event }) => event.id),
  )

test('events that come together are one write, and in the order in which they came', async () => {
  const { folder } = stores()
  const { log, keptTimes } = logIn(folder)
  await Promise.all(['1', '2', '3'].map((call) => log.keep(event(call, 'started'))))
  expect(idsIn(folder)).toEqual(['1-started', '2-started', '3-started'])
  expect(keptTimes()).toBe(1)
})

describe('events and a full disk', () => {
  function full() {
    const { folder } = stores()
    const disk = { full: true }
    const lines: string[] = []
    const line = JSON.stringify({ sinceMs: Date.now(), event: event('1', 'started') })
    const made = logIn(folder, {
      most: 3 * (line.length + 1),
      append(_, more) {
        if (disk.full) return Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }))
        lines.push(...more.trimEnd().split('\n'))
        return Promise.resolve(0)
      },
    })
    return { ...made, disk, lines }
  }

  test('calls go on, the log says so once, and each is kept once when the disk is back', async () => {
    const { log, logged, disk, lines } = full()
    await Promise.all([log.keep(event('1', 'started')), log.keep(event('2', 'started'))])
    await log.keep(event('3', 'started'))
    expect(lines).toEqual([])
    disk.full = false
    await until('they are kept', () => lines.length > 0 || undefined)
    expect(lines.map((line) => (JSON.parse(line) as { event: { id: string } }).event.id)).toEqual([
      ...['1-started', '2-started', '3-started'],
    ])
    expect(logged).toEqual([
      'error: events cannot be kept on disk; calls go on',
      'info: events are kept on disk again',
    ])
  })

  test('what memory does not hold is lost, counted, and logged once', async () => {
    const { log, logged } = full()
    for (const call of ['1', '2', '3', '4', '5']) await log.keep(event(call, 'started'))
    expect(log.lost).toBe(2)
    expect(logged.filter((line) => line.includes('lost'))).toEqual([
      'error: events are lost: the disk takes none',
    ])
  })
})

test('events that nobody reads are bounded, and go on when they are read', async () => {
  const { folder, open } = stores()
  const { log, logged } = logIn(folder, { fileBytes: 100, mostBytes: 500 })
  for (let call = 0; !logged[0]; call++) await log.keep(event(String(call), 'started'))
  expect(logged).toEqual(['error: events cannot be kept on disk; calls go on'])
  expect(idsIn(folder).length).toBeLessThan(5)
  const reader = createLogReader({
    ...{ folder, name: 'a', store: open('a'), log: () => undefined, onAdded: () => undefined },
  })
  await reader.read(log.file)
  await until('it goes on', () => logged[1])
})

describe('events and a full disk, as the controller stops', () => {
  function full() {
    const { folder } = stores()
    const disk = { full: true, lines: '' }
    const made = logIn(folder, {
      againMs: 60_000,
      append(_, lines) {
        if (disk.full) return Promise.reject(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }))
        disk.lines += lines
        return Promise.resolve(0)
      },
    })
    return { ...made, disk }
  }

  test('the disk is tried once more', async () => {
    const { log, disk } = full()
    await log.keep(event('1', 'started'))
    disk.full = false
    await log.close(50)
    expect(disk.lines).toContain('1-started')
    expect(log.lost).toBe(0)
  })

  test('what it does not take is counted and logged', async () => {
    const { log, logged } = full()
    await log.keep(event('1', 'started'))
    void log.keep(event('1', 'ended'))
    await log.close(50)
    expect(log.lost).toBe(2)
    expect(logged.at(-1)).toBe('error: events are lost: the disk takes none')
  })
})

describe('events from the log into the store', () => {
  const readerOf = (
    folder: string,
    store: ReturnType<ReturnType<typeof stores>['open']>,
    added: string[] = [],
  ) =>
    createLogReader({
      ...{ folder, name: 'a', store },
      log: () => undefined,
      onAdded: ({ id }) => void added.push(id),
    })

  test('each once, as they come, and files that were read go', async () => {
    const { folder, open } = stores()
    const store = open('a')
    const { log } = logIn(folder, { fileBytes: 300 })
    const added: string[] = []
    const reader = readerOf(folder, store, added)
    const calls = Array.from({ length: 20 }, (_, i) => String(i))
    for (const call of calls) {
      await log.keep(event(call, 'started'))
      if (Number(call) % 7 === 0) await reader.read()
    }
    await reader.read()
    expect(added).toEqual(calls.map((call) => `${call}-started`))
    expect(logFilesOf(folder, 'a', { taken: false }).length).toBeLessThanOrEqual(1)
    reader.close()
    expect(logFilesOf(folder, 'a', { taken: false })).toEqual([])
  })

  test('a file goes that was read, when it is old: numbers and names do not stay in it', async () => {
    const { folder, open } = stores()
    const reader = readerOf(folder, open('a'))
    const { log } = logIn(folder, { fileMs: 20, onKept: () => void reader.read(log.file) })
    await log.keep(event('1', 'started'))
    await until('it is gone', () => logFilesOf(folder, 'a', { taken: false }).length === 0 || undefined)
    await log.keep(event('2', 'started'))
    expect(logFilesOf(folder, 'a', { taken: false })).toEqual(['a.2.log'])
  })

  test('a file goes when what was in it is in the database file itself, not in its log alone', async () => {
    const { folder, open } = stores()
    const { log } = logIn(folder, { fileBytes: 100 })
    await log.keep(event('1', 'started'))
    await log.keep(event('2', 'started'))
    await readerOf(folder, open('a')).read(log.file)
    expect(logFilesOf(folder, 'a', { taken: false })).toEqual([])
    const { folder: other, open: openOther, clock } = stores()
    copyFileSync(join(folder, 'a.db'), join(other, 'a.db'))
    clock.ms = Date.now()
    expect(nextOf(openOther('a')).sort()).toEqual(['1-started', '2-started'])
  })

  test('a reader that is started again goes on where the one before was', async () => {
    const { folder, open } = stores()
    const store = open('a')
    const { log } = logIn(folder)
    const added: string[] = []
    for (const call of ['1', '2']) {
      await log.keep(event(call, 'started'))
      await readerOf(folder, store, added).read()
    }
    expect(added).toEqual(['1-started', '2-started'])
  })

  test('a line that was cut short is left out, and what follows is read', async () => {
    const { folder, open, clock } = stores()
    const store = open('a')
    const { log } = logIn(folder)
    await log.keep(event('1', 'started'))
    appendFileSync(join(folder, 'a.1.log'), '{"sinceMs":1,"event":{"id":"cut\n')
    await log.keep(event('2', 'started'))
    await readerOf(folder, store).read()
    clock.ms = Date.now()
    expect(nextOf(store).sort()).toEqual(['1-started', '2-started'])
  })

  test('a store that takes nothing loses nothing', async () => {
    const { folder, open, clock } = stores()
    const store = open('a')
    const disk = { full: true }
    const broken = {
      ...store,
      add(...args: Parameters<typeof store.add>) {
        if (disk.full) throw new Error('database or disk is full')
        store.add(...args)
      },
    }
    const { log } = logIn(folder)
    await log.keep(event('1', 'started'))
    const reader = readerOf(folder, broken)
    await reader.read()
    disk.full = false
    await reader.read()
    await reader.read()
    clock.ms = Date.now()
    expect(nextOf(store)).toEqual(['1-started'])
  })

  test('another controller takes over what one had not read, in a file that it leaves to it', async () => {
    const { folder, open, clock } = stores()
    const { log } = logIn(folder)
    await log.keep(event('1', 'started'))
    const other = open('b')
    // It may just be starting.
    expect(await other.look()).toBe(0)
    clock.ms += 60_000
    expect(await other.look()).toBe(1)
    expect(nextOf(other)).toEqual(['1-started'])
    expect(readdirSync(folder).filter((file) => file.startsWith('a.') && file !== 'a.lock')).toEqual([])
  })
})
