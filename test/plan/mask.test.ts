import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMask, maskSecrets } from '../../src/plan/mask.ts'

test('§4 an echo of the code is masked wherever it stands', () => {
  expect(maskSecrets('code 4711, again 4711', ['4711'])).toBe('code •••, again •••')
})

test('§4 an echo of the code is masked in every way a URL may spell it', () => {
  expect(maskSecrets('/pin?c=12%23&d=%31%32%23&e=12#', ['12#'])).toBe('/pin?c=•••&d=•••&e=•••')
  expect(maskSecrets('%2a1 *1', ['*1'])).toBe('••• •••')
})

test('§4 without a code nothing is masked', () => {
  expect(maskSecrets('https://crm.example/', [''])).toBe('https://crm.example/')
})

test('§3 of several secrets all is masked, in whatever order, and where one begins in another', () => {
  const text = 'abcde, bcd, xabcd'
  for (const secrets of [
    ['abc', 'bcd', 'cde'],
    ['cde', 'abc', 'bcd'],
  ])
    expect(maskSecrets(text, secrets)).toBe('•••, •••, x•••')
  expect(maskSecrets('111', ['11'])).toBe('•••')
})

test('§3 what a mask is made of may be a secret: masked once', () => {
  const dots = Array.from({ length: 40 }, (_, i) => '•'.repeat((i % 3) + 1))
  expect(maskSecrets('a • b •• c', dots)).toBe('a ••• b ••• c')
})

test('§3 no secret is left in a text, whatever they are', () => {
  const piece = fc.constantFrom('a', 'b', 'ab', 'ba', '1', '%31', '•', '$&', '\\', '[', ']', '(', '|', '😀')
  const text = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 5 }), (written, secrets) => {
      const masked = createMask(secrets)(written)
      for (const secret of secrets)
        if (!/^•+$/.test(secret)) expect(masked.replaceAll('•••', '\n')).not.toContain(secret)
    }),
    { seed: 3, numRuns: 2000 },
  )
})
