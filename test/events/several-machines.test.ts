/** Events that outlive their machine: copied to a real PostgreSQL, and taken over from there. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { forgetCopies, forgetEvents } from '../../src/events/forget-events.ts'
import { type CallEvent, personOf } from '../../src/plan/index.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { type Database, openPostgres, type Postgres } from '../harness/postgres.ts'
import { until } from '../harness/until.ts'
import { LOST_MS, type Machine, type Machines, machines } from './machines.ts'
import { event } from './stores.ts'

let postgres: Postgres
beforeAll(async () => void (postgres = await openPostgres()), 60_000)
afterAll(() => postgres.close(), 60_000)

const NAMES = ['started', 'answered', 'ended'] as const
const long = { withinMs: 40_000 }
const LONG_MS = 60_000

const callOf = (call: string, more: Partial<CallEvent> = {}): CallEvent[] =>
  NAMES.map((name) => event(call, name, more))
const calls = (count: number, prefix = 'call'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(3, '0')}`)
const idsOf = (call: string): string[] => NAMES.map((name) => `${call}-${name}`)

async function begin(): Promise<
  Machines & { readonly database: Database; sql(text: string): Promise<Record<string, unknown>[]> }
> {
  const database = await postgres.database()
  return {
    ...machines(postgres, database),
    database,
    async sql(text) {
      const client = new Client({ connectionString: database.superuser })
      await client.connect()
      try {
        return (await client.query<Record<string, unknown>>(text)).rows
      } finally {
        await client.end()
      }
    },
  }
}

/** Each call in order, nothing twice; who told it may be anyone. */
function expectInOrder(told: Machines['told'], of: readonly string[]): void {
  for (const call of of)
    expect(told.map(({ id }) => id).filter((id) => id.startsWith(`${call}-`))).toEqual(idsOf(call))
}

const toldAll = ({ told }: Machines, count: number) =>
  until(`${count} events are told`, () => (told.length >= count ? true : undefined), long)

const waits = ({ store }: Machine) => store.count('waiting')

test(
  'several-machines: events of a machine that is lost are told by another one, in order, once',
  async () => {
    const all = await begin()
    const [a, b] = [await all.open('a'), await all.open('b')]
    all.unable.add('a')
    for (const call of calls(40)) a.keep(...callOf(call))
    await until('they are copied', a.isCopied)
    await a.lose()
    await toldAll(all, 120)
    expectInOrder(all.told, calls(40))
    expect(all.told.every(({ by }) => by === 'b')).toBe(true)
    expect(b.copying.counts().adopted).toBe(120)
    expect(b.logged.join()).toMatch(/events of a machine that is lost are taken over .*"controller":"a:8084"/)
    // Whoever comes back is told.
    await until('they are marked', async () => {
      const rows = await all.sql(
        "SELECT count(*)::int AS n FROM belplan.events WHERE state = 2 AND body = ''",
      )
      return rows[0]!['n'] === 120 || undefined
    })
  },
  LONG_MS,
)

test(
  'several-machines: what is delivered at once leaves nothing in the database, and nothing behind',
  async () => {
    const all = await begin()
    const a = await all.open('a')
    a.keep(...callOf('1'))
    await toldAll(all, 3)
    await until(
      'nothing is left to be copied',
      () => a.store.copies!.changed(Infinity, 9).length === 0 || undefined,
    )
    all.unable.add('a')
    a.keep(...callOf('2'))
    await until('they are copied', a.isCopied)
    expect(await all.sql('SELECT id FROM belplan.events ORDER BY id')).toHaveLength(3)
    all.unable.delete('a')
    await toldAll(all, 6)
    await until(
      'its copies go',
      async () => (await all.sql('SELECT id FROM belplan.events')).length === 0 || undefined,
    )
  },
  LONG_MS,
)

test(
  'several-machines: two that take over at once share what there is, and a call stays in order',
  async () => {
    const all = await begin()
    const a = await all.open('a')
    await Promise.all(['b', 'c'].map((name) => all.open(name)))
    all.unable.add('a')
    for (const call of calls(400)) a.keep(...callOf(call))
    await until('they are copied', a.isCopied, long)
    await a.lose()
    await toldAll(all, 1200)
    expectInOrder(all.told, calls(400))
  },
  LONG_MS,
)

