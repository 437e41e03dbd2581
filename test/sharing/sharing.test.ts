/** Controllers on several machines that tell each other by a real PostgreSQL who runs and what they count. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { createAdmission } from '../../src/call/admission.ts'
import type { Config } from '../../src/config/config.ts'
import { createSharedTurns } from '../../src/plan/shared-turns.ts'
import { connect } from '../../src/postgres/connection.ts'
import type { Counts } from '../../src/sharing/messages.ts'
import { openSharing } from '../../src/sharing/sharing.ts'
import { openCutLine, type CutLine } from '../harness/cut-line.ts'
import { openPostgres, type Postgres } from '../harness/postgres.ts'
import { removeFolder } from '../harness/remove-folder.ts'
import { id, record } from '../records/records.ts'

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close())

const limits = {
  ...{ callsPerMinute: 0, calls: 6, perCaller: { callsPerMinute: 0, calls: 0 } },
  ...{ bridgesPerCall: 20, legsPerSecond: 0, maxSeconds: 14_400 },
} satisfies Config['limits']

const ending: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(ending.splice(0).map((end) => end()))
})

/** What one controller has of all that; `folder`: of its machine. */
async function start(
  url: string,
  name: string,
  { folder = '', revision = 'aaaaaaaaaaaa', lines = [] as string[] } = {},
) {
  const data = folder || (await mkdtemp(join(tmpdir(), 'belplan-sharing-')))
  const admission = createAdmission(limits, { shared: true })
  const turns = createSharedTurns()
  const told: (Counts | undefined)[] = []
  const own = { revision, ready: true }
  const sharing = await openSharing({
    log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }),
    ...{ url, data, version: '1.2.3', own: () => own },
    counting: () => ({
      own: (controllers) => ({ ...admission.own(controllers), turns: turns.own() }),
      setOthers(counts) {
        told.push(counts)
        admission.setOthers(counts)
        if (counts) turns.setOthers(counts.turns)
      },
      begin: turns.begin,
    }),
  })
  const close = () => sharing.close(5000)
  ending.push(async () => {
    await close()
    if (folder === '') removeFolder(data)
  })
  sharing.register(name)
  return {
    ...{ sharing, data, own, told, turns, close },
    /** How many of so many calls are admitted; they are held until `leave`. */
    begin(calls: number) {
      const admitted = Array.from({ length: calls }, () => admission.admit('acme', '', false))
      const held = admitted.filter(({ leave }) => leave)
      return { admitted: held.length, leave: () => held.forEach(({ leave }) => leave!()) }
    },
  }
}
type Machine = Awaited<ReturnType<typeof start>>

const soon = { interval: 20, timeout: 15_000 }
const living = ({ sharing }: Machine) =>
  sharing.controllers().flatMap(({ name, state }) => (state === 'lives' ? [name] : []))

async function three(url: string): Promise<[Machine, Machine, Machine]> {
  const all = await Promise.all(['a:1', 'b:1', 'c:1'].map((name) => start(url, name)))
  for (const one of all) await vi.waitFor(() => expect(living(one)).toEqual(['a:1', 'b:1', 'c:1']), soon)
  return all as [Machine, Machine, Machine]
}

/** `limits` are exact within a second. */
const SECOND_MS = 1000
const second = () => new Promise((done) => setTimeout(done, SECOND_MS))

async function lineTo(url: string): Promise<[string, CutLine]> {
  const line = await openCutLine(postgres.port)
  onTestFinished(() => line.close())
  return [url.replace(`:${postgres.port}`, `:${new URL(line.url).port}`), line]
}

