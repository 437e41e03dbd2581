/** Events on disk: in order, of several controllers, and across their ends. */
import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { IN_LIST, listEvents, rowOf, TRIED_MS } from '../../src/events/event-list.ts'
import { SETTLE_MS } from '../../src/events/event-log.ts'
import { event, kept, nextOf, stores } from './stores.ts'

const one = (store: ReturnType<ReturnType<typeof stores>['open']>, id: string) =>
  store.next('acme', 'crm', 100).find((event) => event.id === id)!

test('events: of each call the first one that waits is next, and the one behind it when that is delivered', () => {
  const store = stores().open('a')
  kept(store, event('1', 'started'), event('1', 'ended'), event('2', 'started'))
  expect(nextOf(store).sort()).toEqual(['1-started', '2-started'])
  store.delivered(['1-started'])
  expect(nextOf(store).sort()).toEqual(['1-ended', '2-started'])
  expect(store.waiting()).toEqual([{ document: 'acme', webhook: 'crm' }])
  expect(store.count('waiting')).toBe(2)
})

test('events: one that comes late, but happened earlier, goes first', () => {
  const store = stores().open('a')
  kept(store, event('1', 'ended'))
  kept(store, event('1', 'started'))
  expect(nextOf(store)).toEqual(['1-started'])
})

test('events: the same event twice is one', () => {
  const store = stores().open('a')
  kept(store, event('1', 'started'))
  store.delivered(['1-started'])
  kept(store, event('1', 'started'))
  expect(nextOf(store)).toEqual([])
  expect(store.count('delivered')).toBe(1)
})

test('events: a failed one waits, with those of its call behind it and none of another', () => {
  const { clock, open } = stores()
  const store = open('a')
  kept(store, event('1', 'started'), event('1', 'ended'), event('2', 'started'))
  store.postpone(one(store, '1-started'), clock.ms + 5000, { reason: 'connection refused', often: true })
  expect(nextOf(store)).toEqual(['2-started'])
  store.delivered(['2-started'])
  expect(store.nextDueMs('acme', 'crm')).toBe(clock.ms + 5000)
  clock.ms += 5000
  expect(nextOf(store)).toEqual(['1-started'])
  expect(store.list({ most: 1 })).toMatchObject([{ id: '1-started', tries: 1, error: 'connection refused' }])
})

test('events: what comes behind one that waits for its next attempt waits with it, and is not looked at before', () => {
  const { clock, open } = stores()
  const store = open('a')
  kept(store, event('1', 'started'))
  store.postpone(one(store, '1-started'), clock.ms + 5000, { reason: 'HTTP 422', often: true })
  kept(store, event('1', 'ended'))
  expect(nextOf(store)).toEqual([])
  expect(store.nextDueMs('acme', 'crm')).toBe(clock.ms + 5000)
  clock.ms += 5000
  expect(nextOf(store)).toEqual(['1-started'])
})

test('several-machines: events of a lost machine whose clock was ahead are told at once, and hold up no later ones', () => {
  const { clock, open } = stores()
  const store = open('a')
  const aheadMs = clock.ms + 5 * 60_000
  const row = rowOf({ event: event('1', 'started'), sinceMs: aheadMs, dueMs: aheadMs + 30_000 })
  store.adopt([{ ...row, shared: 1 }])
  kept(store, event('1', 'ended'))
  expect(nextOf(store)).toEqual(['1-started'])
  expect(one(store, '1-started').since).toBe(clock.ms)
  store.delivered(['1-started'])
  expect(nextOf(store)).toEqual(['1-ended'])
})

test('events: after 24 hours one is given up, and the next of its call goes on; tried again, it has 24 more', () => {
  const { clock, open } = stores()
  const store = open('a')
  kept(store, event('1', 'started'), event('1', 'ended'))
  const started = one(store, '1-started')
  clock.ms += TRIED_MS - 1
  expect(store.postpone(started, clock.ms, { reason: 'HTTP 500', often: true })).toBe(false)
  clock.ms += 1
  expect(store.postpone(started, clock.ms, { reason: 'HTTP 500', often: true })).toBe(true)
  expect(nextOf(store)).toEqual(['1-ended'])
  expect(store.list({ state: 'givenUp', most: 9 })).toMatchObject([
    { id: '1-started', state: 'givenUp', callid: '1', document: 'acme', webhook: 'crm', error: 'HTTP 500' },
  ])
  expect(store.retry('1-ended')).toBeUndefined()
  expect(store.retry('1-started')).toMatchObject({ state: 'waiting', tries: 0 })
  expect(nextOf(store)).toEqual(['1-started'])
  clock.ms += TRIED_MS - 1
  expect(store.postpone(one(store, '1-started'), clock.ms, { reason: 'HTTP 500', often: true })).toBe(false)
})

