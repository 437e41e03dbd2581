import { describe, expect, test } from 'vitest'
import { doubtOf, readNumberPattern } from '../../../src/plan/numbers/number-pattern.ts'

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

describe('§6 a prefix that is written as in its own country', () => {
  test.each([
    ['06*', 'NL', '+316*'],
    ['00316*', 'NL', '+316*'],
    ['0032*', 'NL', '+32*'],
    ['31612*', 'NL', '+31612*'],
    ['06*', 'IT', '+3906*'],
    ['1212*', 'US', '+1212*'],
  ])('%s in %s is to be written %s', (written, country, instead) =>
    expect(doubtOf(written, country)).toMatch(`write "${instead}"`),
  )

  test.each([
    ['0*', 'NL'],
    ['21*', 'NL'],
    ['3161*', 'NL'],
    ['+316*', 'NL'],
    ['*06*', 'NL'],
    ['06*', undefined],
  ])('%s in %s is none', (written, country) => expect(doubtOf(written, country)).toBeUndefined())
})
