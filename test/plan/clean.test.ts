import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanDestination, cleanName } from '../../src/plan/clean.ts'

test.each([
  ['ACME BV', 'ACME BV'],
  ['  ACME \t\r\n BV ', 'ACME BV'],
  ['a\u0000b\u0007c\u007f\u009f', 'abc'],
  ['a \u0000 b', 'a b'],
  ['Müller 日本 😀', 'Müller 日本 😀'],
  ['evil\u202egnp.exe', 'evilgnp.exe'],
  ['\ud800lone', '\ufffdlone'],
  ['\u0000\u0001', ''],
  ['😀'.repeat(70), '😀'.repeat(64)],
  [`${'x'.repeat(63)} y`, 'x'.repeat(63)],
])('§3 callername %j is taken as %j', (text, clean) => {
  expect(cleanName(text)).toBe(clean)
})

test('§3 whatever comes, a callername is one line of at most 64 characters and clean already', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const clean = cleanName(text)
      expect(Array.from(clean).length).toBeLessThanOrEqual(64)
      expect(clean).not.toMatch(/[\p{Cc}\p{Cs}]/u)
      expect(cleanName(clean)).toBe(clean)
    }),
    { seed: 1 },
  )
})

test.each([
  ['+31502102544', '+31502102544'],
  ['215', '215'],
  ['+31 (50) 210-25.44', '+31502102544'],
  ['[050] {210}\u201325\u201144\u00a0', '0502102544'],
  ['*72#', '*72#'],
  ['1'.repeat(32), '1'.repeat(32)],
])('§3 destination %j is taken as %j', (text, clean) => {
  expect(cleanDestination(text)).toBe(clean)
})

test.each([
  '',
  '+',
  '++31',
  '31+50',
  'abc',
  '215;216',
  '215/216',
  '1'.repeat(33),
  '٢١٥',
  '215\u0000',
  '${x}',
])('§3 destination %j counts as not returned', (text) => {
  expect(cleanDestination(text)).toBeUndefined()
})
