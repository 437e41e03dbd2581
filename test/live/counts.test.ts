/** Counts of what came about lately, by a clock that the test turns. */
import { expect, test } from 'vitest'
import { countLately } from '../../src/live/counts.ts'

test('api /stream counts what came within a minute, by document', () => {
  let now = 0
  const lately = countLately(60_000, () => now)
  const ofAcme = (document: string | undefined) => document === 'acme'
  lately.add('acme')
  lately.add(undefined)
  now = 30_500
  lately.add('acme')
  lately.add('other')
  expect([lately.count(undefined), lately.count(ofAcme)]).toEqual([4, 2])
  now = 59_999
  expect([lately.count(undefined), lately.count(ofAcme)]).toEqual([4, 2])
  now = 60_000
  expect([lately.count(undefined), lately.count(ofAcme)]).toEqual([2, 1])
  now = 1_000_000
  expect([lately.count(undefined), lately.count(ofAcme)]).toEqual([0, 0])
  lately.add('acme')
  expect([lately.count(undefined), lately.count(ofAcme)]).toEqual([1, 1])
})
