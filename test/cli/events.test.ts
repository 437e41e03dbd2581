import { appendFile, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openEventStore } from '../../src/events/event-store.ts'
import { event } from '../events/stores.ts'
import { id as callId } from '../records/records.ts'
import { belplan } from './belplan.ts'

/** As long as real ones are. */
const idOf = (n: number) => `XK7cUOqRrCB8xTpZQ0kY1${n}`

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'belplan-events-'))))
afterEach(() => rm(folder, { recursive: true }))

async function run(...args: string[]) {
  const { code, out } = await belplan(['events', ...args], { cwd: folder })
  return { code, out: out.split('\n') }
}

test('command-line events: what waits and what was given up, beside a controller that runs', async () => {
  const store = openEventStore({ folder: join(folder, 'data/events'), name: 'a', log: () => undefined })
  store.add(
    [1, 2].map((n, i) => ({
      event: event(callId(n), 'ended', { id: idOf(n), document: i === 0 ? 'acme' : 'other' }),
      sinceMs: i === 0 ? 1000 : Date.now() - 60_000,
      dueMs: 0,
    })),
  )
  store.postpone(store.next('acme', 'crm', 1)[0]!, Date.now(), { reason: 'connection refused', often: true })
  const all = await run()
  expect(all.code).toBe(0)
  expect(all.out).toHaveLength(6)
  expect(all.out[0]).toMatch(/^waiting {2}XK7cUOqRrCB8xTpZQ0kY12 \S+Z$/)
  expect(all.out[1]).toBe(`  ended of ${callId(2)} to other/crm, not tried yet,`)
  expect(all.out[2]).toMatch(/^ {4}next \S+Z$/)
  expect(all.out[3]).toMatch(/^given up XK7cUOqRrCB8xTpZQ0kY11 \S+Z$/)
  expect(all.out[4]).toBe(`  ended of ${callId(1)} to acme/crm, tried once:`)
  expect(all.out[5]).toBe('    connection refused')
  expect(Math.max(...all.out.map((line) => line.length))).toBeLessThanOrEqual(80)
  expect((await run('--state', 'givenUp')).out).toHaveLength(3)
  const [json] = (await run('--document', 'other', '--json')).out
  expect(JSON.parse(json!)).toMatchObject({ id: idOf(2), state: 'waiting', callid: callId(2) })
  store.close()
})

test('command-line events: what a killed controller left in its log is listed, and nothing is written', async () => {
  const data = join(folder, 'data/events')
  const store = openEventStore({ folder: data, name: 'a', log: () => undefined })
  const log = join(data, 'a.1.log')
  const logged = (n: number) => ({ sinceMs: 1000 * n, event: event(callId(n), 'ended', { id: idOf(n) }) })
  await writeFile(log, `${JSON.stringify(logged(1))}\n`)
  store.add([{ ...logged(1), dueMs: 0 }], { file: 'a.1.log', place: (await stat(log)).size })
  await appendFile(log, `${JSON.stringify(logged(2))}\n`)
  store.close()
  await writeFile(join(data, 'begins.db'), '')
  const before = await readdir(data)
  const { out } = await run('--json')
  expect(out.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual([idOf(1), idOf(2)])
  expect((await run('--state', 'givenUp')).out).toEqual(['no events wait, and none was given up'])
  expect((await run('--document', 'other')).out).toEqual(['no events wait, and none was given up'])
  expect(await readdir(data)).toEqual(before)
})

test('command-line events: without any it says so, and what is no state is named', async () => {
  expect(await run()).toMatchObject({ code: 0, out: ['no events wait, and none was given up'] })
  expect((await run('--state', 'lost')).code).toBe(2)
  expect((await run('--most', 'all')).code).toBe(2)
})
