/** Records on their way from the journals of several machines to one database, a real PostgreSQL. */
import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { askToForget, forgetShared } from '../../src/history/forget-shared.ts'
import { forgetCalls } from '../../src/history/forget-calls.ts'
import { lineOfJournal } from '../../src/history/journal-line.ts'
import {
  callMatcher,
  comparePlaces,
  numberFilter,
  placeOf,
  WANTED_ENDINGS,
} from '../../src/history/call-query.ts'
import { sharedCalls } from '../../src/history/shared-calls.ts'
import { createShipper, type Shipper, type ShipperOptions } from '../../src/history/shipper.ts'
import { shippedIn } from '../../src/history/shipped.ts'
import { readBatch } from '../../src/history/shipping-batch.ts'
import { personOf } from '../../src/plan/index.ts'
import { connect } from '../../src/postgres/index.ts'
import type { CallLine } from '../../src/records/call-line.ts'
import { ENDINGS } from '../../src/records/ending.ts'
import type { CallRecord } from '../../src/records/record.ts'
import { type Database, openPostgres, type Postgres } from '../harness/postgres.ts'
import { id, record } from '../records/records.ts'
import { testJournal } from './journals.ts'

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close())

const DAY = '2026-11-22'
const NOON = Date.parse(`${DAY}T12:00Z`)
const going = new AbortController().signal

function connected({ url }: Pick<Database, 'url'>) {
  const db = connect({ url, name: 'test', most: 4 })
  onTestFinished(() => db.destroy())
  return db
}

/** A machine with its journal. */
function machine(database: Pick<Database, 'url'>, options: Partial<ShipperOptions> = {}) {
  const journal = testJournal()
  const log: string[] = []
  const db = connected(database)
  const start = (more: Partial<ShipperOptions> = {}): Shipper =>
    createShipper({
      ...{ db, data: journal.data, name: 'host-a:8084', now: () => NOON },
      log: (_level, _fields, message) => void log.push(message),
      ...{ ...options, ...more },
    })
  return { ...journal, db, log, start, shipper: start() }
}

/** Until there is no more. */
async function shipAll(shipper: Shipper): Promise<void> {
  for (let tries = 0; (await shipper.ship(going)) !== true; tries++)
    if (tries > 100) throw new Error('it does not come to an end')
}

const nth = (n: number, more: Partial<CallRecord> = {}) =>
  record(id(n), { at: new Date(NOON + n * 1000).toISOString(), ...more })
const many = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => nth(from + i))
const idsIn = async (db: ReturnType<typeof connected>) =>
  (await db.selectFrom('calls').select('id').orderBy('id').execute()).map((row) => Number(row.id.slice(-6)))
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)

test('several-machines records of all journals are in the database once, with all that they say', async () => {
  const database = await postgres.database()
  const [a, b] = [machine(database), machine(database)]
  const whole = nth(1, {
    ...{ document: 'acme', plan: 'main', revision: '5f0c3a9be214', ringMs: 6120, talkMs: 71_002 },
    ...{ cause: 'NORMAL_CLEARING', controllers: ['host-a:8084', 'host-b:8084'] },
  })
  a.append(DAY, nth(0), whole)
  b.append(DAY, nth(2), nth(0))
  await Promise.all([a, b].map(({ shipper }) => shipAll(shipper)))
  expect(await idsIn(a.db)).toEqual([0, 1, 2])
  const calls = sharedCalls(a.db)
  expect(await calls.find(id(1))).toEqual(whole)
  expect(await calls.find(id(9))).toBeUndefined()
  const { steps: _, controllers: __, ...line } = whole
  expect((await calls.list({ most: 10 }))[1]).toEqual({ ...line, state: 'ended' })
  const columns = ['day', 'wait_ms', 'controller'] as const
  expect(await a.db.selectFrom('calls').select(columns).where('id', '=', id(1)).execute()).toEqual([
    { day: DAY, wait_ms: 6120, controller: 'host-b:8084' },
  ])
  expect(a.shipper.counts()).toEqual({ waiting: 0, oldestMs: 0, shipped: 2, failures: 0, refused: 0 })
})

test('several-machines what is appended later is shipped from there, and a line that is not whole yet is waited for', async () => {
  const { append, shipper, db, start } = machine(await postgres.database())
  const text = `${JSON.stringify(nth(1))}\n`
  append(DAY, nth(0), text.slice(0, 50))
  await shipAll(shipper)
  expect(await idsIn(db)).toEqual([0])
  append(DAY, text.slice(50), nth(2))
  append('2026-11-23', nth(3))
  // Another process goes on where the one before it was.
  const next = start()
  await shipAll(next)
  expect(await idsIn(db)).toEqual(upTo(4))
  expect(next.counts().shipped).toBe(3)
})

