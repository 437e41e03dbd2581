import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { connect } from '../../src/postgres/connection.ts'
import { createFormReader } from '../../src/plan/loading/document-form.ts'
import { createSetName } from '../../src/plan/revisions/set-name.ts'
import {
  hashOf,
  readRevisions,
  readState,
  withLock,
  writeBodies,
} from '../../src/shared-plans/database-chain.ts'
import { openCutLine } from '../harness/cut-line.ts'
import { type Database, openPostgres, type Postgres } from '../harness/postgres.ts'
import { until } from '../harness/until.ts'
import { documentOn } from '../plan/fixtures.ts'
import { etagFor, type Machine, openMachine, push, put, Unmet } from './stores.ts'

vi.setConfig({ testTimeout: 120_000 })

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close(), 60_000)

/** What a publish takes to serve everywhere, by the documentation. */
const SERVES_MS = 1000

const number = (last: number) => `+3150210000${last}`
const one = (last: number) => documentOn(number(last))

const leadsTo = (machine: Machine, last: number) => machine.current().find(number(last)).document

/** Resolves with how long it took, in ms. */
async function serving(machine: Machine, revision: string): Promise<number> {
  const began = performance.now()
  await until(`revision ${revision}`, () => machine.current().revision === revision || undefined, {
    withinMs: SERVES_MS,
    everyMs: 5,
  })
  return performance.now() - began
}

async function chainIn(url: string) {
  const db = connect({ url, name: 'test' })
  try {
    const { newest, pinned } = await readState(db)
    const revisions = []
    for await (const some of readRevisions(db, 0, newest?.seq ?? 0)) revisions.push(...some)
    return { revisions, pinned }
  } finally {
    await db.destroy()
  }
}

