import { sql } from 'kysely'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { connect, type Connection } from '../../src/postgres/connection.ts'
import { inTransaction } from '../../src/postgres/in-transaction.ts'
import { openCutLine } from '../harness/cut-line.ts'
import { openPostgres, type Postgres } from '../harness/postgres.ts'

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close())

function connected(url: string, answerMs?: number): Connection {
  const db = connect({ url, name: 'test', ...(answerMs !== undefined && { answerMs }) })
  onTestFinished(() => db.destroy())
  return db
}

const journal = '11111111-1111-4111-8111-111111111111'
const add = (db: Connection, controller: string) =>
  db
    .insertInto('journals')
    .values({ journal, controller })
    .onConflict((on) => on.doNothing())
    .execute()

test('several-machines a machine that vanishes before its transaction is written keeps no lock for longer than some seconds', async () => {
  const { url } = await postgres.database()
  const line = await openCutLine(postgres.port)
  onTestFinished(() => line.close())
  const vanishes = connected(url.replace(`:${postgres.port}`, `:${new URL(line.url).port}`), 300)
  line.vanishAt('commit')
  await expect(inTransaction(vanishes, (db) => add(db, 'one'))).rejects.toThrow(/timeout/)
  const other = connected(url, 15_000)
  await add(other, 'other')
  expect(await other.selectFrom('journals').select('controller').execute()).toEqual([{ controller: 'other' }])
}, 30_000)

test('several-machines the server gives up a statement, and waiting for a lock, in time', async () => {
  const { url } = await postgres.database()
  const [one, other] = [connected(url), connected(url)]
  const late = inTransaction(one, (db) => sql`SELECT pg_sleep(3)`.execute(db), { answerMs: 100 })
  await expect(late).rejects.toMatchObject({ code: '57014' })
  await inTransaction(one, async (db) => {
    await db.selectFrom('serving').select('seq').forUpdate().execute()
    const waits = inTransaction(
      other,
      (again) => again.selectFrom('serving').select('seq').forUpdate().execute(),
      {
        lockMs: 100,
      },
    )
    await expect(waits).rejects.toMatchObject({ code: '55P03' })
  })
})

test('several-machines a machine that vanishes as it sends a statement is found out by TCP, in its transaction alone', async () => {
  const { url } = await postgres.database()
  const db = connected(url)
  const idle = (asked: Connection) => sql`SHOW tcp_keepalives_idle`.execute(asked)
  const { rows: within } = await inTransaction(db, idle)
  const { rows: after } = await idle(db)
  expect(within).toEqual([{ tcp_keepalives_idle: '5' }])
  expect(after).not.toEqual(within)
})
