import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { connect, type Connection, isOutage } from '../../src/postgres/connection.ts'
import { databaseUrlFault, serversOf } from '../../src/util/database-url.ts'
import { openCutLine } from '../harness/cut-line.ts'
import { openPostgres, type Postgres } from '../harness/postgres.ts'

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close())

const open: Connection[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((db) => db.destroy()))
})

function connected(url: string, answerMs = 1000): Connection {
  const db = connect({ url, name: 'test', answerMs })
  open.push(db)
  return db
}

const answerOf = async (db: Connection): Promise<unknown> =>
  (await sql<{ n: number }>`SELECT 1 AS n`.execute(db)).rows

const outageOf = async (db: Connection): Promise<boolean> =>
  answerOf(db).then(
    () => false,
    (error: unknown) => isOutage(error),
  )

test('several-machines a question after an outage is answered by a new connection', async () => {
  const { url } = await postgres.database()
  const db = connected(url)
  expect(await answerOf(db)).toEqual([{ n: 1 }])
  await postgres.kill()
  expect(await outageOf(db)).toBe(true)
  expect(await outageOf(db)).toBe(true)
  await postgres.start()
  expect(await answerOf(db)).toEqual([{ n: 1 }])
})

test('several-machines an answer that comes too late is none, and that connection is not used again', async () => {
  const { url } = await postgres.database()
  const db = connected(url, 300)
  await expect(sql`SELECT pg_sleep(1)`.execute(db)).rejects.toThrow(/timeout/)
  expect(await answerOf(db)).toEqual([{ n: 1 }])
})

test('several-machines a question into a line that is cut ends in time, as does the next one', async () => {
  const { url } = await postgres.database()
  const line = await openCutLine(postgres.port)
  onTestFinished(() => line.close())
  const db = connected(url.replace(`:${postgres.port}`, `:${new URL(line.url).port}`), 300)
  expect(await answerOf(db)).toEqual([{ n: 1 }])
  line.close()
  const began = performance.now()
  expect([await outageOf(db), await outageOf(db)]).toEqual([true, true])
  expect(performance.now() - began).toBeLessThan(5000)
})

test('several-machines what the database refuses is no outage', async () => {
  const { url } = await postgres.database()
  const fault: unknown = await sql`SELECT nothing`.execute(connected(url)).catch((error: unknown) => error)
  expect(isOutage(fault)).toBe(false)
})

test('several-machines of several servers the one that answers is asked', async () => {
  const { url } = await postgres.database()
  const db = connected(url.replace('@', '@127.0.0.1:1,'))
  expect([await answerOf(db), await answerOf(db)]).toEqual([[{ n: 1 }], [{ n: 1 }]])
})

test.each([
  ['postgres://db.example/belplan', ['db.example:5432']],
  ['postgresql://me:secret@db.example:5433/belplan', ['db.example:5433']],
  [
    'postgres://me@one,two:5433/belplan?target_session_attrs=read-write&sslmode=require',
    ['one:5432', 'two:5433'],
  ],
])('configuration `store` may be %s', (url, names) => {
  expect(databaseUrlFault(url)).toBeUndefined()
  expect(serversOf(url).map(({ name }) => name)).toEqual(names)
  for (const server of serversOf(url)) expect(server.url).not.toMatch(/target_session_attrs/)
})

test.each(['mysql://a/b', 'postgres://a', 'postgres://a/', 'a', '', 'postgres://a b/c'])(
  'configuration `store` may not be %j',
  (url) => expect(databaseUrlFault(url)).toMatch(/^must /),
)
