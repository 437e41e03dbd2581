import { describe, expect, test } from 'vitest'
import { countryOf, dialledForms, isCountry, rememberedE164, toE164 } from '../../../src/plan/numbers/e164.ts'

describe('§1 numbers', () => {
  test.for(['0502100000', '0031502100000', '31502100000', '+31 50 210 0000', '+31502100000'])(
    '%s is +31502100000 in NL',
    (number) => expect(toE164(number, 'NL')).toBe('+31502100000'),
  )

  test.for(['(050) 210-0000', '050.210.0000', '+31\u00a050\u2011210\u20130000', '[050] 2100000'])(
    '%s too, punctuation dropped',
    (number) => expect(toE164(number, 'NL')).toBe('+31502100000'),
  )

  test.for([
    '215',
    '112',
    '0501234',
    '',
    '+',
    '+31',
    'anonymous',
    '050ACME',
    '0502100000;ext=1',
    '*0502100000',
    '9'.repeat(500),
  ])('%s is no E.164 number', (number) => expect(toE164(number, 'NL')).toBeUndefined())

  test('the country decides how a national number is read; without one only + counts', () => {
    expect(toE164('020 7946 0018', 'GB')).toBe('+442079460018')
    expect(toE164('0044 20 7946 0018', 'NL')).toBe('+442079460018')
    expect(toE164('0502100000')).toBeUndefined()
    expect(toE164('31502100000')).toBeUndefined()
    expect(toE164('+31502100000')).toBe('+31502100000')
    expect([isCountry('NL'), isCountry('XX'), isCountry('constructor')]).toEqual([true, false, false])
  })

  test('remembered readings are those that would be made, whatever was asked before and forgotten', () => {
    const numbers = [
      '0502100000',
      '050 210 0000',
      '215',
      '+31502100000',
      '020 7946 0018',
      '9'.repeat(500),
      '',
    ]
    for (const country of ['NL', 'GB', undefined, 'XX']) {
      const remembering = rememberedE164(country, 2)
      for (const number of [...numbers, ...numbers.toReversed()])
        expect(remembering(number), `${number} in ${country}`).toBe(toE164(number, country))
    }
  })

  test('a dialled number is tried as delivered and as E.164', () => {
    expect(dialledForms('0502100000', 'NL')).toEqual(['0502100000', '+31502100000'])
    expect(dialledForms('+31 50 210 0000', 'NL')).toEqual(['+31502100000'])
    expect(dialledForms('0502100000')).toEqual(['0502100000'])
    expect(dialledForms('2-15', 'NL')).toEqual(['215'])
    expect(dialledForms('j.doe', 'NL')).toEqual(['j.doe'])
    expect(dialledForms('', 'NL')).toEqual([''])
  })

  test.each([
    ['+442079460018', 'GB'],
    ['+447781123456', 'GG'],
    ['+447797123456', 'JE'],
    ['+447624123456', 'IM'],
    ['+77011234567', 'KZ'],
    ['+3581812345', 'AX'],
    ['+390669812345', 'VA'],
    ['+262692123456', 'RE'],
    ['+14165550123', 'CA'],
    ['+18002345678', 'US'],
    ['+80012345678', undefined],
    ['+3161', undefined],
    ['215', undefined],
  ])('§5 the country of %s is %s', (number, country) => expect(countryOf(number)).toBe(country))
})
