/** Queues in trials: what becomes of the caller there is the script's. */
import { expect, test } from 'vitest'
import { createTrials } from '../../src/trial/index.ts'
import { operator, script, setOf, tryCall } from './trying.ts'

const queue = (more: object = {}) => ({ type: 'queue', queue: 'sales', ...more })
const bridge = { type: 'bridge', destination: '215' }

test('§5 a caller waits for as long as the plan says, and hears the queue meanwhile', async () => {
  const report = await tryCall({ steps: [queue({ maxWaitSeconds: 120 }), bridge] })
  expect(report).toMatchObject({
    steps: [
      { type: 'queue', outcome: 'timeout', waitMs: 120_000, atMs: 0 },
      { type: 'bridge', outcome: 'noAnswer' },
    ],
    queues: [{ step: 0, atMs: 0, ms: 120_000, queue: 'sales', end: 'timeout' }],
    ...{ ending: 'endOfList', notes: [], unused: [], violations: [] },
  })
  expect(report.longestSilence.ms).toBeLessThan(1000)
})

test('§5 an agent answers: what they see, how long they talk, and nothing behind it', async () => {
  const report = await tryCall({
    steps: [queue(), bridge],
    call: { did: '+31502100000', callername: 'Jane Doe' },
    given: { queues: { sales: { afterSeconds: 30, talkSeconds: 90 } } },
  })
  expect(report).toMatchObject({
    steps: [{ type: 'queue', outcome: 'answered' }],
    queues: [{ ms: 30_000, end: 'answered', shown: { destination: 'sales', name: 'Jane Doe' } }],
    ...{ ending: 'talked', talkMs: 90_000, waitMs: 30_000, rings: [], violations: [] },
  })
})

test('§5 a caller who hangs up in the queue is a missed call', async () => {
  const set = await setOf({
    webhooks: { lost: { urlTemplate: 'https://crm.acme.example/' } },
    plans: { main: { numbers: ['+31502100000'], missed: 'lost', steps: [queue()] } },
  })
  const given = { queues: { sales: 'waits' as const }, hangsUpAfterSeconds: 20 }
  const report = await createTrials({ ...operator, version: '1.2.3' }).run(script({}, given), set)
  expect(report).toMatchObject({
    steps: [{ type: 'queue', outcome: 'interrupted' }],
    ...{ ending: 'callerHungUp', asks: [{ webhook: 'lost', kind: 'missed' }], violations: [] },
  })
})

test('§5 what the script says of a queue that nobody comes to is noted', async () => {
  const { unused } = await tryCall({ steps: [bridge], given: { queues: { support: 'timeout' } } })
  expect(unused).toEqual(['nobody comes to the queue support'])
})
