/** The short form of `npm run chaos publish`. */
import { expect, test } from 'vitest'
import { publish } from './programs/publish.ts'
import { isKept, print } from './verdict.ts'

test(
  'a controller that is killed while plans are published serves the set before or the one after',
  { timeout: 240_000 },
  async () => {
    const verdict = await publish({ moments: 3, documents: 20 })
    expect(isKept(verdict), print(verdict)).toBe(true)
  },
)
