import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { createFormReader } from '../../src/plan/loading/document-form.ts'
import { connect } from '../../src/postgres/connection.ts'
import { readState } from '../../src/shared-plans/database-chain.ts'
import { createFollower } from '../../src/shared-plans/follower.ts'
import { type LocalCopy, openLocalCopy } from '../../src/shared-plans/local-copy.ts'
import { openPostgres, type Postgres } from '../harness/postgres.ts'
import { until } from '../harness/until.ts'
import { documentOn, temporaryFolder } from '../plan/fixtures.ts'
import { push } from './stores.ts'

vi.setConfig({ testTimeout: 60_000 })

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close(), 60_000)

const one = (last: number) => documentOn(`+3150210000${last}`)

test('several-machines a rollback and a reload are told as done, also where the disk of this machine is full', async () => {
  const { url } = await postgres.database()
  const { revision: first } = await push(url, { 'acme.json': one(0) })
  const { revision: second } = await push(url, { 'acme.json': one(1) })
  const db = connect({ url, name: 'test' })
  const data = join(await temporaryFolder(), 'data')
  const copy = openLocalCopy({ data, reader: createFormReader({ defaultCountry: 'NL' }) })
  let isFull = false
  const onDisk: LocalCopy = {
    ...copy,
    pin(seq) {
      if (isFull) throw new Error('database or disk is full')
      copy.pin(seq)
    },
  }
  let served: string | undefined
  const follower = createFollower({
    ...{ db, copy: () => onDisk, reader: () => copy, serving: undefined, defaultCountry: 'NL' },
    ...{ grants: undefined, log: () => undefined },
    tell(message) {
      if (message.say === 'slice') setImmediate(() => follower.took(message.id))
      if (message.say === 'serve') served = message.serving.revision
    },
  })
  onTestFinished(async () => {
    follower.close()
    await db.destroy()
    copy.close()
  })
  const serving = (revision: string) => until(revision, () => served === revision || undefined)
  await serving(second)

  isFull = true
  expect(await follower.rollback(first)).toEqual({ is: 'serves', revision: first, previous: second })
  expect([(await readState(db)).pinned, copy.state()!.pinned]).toEqual([1, undefined])
  isFull = false
  await serving(first)
  isFull = true
  expect(await follower.reload()).toEqual({ is: 'serves', revision: second, previous: first })
  expect([(await readState(db)).pinned, copy.state()!.pinned]).toEqual([undefined, 1])
  isFull = false
  await serving(second)
})