test('events: a clock that is put back holds up nothing for long', () => {
  const { clock, open } = stores()
  const store = open('a')
  store.tidy()
  store.add([
    {
      event: event('1', 'started', { holders: ['pbx1:8084'] }),
      sinceMs: clock.ms,
      dueMs: clock.ms + SETTLE_MS,
    },
  ])
  clock.ms -= 24 * 3600_000
  store.tidy()
  expect(nextOf(store)).toEqual(['1-started'])
  expect(store.elsewhere(one(store, '1-started'))).toBe('nothing')
})

test('events: a list is of some documents where not all may be seen', () => {
  const store = stores().open('a')
  kept(store, event('1', 'started'), event('2', 'started', { document: 'other' }))
  expect(store.documents().sort()).toEqual(['acme', 'other'])
  expect(store.list({ documents: ['other'], most: 9 })).toMatchObject([{ document: 'other' }])
  expect(store.list({ id: '1-started', documents: ['other'], most: 9 })).toEqual([])
})

test('events: a list is read from an index, without those that were delivered', () => {
  const { open, folder } = stores()
  kept(open('a'), event('1', 'started'))
  const db = new DatabaseSync(join(folder, 'a.db'), { readOnly: true })
  const planOf = (sql: string, ...values: (string | number | null)[]) =>
    db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values).map(({ detail }) => detail).join()
  for (const query of [{ most: 9 }, { most: 9, state: 'givenUp' as const }, { most: 9, documents: ['acme'] }]) {
    let plan = ''
    listEvents(query, [(sql, values) => ((plan = planOf(sql, ...values)), [])])
    expect(plan).toContain('SCAN events USING INDEX inList')
    expect(plan).not.toContain('TEMP B-TREE')
  }
  expect(planOf(`SELECT DISTINCT document FROM events WHERE ${IN_LIST}`)).toContain('COVERING INDEX inList')
  db.close()
}) // prettier-ignore

