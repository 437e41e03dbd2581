import { expect, test } from 'vitest'
import { fuzz } from './target.ts'
import { targets } from './targets.ts'

const SEED = 20261122

test.each(targets.map((target) => [target.name, target] as const))('%s', async (_, target) => {
  const { inputs } = await fuzz(target, target.few, SEED)
  expect(inputs).toBeGreaterThanOrEqual(target.few)
})