test(
  'several-machines: events that take the database long are copied and taken over in smaller batches',
  async () => {
    const all = await begin()
    const [a, b] = [await all.open('a'), await all.open('b')]
    all.unable.add('a').add('b')
    // All together take longer than an answer may.
    await all.sql(`
      CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.01); RETURN new; END $$;
      CREATE TRIGGER slowly BEFORE INSERT OR UPDATE ON belplan.events FOR EACH ROW EXECUTE FUNCTION slowly()`)
    for (const call of calls(120)) a.keep(...callOf(call))
    await until('they are copied', a.isCopied, long)
    await a.lose()
    await until('b has them', () => b.copying.counts().adopted === 360 || undefined, { withinMs: 60_000 })
  },
  2 * LONG_MS,
)

test(
  'several-machines: many large events are copied in several questions',
  async () => {
    const all = await begin()
    const a = await all.open('a')
    all.unable.add('a')
    const body = JSON.stringify({ rang: 'x'.repeat(100_000) })
    a.keep(...calls(15).map((call) => event(call, 'ended', { body })))
    await until('they are copied', a.isCopied, long)
    // Each question is one transaction.
    const [row] = await all.sql('SELECT count(DISTINCT xmin::text)::int AS n FROM belplan.events')
    expect(row!['n']).toBeGreaterThan(1)
  },
  LONG_MS,
)

test(
  'several-machines: one that was only cut off leaves its events to whoever took them over',
  async () => {
    const all = await begin()
    const [a, b] = [await all.open('a'), await all.open('b')]
    all.unable.add('a')
    for (const call of calls(20)) a.keep(...callOf(call))
    await until('they are copied', a.isCopied)
    a.line.cut()
    await toldAll(all, 60)
    a.line.mend()
    await until('it drops them', () => waits(a) === 0 || undefined, long)
    all.unable.delete('a')
    a.keep(...callOf('new'))
    await toldAll(all, 63)
    expectInOrder(all.told, [...calls(20), 'new'])
    expect(all.told.filter(({ by }) => by === 'a')).toHaveLength(3)
    expect(b.store.count('waiting')).toBe(0)
  },
  LONG_MS,
)

test(
  'several-machines: what one that was cut off has told meanwhile is not told by whoever took it over',
  async () => {
    const all = await begin()
    const [a, b] = [await all.open('a'), await all.open('b')]
    all.unable.add('a').add('b')
    for (const call of calls(20)) a.keep(...callOf(call))
    await until('they are copied', a.isCopied)
    a.line.cut()
    await until('b has them', () => b.copying.counts().adopted === 60 || undefined, long)
    all.unable.delete('a')
    await toldAll(all, 60)
    a.line.mend()
    await until(
      'a has said so',
      async () => {
        const rows = await all.sql('SELECT count(*)::int AS n FROM belplan.events WHERE state = 2')
        return rows[0]!['n'] === 60 || undefined
      },
      long,
    )
    all.unable.delete('b')
    await until('nothing waits at b', () => waits(b) === 0 || undefined, long)
    expectInOrder(all.told, calls(20))
  },
  LONG_MS,
)

test(
  'several-machines: while the database is away events are told, and nobody is taken for lost when it is back',
  async () => {
    const all = await begin()
    const [a, b] = [await all.open('a'), await all.open('b')]
    all.unable.add('a').add('b')
    a.keep(...callOf('a1'))
    b.keep(...callOf('b1'))
    await Promise.all([a, b].map((machine) => until('they are copied', machine.isCopied)))
    await postgres.kill()
    await delay(LOST_MS + 1000)
    a.keep(...callOf('a2'))
    all.unable.delete('a')
    await toldAll(all, 6)
    b.keep(...callOf('b2'))
    b.line.cut()
    await postgres.start()
    await until(
      'a is back',
      () => a.logged.some((line) => line.includes('database again')) || undefined,
      long,
    )
    // The last one to come back is not lost.
    await delay(LOST_MS / 3)
    b.line.mend()
    await until('b has copied again', b.isCopied, long)
    await delay(LOST_MS + 2000)
    expect([a, b].map(({ copying }) => copying.counts().adopted)).toEqual([0, 0])
    expect(await all.sql('SELECT DISTINCT holder FROM belplan.events')).toEqual([{ holder: 'b' }])
    all.unable.delete('b')
    await toldAll(all, 12)
    expectInOrder(all.told, ['a1', 'a2', 'b1', 'b2'])
    expect(a.logged.filter((line) => line.includes('the shared database cannot be used'))).toHaveLength(1)
    expect(a.logged.filter((line) => line.includes('copied to the shared database again'))).toHaveLength(1)
  },
  LONG_MS,
)