test('several-machines what the database cannot hold is shipped as far as it can, and one record that it does not take stops no other', async () => {
  const { append, shipper, db, log } = machine(await postgres.database())
  const cut = JSON.stringify(nth(8)).slice(0, 90)
  append(
    DAY,
    ...[nth(0), `${cut}\n`, cut, nth(1), '\n', 'null\n', '{"id":7}\n', `${' '.repeat(40)}\n`],
    nth(2, { name: 'a\0b\ud800c', ringMs: 1e12, steps: [{ ...record('').steps[0]!, ms: 1e300 }] }),
    `{"id":"${id(3)}","at":"${nth(3).at}","ending":"unheardOf","ringMs":"long","steps":7,"x":"\\\\u0000"}\n`,
    `{"id":"${randomBytes(4000).toString('hex')}","at":"${nth(4).at}"}\n`,
    nth(4, { caller: 'x'.repeat(10_000), notes: [{ 'a\0b': 1 }] as unknown as string[] }),
    `{"id":"${id(5)}","at":"+012026-11-22T12:00:00.000Z"}\n`,
    ...many(6, 400),
  )
  await shipAll(shipper)
  expect(await idsIn(db)).toEqual(upTo(400).filter((n) => n !== 5))
  const calls = sharedCalls(db)
  expect(await calls.find(id(2))).toMatchObject({ name: 'a\ufffdb\ufffdc', ringMs: 1e12 })
  expect(await calls.find(id(4))).toMatchObject({ caller: 'x'.repeat(10_000), notes: [{ 'a\ufffdb': 1 }] })
  expect(await calls.find(id(3))).toMatchObject({ ringMs: 'long', x: '\\u0000' })
  expect(log).toEqual(['the database does not take a record'])
  expect(shipper.counts()).toMatchObject({ waiting: 0, refused: 1, failures: 0 })
})

test('several-machines a file of an old day is shipped to its end, though its last line was cut short', async () => {
  const { append, shipper, data } = machine(await postgres.database())
  append('2026-11-20', nth(0), '{"id":')
  append(DAY, nth(1), '{"id":')
  await shipAll(shipper)
  const rest = ['2026-11-20', DAY].map((day) => {
    const { size } = statSync(join(data, 'journal', `${day}.jsonl`))
    return size - shippedIn(data)(Date.parse(day) / (24 * 3600_000))
  })
  expect(rest).toEqual([0, 6])
})

test('several-machines a stop in the middle of a file of an old day: the rest of it is shipped later', async () => {
  const { append, shipper, db, start } = machine(await postgres.database())
  append('2026-11-20', ...many(0, 1000).map((one) => ({ ...one, notes: ['x'.repeat(3000)] })))
  let looks = 0
  const stopping = {
    get aborted() {
      return ++looks > 2
    },
  } as AbortSignal
  expect(await shipper.ship(stopping)).toBe(false)
  expect((await idsIn(db)).length).toBeLessThan(1000)
  await shipAll(start())
  expect(await idsIn(db)).toEqual(upTo(1000))
})

test('several-machines a file that is another one now, or was cut, is shipped from its beginning', async () => {
  const { append, shipper, db, data } = machine(await postgres.database())
  append(DAY, nth(0), nth(1))
  await shipAll(shipper)
  truncateSync(join(data, 'journal', `${DAY}.jsonl`))
  append(DAY, nth(2))
  await shipAll(shipper)
  expect(await idsIn(db)).toEqual(upTo(3))
})

test('several-machines a database that has lost what it had gets it again, also one that is another one, or a journal whose note is lost', async () => {
  const database = await postgres.database()
  const { append, shipper, db, data, start } = machine(database)
  append(DAY, ...many(0, 10))
  await shipAll(shipper)
  const before = await db.selectFrom('shipped').selectAll().execute()
  append(DAY, ...many(10, 30))
  await shipAll(shipper)
  // A standby that had not got the last commits.
  await connected({ url: database.owner }).deleteFrom('calls').where('id', '>=', id(10)).execute()
  await db.updateTable('shipped').set(before[0]!).execute()
  append(DAY, nth(30))
  await shipAll(shipper)
  expect(await idsIn(db)).toEqual(upTo(31))

  const other = connected(await postgres.database())
  await shipAll(start({ db: other }))
  expect(await idsIn(other)).toEqual(upTo(31))

  rmSync(join(data, 'shipped.json'))
  const again = start()
  await shipAll(again)
  expect([again.counts().shipped, await idsIn(db)]).toEqual([31, upTo(31)])
})

