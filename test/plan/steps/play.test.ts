import { expect, test } from 'vitest'
import { plan, play, walkPlan } from '../walking.ts'

test('§5 play plays to the end, then on; what cannot be played is a warning and the walk goes on', async () => {
  const { done, steps } = await walkPlan(plan([{ ...play, answer: false }, play]), {
    unplayable: ['hello.wav'],
  })
  expect(done).toEqual(['play hello.wav early', 'play hello.wav', 'hang up NORMAL_CLEARING'])
  expect(steps[0]).toMatchObject({ outcome: 'failed' })
})
