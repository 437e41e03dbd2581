import { Migrator } from 'kysely/migration'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/postgres/connection.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import * as first from '../../src/postgres/migrations/0001-first.ts'
import { readSchemaState } from '../../src/postgres/schema-state.ts'
import { belplan } from '../cli/belplan.ts'
import { openCutLine } from '../harness/cut-line.ts'
import { openPostgres, type Postgres } from '../harness/postgres.ts'
import { until } from '../harness/until.ts'

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close())

async function ask<T>(url: string, sql: string): Promise<T[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows as T[]
  } finally {
    await client.end()
  }
}

async function stateIn(url: string) {
  const db = connect({ url, name: 'test' })
  try {
    return await readSchemaState(db)
  } finally {
    await db.destroy()
  }
}

test('several-machines a database is migrated once, and controllers get what they need', async () => {
  const { owner, url, superuser } = await postgres.emptyDatabase()
  expect(await stateIn(superuser)).toBe('past')
  const args = ['migrate', '--store', 'env:OWNER', '--controllers', 'belplan', '--reports', 'belplan_reports']
  const first = await belplan(args, { env: { OWNER: owner } })
  expect(first).toEqual({
    code: 0,
    out: 'migrated: 0001-first\nmigrated: 0002-old-days-by-number\ngranted to belplan\ngranted to belplan_reports',
    err: '',
  })
  expect(await stateIn(url)).toBe('current')
  const again = await belplan(['migrate', '--store', owner])
  expect(again).toEqual({
    code: 0,
    out: 'nothing to migrate: this release works with the tables as they are',
    err: '',
  })
})

const ALL = ['0001-first', '0002-old-days-by-number']
const ROLES = { controllers: 'belplan', reports: 'belplan_reports' } as const

test('several-machines two that migrate at once do it once, also where it takes long, and both grant', async () => {
  const { owner, superuser, url } = await postgres.emptyDatabase()
  // Longer than a transaction may stand still.
  await ask(
    superuser,
    `CREATE FUNCTION public.wait() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(6); END';
     CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('CREATE SCHEMA') EXECUTE FUNCTION public.wait()`,
  )
  const all = await Promise.all(Array.from({ length: 4 }, () => migrate(owner, ROLES)))
  expect(all.flatMap(({ run }) => run)).toEqual(ALL)
  expect(await stateIn(url)).toBe('current')
}, 60_000)

test('several-machines of a machine that vanishes as it migrates nothing is left for longer than some seconds', async () => {
  const { owner, superuser } = await postgres.emptyDatabase()
  const line = await openCutLine(postgres.port)
  onTestFinished(() => line.close())
  line.vanishAt('INSERT INTO belplan.migrations')
  const vanished = migrate(owner.replace(`:${postgres.port}`, `:${new URL(line.url).port}`))
  vanished.catch(() => undefined)
  const open = () =>
    ask(
      superuser,
      "SELECT FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()",
    )
  await until('a transaction that stands still', async () => (await open()).length > 0 || undefined)
  const began = performance.now()
  expect(await migrate(owner)).toEqual({ run: ALL })
  expect(performance.now() - began).toBeLessThan(10_000)
}, 60_000)

test('several-machines a migration that fails says why, and leaves nothing', async () => {
  const { owner, superuser } = await postgres.emptyDatabase()
  await expect(migrate(owner, { controllers: 'nobody' })).rejects.toThrow('role "nobody" does not exist')
  expect(await stateIn(superuser)).toBe('past')
  await ask(superuser, 'CREATE SCHEMA belplan')
  await expect(migrate(owner)).rejects.toThrow('permission denied for schema belplan')
  await ask(superuser, 'ALTER SCHEMA belplan OWNER TO belplan_owner')
  expect(await migrate(owner)).toEqual({ run: ALL })
})

