/** Limits over several controllers, each with what the others told: without a database between them. */
import { expect, test } from 'vitest'
import { createAdmission, type Admission, type LimitCounts } from '../../src/call/admission.ts'
import type { Config } from '../../src/config/config.ts'
import { addTally, type Tally } from '../../src/util/tally.ts'
import { limits } from './limits.ts'

const kinds = ['documents', 'callers', 'legs'] as const

function sum(counts: readonly LimitCounts[]): LimitCounts {
  const added = Object.fromEntries(kinds.map((kind) => [kind, new Map<string, number[]>()]))
  for (const one of counts) for (const kind of kinds) addTally(added[kind]!, one[kind])
  return added as unknown as LimitCounts
}

/** Controllers that have one clock, and `tell`: each knows what all others have counted. */
function controllers(count: number, more: Partial<Config['limits']>) {
  const clock = { ms: 0 }
  const all = Array.from({ length: count }, () =>
    createAdmission(limits(more), { shared: true, now: () => clock.ms }),
  )
  let told: readonly LimitCounts[] = []
  const tellOnce = () => {
    told = all.map((one) => one.own(count))
    all.forEach((one, i) => one.setOthers(sum(told.filter((_, other) => other !== i))))
  }
  return {
    all,
    clock,
    /** What one does not tell by itself it tells when another one has told of it. */
    tell() {
      tellOnce()
      tellOnce()
    },
    keys: (kind: (typeof kinds)[number]) => told.map((one) => [...one[kind].keys()]),
  }
}

const begin = (one: Admission, caller = '+31612345678') => one.admit('acme', caller, false)
const begins = (all: readonly Admission[], times: number, caller?: string): number => {
  let admitted = 0
  for (let i = 0; i < times; i++) if (begin(all[i % all.length]!, caller).leave) admitted++
  return admitted
}

test('configuration limits hold for all controllers together, at one time and in a minute', () => {
  const { all, tell, clock } = controllers(3, { calls: 6, callsPerMinute: 20 })
  const first = begin(all[0]!)
  expect(begins(all, 5)).toBe(5)
  tell()
  expect(begins(all, 30)).toBe(0)
  first.leave!()
  tell()
  expect(begin(all[1]!).leave).toBeDefined()
  tell()
  expect(begins(all, 30)).toBe(0)
  for (const one of all) one.setOthers(undefined)
  // Each for itself: those held are 1, 3 and 2.
  expect(begins(all, 30)).toBe(5 + 3 + 4)
  tell()
  clock.ms = 61_000
  tell()
  expect(all.map((one) => [...one.own(3).documents.values()])).toEqual([[[6, 0]], [[6, 0]], [[6, 0]]])
})

test('configuration calls in a minute are counted over all controllers', () => {
  const { all, tell, clock } = controllers(3, { callsPerMinute: 9 })
  expect(begins(all, 6)).toBe(6)
  clock.ms = 30_000
  tell()
  expect(begins(all, 3)).toBe(3)
  tell()
  expect(begins(all, 9)).toBe(0)
  clock.ms = 60_001
  tell()
  expect(begins([all[2]!], 9)).toBe(6)
  tell()
  expect(begins(all, 9)).toBe(0)
})

test('configuration callers are counted over all controllers, and no number of one is told', () => {
  const { all, tell, keys } = controllers(3, { perCaller: { calls: 4, callsPerMinute: 0 } })
  expect(begins(all, 4)).toBe(4)
  tell()
  expect(begins(all, 3)).toBe(0)
  expect(begins(all, 1, '+31612345679')).toBe(1)
  expect(keys('callers').flat().join()).not.toMatch(/31612345678/)
})

test('configuration what cannot come to a limit is not told', () => {
  const { all, tell, keys } = controllers(3, { calls: 1000, perCaller: { calls: 20, callsPerMinute: 120 } })
  for (let i = 0; i < 100; i++) begin(all[0]!, `+316123450${i}`)
  tell()
  expect(keys('callers')).toEqual([[], [], []])
  expect(keys('documents')).toEqual([[], [], []])
  // A sixth of the limit, on one of them: all tell.
  for (let i = 0; i < 67; i++) begin(all[0]!, `+316123450${i}`)
  begin(all[1]!)
  tell()
  expect(keys('documents')).toEqual([['acme'], ['acme'], []])
})

test('configuration what began before there was another controller counts once there is', () => {
  const { all, tell } = controllers(2, { calls: 4 })
  const [one, other] = all as [Admission, Admission]
  one.own(1)
  expect(begins([one], 3)).toBe(3)
  one.own(1)
  one.own(1)
  tell()
  expect(begins([other], 9)).toBe(1)
})

test('security a document with ever new callers takes neither all that is told, nor the place of others', () => {
  const { all, tell, keys } = controllers(3, { perCaller: { calls: 1, callsPerMinute: 0 } })
  for (let i = 0; i < 20_000; i++) all[0]!.admit('evil', `+316${i}`, false)
  for (let i = 0; i < 10; i++) all[0]!.admit('acme', `+316${i}`, false)
  // Some thousand are looked through at once.
  for (let i = 0; i < 12; i++) tell()
  const told = keys('callers')[0]!
  expect(told.length).toBeLessThanOrEqual(666)
  expect(told.filter((key) => key.startsWith('acme '))).toHaveLength(10)
  expect(all[1]!.admit('acme', '+3161', false)).toEqual({
    over: 'caller +3161: more than 1 calls at one time',
  })
})

test('configuration legs a second are those of all controllers, in equal parts where all have enough to ring', () => {
  const { all, tell, clock } = controllers(3, { legsPerSecond: 60 })
  const rung = [0, 0, 0]
  const ring = (seconds: number, busy: readonly number[]) => {
    for (const end = clock.ms + seconds * 1000; clock.ms < end; clock.ms += 10) {
      if (clock.ms % 500 === 0) tell()
      for (const i of busy) rung[i]! += all[i]!.admitLegs('acme', 20)
    }
  }
  ring(5, [0, 1, 2])
  rung.fill(0)
  ring(20, [0, 1, 2])
  expect(rung[0]! + rung[1]! + rung[2]!).toBeLessThanOrEqual(20 * 60 * 1.02)
  for (const each of rung) expect(each).toBeGreaterThan(20 * 20 * 0.9)
  rung.fill(0)
  ring(20, [0])
  expect(rung[0]).toBeGreaterThan(19 * 60 * 0.95)
  rung.fill(0)
  ring(20, [0, 1])
  expect(rung[0]! + rung[1]!).toBeLessThanOrEqual(21 * 60 * 1.02)
})

test('configuration without others nothing is remembered of what they would be told', () => {
  const admission = createAdmission(limits({ calls: 1000, legsPerSecond: 50 }))
  const admitted = admission.admit('acme', '', false)
  const empty: Tally = new Map()
  admission.setOthers({ documents: empty, callers: empty, legs: empty })
  expect(admitted.leave).toBeDefined()
  expect(admission.admitLegs('acme', 3)).toBe(3)
})
