import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { chromiumPath, type Consoles, openConsoles } from './browser.ts'

/**
 * Tests that look at a console in a real Chromium: skipped where there is none, and failed by what a page logs as an error.
 * The consoles are there once hooks run.
 */
export function describeConsole(name: string, timeout: number, tests: (consoles: Consoles) => void): void {
  describe.skipIf(chromiumPath === undefined)(`console ${name}`, { timeout }, () => {
    const consoles = {} as Consoles
    beforeAll(async () => void Object.assign(consoles, await openConsoles()), 120_000)
    afterAll(() => consoles.end())
    afterEach(async () => {
      await consoles.closeTabs()
      expect(consoles.faults()).toEqual([])
    })
    tests(consoles)
  })
}