test('several-machines a release that is too old or too new for the tables finds that out', async () => {
  const { owner, url } = await postgres.database()
  await ask(owner, 'UPDATE belplan.schema_version SET version = 9, works_from = 1')
  expect(await stateIn(url)).toBe('current')
  await ask(owner, 'UPDATE belplan.schema_version SET version = 9, works_from = 9')
  expect(await stateIn(url)).toBe('future')
  await ask(owner, 'UPDATE belplan.schema_version SET version = 0, works_from = 0')
  expect(await stateIn(url)).toBe('past')
})

test.each([
  ['CREATE TABLE belplan.mine (n int)'],
  ['DROP TABLE belplan.calls'],
  ['ALTER TABLE belplan.calls ADD COLUMN mine int'],
  ['DELETE FROM belplan.revisions'],
  ['DELETE FROM belplan.calls'],
  ["UPDATE belplan.calls SET ending = 'talked'"],
  ['DELETE FROM belplan.forgotten'],
  ["UPDATE belplan.contents SET body = ''"],
  ["UPDATE belplan.changes SET name = ''"],
  ['UPDATE belplan.schema_version SET version = 9'],
  ["SELECT belplan.grant_controllers('belplan')"],
  ["SELECT belplan.drop_oldest_partitions('2030-01-01', 1000)"],
  ['CREATE TABLE public.mine (n int)'],
])('several-machines the user of controllers may not: %s', async (sql) => {
  const { url } = await postgres.database()
  await expect(ask(url, sql)).rejects.toMatchObject({ code: '42501' })
})

test('several-machines whoever reads reports sees records, and neither plans nor events', async () => {
  const { reports } = await postgres.database()
  expect(await ask(reports, 'SELECT * FROM belplan.calls')).toEqual([])
  const others = [
    'contents',
    'changes',
    'revisions',
    'serving',
    'events',
    'controllers',
    'counts',
    'claims',
    'pending',
    'migrations',
    'journals',
    'shipped',
    'forgetting',
    'forgotten',
  ]
  for (const table of others)
    await expect(ask(reports, `SELECT * FROM belplan.${table}`)).rejects.toMatchObject({ code: '42501' })
  for (const drop of ["drop_partitions('2030-01-01')", 'drop_old_partitions(7)'])
    await expect(ask(reports, `SELECT belplan.${drop}`)).rejects.toMatchObject({ code: '42501' })
  await expect(ask(reports, 'DELETE FROM belplan.calls')).rejects.toMatchObject({ code: '42501' })
})

test('several-machines partitions of days are made and dropped for controllers, by many at once', async () => {
  const { url } = await postgres.database()
  await Promise.all([3, 2, 2, 1].map((days) => makeDays(url, days)))
  for (const days of [1, 2, 3])
    await ask(
      url,
      `INSERT INTO belplan.calls (day, id, at, did, caller, name, controller, record) VALUES (${ago(days)}, '1', now(), '', '', '', '', '{}')`,
    )
  const drop = () => ask(url, 'SELECT belplan.drop_old_partitions(1)')
  const dropped = await Promise.all([drop(), drop()])
  expect(dropped.flat()).toHaveLength(2)
  expect(await ask(url, `SELECT ${TODAY} - day AS days FROM belplan.calls`)).toEqual([{ days: 1 }])
})

/** As the database has it. */
const TODAY = "(now() AT TIME ZONE 'UTC')::date"
const ago = (days: number) => `${TODAY} - ${days}`

async function makeDays(url: string, ...days: readonly number[]): Promise<void> {
  for (const n of days) await ask(url, `SELECT belplan.make_partition(${ago(n)})`)
}

/** How many days ago those are of which there are partitions. */
async function daysIn(url: string): Promise<number[]> {
  const rows = await ask<{ days: number }>(
    url,
    `SELECT ${TODAY} - to_date(right(relname, 8), 'YYYYMMDD') AS days FROM pg_class WHERE relname ~ '^calls_2' AND relkind = 'r' ORDER BY 1`,
  )
  return rows.map(({ days }) => days)
}