describe('events of several controllers', () => {
  test('those of one that has ended are taken over, once; those of one that runs are not', async () => {
    const { open, folder } = stores()
    const [a, b, c] = [open('a'), open('b'), open('c')]
    kept(a, event('1', 'started'), event('1', 'ended'))
    expect(await b.look()).toBe(0)
    a.close()
    const moved = await Promise.all([b.look(), c.look()])
    expect(moved.sort()).toEqual([0, 2])
    expect([...nextOf(b), ...nextOf(c)]).toEqual(['1-started'])
    expect(readdirSync(folder).filter((file) => file.startsWith('a.'))).toEqual(['a.lock'])
  })

  test('what was delivered stays known, so that it is not told by another again', async () => {
    const { open, clock } = stores()
    const [a, b] = [open('a'), open('b')]
    kept(a, event('1', 'started'))
    a.delivered(['1-started'])
    kept(b, event('1', 'started', { holders: ['pbx1:8084'] }))
    await b.look()
    clock.ms += SETTLE_MS
    expect(b.elsewhere(one(b, '1-started'))).toBe('told')
    a.close()
    await b.look()
    expect(nextOf(b)).toEqual([])
  })

  test('an event waits for earlier ones of its call that another has', async () => {
    const { open, clock } = stores()
    const [a, b] = [open('a'), open('b')]
    kept(a, event('1', 'started'))
    kept(b, event('1', 'ended', { holders: ['pbx1:8084'] }), event('2', 'ended'))
    await b.look()
    clock.ms += SETTLE_MS
    expect(b.elsewhere(one(b, '1-ended'))).toBe('earlier')
    expect(b.elsewhere(one(b, '2-ended'))).toBe('nothing')
    a.delivered(['1-started'])
    expect(b.elsewhere(one(b, '1-ended'))).toBe('nothing')
  })

  test('of two that both have it from a third, exactly one tells it', async () => {
    const { open, clock } = stores()
    const [a, b] = [open('a'), open('b')]
    const shared = event('1', 'started', { holders: ['pbx1:8084'] })
    kept(a, shared)
    kept(b, shared)
    await Promise.all([a.look(), b.look()])
    clock.ms += SETTLE_MS
    expect([a.elsewhere(one(a, '1-started')), b.elsewhere(one(b, '1-started'))]).toEqual([
      'nothing',
      'theirs',
    ])
  })

  test('an event waits for what another has in its log of before, and for nothing that came later', async () => {
    const { open, folder, clock } = stores()
    const [a, b] = [open('a'), open('b')]
    const log = join(folder, 'a.1.log')
    const line = (call: string, sinceMs: number) =>
      `${JSON.stringify({ sinceMs, event: event(call, 'started') })}\n`
    writeFileSync(log, line('1', clock.ms - 1))
    kept(b, event('1', 'ended', { holders: ['pbx1:8084'] }), event('2', 'ended'))
    await b.look()
    clock.ms += SETTLE_MS
    expect(b.elsewhere(one(b, '1-ended'))).toBe('earlier')
    // This controller alone knows the call.
    expect(b.elsewhere(one(b, '2-ended'))).toBe('nothing')
    const read = { file: 'a.1.log', place: statSync(log).size }
    a.add([{ event: event('1', 'started'), sinceMs: 0, dueMs: 0 }], read)
    expect(b.elsewhere(one(b, '1-ended'))).toBe('earlier')
    a.delivered(['1-started'])
    expect(b.elsewhere(one(b, '1-ended'))).toBe('nothing')
    appendFileSync(log, line('3', clock.ms))
    expect(b.elsewhere(one(b, '1-ended'))).toBe('nothing')
    // Taken over by a third, it is read from its beginning.
    renameSync(log, `${log}.c-0.0.taken`)
    kept(b, event('3', 'ended', { holders: ['pbx1:8084'] }))
    expect(b.elsewhere({ ...one(b, '3-ended'), since: clock.ms + 1 })).toBe('earlier')
    rmSync(`${log}.c-0.0.taken`)
    clock.ms += SETTLE_MS + 1
    expect(b.elsewhere({ ...one(b, '3-ended'), since: clock.ms - SETTLE_MS })).toBe('nothing')
  })

  test('a controller that lost its process waits for what another took of its log, also for calls of its own', async () => {
    const { open, folder, clock } = stores()
    const taken = join(folder, 'a.1.log.b-0.0.taken')
    writeFileSync(taken, `${JSON.stringify({ sinceMs: clock.ms - 1, event: event('1', 'started') })}\n`)
    const a = open('a', { again: true })
    kept(a, event('1', 'ended'))
    clock.ms += SETTLE_MS
    // It does not know the others yet.
    expect(a.elsewhere(one(a, '1-ended'))).toBe('earlier')
    await a.look()
    expect(a.elsewhere(one(a, '1-ended'))).toBe('earlier')
    rmSync(taken)
    expect(a.elsewhere(one(a, '1-ended'))).toBe('nothing')
  })

  test('the list is of all, and any may try one again', async () => {
    const { open, clock } = stores()
    const [a, b] = [open('a'), open('b')]
    kept(a, event('1', 'started'))
    clock.ms += TRIED_MS
    a.postpone({ ...event('1', 'started'), tries: 1, since: 0, shared: false }, clock.ms, {
      reason: 'HTTP 500',
      often: true,
    })
    await b.look()
    expect(b.list({ state: 'givenUp', most: 9 })).toMatchObject([{ id: '1-started' }])
    expect(b.retry('1-started')).toMatchObject({ state: 'waiting' })
    expect(nextOf(a)).toEqual(['1-started'])
  })

  test('one whose database cannot be read holds up nobody for long', async () => {
    const { open, folder, clock, logged } = stores()
    const b = open('b')
    // Its controller lives: the lock is held.
    open('a')
    for (const end of ['db', 'db-wal', 'db-shm']) rmSync(join(folder, `a.${end}`), { force: true })
    writeFileSync(join(folder, 'a.db'), 'this is no database, and longer than a header of one would be'.repeat(9))
    kept(b, event('1', 'ended', { holders: ['pbx1:8084'] }))
    clock.ms += SETTLE_MS
    await b.look()
    expect(b.elsewhere(one(b, '1-ended'))).toBe('earlier')
    clock.ms += 10_000
    await b.look()
    expect(b.elsewhere(one(b, '1-ended'))).toBe('nothing')
    expect(logged).toHaveLength(1)
  }) // prettier-ignore

  test('a database that is none is kept for whoever looks into it', async () => {
    const { open, folder, logged } = stores()
    writeFileSync(
      join(folder, 'x.db'),
      'this is no database, and longer than a header of one would be'.repeat(9),
    )
    const a = open('a')
    expect(await a.look()).toBe(0)
    expect(readdirSync(folder)).toContain('x.broken')
    expect(logged).toContainEqual(
      expect.objectContaining({ message: 'events of another controller cannot be taken over' }),
    )
    kept(a, event('1', 'started'))
    expect(nextOf(a)).toEqual(['1-started'])
  })
})

test('events: a log that was taken and not read by one that ended, too, is not lost', async () => {
  const { open, folder, clock } = stores()
  const lines = (call: string) => `${JSON.stringify({ sinceMs: 0, event: event(call, 'started') })}\n`
  writeFileSync(join(folder, 'a.1.log.b-0.0.taken'), lines('1'))
  writeFileSync(join(folder, 'a.1.log'), lines('2'))
  clock.ms += 60_000
  const c = open('c')
  expect(await c.look()).toBe(2)
  expect(nextOf(c).sort()).toEqual(['1-started', '2-started'])
})