test(
  'several-machines an outage at any moment: each record is there once, and how much waits is counted',
  { timeout: 60_000 },
  async () => {
    const database = await postgres.database()
    const { append, shipper, db } = machine(database)
    append(DAY, ...many(0, 3000))
    await shipAll(shipper)
    append(DAY, ...many(3000, 6000))
    append('2026-11-23', ...many(6000, 9000))
    const shipping = shipper.ship(going).then(
      () => undefined,
      (error: unknown) => error,
    )
    await postgres.kill()
    await shipping
    append(DAY, nth(9000))
    await expect(shipper.ship(going)).rejects.toThrow()
    const { waiting, oldestMs, failures } = shipper.counts()
    expect(waiting).toBeGreaterThan(0)
    expect(waiting).toBeLessThanOrEqual(6001)
    expect(oldestMs).toBe(0)
    expect(failures).toBeGreaterThan(0)
    await postgres.start()
    await shipAll(shipper)
    expect(await idsIn(db)).toEqual(upTo(9001))
    expect(shipper.counts()).toMatchObject({ waiting: 0, oldestMs: 0 })
  },
)

test('operations belplan_records_waiting_seconds: how long the oldest record waits, from the end of its call', async () => {
  const { append, start } = machine({ url: 'postgres://127.0.0.1:9/none' })
  const steps = [{ ...record('').steps[0]!, ms: 10_000 }]
  append(DAY, 'no record\n', record(id(1), { at: new Date(NOON).toISOString(), steps, talkMs: 50_000 }))
  const shipper = start({ now: () => NOON + 3600_000 })
  await expect(shipper.ship(going)).rejects.toThrow()
  expect(shipper.counts()).toEqual({
    ...{ waiting: 2, oldestMs: 3600_000 - 60_000, shipped: 0, failures: 1, refused: 0 },
  })
})

test(
  'several-machines a database that is slow gets fewer records at once, until it takes them',
  { timeout: 60_000 },
  async () => {
    const database = await postgres.database()
    const { append, shipper, db } = machine(database, { addMs: 500 })
    const owner = connected({ url: database.owner })
    await sql
      .raw(
        `CREATE FUNCTION belplan.slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.005); RETURN NEW; END';
       CREATE TRIGGER slow BEFORE INSERT ON belplan.calls FOR EACH ROW EXECUTE FUNCTION belplan.slow()`,
      )
      .execute(owner)
    append(DAY, ...many(0, 200))
    for (let tries = 0; tries < 20; tries++)
      if ((await shipper.ship(going).catch(() => false)) === true) break
    expect(await idsIn(db)).toEqual(upTo(200))
    expect(shipper.counts().failures).toBeGreaterThan(2)
  },
)

/** By the clock of this machine, which is that of the database. */
const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3600_000).toISOString().slice(0, 10)
const TOO_OLD = expect.stringContaining('records of days that the database does not keep any more') as string
const REMOVED = 'records of old days are removed from the database'

test('configuration journal.sharedDays: older days are dropped, and not shipped again', async () => {
  const database = await postgres.database()
  const all = machine(database, { now: Date.now })
  all.append(daysAgo(12), nth(0, { at: `${daysAgo(12)}T12:00:00.000Z` }))
  all.append(
    daysAgo(0),
    nth(1, { at: `${daysAgo(8)}T23:59:59.999Z` }),
    nth(2, { at: `${daysAgo(7)}T00:00:00.000Z` }),
    nth(3, { at: `${daysAgo(0)}T00:00:00.000Z` }),
  )
  await shipAll(all.shipper)
  expect(await idsIn(all.db)).toEqual(upTo(4))
  const kept = machine(database, { sharedDays: 7, now: Date.now })
  kept.append(daysAgo(12), nth(10, { at: `${daysAgo(12)}T13:00:00.000Z` }))
  kept.append(
    daysAgo(0),
    nth(11, { at: `${daysAgo(8)}T23:59:59.999Z` }),
    nth(12, { at: `${daysAgo(7)}T01:00:00.000Z` }),
  )
  await shipAll(kept.shipper)
  expect(await idsIn(all.db)).toEqual([2, 3, 12])
  expect(kept.log).toEqual([REMOVED, TOO_OLD])
  // A day that was dropped while another controller's process had it in mind is made again.
  const table = sql.ref(`belplan.calls_${daysAgo(0).replaceAll('-', '')}`)
  await sql`DROP TABLE ${table}`.execute(connected({ url: database.superuser }))
  all.append(daysAgo(0), nth(4, { at: `${daysAgo(0)}T00:00:00.000Z` }))
  await shipAll(all.shipper)
  expect(await idsIn(all.db)).toEqual([2, 4, 12])
})

