/** Lists that several controllers ring in turn. */
import { expect, test } from 'vitest'
import { createRingOrder } from '../../src/plan/ring-orders.ts'
import { createSharedTurns, type SharedTurns } from '../../src/plan/shared-turns.ts'
import { addTally } from '../../src/util/tally.ts'

function tell(all: readonly SharedTurns[]): void {
  const own = all.map((one) => one.own())
  for (const [i, one] of all.entries()) {
    const others = new Map<string, number[]>()
    own.forEach((tally, other) => other !== i && addTally(others, tally))
    one.setOthers(others)
  }
}

test('§5 a list in turn goes on where another controller was', () => {
  const all = [createSharedTurns(), createSharedTurns(), createSharedTurns()]
  const orders = all.map((turns) => createRingOrder(() => 0.5, turns))
  const firsts: number[] = []
  for (const at of [0, 1, 2, 2, 0, 1, 1]) {
    firsts.push(orders[at]!('roundRobin', 'acme main/0', 3)[0]!)
    tell(all)
  }
  expect(firsts).toEqual([0, 1, 2, 0, 1, 2, 0])
})

test('§5 a controller that is started again goes on with the turns that it told', () => {
  const all = [createSharedTurns(), createSharedTurns()]
  for (let i = 0; i < 4; i++) all[0]!.take('acme main/0', 5)
  const told = all[0]!.own()
  all[0] = createSharedTurns()
  expect(all[0].take('acme main/0', 5)).toBe(0)
  all[0].begin(told)
  tell(all)
  expect(all[1]!.take('acme main/0', 5)).toBe(0)
  expect(all[0].take('acme main/0', 5)).toBe(0)
})

test('security of many steps those of late are told, and neither document nor step is', () => {
  const turns = createSharedTurns()
  for (let i = 0; i < 5000; i++) turns.take(`acme main/${i}`, 2)
  const told = turns.own()
  expect(told.size).toBe(500)
  expect([...told.keys()].join()).not.toMatch(/acme/)
  // Nothing has changed: it is not made again.
  expect(turns.own()).toBe(told)
})