test(
  'several-machines: a database that stands still for a while makes nobody look lost',
  async () => {
    const all = await begin()
    const machines = [await all.open('a'), await all.open('b'), await all.open('c')]
    for (const { name, keep } of machines) {
      all.unable.add(name)
      keep(...callOf(name))
    }
    await Promise.all(machines.map(({ isCopied }) => until('they are copied', isCopied)))
    // Whoever could take over for lost has been there for long enough.
    await delay(LOST_MS + 500)
    const sessions = (await all.sql('SELECT pid FROM pg_stat_activity')).map(({ pid }) => Number(pid))
    const server = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${sessions[0]}/status`, 'utf8'))![1])
    const signal = (name: NodeJS.Signals) => {
      for (const pid of [server, ...sessions]) {
        try {
          process.kill(pid, name)
        } catch {
          // A session that is over by now.
        }
      }
    }
    const [{ line }] = machines as [Machine]
    signal('SIGSTOP')
    try {
      await delay(LOST_MS + 2000)
    } finally {
      line.cut()
      signal('SIGCONT')
    }
    // The last one to come back is not lost.
    await delay(LOST_MS / 3)
    line.mend()
    await Promise.all(
      machines.map(({ logged }) =>
        until(
          'it is back',
          () => logged.some((line) => line.includes('copied to the shared database again')) || undefined,
          long,
        ),
      ),
    )
    await delay(LOST_MS + 1000)
    expect(machines.map(({ copying }) => copying.counts().adopted)).toEqual([0, 0, 0])
    all.unable.clear()
    await toldAll(all, 9)
    for (const { name } of machines)
      expect(all.told.filter(({ by }) => by === name).map(({ id }) => id)).toEqual(idsOf(name))
  },
  LONG_MS,
)

test(
  'several-machines: an event waits for earlier ones of its call that another machine still has',
  async () => {
    const all = await begin()
    const [a, b] = [await all.open('a'), await all.open('b')]
    all.unable.add('a')
    a.keep(event('1', 'started'))
    b.keep(event('1', 'ended', { holders: ['a:8084'] }), event('2', 'started', { holders: ['a:8084'] }))
    await toldAll(all, 1)
    expect(all.told).toEqual([{ by: 'b', id: '2-started' }])
    all.unable.delete('a')
    await toldAll(all, 3)
    expect(all.told.map(({ id }) => id)).toEqual(['2-started', '1-started', '1-ended'])
  },
  LONG_MS,
)

test(
  'several-machines: of a call that moved from a machine that is lost, that one’s events are told first, by a third one',
  async () => {
    const all = await begin()
    const [a, b] = [await all.open('a'), await all.open('b')]
    all.unable.add('a').add('b')
    for (const call of calls(20)) a.keep(event(call, 'started'), event(call, 'answered'))
    await until('they are copied', a.isCopied)
    await all.open('c')
    await a.lose()
    for (const call of calls(20))
      b.keep(event(call, 'started', { holders: ['a:8084'] }), event(call, 'ended', { holders: ['a:8084'] }))
    all.unable.delete('b')
    await toldAll(all, 60)
    expectInOrder(all.told, calls(20))
  },
  LONG_MS,
)

test(
  'several-machines: the list is of all machines, and an event is tried again from any; it is told once',
  async () => {
    const all = await begin()
    const [a, b] = [await all.open('a'), await all.open('b')]
    all.unable.add('a')
    const old = Date.now() - 25 * 3600_000
    a.store.add([{ event: event('1', 'started', { document: 'other' }), sinceMs: old, dueMs: 0 }])
    a.delivery.added('other', 'crm')
    await until('it is given up', () => a.store.count('givenUp') === 1 || undefined, long)
    const listed = await until('b lists it', async () => {
      const events = await b.copying.list({ state: 'givenUp', most: 9 })
      return events?.length === 1 ? events : undefined
    })
    expect(listed).toMatchObject([
      { id: '1-started', state: 'givenUp', document: 'other', error: 'no answer' },
    ])
    expect(await b.copying.documents()).toEqual(['other'])
    expect(await b.copying.list({ documents: ['acme'], most: 9 })).toEqual([])
    expect(await b.copying.list({ state: 'waiting', most: 9 })).toEqual([])
    expect(await b.copying.retry('unknown')).toBeUndefined()
    expect(await b.copying.retry('1-started')).toMatchObject({ id: '1-started', state: 'waiting', tries: 0 })
    await toldAll(all, 1)
    await until('a has it no more', () => a.store.count('givenUp') === 0 || undefined)
    expect(all.told).toEqual([{ by: 'b', id: '1-started' }])
    a.line.close()
    await until('a does not know', async () => (await a.copying.list({ most: 9 })) === undefined || undefined)
    await expect(a.copying.retry('1-started')).rejects.toThrow()
  },
  LONG_MS,
)

test(
  'several-machines: a machine says that it lives however many lists of events are waited for',
  async () => {
    const all = await begin()
    const a = await all.open('a')
    const list = () => a.copying.list({ most: 9 })
    await until('the database answers', list)
    const client = new Client({ connectionString: all.database.superuser })
    await client.connect()
    try {
      await client.query('BEGIN; LOCK TABLE belplan.events IN ACCESS EXCLUSIVE MODE')
      const lists = await Promise.all(Array.from({ length: 50 }, list))
      expect(new Set(lists)).toEqual(new Set([undefined]))
    } finally {
      await client.end()
    }
    expect(a.logged.join()).not.toContain('the shared database cannot be used')
    expect(await until('it answers again', list)).toEqual([])
  },
  LONG_MS,
)

test(
  'several-machines: an event that was given up can be tried again after its machine is lost',
  async () => {
    const all = await begin()
    const [a, b] = [await all.open('a'), await all.open('b')]
    all.unable.add('a')
    a.store.add([{ event: event('1', 'started'), sinceMs: Date.now() - 25 * 3600_000, dueMs: 0 }])
    a.delivery.added('acme', 'crm')
    await until('it is given up', () => a.store.count('givenUp') === 1 || undefined, long)
    await until(
      'it is copied',
      async () => (await all.sql('SELECT 1 FROM belplan.events WHERE state = 1')).length === 1 || undefined,
    )
    await a.lose()
    await until('b has it', () => b.store.count('givenUp') === 1 || undefined, long)
    expect(b.store.retry('1-started')).toMatchObject({ id: '1-started', state: 'waiting' })
    b.delivery.added('acme', 'crm')
    await toldAll(all, 1)
  },
  LONG_MS,
)

test(
  'several-machines: what a standby that took over lacks is copied again',
  async () => {
    const all = await begin()
    const a = await all.open('a')
    all.unable.add('a')
    a.keep(...callOf('1'), ...callOf('2'))
    await until('they are copied', a.isCopied)
    a.line.cut()
    await until('a sees it', () => a.logged.some((line) => line.includes('cannot be used')) || undefined)
    // As the standby has it.
    await all.sql("DELETE FROM belplan.events WHERE call = '1'")
    a.line.mend()
    await until(
      'they are back',
      async () => (await all.sql('SELECT id FROM belplan.events')).length === 6 || undefined,
      long,
    )
  },
  LONG_MS,
)

test(
  'several-machines: what was taken over as the connection broke is not forgotten',
  async () => {
    const all = await begin()
    const [a, b] = [await all.open('a'), await all.open('b')]
    all.unable.add('a')
    a.keep(...callOf('1'))
    await until('they are copied', a.isCopied)
    await a.lose()
    await until(
      'b is seen',
      async () =>
        (await all.sql("SELECT 1 FROM belplan.event_holders WHERE name = 'b'")).length === 1 || undefined,
    )
    b.line.cut()
    await until('b sees it', () => b.logged.some((line) => line.includes('cannot be used')) || undefined)
    await all.sql("UPDATE belplan.events SET was = holder, holder = 'b', held_at = now()")
    b.line.mend()
    await toldAll(all, 3)
    expectInOrder(all.told, ['1'])
  },
  LONG_MS,
)

test(
  'several-machines: what a controller leaves to another one of its machine is not taken over by a third',
  async () => {
    const all = await begin()
    const [a, c] = [await all.open('a'), await all.open('c')]
    all.unable.add('a').add('b')
    for (const call of calls(20)) a.keep(...callOf(call))
    await until('they are copied', a.isCopied)
    await a.lose()
    a.store.close()
    const b = await all.open('b', a.folder)
    await until(
      'b has them',
      async () => {
        const rows = await all.sql("SELECT count(*)::int AS n FROM belplan.events WHERE holder = 'b'")
        return rows[0]!['n'] === 60 || undefined
      },
      long,
    )
    await until(
      'a is signed off',
      async () =>
        (await all.sql("SELECT 1 FROM belplan.event_holders WHERE name = 'a'")).length === 0 || undefined,
    )
    await delay(LOST_MS)
    all.unable.delete('b')
    await toldAll(all, 60)
    expectInOrder(all.told, calls(20))
    expect([b, c].map(({ copying }) => copying.counts().adopted)).toEqual([0, 0])
  },
  LONG_MS,
)

test(
  'several-machines: a machine that starts after its events were taken over tells none of them',
  async () => {
    const all = await begin()
    const a = await all.open('a')
    all.unable.add('a').add('c')
    for (const call of calls(20)) a.keep(...callOf(call))
    await until('they are copied', a.isCopied)
    const c = await all.open('c')
    await a.lose()
    await until('c has them', () => c.copying.counts().adopted === 60 || undefined, long)
    a.store.close()
    const b = await all.open('b', a.folder)
    await until(
      'b has dropped them',
      () => (b.store.neighbours().length === 0 && waits(b) === 0) || undefined,
      long,
    )
    expect(all.told).toEqual([])
    all.unable.delete('c')
    await toldAll(all, 60)
    expectInOrder(all.told, calls(20))
  },
  LONG_MS,
)

test(
  'command-line calls forget: a person is taken out of the copies of events, which are told without them',
  async () => {
    const all = await begin()
    const [a, b] = [await all.open('a'), await all.open('b')]
    all.unable.add('a').add('b')
    const of = (callerid: string) => ({ body: JSON.stringify({ callerid, callername: 'Jane Doe' }) })
    a.keep(event('1', 'started', of('+31612345678')), event('2', 'started', of('+31687654321')))
    await until('they are copied', a.isCopied)
    const person = personOf('0612345678', 'NL')
    expect(await forgetCopies(all.database.url, person)).toBe(1)
    const bodies = async () =>
      (await all.sql('SELECT body FROM belplan.events ORDER BY id')).map(({ body }) => String(body))
    expect((await bodies())[0]).not.toMatch(/612345678|Jane/)
    // Its own disk is where the copy comes from.
    a.store.postpone(a.store.next('acme', 'crm', 9)[0]!, Date.now(), { reason: 'HTTP 500', often: false })
    const data = mkdtempSync(join(tmpdir(), 'belplan-data-'))
    onTestFinished(() => rmSync(data, { recursive: true }))
    symlinkSync(a.folder.folder, join(data, 'events'))
    expect(await forgetEvents(data, person)).toEqual({ events: 1, unpurged: [] })
    await until('it is copied again', async () => {
      const rows = await all.sql('SELECT 1 FROM belplan.events WHERE tries > 0')
      return (rows.length > 0 && !(await bodies())[0]!.includes('612345678')) || undefined
    })
    await a.lose()
    await until('b has them', () => b.copying.counts().adopted === 2 || undefined, long)
    const adopted = await until('both are due', () => {
      const due = b.store.next('acme', 'crm', 9).map(({ body }) => body)
      return due.length === 2 ? due : undefined
    })
    expect(adopted.join()).not.toContain('612345678')
    expect(adopted.join()).toContain('31687654321')
  },
  LONG_MS,
)

test(
  'several-machines: where the tables are of the past, events are told from this machine, and the log says so',
  async () => {
    const { url, owner } = await postgres.emptyDatabase()
    const all = machines(postgres, { url: owner, owner, reports: url, superuser: url })
    const a = await all.open('a')
    a.keep(...callOf('1'))
    a.keep(event('2', 'ended', { holders: ['b:8084'] }))
    await toldAll(all, 4)
    expect(a.logged.join()).toMatch(/warn: the shared database cannot be used.*run `belplan migrate`/)
    await migrate(owner)
    await until(
      'it copies now',
      () => a.logged.some((line) => line.includes('copied to the shared database again')) || undefined,
      long,
    )
  },
  LONG_MS,
)
