/** Copies of the records that wait for the end of their call, in a real PostgreSQL. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { forgetShared } from '../../src/history/forget-shared.ts'
import { personOf } from '../../src/plan/index.ts'
import { connect, type Connection } from '../../src/postgres/connection.ts'
import { createPendingCopies } from '../../src/sharing/pending-copies.ts'
import { openPostgres, type Postgres } from '../harness/postgres.ts'
import { removeFolder } from '../harness/remove-folder.ts'
import { id, record } from '../records/records.ts'

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close())

const DATA = '00000000-0000-4000-8000-00000000000a'
const OTHER = '00000000-0000-4000-8000-00000000000b'

async function database(): Promise<Connection> {
  const db = connect({ url: (await postgres.database()).url, name: 'test' })
  onTestFinished(() => db.destroy())
  return db
}

async function machine(db: Connection, data = DATA) {
  const folder = await mkdtemp(join(tmpdir(), 'belplan-copies-'))
  onTestFinished(() => removeFolder(folder))
  await mkdir(join(folder, 'talking'))
  const file = (call: string, kind: string) => join(folder, 'talking', `${call}.${kind}`)
  return {
    copies: createPendingCopies(db, { folder, data }),
    again: () => createPendingCopies(db, { folder, data }),
    file,
    put: (call: string, kind = 'json') => writeFile(file(call, kind), JSON.stringify(record(call))),
  }
}

const idsIn = async (db: Connection) =>
  (await db.selectFrom('pending').select(['id', 'kind']).orderBy('id').execute()).map(
    (row) => `${row.id} ${row.kind}`,
  )

test('several-machines what waits is copied, and its copy goes when it does', async () => {
  const db = await database()
  const { copies, put, file, again } = await machine(db)
  await put(id(1))
  await put(id(2), 'watched')
  await put(id(3), 'waiting')
  // Those are about to be written.
  await put(id(4), 'ended')
  await put(id(5), 'claimed-host')
  await copies.copy()
  expect(await idsIn(db)).toEqual([`${id(1)} talking`, `${id(2)} talking`, `${id(3)} waiting`])
  await rm(file(id(1), 'json'))
  // The caller who waited talks.
  await rename(file(id(3), 'waiting'), file(id(3), 'json'))
  await copies.copy()
  expect(await idsIn(db)).toEqual([`${id(2)} talking`, `${id(3)} talking`])
  // By another start of the process, too.
  await rm(file(id(2), 'watched'))
  await again().copy()
  expect(await idsIn(db)).toEqual([`${id(3)} talking`])
})

test('several-machines another machine reads the copy, and the one whose it is reads its files', async () => {
  const db = await database()
  const lost = await machine(db)
  await lost.put(id(1))
  await lost.copies.copy()
  const { copies } = await machine(db, OTHER)
  const [copy, ...more] = await copies.read([id(1), id(2)])
  expect(more).toEqual([])
  expect(copy).toMatchObject({ id: id(1), kind: 'talking' })
  expect(JSON.parse(copy!.call)).toEqual(record(id(1)))
  expect(await lost.copies.read([id(1)])).toEqual([])
  await copies.copy()
  expect(await idsIn(db)).toEqual([`${id(1)} talking`])
})

test('several-machines thousands of conversations are copied in some statements', async () => {
  const db = await database()
  const { copies, put, file } = await machine(db)
  const calls = Array.from({ length: 1000 }, (_, n) => id(n))
  await Promise.all(calls.map((call) => put(call)))
  await copies.copy()
  expect(await idsIn(db)).toHaveLength(1000)
  await Promise.all(calls.slice(1).map((call) => rm(file(call, 'json'))))
  await copies.copy()
  expect(await idsIn(db)).toEqual([`${id(0)} talking`])
})

test('command-line forgetting a person reaches the copies of all machines', async () => {
  const db = await database()
  const { copies, put } = await machine(db)
  await put(id(1))
  await copies.copy()
  expect(await forgetShared(db, personOf('+31612345679', 'NL'))).toMatchObject({ records: 0, tables: [] })
  expect(await forgetShared(db, personOf('0612345678', 'NL'))).toMatchObject({
    ...{ records: 1, tables: ['belplan.pending'] },
  })
  const { call } = await db.selectFrom('pending').select('call').executeTakeFirstOrThrow()
  expect(call).not.toMatch(/612345678|Müller/)
  expect(JSON.parse(call)).toMatchObject({ id: id(1), ending: 'talked' })
})