test('configuration journal.sharedDays: a few old days are removed at a time, and yesterday never is', async () => {
  const { url } = await postgres.database()
  await makeDays(url, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
  for (const days of ['0', '-400', 'NULL'])
    await expect(ask(url, `SELECT belplan.drop_old_partitions(${days})`)).rejects.toMatchObject({
      code: '22023',
    })
  expect(await ask(url, 'SELECT belplan.drop_old_partitions(1)')).toHaveLength(7)
  expect(await daysIn(url)).toEqual([-1, 0, 1, 2, 3])
  expect(await ask(url, 'SELECT belplan.drop_old_partitions(2)')).toHaveLength(1)
  expect(await ask(url, 'SELECT belplan.drop_old_partitions(2)')).toHaveLength(0)
})

test('several-machines a controller of the release before removes old days, one at a time, and none where its clock is ahead', async () => {
  const { url, owner } = await postgres.emptyDatabase()
  await migrateAsFirst(owner)
  await makeDays(url, 0, 1, 2, 9, 10)
  expect(await migrate(owner)).toEqual({ run: ['0002-old-days-by-number'] })
  expect(await ask(owner, 'SELECT version, works_from FROM belplan.schema_version')).toEqual([
    { version: 2, works_from: 1 },
  ])
  const drop = (before: string) => ask(url, `SELECT belplan.drop_partitions(${before})`)
  expect(await drop(`${TODAY} + 400`)).toEqual([])
  expect(await drop(TODAY)).toEqual([])
  expect(await daysIn(url)).toEqual([0, 1, 2, 9, 10])
  expect(await drop(ago(7))).toHaveLength(1)
  expect(await drop(ago(7))).toHaveLength(1)
  expect(await drop(ago(7))).toEqual([])
  expect(await drop(ago(1))).toHaveLength(1)
  expect(await daysIn(url)).toEqual([0, 1])
})

test('several-machines a controller of the release before ships on while somebody reads the table for long', async () => {
  const { url, owner } = await postgres.database()
  await makeDays(url, 9)
  const report = new Client({ connectionString: owner })
  await report.connect()
  try {
    await report.query('BEGIN; SELECT * FROM belplan.calls')
    expect(await ask(url, `SELECT belplan.drop_partitions(${ago(7)})`)).toEqual([])
    await expect(ask(url, 'SELECT belplan.drop_old_partitions(7)')).rejects.toMatchObject({ code: '55P03' })
  } finally {
    await report.end()
  }
  expect(await daysIn(url)).toEqual([9])
})

/** As the first release that knows a database left it. */
async function migrateAsFirst(owner: string): Promise<void> {
  const db = connect({ url: owner, name: 'test' })
  try {
    const migrator = new Migrator({
      db,
      provider: { getMigrations: () => Promise.resolve({ '0001-first': first }) },
      ...{ migrationTableSchema: 'belplan', migrationTableName: 'migrations' },
      migrationLockTableName: 'migrations_lock',
    })
    const { error } = await migrator.migrateToLatest()
    if (error !== undefined) throw error as Error
  } finally {
    await db.destroy()
  }
  await ask(owner, "SELECT belplan.grant_controllers('belplan')")
}

test.each([
  [['migrate', '--store', 'mysql://a/b'], /--store must be a URL such as/],
  [['migrate', '--store', 'postgres://a'], /--store must name a database/],
  [['migrate', '--store', 'env:NOT_THERE'], /NOT_THERE is not set/],
  [['migrate'], /the configuration has no store/],
])('command-line %j is wrong usage', async (args, message) => {
  const { code, err } = await belplan(args)
  expect(code).toBe(2)
  expect(err).toMatch(message)
})

test('command-line a database that cannot be reached is one line', async () => {
  const { code, err } = await belplan(['migrate', '--store', 'postgres://belplan@127.0.0.1:1/belplan'])
  expect(code).toBe(1)
  expect(err).toMatch(/^belplan: the database is not migrated: .*ECONNREFUSED/)
})
