import { expect, test } from 'vitest'
import { maskCode } from '../../src/plan/mask.ts'

test('§4 an echo of the code is masked wherever it stands', () => {
  expect(maskCode('code 4711, again 4711', '4711')).toBe('code •••, again •••')
})

test('§4 an echo of the code is masked in every way a URL may spell it', () => {
  expect(maskCode('/pin?c=12%23&d=%31%32%23&e=12#', '12#')).toBe('/pin?c=•••&d=•••&e=•••')
  expect(maskCode('%2a1 *1', '*1')).toBe('••• •••')
})

test('§4 without a code nothing is masked', () => {
  expect(maskCode('https://crm.example/', '')).toBe('https://crm.example/')
})