describe('several-machines publishing', () => {
  test('what is published on one machine serves on all within a second, and each knows who did it', async () => {
    const { url } = await postgres.database()
    const { revision: pushed } = await push(url, { 'acme.json': one(0), 'zoo.json': one(1) })
    const [a, b, c] = [await openMachine(url), await openMachine(url), await openMachine(url)]
    expect([a, b, c].map((machine) => machine.current().revision)).toEqual([pushed, pushed, pushed])
    const result = await put(a, 'acme', one(2))
    expect(result).toMatchObject({ previous: pushed, changed: true, served: true, documents: 2, numbers: 2 })
    expect(result.etag).toBe(etagFor(one(2)))
    expect(a.current().revision).toBe(result.revision)
    for (const machine of [b, c]) await serving(machine, result.revision)
    expect([b, c].map((machine) => [leadsTo(machine, 0), leadsTo(machine, 2)])).toEqual([
      [undefined, 'acme'],
      [undefined, 'acme'],
    ])
    expect(a.told).toEqual([])
    expect(b.told).toEqual([{ from: pushed, to: result.revision, what: 'put', author: 'deploy' }])
    expect(await c.published()).toMatchObject([
      { revision: result.revision, what: 'put', by: 'deploy' },
      { revision: pushed, what: 'push', by: 'somebody' },
    ])
    // What was just published elsewhere is what is known.
    const again = await put(b, 'acme', one(3), { known: result.etag })
    expect(again).toMatchObject({ previous: result.revision })
    expect(await put(c, 'acme', undefined, { known: again.etag })).toMatchObject({ documents: 1 })
  })

  test('the document is kept as it was sent, byte for byte; another layout is no other revision', async () => {
    const { url } = await postgres.database()
    await push(url, { 'acme.json': one(0) })
    const [a, b] = [await openMachine(url), await openMachine(url)]
    const before = a.current()
    const sent = JSON.stringify({ $schema: 'x', ...one(0), 'x-note': 'Müller' }, undefined, 3)
    const noted = await put(a, 'acme', sent)
    const laidOut = await put(a, 'acme', `${sent}\n\n`)
    expect(laidOut).toMatchObject({ revision: noted.revision, changed: false })
    expect(noted.revision).not.toBe(before.revision)
    expect(Buffer.from((await b.document('acme'))!.bytes).toString()).toBe(`${sent}\n\n`)
    expect((await b.document('acme'))!.etag).toBe(etagFor(`${sent}\n\n`))
    expect(await b.document('nobody')).toBeUndefined()
  })

  test('a number that leads elsewhere already, also by a document that was published elsewhere just now', async () => {
    const { url } = await postgres.database()
    await push(url, { 'acme.json': one(0) })
    const [a, b] = [await openMachine(url), await openMachine(url)]
    const { revision } = await put(a, 'zoo', one(1))
    const taken = put(b, 'new', one(1))
    await expect(taken).rejects.toMatchObject({
      code: 'plans',
      findings: [
        {
          document: 'new',
          pointer: '/plans/main/numbers/0',
          message: expect.stringContaining('zoo.json:1:') as string,
        },
      ],
    })
    await expect(put(b, 'new', '{')).rejects.toMatchObject({ findings: [{ document: 'new' }] })
    // Numbers that go from one to another: first they are given up.
    await put(b, 'zoo', one(5))
    expect(await put(a, 'new', one(1))).toMatchObject({ documents: 3 })
    expect((await chainIn(url)).revisions.map((known) => known.revision)[1]).toBe(revision)
  })

  test('the last document cannot be taken away', async () => {
    const { url } = await postgres.database()
    await push(url, { 'acme.json': one(0) })
    const a = await openMachine(url)
    await expect(put(a, 'acme', undefined)).rejects.toMatchObject({ findings: [{ document: 'acme' }] })
  })

  test('of two who change the same document at the same time one wins', async () => {
    const { url } = await postgres.database()
    await push(url, { 'acme.json': one(0) })
    const [a, b] = [await openMachine(url), await openMachine(url)]
    const known = etagFor(one(0))
    const ends = await Promise.allSettled([
      put(a, 'acme', one(1), { known }),
      put(b, 'acme', one(2), { known }),
    ])
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const loser = ends.find((end) => end.status === 'rejected')
    expect(loser?.reason).toBeInstanceOf(Unmet)
    expect((await chainIn(url)).revisions).toHaveLength(2)
  })

  test('200 publishes by three controllers at once: a chain without forks, and each ends on the last', async () => {
    const { url } = await postgres.database()
    await push(url, { 'acme.json': one(0), 'a.json': one(1), 'b.json': one(2), 'c.json': one(3) })
    const machines = [await openMachine(url), await openMachine(url), await openMachine(url)]
    const noted = (n: number, by: number) => ({ ...one(0), 'x-n': `${by}-${n}` })
    let done = 0
    await Promise.all(
      machines.map(async (machine, by) => {
        const own = ['a', 'b', 'c'][by]!
        while (done < 200) {
          const n = ++done
          // Each second one on a document that all change, the others on one of its own.
          if (n % 2 === 0) await put(machine, own, { ...one(by + 1), 'x-n': n })
          else
            for (;;) {
              try {
                await put(machine, 'acme', noted(n, by))
                break
              } catch (error) {
                if (!(error instanceof Unmet)) throw error
              }
            }
        }
      }),
    )
    const { revisions } = await chainIn(url)
    expect(revisions.map(({ seq }) => seq)).toEqual(Array.from({ length: revisions.length }, (_, i) => i + 1))
    expect(revisions.length).toBeGreaterThanOrEqual(201)
    const last = revisions.at(-1)!.revision
    for (const machine of machines) await serving(machine, last)
    expect(new Set(revisions.map(({ revision }) => revision)).size).toBe(revisions.length)
  })
})

describe('several-machines tests of documents', () => {
  test('are published beside them, and are no other revision', async () => {
    const { url } = await postgres.database()
    await push(url, { 'acme.json': one(0), 'acme.test.json': { cases: [] } })
    const [a, b] = [await openMachine(url), await openMachine(url)]
    const { revision } = a.current()
    expect(Buffer.from((await b.tests('acme'))!.bytes).toString()).toBe('{"cases":[]}')
    await expect(put(a, 'nobody', { cases: [] }, { part: 'tests' })).rejects.toMatchObject({ code: 'plans' })
    const gone = await put(a, 'acme', undefined, { part: 'tests' })
    expect(gone).toMatchObject({ revision, changed: false })
    expect(await b.tests('acme')).toBeUndefined()
    expect(b.current().revision).toBe(revision)
    expect((await b.published()).map(({ what }) => what)).toEqual(['deleteTests', 'push'])
  })
})

