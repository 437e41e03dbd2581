/** Histories of several machines, each with its processes, and one database. */
import { execFileSync } from 'node:child_process'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type History, openHistory } from '../../src/history/history.ts'
import type { Forgetting } from '../../src/history/messages.ts'
import { askToForget } from '../../src/history/forget-shared.ts'
import { connect } from '../../src/postgres/index.ts'
import { openPostgres, type Postgres } from '../harness/postgres.ts'
import { until } from '../harness/until.ts'
import { id, record } from '../records/records.ts'
import { testJournal } from './journals.ts'

/** The processes run behind all else, other tests included. */
const slow = { timeout: 120_000 }
const withinMs = 60_000

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
const opened: History[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((history) => history.close(60_000)))
}, slow.timeout)
afterAll(() => postgres.close())

interface Asked {
  readonly store: string
  readonly forget?: (forgetting: Forgetting) => Promise<boolean>
}

function open(
  data: string,
  { store, forget = () => Promise.resolve(true) }: Asked,
  lines: string[] = [],
): History {
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  const history = openHistory({ data, log, shared: { store, name: () => 'host-a:8084', forget } })
  opened.push(history)
  return history
}

const DAY = '2026-11-22'
const idsOf = async (history: History) => {
  const { calls, missing } = await history.list({ most: 10 })
  return [calls.map((call) => Number(call.id.slice(-3))), missing] as const
}
const untilFound = (history: History, ...expected: readonly number[]) =>
  until(
    `the calls ${expected.join()}`,
    async () => {
      const [ids, missing] = await idsOf(history)
      return missing.length === 0 && ids.join() === expected.join() ? true : undefined
    },
    { withinMs },
  )

test(
  'api /calls calls of all machines are found; while the database is away those of this one, and it is said so',
  slow,
  async () => {
    const { url: store } = await postgres.database()
    const [a, b] = [testJournal(), testJournal()]
    const lines: string[] = []
    const [here, there] = [open(a.data, { store }, lines), open(b.data, { store })]
    a.append(DAY, record(id(1)), record(id(3)))
    b.append(DAY, record(id(2)))
    await untilFound(there, 3, 2, 1)
    await untilFound(here, 3, 2, 1)
    expect(await here.findShared(id(2))).toEqual(record(id(2)))
    expect(await here.findShared(id(9))).toBeUndefined()

    await postgres.kill()
    a.append(DAY, record(id(4)))
    for (let tries = 0; tries < 2; tries++) {
      const began = performance.now()
      expect(await idsOf(here)).toEqual([[4, 3, 1], ['otherMachines']])
      expect(performance.now() - began).toBeLessThan(5000)
    }
    await expect(here.findShared(id(2))).rejects.toThrow('the database cannot be asked')
    await until('one waits', () => (here.shipping!().waiting === 1 ? true : undefined), { withinMs })
    await postgres.start()
    await untilFound(there, 4, 3, 2, 1)
    await until('none waits', () => (here.shipping!().waiting === 0 ? true : undefined), { withinMs })
    expect(here.shipping!()).toMatchObject({ shipped: 3, refused: 0 })
    const told = lines.join('')
    expect(told.match(/records are not shipped; they wait in the journal/g)).toHaveLength(1)
    expect(told).toContain('records are shipped again')
  },
)

/** The processes that ship records which this one has started. */
const processes = () =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('shipping-process'))
    .map((line) => Number(line.trim().split(/\s+/)[0]))

test(
  'several-machines controllers that share a journal ship it one at a time, and another one when the process of that one is killed',
  slow,
  async () => {
    const { url: store } = await postgres.database()
    const journal = testJournal()
    const histories = [open(journal.data, { store }), open(journal.data, { store })]
    journal.append(DAY, record(id(1)))
    for (const history of histories) await untilFound(history, 1)
    const shipped = () => histories.map((history) => history.shipping!().shipped)
    await until('it is shipped', () => (shipped().includes(1) ? true : undefined), { withinMs })
    expect(shipped().sort()).toEqual([0, 1])
    const db = connect({ url: store, name: 'test' })
    const count = async () => (await db.selectFrom('calls').select('id').execute()).length
    const many = Array.from({ length: 20_000 }, (_, n) => record(id(n + 2)))
    journal.append(DAY, ...many)
    await until('some of them are there', async () => ((await count()) > 1 ? true : undefined), {
      withinMs,
      everyMs: 5,
    })
    for (const pid of processes()) process.kill(pid, 'SIGKILL')
    await until('another one ships the rest', async () => ((await count()) === 20_001 ? true : undefined), {
      withinMs,
    })
    await db.destroy()
  },
)

test(
  'command-line calls forget: each machine is told to forget until it has, and ships nothing before it was told',
  slow,
  async () => {
    const { url: store } = await postgres.database()
    const { data, append } = testJournal()
    const asked: Forgetting[] = []
    const db = connect({ url: store, name: 'test' })
    const forget = async (forgetting: Forgetting) => {
      if (asked.length === 0) expect(await db.selectFrom('calls').select('id').execute()).toEqual([])
      asked.push(forgetting)
      return asked.length > 1
    }
    const person = { number: '+31612345678', country: 'NL', author: 'root@host-b' }
    await askToForget(db, person)
    append(DAY, record(id(1)))
    const history = open(data, { store, forget })
    await untilFound(history, 1)
    await until('it is shipped', () => (history.shipping!().shipped === 1 ? true : undefined), { withinMs })
    await until('it is told again', () => (asked.length === 2 ? true : undefined), { withinMs })
    expect(asked).toEqual(Array(2).fill({ seq: 1, ...person }))
    await db.destroy()
  },
)

test('command-line calls forget: a controller that stops meanwhile does not wait for it', slow, async () => {
  const { url: store } = await postgres.database()
  const db = connect({ url: store, name: 'test' })
  await askToForget(db, { number: '+31612345678', country: 'NL', author: 'root@host-b' })
  await db.destroy()
  let isTold = false
  const forget = () => {
    isTold = true
    return new Promise<boolean>(() => undefined)
  }
  const history = open(testJournal().data, { store, forget })
  await idsOf(history)
  await until('it is told', () => isTold || undefined, { withinMs })
  await history.close(withinMs)
  expect(processes()).toEqual([])
})

test(
  'several-machines tables that nobody has migrated: records wait, and calls of this machine are found',
  slow,
  async () => {
    const { owner: store } = await postgres.emptyDatabase()
    const { data, append } = testJournal()
    append(DAY, record(id(1)))
    const lines: string[] = []
    const history = open(data, { store }, lines)
    await until('it is said', () => lines.find((line) => line.includes('its tables are of the past')), {
      withinMs,
    })
    expect(await idsOf(history)).toEqual([[1], ['otherMachines']])
  },
)
