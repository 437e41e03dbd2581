import { expect, test } from 'vitest'
import { plan, play, walkPlan } from '../walking.ts'

test.each([
  ['NORMAL_CLEARING when answered', true, {}, 'NORMAL_CLEARING'],
  ['else CALL_REJECTED', false, {}, 'CALL_REJECTED'],
  ['the named cause', false, { cause: 'USER_BUSY' }, 'USER_BUSY'],
])('§5 hangup: %s', async (_, answered, more, cause) => {
  const { done, end } = await walkPlan(plan([{ type: 'hangup', ...more }, play]), { answered })
  expect(done).toEqual([`hang up ${cause}`])
  expect(end).toEqual({ ending: 'hungUpByPlan', cause })
})
