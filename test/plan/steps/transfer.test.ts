import { expect, test } from 'vitest'
import { plan, play, walkPlan } from '../walking.ts'

test('§5 transfer ends the walk for good', async () => {
  const { done, end } = await walkPlan(
    plan([{ type: 'transfer', destination: '8000', context: 'office' }, play]),
  )
  expect(done).toEqual(['transfer 8000 office'])
  expect(end.ending).toBe('transferred')
})