test('several-machines a limit is one of all controllers, of each alone while the database is away, and of all again', async () => {
  const { url } = await postgres.database()
  const all = await three(url)
  const [a, b, c] = all
  const first = a.begin(3)
  expect([first.admitted, b.begin(2).admitted, c.begin(1).admitted]).toEqual([3, 2, 1])
  await second()
  expect(all.map((one) => one.begin(5).admitted)).toEqual([0, 0, 0])
  first.leave()
  await second()
  expect(b.begin(5).admitted).toBe(3)
  await second()
  expect(all.map((one) => one.begin(5).admitted)).toEqual([0, 0, 0])

  await postgres.kill()
  for (const one of all) await vi.waitFor(() => expect(one.sharing.store().connected).toBe(false), soon)
  // Of 6: none, five and one are held.
  expect(all.map((one) => one.begin(9).admitted)).toEqual([6, 1, 5])
  await postgres.start()
  for (const one of all) await vi.waitFor(() => expect(one.sharing.store().connected).toBe(true), soon)
  for (const one of all) await vi.waitFor(() => expect(living(one)).toEqual(['a:1', 'b:1', 'c:1']), soon)
  await second()
  expect(all.map((one) => one.begin(9).admitted)).toEqual([0, 0, 0])
}, 60_000)

test('several-machines the counts of a controller that is cut off go away within seconds, and those of one that ends at once', async () => {
  const { url } = await postgres.database()
  const [cutUrl, line] = await lineTo(url)
  const a = await start(cutUrl, 'a:1')
  const b = await start(url, 'b:1')
  const c = await start(url, 'c:1')
  for (const one of [a, b, c])
    await vi.waitFor(() => expect(living(one)).toEqual(['a:1', 'b:1', 'c:1']), soon)
  expect([a.begin(4).admitted, c.begin(2).admitted]).toEqual([4, 2])
  await second()
  expect(b.begin(1).admitted).toBe(0)
  await c.close()
  await second()
  expect(b.begin(9).admitted).toBe(2)
  expect(b.sharing.controllers().find(({ name }) => name === 'c:1')).toMatchObject({ state: 'ended' })
  line.cut()
  const cutMs = performance.now()
  await vi.waitFor(() => expect(b.begin(1).admitted).toBe(1), soon)
  expect(performance.now() - cutMs).toBeLessThan(7000)
  await vi.waitFor(() => expect(living(b)).toEqual(['b:1']), soon)
  line.mend()
  await vi.waitFor(() => expect(living(b)).toEqual(['a:1', 'b:1']), soon)
  await second()
  expect(b.begin(1).admitted).toBe(0)
}, 60_000)

test('§5 several-machines a list in turn goes on over all controllers, and over a start of one', async () => {
  const { url } = await postgres.database()
  const [a, b, c] = await three(url)
  const firsts: number[] = []
  for (const one of [a, b, c, c, a]) {
    firsts.push(one.turns.take('acme main/0', 4))
    await second()
  }
  await a.close()
  const again = await start(url, 'a:1', { folder: a.data })
  await vi.waitFor(() => expect(living(again)).toEqual(['a:1', 'b:1', 'c:1']), soon)
  await second()
  for (const one of [b, again]) {
    firsts.push(one.turns.take('acme main/0', 4))
    await second()
  }
  expect(firsts).toEqual([0, 1, 2, 3, 0, 1, 2])
}, 60_000)

test('several-machines each controller knows which revision the others serve, within a second or so', async () => {
  const { url } = await postgres.database()
  const [a, b] = await three(url)
  const of = (one: Machine) =>
    one.sharing.controllers().map(({ name, revision, ready }) => ({ name, revision, ready }))
  b.own.revision = 'bbbbbbbbbbbb'
  b.own.ready = false
  await vi.waitFor(
    () =>
      expect(of(a)).toEqual([
        { name: 'a:1', revision: 'aaaaaaaaaaaa', ready: true },
        { name: 'b:1', revision: 'bbbbbbbbbbbb', ready: false },
        { name: 'c:1', revision: 'aaaaaaaaaaaa', ready: true },
      ]),
    soon,
  )
  const [mine] = a.sharing.controllers()
  const [, , other] = b.sharing.controllers()
  expect(mine!.data).not.toBe(other!.data)
}, 30_000)

test('several-machines two controllers of one name are an error line', async () => {
  const { url } = await postgres.database()
  const lines: string[] = []
  await start(url, 'a:1', { lines })
  await start(url, 'a:1', { lines })
  await vi.waitFor(() => expect(lines.join('')).toMatch(/another controller has the name of this one/), soon)
}, 30_000)