describe('several-machines rolling back', () => {
  test('holds on all machines, also for what is published meanwhile, until one of them reloads', async () => {
    const { url } = await postgres.database()
    const { revision: first } = await push(url, { 'acme.json': one(0) })
    const [a, b] = [await openMachine(url), await openMachine(url)]
    const { revision: second } = await put(a, 'acme', one(1))
    await serving(b, second)
    expect(await b.rollback(first)).toMatchObject({ revision: first, previous: second, changed: true })
    await serving(a, first)
    expect([a.state(), b.state()]).toEqual(['rolledBack', 'rolledBack'])
    expect(a.told).toEqual([{ from: second, to: first, what: 'rollback' }])
    expect(await put(a, 'acme', one(2))).toMatchObject({ served: false, changed: false, revision: first })
    expect(await a.dryRun()).toMatchObject({
      previous: first,
      changed: true,
      changes: [{ kind: 'numbersAdded' }, { kind: 'numbersRemoved' }],
    })
    // A machine that starts meanwhile serves the same.
    const c = await openMachine(url)
    expect([c.current().revision, c.state()]).toEqual([first, 'rolledBack'])
    const reloaded = await a.reload()
    expect(reloaded).toMatchObject({ previous: first, changed: true })
    for (const machine of [b, c]) await serving(machine, reloaded.revision)
    expect([a, b, c].map((machine) => [machine.state(), leadsTo(machine, 2)])).toEqual(
      Array.from({ length: 3 }, () => ['current', 'acme']),
    )
    expect(await a.rollback('000000000000')).toBeUndefined()
  })

  test('a revision that claims what is not granted now does not serve again', async () => {
    const { url } = await postgres.database()
    const { revision: first } = await push(url, { 'acme.json': one(0) })
    const owners = {
      acme: { numbers: [number(1)], domains: [], env: [], transferContexts: [], privateNetworks: [] },
    }
    const a = await openMachine(url, { grants: { transferContexts: [], env: {}, owners } })
    await put(a, 'acme', one(1))
    await expect(a.rollback(first)).rejects.toMatchObject({ code: 'notGranted' })
    expect((await chainIn(url)).pinned).toBeUndefined()
  })
})