test('configuration journal.sharedDays: a machine whose clock is ahead removes nothing, and ships what it has', async () => {
  const { append, shipper, db, log } = machine(await postgres.database(), {
    sharedDays: 7,
    now: () => Date.now() + 400 * 24 * 3600_000,
  })
  append(daysAgo(1), nth(0, { at: `${daysAgo(1)}T12:00:00.000Z` }))
  append(daysAgo(-400), nth(1, { at: `${daysAgo(-400)}T00:00:00.000Z` }))
  await shipAll(shipper)
  expect(await idsIn(db)).toEqual([0, 1])
  expect(log).toEqual([])
})

test('configuration journal.sharedDays: a machine whose clock is behind says that its records stay in its journal', async () => {
  const { append, shipper, db, log } = machine(await postgres.database(), {
    sharedDays: 7,
    now: () => Date.parse('1970-01-02T12:00Z'),
  })
  append('1970-01-02', nth(0, { at: '1970-01-02T00:00:07.000Z' }))
  await shipAll(shipper)
  expect(await idsIn(db)).toEqual([])
  expect(log).toEqual([TOO_OLD])
  append('1970-01-02', nth(1, { at: '1970-01-02T00:00:08.000Z' }))
  await shipAll(shipper)
  expect(log).toEqual([TOO_OLD])
})

test('configuration journal.sharedDays: while somebody reads the table for long no day is removed, and records are shipped', async () => {
  const database = await postgres.database()
  const { append, shipper, db, log, start } = machine(database, { sharedDays: 7, now: Date.now })
  const owner = connected({ url: database.owner })
  await sql`SELECT belplan.make_partition(${daysAgo(9)}::date)`.execute(owner)
  append(daysAgo(0), nth(0, { at: `${daysAgo(0)}T00:00:00.000Z` }))
  await owner.transaction().execute(async (report) => {
    await report.selectFrom('calls').selectAll().execute()
    await shipAll(shipper)
    expect(await idsIn(db)).toEqual([0])
  })
  expect(log).toEqual([expect.stringContaining('records of old days cannot be removed from the database')])
  expect(shipper.counts().failures).toBe(0)
  await shipAll(start())
  expect(log.slice(1)).toEqual([REMOVED])
})

test('several-machines while the table is analyzed no partition is made ahead, and records are shipped', async () => {
  const database = await postgres.database()
  const { append, shipper, db, log } = machine(database)
  const owner = connected({ url: database.owner })
  await sql`SELECT belplan.make_partition(${DAY}::date)`.execute(owner)
  append(DAY, nth(0))
  await owner.transaction().execute(async (analyzing) => {
    await sql`LOCK TABLE ONLY belplan.calls IN SHARE UPDATE EXCLUSIVE MODE`.execute(analyzing)
    await shipAll(shipper)
  })
  expect(await idsIn(db)).toEqual([0])
  expect(log).toEqual(['partitions of days to come cannot be made yet'])
})

test('several-machines partitions are made ahead of their day', async () => {
  const { shipper, db } = machine(await postgres.database())
  await shipAll(shipper)
  const { rows } = await sql<{ name: string }>`
    SELECT relname AS name FROM pg_class WHERE relname ~ '^calls_2' AND relkind = 'r' ORDER BY 1`.execute(db)
  expect(rows.map(({ name }) => name)).toEqual(
    [0, -1, -2, -3].map((days) => `calls_${daysAgo(days).replaceAll('-', '')}`),
  )
})

const NUMBER = '+31612345678'
const janssen = (n: number) => nth(n, { caller: NUMBER, name: 'Janssen' })
const person = personOf(NUMBER, 'NL')

