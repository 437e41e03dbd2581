import { afterAll, beforeAll, test } from 'vitest'
import type { OpenOptions, TestBed } from './test-bed.ts'
import { openTestBed } from './test-bed.ts'

/** A test bed for this file's tests: started before the first and ended after the last of them. */
export interface ScenarioTestBed extends TestBed {
  /**
   * A test in two parts: `prepare` runs before anything is started and says what lines, servers and telephones
   * there are; what it returns is the test.
   */
  scenario(name: string, prepare: () => () => Promise<void>): void
}

interface TestBedOptions extends OpenOptions {
  /** The scenarios of the file run at the same time, each with a line of its own [true]. */
  readonly sideBySide?: boolean
}

export async function startTestBed({
  sideBySide = true,
  ...options
}: TestBedOptions = {}): Promise<ScenarioTestBed> {
  const testBed = await openTestBed(options)
  let failed = false
  beforeAll(async () => {
    await testBed.start()
  })
  afterAll(async () => {
    await testBed.stop(failed)
  })
  const scenario: ScenarioTestBed['scenario'] = (name, prepare) => {
    const body = prepare()
    const add = sideBySide ? test.concurrent : test
    add(name, async ({ onTestFailed }) => {
      onTestFailed(() => void (failed = true))
      await body()
    })
  }
  return Object.assign(testBed, { scenario })
}
