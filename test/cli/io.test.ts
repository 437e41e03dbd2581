import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { gatherLines } from '../../src/cli/io.ts'

test('lines of one turn of the event loop are one write, in their order', async () => {
  const written: string[] = []
  const lines = gatherLines((text) => written.push(text))
  lines.add('a')
  await Promise.resolve()
  lines.add('b')
  expect(written).toEqual([])
  await setImmediate()
  expect(written).toEqual(['a\nb\n'])
  lines.add('c')
  await setImmediate()
  expect(written).toEqual(['a\nb\n', 'c\n'])
})

test('whoever ends the process gets them written at once, and nothing twice', async () => {
  const written: string[] = []
  const lines = gatherLines((text) => written.push(text))
  lines.add('a')
  lines.flush()
  lines.flush()
  expect(written).toEqual(['a\n'])
  await setImmediate()
  expect(written).toEqual(['a\n'])
  lines.add('b')
  lines.flush()
  expect(written).toEqual(['a\n', 'b\n'])
})
