/** What a trial costs: plans have hundreds of tests, and run them on each change. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cases, PLACE, placed } from './arbitraries.ts'
import { createSimulating } from './simulating.ts'

const COUNT = 300
const MOST_MS = 5

test(`a simulated call costs at most ${MOST_MS} ms of CPU`, { timeout: 60_000 }, async () => {
  const simulating = createSimulating(['acme'])
  const calls = fc.sample(cases, { numRuns: COUNT, seed: 1 }).map((sampled) => {
    const played = placed(sampled, { ...PLACE, digits: '50200000' })
    return { played, set: simulating.setOf('acme', played) }
  })
  async function cpuMs(): Promise<number> {
    const before = process.cpuUsage()
    for (const { played, set } of calls) await simulating.run(played, set)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000 / COUNT
  }
  await cpuMs()
  const ms = await cpuMs()
  console.log(`a simulated call: ${ms.toFixed(2)} ms of CPU`)
  expect(ms).toBeLessThan(MOST_MS)
})