test('command-line calls forget: no journal ships before it has forgotten, whatever is under way', async () => {
  const database = await postgres.database()
  const [a, b] = [machine(database), machine(database)]
  a.append(DAY, janssen(0), nth(1, { caller: '+31687654321', name: 'Jones' }))
  await shipAll(a.shipper)
  b.append(DAY, janssen(2))
  // A batch that knows of nobody who is to be forgotten is on its way.
  const asked = { number: '06 12345678', country: 'NL', author: 'root@host-a' }
  const [shipped] = await Promise.all([b.shipper.ship(going), askToForget(a.db, asked)])
  expect(await forgetShared(a.db, person)).toMatchObject({ records: shipped === true ? 2 : 1 })
  a.append(DAY, janssen(3))
  b.append(DAY, janssen(4))
  for (const { shipper, data } of [a, b]) {
    let forgetting = await shipper.ship(going)
    if (forgetting === false) forgetting = await shipper.ship(going)
    if (typeof forgetting === 'boolean') throw new Error('nobody is to be forgotten')
    expect(forgetting).toMatchObject({ ...asked, seq: 1 })
    expect(await shipper.ship(going)).toEqual(forgetting)
    await forgetCalls(data, personOf(forgetting.number, forgetting.country ?? undefined))
    await shipper.forgotten(forgetting, true)
    await shipAll(shipper)
  }
  const rows = await a.db.selectFrom('calls').selectAll().orderBy('id').execute()
  expect(rows).toHaveLength(5)
  expect(JSON.stringify(rows)).not.toMatch(/612345678|Janssen/)
  // And not who it was, once each journal has done it.
  expect(await a.db.selectFrom('forgotten').select(['number', 'country', 'author']).execute()).toEqual([
    { number: null, country: null, author: 'root@host-a' },
  ])
  // Who calls later is no affair of that.
  a.append(DAY, janssen(5))
  await shipAll(a.shipper)
  expect(await sharedCalls(a.db).find(id(5))).toMatchObject({ caller: NUMBER })
})

test('command-line calls forget: a machine that cannot do it ships on without that person, and is asked again after a while that grows', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { append, shipper, db, data } = machine(await postgres.database())
  const other = nth(0, { caller: '+31687654321', name: 'Jones' })
  append(DAY, other, janssen(1), nth(2, { caller: '', notes: ['rang 0612345678'] }))
  await askToForget(db, { number: '06 12345678', country: 'NL', author: 'root@host-a' })
  const forgetting = await shipper.ship(going)
  if (typeof forgetting === 'boolean') throw new Error('nobody is to be forgotten')
  expect(await idsIn(db)).toEqual([])
  for (const [n, ms] of [1000, 2000, 4000].entries()) {
    await shipper.forgotten(forgetting, false)
    append(DAY, janssen(3 + n))
    vi.advanceTimersByTime(ms - 1)
    await shipAll(shipper)
    expect(await idsIn(db)).toEqual(upTo(4 + n))
    vi.advanceTimersByTime(1)
    expect(await shipper.ship(going)).toEqual(forgetting)
  }
  for (let tries = 0; tries < 10; tries++) await shipper.forgotten(forgetting, false)
  vi.advanceTimersByTime(300_000)
  expect(await shipper.ship(going)).toEqual(forgetting)
  expect(JSON.stringify(await db.selectFrom('calls').selectAll().execute())).not.toMatch(/612345678|Janssen/)
  expect(await sharedCalls(db).find(id(0))).toEqual(other)
  expect(await sharedCalls(db).find(id(2))).toMatchObject({ notes: ['rang '] })
  await forgetCalls(data, person)
  await shipper.forgotten(forgetting, true)
  append(DAY, janssen(6))
  await shipAll(shipper)
  expect(await sharedCalls(db).find(id(6))).toMatchObject({ caller: NUMBER })
})

test.each([
  ...[
    '+31612345678',
    '06-12345678',
    '+31 (0)6 12345678',
    'caller=%2B31%206%2012345678&x',
    'a\u000b612345678',
  ],
  ...['06\u201312345678'],
])('command-line calls forget: in the database, spelled as %j', async (text) => {
  const { append, shipper, db } = machine(await postgres.database())
  append(DAY, nth(0, { caller: '', notes: [`of ${text}`] }), nth(1, { caller: '', notes: ['of 0687654321'] }))
  await shipAll(shipper)
  expect(await forgetShared(db, person)).toEqual({
    records: 1,
    recordings: [],
    tables: ['belplan.calls_20261122'],
  })
  expect(JSON.stringify(await sharedCalls(db).find(id(0)))).not.toMatch(/12345678/)
  expect(await sharedCalls(db).find(id(1))).toMatchObject({ notes: ['of 0687654321'] })
})

