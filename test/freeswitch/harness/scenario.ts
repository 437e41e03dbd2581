import { afterAll, beforeAll, test } from 'vitest'
import type { World } from './world.ts'
import { openWorld } from './world.ts'

/** A world for this file's tests: started before the first and ended after the last of them. */
export interface Stage extends World {
  /**
   * A test in two parts: `prepare` runs before anything is started and says what lines, servers and telephones
   * there are; what it returns is the test.
   */
  scenario(name: string, prepare: () => () => Promise<void>): void
}

/** `sideBySide`: the scenarios of the file run at the same time, each with a line of its own. */
export async function stage({ sideBySide = true } = {}): Promise<Stage> {
  const world = await openWorld()
  let failed = false
  beforeAll(async () => {
    await world.start()
  })
  afterAll(async () => {
    await world.stop(failed)
  })
  const scenario: Stage['scenario'] = (name, prepare) => {
    const body = prepare()
    const add = sideBySide ? test.concurrent : test
    add(name, async ({ onTestFailed }) => {
      onTestFailed(() => void (failed = true))
      await body()
    })
  }
  return Object.assign(world, { scenario })
}
