import { expect, onTestFinished, test } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { startCallController } from '../harness/call-controller.ts'

const did = '+31502100000'

/** The outcome in the record of a bridge to 215. */
async function outcomeOf(party: { sip?: number; cause?: string }) {
  const steps = [{ type: 'bridge', destination: '215', ringSeconds: 5 }]
  const controller = await startCallController({ plan: { plans: { main: { numbers: [did], steps } } } })
  onTestFinished(() => controller.stop())
  const answers = { '215': { outcome: 'failed', ...party } } as const
  await placeCall(controller, { did, domain: 'acme.example', tickMs: 1, speed: 50, answers })
  return controller.records[0]?.steps[0]?.outcome
}

test.each([
  [486, 'busy'],
  [600, 'busy'],
  [403, 'rejected'],
  [603, 'rejected'],
  [404, 'unavailable'],
  [410, 'unavailable'],
  [408, 'unavailable'],
  [480, 'unavailable'],
  [500, 'unavailable'],
  [503, 'unavailable'],
  [302, 'failed'],
  [484, 'failed'],
  [488, 'failed'],
])('§5 a bridge that is answered with %i comes to %s', async (sip, outcome) => {
  expect(await outcomeOf({ sip })).toBe(outcome)
})

test.each([
  ['USER_NOT_REGISTERED', 'unavailable'],
  ['GATEWAY_DOWN', 'unavailable'],
  ['INVALID_GATEWAY', 'failed'],
  ['INVALID_URL', 'failed'],
])('§5 a bridge that cannot be sent out, %s, comes to %s', async (cause, outcome) => {
  expect(await outcomeOf({ cause })).toBe(outcome)
})