test('command-line calls forget: in the database, an internal number, and the recordings that its calls named', async () => {
  const { append, shipper, db } = machine(await postgres.database())
  const recording = { file: '/rec/acme/a.wav', ms: 5 }
  append(
    DAY,
    nth(0, { caller: '2.15', recording }),
    nth(1, { caller: 'bob', notes: ['215 of them'], steps: [] }),
  )
  await shipAll(shipper)
  expect(await forgetShared(db, personOf('215', 'NL'))).toMatchObject({
    records: 1,
    recordings: [recording.file],
  })
  expect(await forgetShared(db, personOf('bob', 'NL'))).toMatchObject({ records: 1 })
  expect((await sharedCalls(db).list({ most: 9 })).map((call) => call.caller)).toEqual(['', ''])
  expect(await sharedCalls(db).find(id(1))).toMatchObject({ notes: ['215 of them'] })
})

const numbers = ['+31502100000', '+31502100001', '+31502100', '', 'bob', '215', '+31612345678', "o'neil %_"]
const documents = ['acme', 'acme/main', 'north/acme', 'north/b', 'north', 'northern/c']

const arbitraryRecord = fc.record({
  n: fc.nat(999),
  minute: fc.nat(3 * 24 * 60),
  did: fc.constantFrom(...numbers),
  caller: fc.constantFrom(...numbers),
  document: fc.option(fc.constantFrom(...documents), { nil: undefined }),
  plan: fc.constantFrom('main', 'night', 'acme'),
  ending: fc.constantFrom(...ENDINGS),
})
const option = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, { arbitrary, weight: 1 })
const arbitraryNumber = fc
  .constantFrom(...numbers, '+31*', '+3150*', '2*', '050-2100000', '*')
  .map((text) => numberFilter(text, 'NL'))
const minute = (n: number) => NOON + n * 60_000
const arbitraryFilter = fc.record({
  id: option(fc.constantFrom(id(1), id(0).slice(0, -3), 'x')),
  number: option(arbitraryNumber),
  caller: option(arbitraryNumber),
  plan: option(fc.constantFrom(...documents, 'north/acme/main', 'acme/night')),
  ending: option(fc.constantFrom(...WANTED_ENDINGS)),
  sinceMs: option(fc.nat(3 * 24 * 60).map(minute)),
  untilMs: option(fc.nat(3 * 24 * 60).map(minute)),
  documents: option(fc.subarray(['acme', 'north/*', '*', 'north/b', 'none'], { minLength: 1 })),
})

test(
  'api /calls what the database answers is what a look at each record says, page by page',
  { timeout: 120_000 },
  async () => {
    const database = await postgres.database()
    const { append, shipper, db } = machine(database)
    const owner = connected({ url: database.owner })
    const calls = sharedCalls(db)
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(arbitraryRecord, { selector: ({ n }) => n, maxLength: 60 }),
        fc.array(arbitraryFilter, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 7 }),
        async (records, filters, most) => {
          await owner.deleteFrom('calls').execute()
          const lines = records.map(({ n, minute: at, document, plan, ...more }) => {
            const found = document === undefined ? {} : { document, plan }
            const one = record(id(n), { at: new Date(minute(at)).toISOString(), ...found, ...more })
            append(DAY, one)
            return lineOfJournal(one)!
          })
          await shipAll(shipper)
          for (const filter of filters) {
            const given = Object.fromEntries(
              Object.entries(filter).filter(([, value]) => value !== undefined),
            )
            const expected = lines
              .filter(callMatcher(given))
              .sort((a, b) => comparePlaces(placeOf(a), placeOf(b)))
            const answered: CallLine[] = []
            for (;;) {
              const last = answered.at(-1)
              const page = await calls.list({ ...given, most, ...(last && { after: placeOf(last) }) })
              answered.push(...page)
              if (page.length < most) break
            }
            expect(answered).toEqual(expected)
          }
        },
      ),
      { numRuns: 25 },
    )
  },
)

test('several-machines a line that is overwritten at this moment is read again', async () => {
  const { append, data } = testJournal()
  append(DAY, nth(0))
  const file = join(data, 'journal', `${DAY}.jsonl`)
  const whole = readFileSync(file, 'utf8')
  writeFileSync(file, `${whole.slice(0, 40)}${'x'.repeat(whole.length - 41)}\n`)
  const reading = readBatch(file, 0)
  writeFileSync(file, whole)
  expect(await reading).toMatchObject({ rows: [{ id: id(0) }], lines: 1, to: Buffer.byteLength(whole) })
})
