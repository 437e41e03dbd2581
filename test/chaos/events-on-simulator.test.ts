/** The short form of `npm run chaos events`. */
import { expect, test } from 'vitest'
import { events } from './programs/events.ts'
import { isKept, print } from './verdict.ts'

test('events are told at least once and in order, whoever is killed', { timeout: 180_000 }, async () => {
  const verdict = await events({ calls: 300, kills: 2, callers: 20, quietMs: 5000 })
  expect(isKept(verdict), print(verdict)).toBe(true)
})
