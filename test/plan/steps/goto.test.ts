import { expect, test } from 'vitest'
import { plan, ring, walkPlan } from '../walking.ts'

test('§5 goto goes on in another plan for good; what a webhook returned is left behind', async () => {
  const set = plan(
    [{ type: 'webhook', webhook: 'crm', success: [{ type: 'goto', plan: 'other' }] }, ring('9')],
    { other: { steps: [ring('1')] } },
  )
  const { done, state } = await walkPlan(set, { answers: { crm: { status: 'ACK', destination: '215' } } })
  expect(done).toEqual(['ask crm', 'bridge 1', 'hang up NO_ANSWER'])
  expect(state.returned.size).toBe(0)
})