describe('events of a controller that was killed with its process for events', () => {
  const HOUR_MS = 3600_000

  /** One was delivered, long ago, and of another the log alone knows. */
  function killed() {
    const { folder, open, clock } = stores()
    const log = join(folder, 'a.1.log')
    const line = (call: string) => `${JSON.stringify({ sinceMs: clock.ms, event: event(call, 'started') })}\n`
    writeFileSync(log, line('1'))
    const a = open('a')
    a.add([{ event: event('1', 'started'), sinceMs: clock.ms, dueMs: 0 }], { file: 'a.1.log', place: statSync(log).size })
    a.delivered(['1-started'])
    clock.ms += 6 * HOUR_MS
    a.tidy()
    appendFileSync(log, line('2'))
    // What is left by those that have no time to close anything.
    const left = stores()
    cpSync(folder, left.folder, { recursive: true })
    left.clock.ms = clock.ms + 60_000
    return left
  } // prettier-ignore

  test('what was delivered, and is forgotten since, is not told again; what was not read is told', async () => {
    const b = killed().open('b')
    expect(await b.look()).toBe(1)
    expect(nextOf(b)).toEqual(['2-started'])
  })

  test('nor where who took it over was killed as well', async () => {
    const { folder, open } = killed()
    const log = join(folder, 'a.1.log')
    renameSync(log, `${log}.x-0.${readFileSync(log).indexOf('\n') + 1}.taken`)
    for (const end of ['db', 'db-wal', 'db-shm']) rmSync(join(folder, `a.${end}`), { force: true })
    const b = open('b')
    expect(await b.look()).toBe(1)
    expect(nextOf(b)).toEqual(['2-started'])
  })
})

describe('events that are too much', () => {
  const calls = Array.from({ length: 30 }, (_, i) => String(i))
  const large = { body: 'x'.repeat(20_000) }

  test('of one document: those that were given up go, then the last that came, and no other’s', () => {
    const { open, clock } = stores()
    const store = open('a', { mostOfDocument: 20 })
    for (const call of calls) {
      clock.ms++
      store.add([{ event: event(call, 'started'), sinceMs: clock.ms, dueMs: 0 }])
    }
    kept(store, event('other', 'started', { document: 'other' }))
    clock.ms += TRIED_MS + 1000
    store.postpone(one(store, '0-started'), clock.ms, { reason: 'HTTP 500', often: true })
    expect([...store.tidy()]).toEqual([['acme', 9]])
    expect(nextOf(store, 99)).toEqual(calls.slice(1, 21).map((call) => `${call}-started`))
    expect(store.list({ state: 'givenUp', most: 9 })).toEqual([])
    expect(store.documents().sort()).toEqual(['acme', 'other'])
    expect([...store.tidy()]).toEqual([])
  })

  test('in bytes: those of the document with most, also such as were taken over', async () => {
    const { open } = stores()
    const a = open('a')
    kept(a, ...calls.map((call) => event(call, 'started', large)))
    kept(a, event('other', 'started', { ...large, document: 'other' }))
    a.close()
    const b = open('b', { mostBytes: 400_000 })
    expect(await b.look()).toBe(31)
    const [[document, events] = []] = b.tidy()
    expect(document).toBe('acme')
    expect(events).toBeGreaterThan(5)
    expect(events).toBeLessThan(25)
    expect(b.documents().sort()).toEqual(['acme', 'other'])
    expect([...b.tidy()]).toEqual([])
  })

  test('the file becomes smaller', () => {
    const { open, folder } = stores()
    const store = open('a')
    for (let n = 0; n < 20; n++) kept(store, ...calls.map((call) => event(`${n}-${call}`, 'started', large)))
    store.delivered(calls.flatMap((call) => Array.from({ length: 20 }, (_, n) => `${n}-${call}-started`)))
    const used = () => new DatabaseSync(join(folder, 'a.db'), { readOnly: true }).prepare('PRAGMA page_count').get()!['page_count'] as number
    const before = used()
    store.tidy()
    store.tidy()
    expect(used()).toBeLessThan(before - 1500)
  }) // prettier-ignore
})

test('events: a database of its own that is corrupt is set aside, and begun anew', () => {
  const { open, folder, logged } = stores()
  writeFileSync(
    join(folder, 'a.db'),
    'this is no database, and longer than a header of one would be'.repeat(9),
  )
  const store = open('a')
  kept(store, event('1', 'started'))
  expect(nextOf(store)).toEqual(['1-started'])
  expect(readdirSync(folder)).toContain('a.broken')
  expect(logged).toMatchObject([{ message: 'the database of events is begun anew' }])
})

test('events: files go with a controller that has nothing left to tell', () => {
  const { open, folder } = stores()
  const a = open('a')
  kept(a, event('1', 'started'))
  a.drop(['1-started'])
  a.close()
  expect(readdirSync(folder)).toEqual([])
})