describe('several-machines an outage of the database', () => {
  test('a machine starts from what it has kept, publishes nothing, and catches up', async () => {
    const { url } = await postgres.database()
    await push(url, { 'acme.json': one(0) })
    const line = await openCutLine(postgres.port)
    onTestFinished(() => line.close())
    const behind = url.replace(/@[^/]+/, `@${new URL(line.url).host}`)
    const before = await openMachine(behind)
    const { data } = before
    const { revision } = before.current()
    await before.close(2000)
    line.cut()
    const a = await openMachine(behind, { data })
    expect([a.current().revision, a.state(), a.lastServed]).toEqual([revision, 'current', revision])
    expect((await a.document('acme'))!.etag).toBe(etagFor(one(0)))
    await until('news of the outage', () => (a.behind()?.why.includes('not asked') ? undefined : true))
    expect(a.behind()).toMatchObject({ since: expect.any(Date) as Date, why: expect.any(String) as string })
    await expect(put(a, 'acme', one(1))).rejects.toMatchObject({
      code: 'store',
      message: expect.stringContaining('nothing is changed') as string,
    })
    await expect(a.rollback(revision)).rejects.toMatchObject({ code: 'store' })
    const b = await openMachine(url)
    const { revision: next } = await put(b, 'acme', one(2))
    line.mend()
    await until('the publish', () => a.current().revision === next || undefined)
    await until('news of its end', () => (a.behind() ? undefined : true))
    expect(await put(a, 'acme', one(3))).toMatchObject({ previous: next })
  })

  test('a publish that is not answered in time may yet be made: nobody is told that nothing is changed', async () => {
    const { url } = await postgres.database()
    await push(url, { 'acme.json': one(0) })
    const a = await openMachine(url, { answerMs: 1500 })
    const db = connect({ url, name: 'test' })
    onTestFinished(() => db.destroy())
    const [isLocked, over] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    const locked = db.transaction().execute(async (trx) => {
      await trx.selectFrom('serving').select('seq').forUpdate().execute()
      isLocked.resolve(undefined)
      await over.promise
    })
    await isLocked.promise
    await expect(put(a, 'acme', one(1))).rejects.toMatchObject({
      code: 'store',
      message: expect.stringMatching(/is not known \(no answer in time\)/) as string,
    })
    over.resolve(undefined)
    await locked
    await until('the publish', () => leadsTo(a, 1) === 'acme' || undefined)
  })

  test('without anything kept a machine does not start, and says why', async () => {
    const { url } = await postgres.emptyDatabase()
    await expect(openMachine(url)).rejects.toMatchObject({
      code: 'store',
      message: expect.stringContaining('belplan migrate') as string,
    })
  })

  test('a database that is killed while plans are published loses none and doubles none', async () => {
    const { url } = await postgres.database()
    await push(url, { 'acme.json': one(0), 'zoo.json': one(1) })
    const [a, b] = [await openMachine(url), await openMachine(url)]
    const published: string[] = []
    let isOver = false
    const publishing = Promise.all(
      [a, b].map(async (machine, i) => {
        for (let n = 0; !isOver; n++) {
          const name = ['acme', 'zoo'][i]!
          try {
            const { etag } = await put(machine, name, { ...one(i), 'x-n': `${i}-${n}` })
            published.push(etag!)
          } catch (error) {
            expect(error).toMatchObject({ code: 'store' })
          }
        }
      }),
    )
    await until('publishes', () => published.length > 10 || undefined)
    await postgres.kill()
    await postgres.start()
    const count = published.length
    await until('publishes again', () => published.length > count + 10 || undefined, { withinMs: 30_000 })
    isOver = true
    await publishing
    const { revisions } = await chainIn(url)
    // What was answered as published is in the chain; at most what had no answer is there as well.
    expect(revisions.length - 1).toBeGreaterThanOrEqual(published.length)
    expect(revisions.length - 1).toBeLessThanOrEqual(published.length + 4)
    for (const machine of [a, b]) await serving(machine, revisions.at(-1)!.revision)
  })

  test.for([
    ['nothing was published since', false],
    ['others have published in their place', true],
  ] as const)(
    'a standby that takes over without the last publishes: machines go on with its chain, %s',
    async ([, isReplaced]) => {
      const { url, superuser } = await postgres.database()
      await push(url, { 'acme.json': one(0) })
      const [a, b] = [await openMachine(url), await openMachine(url)]
      const { revision: lost } = await put(a, 'acme', one(1))
      await serving(b, lost)
      // As one that never got it.
      const db = connect({ url: superuser, name: 'test' })
      await db.transaction().execute(async (trx) => {
        await trx.updateTable('serving').set({ seq: 1 }).execute()
        await trx.deleteFrom('changes').where('seq', '=', 2).execute()
        await trx.deleteFrom('revisions').where('seq', '=', 2).execute()
        if (!isReplaced) return
        const body = JSON.stringify(one(7))
        const names = createSetName()
        names.set('acme', createFormReader({ defaultCountry: 'NL' }).read('acme', body).hash)
        await writeBodies(trx, new Map([[hashOf(body), body]]))
        const about = { revision: names.revision(), parent: 1, what: 'put', author: 'x', controller: 'x' }
        await trx
          .insertInto('revisions')
          .values({ seq: 2, ...about })
          .execute()
        const hash = Buffer.from(hashOf(body), 'hex')
        await trx.insertInto('changes').values({ seq: 2, part: 'document', name: 'acme', hash }).execute()
        await trx.updateTable('serving').set({ seq: 2 }).execute()
      })
      await db.destroy()
      const there = isReplaced ? 7 : 0
      await until('the chain of the standby', () => leadsTo(b, there) === 'acme' || undefined)
      const { revision } = await put(b, 'acme', one(2))
      await serving(a, revision)
      expect(leadsTo(a, 2)).toBe('acme')
      expect((await a.published()).map((known) => known.revision)).not.toContain(lost)
    },
  )
})

