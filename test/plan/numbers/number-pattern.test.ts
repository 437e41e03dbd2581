import { describe, expect, test } from 'vitest'
import { readNumberPattern } from '../../../src/plan/numbers/number-pattern.ts'

describe('§1 number patterns', () => {
  test('are normalised as numbers are', () => {
    expect(readNumberPattern('050-210 0000', 'NL')).toEqual({ kind: 'exact', value: '+31502100000' })
    expect(readNumberPattern('2.15', 'NL')).toEqual({ kind: 'exact', value: '215' })
    expect(readNumberPattern('+31 50 210*', 'NL')).toEqual({ kind: 'prefix', value: '+3150210' })
    expect(readNumberPattern('+*', 'NL')).toEqual({ kind: 'prefix', value: '+' })
    expect(readNumberPattern(' * ', 'NL')).toEqual({ kind: 'rest', value: '' })
    expect(readNumberPattern('*97', 'NL')).toEqual({ kind: 'exact', value: '*97' })
  })

  test.for(['', 'sales', '+31*50', '++31', '21+5', '+', '1'.repeat(33), '+1234567890123456'])(
    '%s is none',
    (written) => expect(readNumberPattern(written, 'NL')).toBeUndefined(),
  )
})
