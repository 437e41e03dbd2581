/** The short form of `npm run chaos neighbours-simulator`: the worst of it, and without limits on times. */
import { expect, test } from 'vitest'
import { neighboursOnSimulator } from './programs/neighbours.ts'
import { isKept, print } from './verdict.ts'

test('a hostile customer takes nothing from an honest one', { timeout: 120_000 }, async () => {
  const verdict = await neighboursOnSimulator({
    ...{ aloneSeconds: 2, seconds: 18, perSecond: 10, everySeconds: 6, callers: 40, timed: false },
    only: [
      ...['ampersands', 'zeros of a chunk size', 'short headers without end', 'redirects to new origins'],
      ...['no answer', 'hostile names, and back to itself'],
    ],
  })
  expect(isKept(verdict), print(verdict)).toBe(true)
})