describe('several-machines another release', () => {
  /** As a later one does it, which knows more of documents and of tables. */
  async function publishAsLater({ url, owner }: Database, document: unknown): Promise<void> {
    const [db, owning] = [connect({ url, name: 'test' }), connect({ url: owner, name: 'test' })]
    await sql`ALTER TABLE belplan.revisions ADD COLUMN IF NOT EXISTS more text`.execute(owning)
    const body = JSON.stringify(document)
    const names = createSetName()
    const reader = createFormReader({ defaultCountry: 'NL' })
    names.set('acme', reader.read('acme', body).hash)
    names.set('zoo', reader.read('zoo', JSON.stringify(one(1))).hash)
    await writeBodies(db, new Map([[hashOf(body), body]]))
    const files = [{ part: 'document', name: 'acme', hash: hashOf(body) }] as const
    const about = {
      revision: names.revision(),
      what: 'translated',
      author: 'later',
      controller: 'later:8084',
    }
    await withLock(db, ({ extend }) => extend({ ...about, files }))
    await Promise.all([db.destroy(), owning.destroy()])
  }

  test('publishes what this one cannot read: the last form that it can read serves, and it says so', async () => {
    const database = await postgres.database()
    const { url } = database
    await push(url, { 'acme.json': one(0), 'zoo.json': one(1) })
    const a = await openMachine(url)
    await publishAsLater(database, {
      plans: { main: { numbers: [number(2)], steps: [{ type: 'teleport' }] } },
    })
    await until('the later revision', () => a.heldBack().length > 0 || undefined)
    expect([a.state(), a.heldBack(), leadsTo(a, 0), leadsTo(a, 2)]).toEqual([
      'stale',
      ['acme'],
      'acme',
      undefined,
    ])
    // The rest goes on, and the same is so after a start.
    const { revision } = await put(a, 'zoo', one(3))
    await a.close(2000)
    const again = await openMachine(url, { data: a.data })
    await until('what is held back', () => again.heldBack().length > 0 || undefined)
    expect([again.current().revision, again.state(), leadsTo(again, 0), leadsTo(again, 3)]).toEqual([
      ...[revision, 'stale', 'acme', 'zoo'],
    ])
    // Numbers that it has are taken all the same.
    await expect(put(again, 'zoo', one(2))).rejects.toMatchObject({ findings: [{ document: 'zoo' }] })
    await put(again, 'acme', one(4))
    expect([again.state(), leadsTo(again, 4)]).toEqual(['current', 'acme'])
  })
})

describe('several-machines a call that comes from another machine', () => {
  test('finds its revision, also one that this machine never had', async () => {
    const { url } = await postgres.database()
    const { revision: first } = await push(url, { 'acme.json': one(0), 'zoo.json': one(9) })
    const a = await openMachine(url)
    const { revision: second } = await put(a, 'acme', one(1))
    await put(a, 'acme', one(2))
    const b = await openMachine(url)
    for (const machine of [a, b]) {
      const [old, newer] = [await machine.byRevision(first), await machine.byRevision(second)]
      expect([old!.revision, old!.find(number(0)).document, old!.find(number(9)).document]).toEqual([
        first,
        'acme',
        'zoo',
      ])
      expect([newer!.find(number(0)).document, newer!.find(number(1)).document]).toEqual([undefined, 'acme'])
      expect(old!.compiled('acme')!.document.plans).toHaveProperty('main')
      expect(await machine.byRevision('000000000000')).toBeUndefined()
      expect(leadsTo(machine, 2)).toBe('acme')
    }
  })
})

describe('several-machines revisions', () => {
  test('are compared, and read in the form that people know', async () => {
    const { url } = await postgres.database()
    const { revision: first } = await push(url, { 'acme.json': one(0), 'zoo.json': one(9) })
    const a = await openMachine(url)
    const { revision: second } = await put(a, 'acme', one(1))
    expect(await a.compare(first, second, ['*'])).toMatchObject({
      changes: [
        { document: 'acme', kind: 'numbersAdded' },
        { document: 'acme', kind: 'numbersRemoved' },
      ],
      more: false,
    })
    expect(await a.compare(first, second, ['zoo'])).toEqual({ changes: [], more: false })
    expect(await a.compare(first, '000000000000', ['*'])).toEqual({ missing: '000000000000' })
    let text = ''
    const onPiece = (piece: string) => {
      text += piece
      return Promise.resolve()
    }
    expect(await a.content(first, ['*'], onPiece, new AbortController().signal)).toBe(true)
    expect(JSON.parse(text)).toEqual([
      ['acme', one(0)],
      ['zoo', one(9)],
    ])
    expect(await a.content('000000000000', ['*'], onPiece, new AbortController().signal)).toBe(false)
    expect(new Set(await a.kept())).toEqual(new Set([first, second]))
    // A machine that came later has it all from the database.
    const b = await openMachine(url)
    expect((await b.published()).map(({ revision }) => revision)).toEqual([second, first])
    expect(await b.compare(first, second, ['*'])).toEqual(await a.compare(first, second, ['*']))
    const whole = text
    text = ''
    expect(await b.content(first, ['*'], onPiece, new AbortController().signal)).toBe(true)
    expect(text).toBe(whole)
    expect(await b.rollback(first)).toMatchObject({ revision: first, previous: second })
    expect(leadsTo(b, 0)).toBe('acme')
  })
})
