/** Delivery: at least once, in order for one call, and nobody waits for another's dead server. */
import { describe, expect, test } from 'vitest'
import { createDelivery, type Delivery, type DeliveryOptions } from '../../src/events/delivery.ts'
import type { StoredEvent } from '../../src/events/event-list.ts'
import type { EventStore } from '../../src/events/event-store.ts'
import { until } from '../harness/until.ts'
import { event, kept, stores } from './stores.ts'

/** Of a store, with the time of this machine. */
function deliver(
  send: (event: StoredEvent) => Promise<string | undefined>,
  store: EventStore,
  more: Partial<DeliveryOptions> = {},
) {
  const logged: string[] = []
  const delivery = createDelivery({
    ...{ store, pauseMs: () => 5 },
    send: async (event) => {
      const reason = await send(event)
      return reason === undefined ? undefined : { reason, unasked: reason === 'no webhook' }
    },
    log: (level, _fields, message) => void logged.push(`${level}: ${message}`),
    ...more,
  })
  return { delivery, logged }
}

const done = (delivery: Delivery, count: number) =>
  until(`${count} are delivered`, () => delivery.counts().delivered === count || undefined)

const open = () => {
  const { open, clock } = stores()
  // Real: pauses are milliseconds.
  Object.defineProperty(clock, 'ms', { get: () => Date.now() })
  return open('a')
}

test('events: those of one call in order, those of several beside each other', async () => {
  const store = open()
  const calls = Array.from({ length: 20 }, (_, i) => `call-${i}`)
  const sent: string[] = []
  let most = 0
  let now = 0
  const { delivery } = deliver(async ({ id }) => {
    most = Math.max(most, ++now)
    await new Promise(setImmediate)
    sent.push(id)
    now--
    return undefined
  }, store)
  for (const call of calls) kept(store, event(call, 'ended'), event(call, 'started'), event(call, 'answered'))
  delivery.added('acme', 'crm')
  await done(delivery, 60)
  for (const call of calls)
    expect(sent.filter((id) => id.startsWith(`${call}-`))).toEqual([
      ...[`${call}-started`, `${call}-answered`, `${call}-ended`],
    ])
  expect(most).toBe(8)
  await delivery.close()
})

test('events: one that is not taken is sent again, with what is behind it; others go on meanwhile', async () => {
  const store = open()
  const sent: string[] = []
  const { delivery, logged } = deliver(({ id }) => {
    sent.push(id)
    return Promise.resolve(
      id === '1-started' && sent.filter((one) => one === id).length < 4 ? 'HTTP 500' : undefined,
    )
  }, store)
  kept(store, event('1', 'started'), event('1', 'ended'), event('2', 'started'), event('3', 'started'))
  delivery.added('acme', 'crm')
  await done(delivery, 4)
  expect(sent.filter((id) => id === '1-started')).toHaveLength(4)
  expect(sent.at(-1)).toBe('1-ended')
  expect(logged).toContain('warn: event not taken')
  expect(logged).toContain('info: events are taken again')
  await delivery.close()
})

test('events: a server that fails gets one at a time; a dead one takes no time of another', async () => {
  const store = open()
  const atOnce = { dead: 0, most: 0 }
  let other = 0
  const pending: (() => void)[] = []
  const { delivery } = deliver(
    ({ document }) => {
      if (document === 'other') {
        other++
        return Promise.resolve(undefined)
      }
      atOnce.most = Math.max(atOnce.most, ++atOnce.dead)
      return new Promise((resolve) =>
        pending.push(() => {
          atOnce.dead--
          resolve('no answer')
        }),
      )
    },
    store,
    { pauseMs: () => 1 },
  )
  for (let i = 0; i < 300; i++) kept(store, event(`dead-${i}`, 'started'))
  delivery.added('acme', 'crm')
  await until('some are on their way', () => pending.length === 8 || undefined)
  for (let i = 0; i < 100; i++) kept(store, event(`other-${i}`, 'started', { document: 'other' }))
  delivery.added('other', 'crm')
  await until('the other has all of its own', () => other === 100 || undefined)
  expect(atOnce.most).toBe(8)
  pending.splice(0).forEach((fail) => fail())
  atOnce.most = 0
  for (let i = 0; i < 5; i++) {
    await until('another attempt', () => pending.length > 0 || undefined)
    pending.splice(0).forEach((fail) => fail())
  }
  expect(atOnce.most).toBe(1)
  const closed = delivery.close()
  pending.splice(0).forEach((fail) => fail())
  await closed
})

