import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { createFormReader } from '../../src/plan/index.ts'
import { connect } from '../../src/postgres/connection.ts'
import { readState } from '../../src/shared-plans/database-chain.ts'
import { catchUp, isThere } from '../../src/shared-plans/catch-up.ts'
import { type LocalCopy, openLocalCopy } from '../../src/shared-plans/local-copy.ts'
import type { FileToPublish } from '../../src/shared-plans/messages.ts'
import { publishFile } from '../../src/shared-plans/publish.ts'
import { openPostgres, type Postgres } from '../harness/postgres.ts'
import { documentOn, temporaryFolder } from '../plan/fixtures.ts'
import { bytesOf, push } from './stores.ts'

vi.setConfig({ testTimeout: 60_000 })

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close(), 60_000)

const one = (last: number) => documentOn(`+3150210000${last}`)
const by = { author: 'deploy', controller: 'a:8084' }

/** A database with a document and its tests, and copies of two machines. */
async function site() {
  const { url } = await postgres.database()
  await push(url, { 'acme.json': one(0), 'acme.test.json': { cases: [] } })
  const db = connect({ url, name: 'test' })
  const copies: LocalCopy[] = []
  onTestFinished(async () => {
    copies.forEach((copy) => copy.close())
    await db.destroy()
  })
  async function open(): Promise<LocalCopy> {
    const data = join(await temporaryFolder(), 'data')
    const copy = openLocalCopy({ data, reader: createFormReader({ defaultCountry: 'NL' }) })
    copies.push(copy)
    await catchUp(db, copy, await readState(db))
    return copy
  }
  return { db, open }
}

const put = (copy: LocalCopy, name: string, document: unknown, more: Partial<FileToPublish> = {}) => {
  const expected = copy.file('document', name)?.hash
  return {
    part: 'document',
    name,
    bytes: bytesOf(document),
    visible: ['*'],
    ...(expected && { expected }),
    ...more,
  } as const
}

test('several-machines what is published is published, also where the disk of this machine is full', async () => {
  const { db, open } = await site()
  const copy = await open()
  const full: LocalCopy = {
    ...copy,
    append() {
      throw new Error('database or disk is full')
    },
  }
  expect(await publishFile(db, full, put(copy, 'acme', one(1)), by)).toMatchObject({ is: 'published' })
  const state = await readState(db)
  expect([state.newest?.seq, isThere(copy, state)]).toEqual([2, false])
  await catchUp(db, copy, state)
  expect([isThere(copy, state), copy.file('document', 'acme')!.body]).toEqual([true, JSON.stringify(one(1))])
})

test('several-machines a document that was validated with other tests than are there now is validated again', async () => {
  const { db, open } = await site()
  const copy = await open()
  const tests = copy.file('tests', 'acme')!.hash
  expect(await publishFile(db, copy, put(copy, 'acme', one(1), { beside: null }), by)).toEqual({
    is: 'besideChanged',
  })
  expect(await publishFile(db, copy, put(copy, 'acme', one(1), { beside: tests }), by)).toMatchObject({
    is: 'published',
  })
})

test('several-machines a machine that is far behind takes in what others published, and judges by that', async () => {
  const { db, open } = await site()
  const [ahead, behind] = [await open(), await open()]
  for (let n = 0; n < 30; n++)
    await publishFile(db, ahead, put(ahead, `new-${n}`, documentOn(`+315021${10_000 + n}`)), by)
  const taken = put(behind, 'other', documentOn('+31502110007'))
  expect(await publishFile(db, behind, taken, by)).toMatchObject({
    is: 'invalid',
    errors: [{ document: 'other' }],
  })
  expect(behind.list('document')).toHaveLength(31)
  expect(await publishFile(db, behind, put(behind, 'other', one(8)), by)).toMatchObject({ is: 'published' })
  expect(behind.state()!.seq).toBe(32)
})
