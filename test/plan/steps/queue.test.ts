import { expect, test } from 'vitest'
import { plan, play, ring, walkPlan } from '../walking.ts'

const queue = (more: object = {}) => ({ type: 'queue', queue: 'sales', ...more })
const every = {
  full: [ring('1')],
  timeout: [ring('2')],
  noAgents: [ring('3')],
  exitKey: [ring('4')],
  failed: [ring('5')],
}

test.each([
  ['full', '1'],
  ['timeout', '2'],
  ['noAgents', '3'],
  ['exitKey', '4'],
  ['failed', '5'],
] as const)('§5 queue: %s has a branch, and then comes the next step', async (outcome, number) => {
  const { done, steps } = await walkPlan(plan([queue({ exitKey: '1', on: every }), play]), {
    queues: { sales: { outcome, waitMs: 3000 } },
  })
  expect(done).toEqual(['queue sales', `bridge ${number}`, 'play hello.wav', 'hang up NORMAL_CLEARING'])
  expect(steps[0]).toMatchObject({ type: 'queue', outcome, queue: 'sales', waitMs: 3000 })
})

test('§5 queue: a caller whom an agent answered is through with the plan', async () => {
  const { done, end, steps } = await walkPlan(plan([queue(), play]), {
    queues: { sales: { outcome: 'answered', agent: '215', waitMs: 1000 } },
  })
  expect(done).toEqual(['queue sales'])
  expect(end).toEqual({ ending: 'talked' })
  expect(steps).toMatchObject([{ outcome: 'answered', agent: '215' }])
})

test('§5 queue: while FreeSWITCH has the call the walk stands at its step', async () => {
  const { end, state, steps } = await walkPlan(plan([play, queue(), play]), { queues: { sales: 'waiting' } })
  expect(end).toEqual({ ending: 'waiting' })
  expect(state).toMatchObject({ at: 1, steps: 1 })
  expect(steps.at(-1)).toMatchObject({ type: 'queue', outcome: 'waiting' })
})

test('§5 queue: agents are shown what called parties would be', async () => {
  const steps = [
    { type: 'callername', mode: 'prepend', text: 'VIP ' },
    { type: 'callerid', presentation: 'suppressed' },
    queue({ maxWaitSeconds: 60, exitKey: '#' }),
  ]
  const { queues } = await walkPlan(plan(steps))
  expect(queues).toEqual([
    {
      ...{ queue: 'sales', maxWaitMs: 60_000, exitKey: '#' },
      shown: { presentation: 'suppressed', name: 'VIP Jane Doe', nameSet: true },
    },
  ])
})

test('§2 an unanswered call that ends behind a queue has the cause of that', async () => {
  const { end } = await walkPlan(plan([queue({ on: { full: [{ type: 'hangup' }] } })]), {
    queues: { sales: { outcome: 'full' } },
  })
  expect(end).toMatchObject({ ending: 'hungUpByPlan' })
})