test('events: those that fail together are one failure, and a success ends the pauses', async () => {
  const store = open()
  const pauses: number[] = []
  let down = true
  let sent = 0
  const { delivery } = deliver(
    async () => {
      sent++
      await new Promise(setImmediate)
      return down ? 'no answer' : undefined
    },
    store,
    {
      pauseMs(failures) {
        pauses.push(failures)
        return 5
      },
    },
  )
  for (let i = 0; i < 8; i++) kept(store, event(`call-${i}`, 'started'))
  delivery.added('acme', 'crm')
  await until('it failed three times over', () => sent >= 10 || undefined)
  down = false
  await done(delivery, 8)
  // Of the webhook and of the event, in turn: eight events failed once, and the webhook once with them.
  expect(pauses.slice(0, 9).every((failures) => failures === 1)).toBe(true)
  await delivery.close()
})

test('events: a folder that cannot be read for once, and a fault in sending, delay an event and end nothing', async () => {
  const store = open()
  let asked = 0
  const broken: EventStore = {
    ...store,
    elsewhere: (one) => (asked++ === 0 ? expect.fail('EMFILE') : store.elsewhere(one)),
  }
  let sent = 0
  const { delivery, logged } = deliver(
    () => (sent++ === 0 ? Promise.reject(new Error('a fault')) : Promise.resolve(undefined)),
    broken,
  )
  kept(store, event('1', 'started'))
  delivery.added('acme', 'crm')
  await done(delivery, 1)
  expect(sent).toBe(2)
  expect(logged[0]).toBe('error: events of other controllers cannot be read')
  await delivery.close()
})

test('events: one whose time was over while nobody could send it has its attempts before it is given up', async () => {
  const store = open()
  let sent = 0
  const { delivery } = deliver(
    () => {
      sent++
      return Promise.resolve('no answer')
    },
    store,
    { pauseMs: () => 1 },
  )
  store.add([{ event: event('1', 'started'), sinceMs: Date.now() - 25 * 3600_000, dueMs: 0 }])
  delivery.added('acme', 'crm')
  await until('it is given up', () => delivery.counts().givenUp === 1 || undefined)
  expect(sent).toBe(10)
  await delivery.close()
})

test('events: a webhook that is not there now is no attempt', async () => {
  const store = open()
  let asked = 0
  let isThere = false
  const ask = () => {
    asked++
    return Promise.resolve(isThere ? undefined : 'no webhook')
  }
  const { delivery } = deliver(ask, store, { pauseMs: () => 1 })
  store.add([{ event: event('1', 'started'), sinceMs: Date.now() - 25 * 3600_000, dueMs: 0 }])
  delivery.added('acme', 'crm')
  await until('it is tried', () => asked > 10 || undefined)
  expect(store.list({ most: 1 })).toMatchObject([{ tries: 0, error: 'no webhook' }])
  isThere = true
  await done(delivery, 1)
  await delivery.close()
})

describe('events while the disk takes no note', () => {
  test('what was sent is not sent again, nothing else is sent, and it is noted when the disk is back', async () => {
    const store = open()
    let full = false
    const sent: string[] = []
    const broken: EventStore = {
      ...store,
      delivered(ids) {
        if (full) throw new Error('database or disk is full')
        store.delivered(ids)
      },
    }
    const { delivery, logged } = deliver(({ id }: StoredEvent) => {
      sent.push(id)
      full = sent.length === 1
      return Promise.resolve(undefined)
    }, broken)
    kept(store, event('1', 'started'), event('1', 'ended'))
    delivery.added('acme', 'crm')
    await until('it is in the log', () => logged[0])
    expect(sent).toEqual(['1-started'])
    full = false
    await done(delivery, 2)
    expect(sent).toEqual(['1-started', '1-ended'])
    expect(logged[0]).toMatch(/^error: what became of events cannot be noted/)
    await delivery.close()
  })

  test('at the end it stays to be sent again', async () => {
    const store = open()
    const broken = { ...store, delivered: () => expect.fail('database or disk is full') }
    const { delivery, logged } = deliver(() => Promise.resolve(undefined), broken)
    kept(store, event('1', 'started'))
    delivery.added('acme', 'crm')
    await until('it is in the log', () => logged[0])
    await delivery.close()
    expect(store.count('waiting')).toBe(1)
  })
})
