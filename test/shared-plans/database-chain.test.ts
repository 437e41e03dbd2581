import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { connect, type Connection } from '../../src/postgres/connection.ts'
import {
  hashOf,
  type Publication,
  readBodies,
  readChanged,
  readChanges,
  readFiles,
  readRevisions,
  readState,
  withLock,
  writeBodies,
} from '../../src/shared-plans/database-chain.ts'
import { openPostgres, type Postgres } from '../harness/postgres.ts'

vi.setConfig({ testTimeout: 60_000 })

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close(), 60_000)

const open: Connection[] = []
afterEach(() => Promise.all(open.splice(0).map((db) => db.destroy())))

function connected(url: string): Connection {
  const db = connect({ url, name: 'test' })
  open.push(db)
  return db
}

const by = { what: 'put', author: 'deploy', controller: 'a:8084' }

/** A revision with these files; null: it is removed. */
async function extend(db: Connection, revision: string, files: Readonly<Record<string, string | null>>) {
  const bodies = Object.values(files).filter((body) => body !== null)
  await writeBodies(db, new Map(bodies.map((body) => [hashOf(body), body])))
  const publication: Publication = {
    ...{ ...by, revision },
    files: Object.entries(files).map(([name, body]) => ({
      ...{ part: 'document', name },
      ...(body !== null && { hash: hashOf(body) }),
    })),
  }
  return withLock(db, (chain) => chain.extend(publication))
}

async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const rows: T[] = []
  for await (const some of pages) rows.push(...some)
  return rows
}

test('several-machines a chain of revisions: its end, what each changed, and the files of each', async () => {
  const db = connected((await postgres.database()).url)
  expect(await readState(db)).toEqual({})
  const first = await extend(db, 'aaaaaaaaaaaa', { acme: '{"a":1}', zoo: '{"z":1}' })
  await extend(db, 'bbbbbbbbbbbb', { acme: '{"a":2}' })
  const third = await extend(db, 'cccccccccccc', { zoo: null, new: '{"n":1}' })
  expect(await readState(db)).toEqual({ newest: third })
  expect(third).toMatchObject({ ...by, seq: 3, revision: 'cccccccccccc' })
  expect(await all(readRevisions(db, 0, 3))).toMatchObject([first, { seq: 2 }, third])
  expect(await all(readChanges(db, 1, 3))).toEqual([
    { seq: 2, part: 'document', name: 'acme', hash: hashOf('{"a":2}') },
    { seq: 3, part: 'document', name: 'new', hash: hashOf('{"n":1}') },
    { seq: 3, part: 'document', name: 'zoo' },
  ])
  const names = async (seq: number) => (await all(readFiles(db, seq))).map(({ name, hash }) => [name, hash])
  expect(await names(1)).toEqual([
    ['acme', hashOf('{"a":1}')],
    ['zoo', hashOf('{"z":1}')],
  ])
  expect(await names(3)).toEqual([
    ['acme', hashOf('{"a":2}')],
    ['new', hashOf('{"n":1}')],
  ])
  expect(await readChanged(db, 3, 1)).toEqual([
    { name: 'acme', hash: hashOf('{"a":1}') },
    { name: 'new' },
    { name: 'zoo', hash: hashOf('{"z":1}') },
  ])
  const bodies = new Map<string, string>()
  for await (const some of readBodies(db, [hashOf('{"a":1}'), hashOf('nothing')]))
    for (const [hash, body] of some) bodies.set(hash, body)
  expect([...bodies]).toEqual([[hashOf('{"a":1}'), '{"a":1}']])
})

test('several-machines thousands of files and changes come in pages, each of them once', async () => {
  const db = connected((await postgres.database()).url)
  const files = Object.fromEntries(Array.from({ length: 4500 }, (_, i) => [`c${i}`, `{"n":${i}}`]))
  await extend(db, 'aaaaaaaaaaaa', files)
  await extend(db, 'bbbbbbbbbbbb', { c7: '{}' })
  const expected = new Map(Object.entries(files).map(([name, body]) => [name, hashOf(body)])).set(
    'c7',
    hashOf('{}'),
  )
  const found = await all(readFiles(db, 2))
  expect(found).toHaveLength(4500)
  expect(new Map(found.map(({ name, hash }) => [name, hash]))).toEqual(expected)
  expect(await all(readChanges(db, 0, 2))).toHaveLength(4501)
  const hashes = new Set<string>()
  for await (const some of readBodies(db, [...expected.values()]))
    for (const hash of some.keys()) hashes.add(hash)
  expect(hashes).toEqual(new Set(expected.values()))
})

test('several-machines who publishes at the same time waits: the chain has no forks and no gaps', async () => {
  const { url } = await postgres.database()
  const publishers = [connected(url), connected(url), connected(url)]
  await Promise.all(
    publishers.map(async (db, i) => {
      for (let n = 0; n < 20; n++) await extend(db, `${i}`.repeat(12), { [`p${i}`]: `{"n":${n}}` })
    }),
  )
  const revisions = await all(readRevisions(publishers[0]!, 0, 100))
  expect(revisions.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1))
  expect((await readState(publishers[1]!)).newest?.seq).toBe(60)
})

test('several-machines what is not written whole is not there', async () => {
  const db = connected((await postgres.database()).url)
  const first = await extend(db, 'aaaaaaaaaaaa', { acme: '{}' })
  const failing = withLock(db, async (chain) => {
    await chain.extend({ ...by, revision: 'bbbbbbbbbbbb', files: [{ part: 'document', name: 'acme' }] })
    await chain.pin(1)
    throw new Error('on the way')
  })
  await expect(failing).rejects.toThrow('on the way')
  expect(await readState(db)).toEqual({ newest: first })
  // Of a file that was not written before.
  const dangling = {
    ...by,
    revision: 'b',
    files: [{ part: 'document', name: 'x', hash: hashOf('x') } as const],
  }
  await expect(withLock(db, (chain) => chain.extend(dangling))).rejects.toMatchObject({ code: '23503' })
  expect(await readState(db)).toEqual({ newest: first })
})

test.for([
  ['was written', true],
  ['was not', false],
])('several-machines a connection that breaks as a revision is written: it %s', async ([, isWritten]) => {
  const { url } = await postgres.database()
  const db = connected(url)
  await extend(db, 'aaaaaaaaaaaa', { acme: '{}' })
  // As a server that ends before, or after, it has written the transaction down.
  const other = connected(url)
  const lost = Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' })
  const breaking = new Proxy(db, {
    get(target, key) {
      if (key !== 'transaction') return Reflect.get(target, key) as unknown
      return () => ({
        async execute(work: Parameters<ReturnType<Connection['transaction']>['execute']>[0]) {
          breaking.isBroken ??= true
          if (!breaking.isBroken) return target.transaction().execute(work)
          breaking.isBroken = false
          if (isWritten) await target.transaction().execute(work)
          else
            await target
              .transaction()
              .execute(async (trx) => {
                await work(trx)
                throw lost
              })
              .catch(() => undefined)
          throw lost
        },
      })
    },
  }) as Connection & { isBroken?: boolean }
  const published = withLock(breaking, (chain) =>
    chain.extend({ ...by, revision: 'bbbbbbbbbbbb', files: [{ part: 'document', name: 'acme' }] }),
  )
  if (isWritten) expect(await published).toMatchObject({ seq: 2 })
  else await expect(published).rejects.toBe(lost)
  expect((await readState(other)).newest?.seq).toBe(isWritten ? 2 : 1)
})
