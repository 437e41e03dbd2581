import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/postgres/connection.ts'
import { migrate } from '../../src/postgres/migrate.ts'
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
    out: 'migrated: 0001-first\ngranted to belplan\ngranted to belplan_reports',
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
  expect(all.flatMap(({ run }) => run)).toEqual(['0001-first'])
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
  expect(await migrate(owner)).toEqual({ run: ['0001-first'] })
  expect(performance.now() - began).toBeLessThan(10_000)
}, 60_000)

test('several-machines a migration that fails says why, and leaves nothing', async () => {
  const { owner, superuser } = await postgres.emptyDatabase()
  await expect(migrate(owner, { controllers: 'nobody' })).rejects.toThrow('role "nobody" does not exist')
  expect(await stateIn(superuser)).toBe('past')
  await ask(superuser, 'CREATE SCHEMA belplan')
  await expect(migrate(owner)).rejects.toThrow('permission denied for schema belplan')
  await ask(superuser, 'ALTER SCHEMA belplan OWNER TO belplan_owner')
  expect(await migrate(owner)).toEqual({ run: ['0001-first'] })
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
  await expect(ask(reports, "SELECT belplan.drop_partitions('2030-01-01')")).rejects.toMatchObject({
    code: '42501',
  })
  await expect(ask(reports, 'DELETE FROM belplan.calls')).rejects.toMatchObject({ code: '42501' })
})

test('several-machines partitions of days are made and dropped for controllers, by many at once', async () => {
  const { url } = await postgres.database()
  const days = ['2026-11-25', '2026-11-26', '2026-11-26', '2026-11-27']
  await Promise.all(days.map((day) => ask(url, `SELECT belplan.make_partition('${day}')`)))
  for (const day of new Set(days))
    await ask(
      url,
      `INSERT INTO belplan.calls (day, id, at, did, caller, name, controller, record) VALUES ('${day}', '1', '${day}', '', '', '', '', '{}')`,
    )
  const dropped = await ask(url, "SELECT belplan.drop_partitions('2026-11-27') AS day")
  expect(dropped).toHaveLength(2)
  const left = await ask(url, 'SELECT day::text FROM belplan.calls')
  expect(left).toEqual([{ day: '2026-11-27' }])
})

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
