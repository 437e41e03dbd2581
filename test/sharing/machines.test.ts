/** What is known of the machine of a controller that held a call, as the call ends. */
import { expect, test } from 'vitest'
import { createSeen, createStarts } from '../../src/sharing/heartbeat.ts'
import { createMachines } from '../../src/sharing/machines.ts'
import type { SeenController } from '../../src/sharing/messages.ts'

const own = { name: 'b:1' }

const seen = (name: string, more: Partial<SeenController> = {}): SeenController => ({
  ...{ name, run: `run of ${name}`, data: name.split(':')[0]!, version: '1', revision: '', ready: true },
  ...{ state: 'lives', startedAt: '', seenAt: '', startedAgoMs: 1_000_000, seenAgoMs: 0, ...more },
})

/** A call of a:1 ended at 2,000,000, and the list is read `afterMs` later. */
function atEnd(afterMs: number, controllers: readonly SeenController[], holder = 'a:1') {
  const clock = { ms: 0 }
  const machines = createMachines(own, () => clock.ms)
  clock.ms = 2_000_000 + afterMs
  machines.set([...controllers, seen('b:1')])
  return machines.atEnd(holder, 2_000_000)
}

test.for<[string, number, SeenController[]]>([
  ['there', 2500, [seen('a:1')]],
  ['there', 2500, [seen('a:1', { state: 'ended' }), seen('a:2')]],
  ['there', 2000, [seen('a:1', { state: 'ended', seenAgoMs: 1000 })]],
  ['open', 1500, [seen('a:1')]],
  ['open', 9000, [seen('a:1', { state: 'lost', seenAgoMs: 9500 })]],
  ['gone', 15_000, [seen('a:1', { state: 'lost', seenAgoMs: 15_500 })]],
  ['gone', 2000, [seen('a:1', { state: 'ended', seenAgoMs: 2500 })]],
  // It was started again, or another one was, since the call ended.
  ['gone', 2000, [seen('a:1', { startedAgoMs: 1500 })]],
  ['gone', 2000, [seen('a:1', { state: 'ended', seenAgoMs: 5000 }), seen('a:2', { startedAgoMs: 1500 })]],
  ['open', 2000, [seen('a:1', { startedAgoMs: 1500 }), seen('a:2', { state: 'lost', seenAgoMs: 6000 })]],
  ['unknown', 2000, []],
])(
  'several-machines the machine of a lost call is %s, %i ms later (%#)',
  ([expected, afterMs, controllers]) => {
    expect(atEnd(afterMs, controllers)).toBe(expected)
  },
)

test('several-machines a controller that takes calls is there, though the database does not hear of it', () => {
  const clock = { ms: 2_000_000 }
  const machines = createMachines(own, () => clock.ms)
  const cutOff = seen('a:1', { state: 'lost', seenAgoMs: 40_000 })
  machines.set([cutOff, seen('b:1')])
  machines.tookCall('a:1', 1_980_000)
  expect(machines.atEnd('a:1', 1_995_000)).toBe('gone')
  machines.tookCall('a:1', 1_990_000)
  expect(machines.atEnd('a:1', 1_995_000)).toBe('open')
  machines.tookCall('a:1', 1_999_000)
  expect(machines.atEnd('a:1', 1_995_000)).toBe('there')
  // Of one that was started since, that says nothing of before.
  machines.set([seen('a:1', { startedAgoMs: 3000 }), seen('b:1')])
  expect(machines.atEnd('a:1', 1_995_000)).toBe('gone')
})

test('several-machines a controller knows whether the others have heard of it until now', () => {
  const clock = { ms: 1000 }
  const machines = createMachines(own, () => clock.ms)
  expect(machines.isHeard()).toBe(false)
  machines.set([seen('a:1'), seen('b:1', { seenAgoMs: 1000 })])
  clock.ms += 3000
  expect(machines.isHeard()).toBe(true)
  // It stood still, or the list was not renewed.
  clock.ms += 2000
  expect(machines.isHeard()).toBe(false)
  machines.set([seen('a:1'), seen('b:1', { state: 'lost' })])
  expect(machines.isHeard()).toBe(false)
})

test('several-machines of those that live one is the first', () => {
  const machines = createMachines(own)
  expect(machines.isFirst()).toBe(false)
  machines.set([seen('a:1', { state: 'lost' }), seen('b:1'), seen('c:1')])
  expect(machines.isFirst()).toBe(true)
  machines.set([seen('a:1'), seen('b:1'), seen('c:1')])
  expect(machines.isFirst()).toBe(false)
})

const row = (seenAt: number, seenAgoMs = 0, name = 'a:1') => ({
  ...{ name, run: 'a', seen_at: new Date(seenAt), seenAgoMs },
})

test('several-machines a controller is silent since its row has not changed, by whichever clock the row is written', () => {
  const { read } = createSeen()
  expect(read([row(1_000, 300)], 0).get('a:1')).toBe(300)
  expect(read([row(1_000, 1300)], 1000).get('a:1')).toBe(1300)
  expect(read([row(2_000, 100)], 2000).get('a:1')).toBe(100)
  // The standby that has taken over has another clock, behind or ahead.
  expect(read([row(500, -70_000)], 3000).get('a:1')).toBe(0)
  expect(read([row(90_000, 70_000)], 4000).get('a:1')).toBe(1000)
})

test('several-machines while the database is away nobody is silent', () => {
  const { read } = createSeen()
  read([row(1_000, 0)], 0)
  read([row(1_000, 500)], 500)
  expect(read([row(1_000, 61_500)], 61_500).get('a:1')).toBe(500)
  expect(read([row(1_000, 62_500)], 62_500).get('a:1')).toBe(1500)
})

test('several-machines a controller has run for as long as it has, by whichever clock of a failover, until it is started again', () => {
  const { read } = createStarts()
  const ageMs = (run: string, startedAgoMs: number, nowMs: number) =>
    read([{ name: 'a:1', run, startedAgoMs }], nowMs).get('a:1')
  expect(ageMs('a', 60_000, 1000)).toBe(60_000)
  // The standby's clock is behind, and that of the next one ahead.
  expect(ageMs('a', -8000, 3000)).toBe(62_000)
  expect(ageMs('a', 500_000, 4000)).toBe(63_000)
  expect(ageMs('again', 200, 5000)).toBe(200)
})
