/**
 * A trial is the call: random plans and scripts, tried and then played over a socket on a running controller. 100 here,
 * 1,000 with `npm run test:trials`; BELPLAN_TRIALS and BELPLAN_SEED say how many, and which.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cases, type Case } from './arbitraries.ts'
import { openReality, type Both, type Reality } from './reality.ts'

const COUNT = Number(process.env['BELPLAN_TRIALS'] ?? 100)
const SEED = Number(process.env['BELPLAN_SEED'] ?? 20_261_125)
/** Calls mostly wait: for servers that are late, and for pauses that are real. */
const AT_ONCE = 32
const SHRINK_MS = 20_000

/** Resolves with the places at which they differ. */
function differences(both: readonly Both[]): number[] {
  return both.flatMap(({ trial, reality }, at) => (isSame(trial, reality()) ? [] : [at]))
}

function isSame(trial: object, reality: object): boolean {
  try {
    expect(reality).toEqual(trial)
    return true
  } catch {
    return false
  }
}

describe('a trial and the call on a running controller', () => {
  const all = fc.sample(cases, { numRuns: COUNT, seed: SEED })
  let reality: Reality

  beforeAll(async () => {
    reality = await openReality(all)
  }, 120_000)
  afterAll(() => reality.close())

  test(`are the same, ${COUNT} times`, { timeout: 600_000 }, async () => {
    const both: Both[] = []
    let next = 0
    async function playOn(): Promise<void> {
      for (let at = next++; at < COUNT; at = next++) both[at] = await reality.play(at)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, playOn))
    const [first] = differences(both)
    if (first !== undefined) await shrink(first, all[first]!)
    // The last missed calls are told as it ends.
    await reality.close()
    const late = differences(both)
    expect(late, `seed ${SEED}`).toEqual([])
  })
})

/** Looks for the smallest case that differs, from the one that was found. Rejects with it, and with both accounts. */
async function shrink(at: number, found: Case): Promise<never> {
  // Alone: each smaller one is a set that is read anew.
  const reality = await openReality([found])
  const property = fc.asyncProperty(cases, async (played) => {
    await reality.replace(0, played)
    const { trial, reality: account } = await reality.play(0)
    expect(account()).toEqual(trial)
  })
  try {
    const from = { seed: SEED, path: String(at), interruptAfterTimeLimit: SHRINK_MS }
    await fc.assert(property, { ...from, numRuns: 1, endOnFailure: false })
  } finally {
    await reality.close()
  }
  throw new Error(`case ${at} of seed ${SEED} is the same alone, and was not among others`)
}
