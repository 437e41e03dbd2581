import { expect, test } from 'vitest'
import { remembered } from '../../src/util/remembered.ts'

test('the last verdicts are not judged again, both kinds', () => {
  const judged: string[] = []
  const verdict = remembered(2, (text) => judged.push(text) > 0 && text === 'good')
  expect(['good', 'bad', 'good', 'bad'].map(verdict)).toEqual([true, false, true, false])
  expect(judged).toEqual(['good', 'bad'])
  expect(['third', 'bad', 'good'].map(verdict)).toEqual([false, false, true])
  expect(judged).toEqual(['good', 'bad', 'third', 'good'])
})
