import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { connect } from '../../src/postgres/connection.ts'
import { createFormReader } from '../../src/plan/loading/document-form.ts'
import { createSetName } from '../../src/plan/revisions/set-name.ts'
import { catchUp, isThere } from '../../src/shared-plans/catch-up.ts'
import type { Part } from '../../src/shared-plans/chain.ts'
import {
  type FileChange,
  hashOf,
  readState,
  withLock,
  writeBodies,
} from '../../src/shared-plans/database-chain.ts'
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
  const { revision } = await push(url, { 'acme.json': one(0), 'acme.test.json': { cases: [] } })
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
  /** As whoever checked nothing of it. */
  const extend = (name: string, files: readonly (FileChange & { readonly body?: string })[]) =>
    withLock(db, async ({ trx, extend }) => {
      const bodies = files.flatMap(({ hash, body }) => (body === undefined ? [] : [[hash!, body] as const]))
      await writeBodies(trx, new Map(bodies))
      const changes = files.map(({ body: _, ...file }) => file)
      return extend({ revision: name, what: 'push', author: 'somebody', controller: 'a', files: changes })
    })
  return { db, open, extend, revision }
}

const reader = createFormReader({ defaultCountry: 'NL' })

function nameOf(documents: Readonly<Record<string, unknown>>): string {
  const names = createSetName()
  for (const [name, document] of Object.entries(documents))
    names.set(name, reader.read(name, bytesOf(document).toString()).hash)
  return names.revision()
}

function fileOf(part: Part, name: string, document: unknown) {
  const body = bytesOf(document).toString()
  return { part, name, hash: hashOf(body), body }
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

test('several-machines tests that were pushed as they were not UTF-8 stop nobody', async () => {
  const { db, open, extend, revision } = await site()
  const copy = await open()
  const bytes = Buffer.from('{ "cases": [], "x": "M\xfcller" }', 'latin1')
  const body = bytes.toString()
  // As the text's own hash has it, which no revision asks for.
  copy.keep([{ part: 'tests', body }])
  await extend(revision, [{ part: 'tests', name: 'acme', hash: hashOf(bytes), body }])
  await extend(nameOf({ acme: one(1) }), [fileOf('document', 'acme', one(1))])
  for (const machine of [copy, await open()]) {
    const state = await readState(db)
    await catchUp(db, machine, state)
    expect([isThere(machine, state), machine.file('tests', 'acme')]).toEqual([
      true,
      { body, hash: hashOf(bytes) },
    ])
  }
  const { hash, body: text } = fileOf('tests', 'acme', { cases: [] })
  const tests = { part: 'tests', name: 'acme', bytes: bytesOf(text), expected: hashOf(bytes) } as const
  expect(await publishFile(db, copy, { ...tests, visible: ['*'] }, by)).toMatchObject({ is: 'published' })
  expect(copy.file('tests', 'acme')).toEqual({ body: text, hash })
})

test.for([
  ['in one revision', false],
  ['in two revisions', true],
] as const)('several-machines tests and a document that are the same text, %s', async ([, isLater]) => {
  const { db, open, extend, revision } = await site()
  const copy = await open()
  const both = [fileOf('tests', 'acme', one(1)), fileOf('document', 'zoo', one(1))]
  const name = nameOf({ acme: one(0), zoo: one(1) })
  if (isLater) {
    await extend(revision, both.slice(0, 1))
    await catchUp(db, copy, await readState(db))
    await extend(name, both.slice(1))
  } else await extend(name, [both[1]!, both[0]!])
  for (const machine of [copy, await open()]) {
    const state = await readState(db)
    await catchUp(db, machine, state)
    expect([isThere(machine, state), machine.heldBack(), machine.nameWith([])]).toEqual([true, [], name])
  }
  expect(await publishFile(db, copy, put(copy, 'acme', one(2)), by)).toMatchObject({
    is: 'published',
    revision: nameOf({ acme: one(2), zoo: one(1) }),
  })
})

test('several-machines a revision that cannot be taken in does not stop those that come after', async () => {
  const { db, open, extend } = await site()
  const copy = await open()
  const wrong = '0'.repeat(12)
  await extend(wrong, [fileOf('document', 'acme', one(1)), fileOf('document', 'zoo', one(2))])
  // The last one is not in order either.
  const good = await extend(nameOf({ acme: one(3), zoo: one(2) }), [fileOf('document', 'acme', one(3))])
  await extend(wrong, [fileOf('document', 'new', one(4))])
  await expect(catchUp(db, copy, await readState(db))).rejects.toThrow(`revision ${wrong} (4) comes to`)
  expect(copy.state()).toEqual({ seq: 3, revision: good.revision })
  expect(copy.list('document').map(([name]) => name)).toEqual(['acme', 'zoo'])
  await extend(nameOf({ acme: one(3) }), [
    { part: 'document', name: 'new' },
    { part: 'document', name: 'zoo' },
  ])
  const state = await readState(db)
  await catchUp(db, copy, state)
  expect([isThere(copy, state), copy.list('document').map(([name]) => name)]).toEqual([true, ['acme']])
})