test('several-machines counts of another release that cannot be read count for nothing', async () => {
  const { url, superuser } = await postgres.database()
  const [a, b] = await three(url)
  expect(b.begin(5).admitted).toBe(5)
  await second()
  expect(a.begin(9).admitted).toBe(1)
  const db = connect({ url: superuser, name: 'test' })
  onTestFinished(() => db.destroy())
  const limits = JSON.stringify({ documents: [['acme', 'many'], 7], callers: 'none' })
  await sql`UPDATE belplan.counts SET mark = 'x', limits = ${limits}, turns = '{"a' WHERE controller = 'b:1'`.execute(
    db,
  )
  await second()
  expect(a.begin(9).admitted).toBe(5)
  expect(a.sharing.store().connected).toBe(true)
}, 30_000)

test('several-machines a lost call is claimed by one machine, and stays so', async () => {
  const { url, superuser } = await postgres.database()
  const all = await three(url)
  const calls = Array.from({ length: 50 }, (_, n) => ({ id: `call-${n}`, at: '2026-11-26T10:00:00.000Z' }))
  const claimed = await Promise.all(all.map(({ sharing }) => sharing.claim(calls)))
  expect(claimed.flatMap((one) => [...one!.ours]).sort()).toEqual(calls.map(({ id }) => id).sort())
  // By any controller of the machine.
  const [a] = all
  const beside = await start(url, 'a:2', { folder: a.data })
  await vi.waitFor(() => expect(beside.sharing.store().connected).toBe(true), soon)
  expect(await beside.sharing.claim(calls)).toEqual(claimed[0])
  // One that has its record already is nobody's.
  const db = connect({ url: superuser, name: 'test' })
  onTestFinished(() => db.destroy())
  await sql`SELECT belplan.make_partition('2026-11-26')`.execute(db)
  await db
    .insertInto('calls')
    .values({
      ...{ day: '2026-11-26', id: 'written', at: '2026-11-26T10:00:00.000Z', did: '', caller: '', name: '' },
      ...{ controller: 'c:1', record: '{}' },
    })
    .execute()
  expect(await a.sharing.claim([{ id: 'written', at: '2026-11-26T10:00:00.000Z' }])).toMatchObject({
    ours: new Set(),
  })
  await postgres.stop()
  onTestFinished(() => postgres.start())
  expect(await a.sharing.claim([{ id: 'other', at: '2026-11-26T10:00:00.000Z' }])).toBeUndefined()
}, 60_000)

test('several-machines a database without tables of this release is as one that is away, until it has them', async () => {
  const { url, owner } = await postgres.database()
  const db = connect({ url: owner, name: 'test' })
  onTestFinished(() => db.destroy())
  await sql`UPDATE belplan.schema_version SET version = 0, works_from = 0`.execute(db)
  const a = await start(url, 'a:1')
  await vi.waitFor(() => expect(a.sharing.store().error).toMatch(/belplan migrate/), soon)
  await sql`UPDATE belplan.schema_version SET version = 9, works_from = 9`.execute(db)
  await vi.waitFor(() => expect(a.sharing.store().error).toMatch(/later release/), soon)
  expect(a.sharing.controllers()).toEqual([])
  await sql`UPDATE belplan.schema_version SET version = 9, works_from = 1`.execute(db)
  await vi.waitFor(() => expect(a.sharing.store().connected).toBe(true), soon)
  await vi.waitFor(() => expect(living(a)).toEqual(['a:1']), soon)
}, 30_000)

test('several-machines what waits here is copied again where a standby that took over lacks it', async () => {
  const { url, superuser } = await postgres.database()
  const [cutUrl, line] = await lineTo(url)
  const a = await start(cutUrl, 'a:1')
  await mkdir(join(a.data, 'talking'))
  await writeFile(join(a.data, 'talking', `${id(1)}.json`), JSON.stringify(record(id(1))))
  const db = connect({ url: superuser, name: 'test' })
  onTestFinished(() => db.destroy())
  const copies = async () => (await db.selectFrom('pending').select('id').execute()).map((copy) => copy.id)
  await vi.waitFor(async () => expect(await copies()).toEqual([id(1)]), soon)
  line.cut()
  await vi.waitFor(() => expect(a.sharing.store().connected).toBe(false), soon)
  await db.deleteFrom('pending').execute()
  line.mend()
  await vi.waitFor(async () => expect(await copies()).toEqual([id(1)]), soon)
}, 60_000)
