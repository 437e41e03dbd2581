/** A denied number is not dialled, however it is written, and what is not denied is not denied in any spelling. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { interpretationsIn } from '../../src/routing/interpretations.ts'
import { createRouter, type Router } from '../../src/routing/router.ts'
import { compileRoute } from '../../src/routing/routes.ts'
import { createScreening } from '../../src/routing/screening.ts'
import { toE164 } from '../../src/plan/numbers/index.ts'

/** A trunk that takes anything: what keeps numbers from it are the denials alone. */
const setUp = (country: string | undefined, denied: readonly string[]) => ({
  routes: [
    ...denied.map((match) => ({ match, deny: 'premium' })),
    { match: '^\\+?[0-9*#]+$', dial: 'sofia/gateway/carrier/{destination}' },
  ].map(compileRoute),
  country,
  e164Of: (number: string) => toE164(number, country),
})

const routerWith = (country: string | undefined, ...denied: string[]): Router =>
  createRouter({ ...setUp(country, denied), maxSeconds: 600 })

function screeningWith(country: string | undefined, ...denied: string[]) {
  const { routes, e164Of } = setUp(country, denied)
  return createScreening(routes, country, e164Of)
}

const isDenied = (destination: string, country: string | undefined, ...denied: string[]) =>
  screeningWith(country, ...denied).denial(destination) !== undefined

describe('configuration denials', () => {
  test.each([
    ['NL', '^\\+31(900|906|909)', ['+31009001234', '+3100906123456', '+310031900123456', '+31*00*900123456', '#31#0900123456']],
    ['NL', '^\\+31(900|906|909)', ['0031310900123456', '+3131900123456', '+00319001234', '000319001234', '*31*0900123456', '+31#31#0900123456', '31009001234', '9*0*01234567']],
    ['NL', '^0900', ['09001234567', '+319001234567', '00319001234567', '+31009001234', '#31#+319001234'.replace('+', ''), '9001234']],
    ['NL', '^0031900', ['09001234567', '+319001234567', '00319001234567']],
    ['NL', '^004190', ['+41900123456', '0041900123456']],
    ['ES', '^\\+34(803|806|807)', ['806123456#', '806123456', '+34806123456', '#31#806123456', '8061234567']],
    ['DK', '^\\+4590', ['90123456#', '90123456', '004590123456', '*31*90123456', '901234567']],
    ['US', '^\\+1900\\d{7}$', ['190055512349', '19005551234', '9005551234', '*67900555123412', '*6719005551234', '01119005551234', '011 1 9005551234 9'.replaceAll(' ', ''), '+1900555123412']],
    ['US', '^1900', ['+19005551234', '9005551234', '190055512349']],
    ['US', '^900', ['+19005551234', '19005551234']],
    ['GB', '^09', ['+449091234567', '1410909123456789', '09091234567']],
    ['AU', '^190', ['+611900123456', '1900123456', '18311900123456', '0011611900123456']],
    [undefined, '^\\+31900', ['+31009001234', '0031900123', '+310031900123456']],
  ] as const)('configuration in %s %s denies its numbers in every spelling', (country, denied, spellings) => {
    expect(spellings.filter((spelling) => !isDenied(spelling, country, denied))).toEqual([])
  }) // prettier-ignore

  test.each([
    ['NL', '^1900', ['+441900123456', '00441900123456', '+19005551234']],
    ['GB', '^1900', ['+441900123456', '01900123456', '00441900123456', '1900123456'.replace('1', '01')]],
    // Meant for internal numbers, such as those that begin with 2: not for Amsterdam, nor for what is abroad.
    ['NL', '^2', ['0205555555', '+31205555555', '+201001234567', '0031205555555']],
    ['NL', '^9', ['0900123456', '+919876543210']],
    // No calls abroad: those at home are not abroad, though they can be written so.
    ['NL', '^00', ['0205555555', '+31205555555']],
    ['NL', '^\\+31(900|906|909)', ['9001', '900', '215', '*21*215', '+9001234567', '+31', '0800123', '+310313123456']],
    ['US', '^\\+1900', ['1900', '19', '900', '+441900123456', '+61190012345']],
    ['DK', '^\\+4590', ['9012', '901', '+4520123456']],
    ['IT', '^\\+39899', ['+390689912345', '0689912345']],
    ['DE', '^\\+49900', ['+4990012'.replace('90012', '30900123'), '030900123']],
  ] as const)('configuration in %s %s does not deny what only looks like it', (country, denied, spellings) => {
    expect(spellings.filter((spelling) => isDenied(spelling, country, denied))).toEqual([])
  }) // prettier-ignore

  test('configuration calls abroad can be denied as they are dialled', () => {
    for (const number of ['+442079460018', '00442079460018', '+44002079460018'])
      expect(isDenied(number, 'NL', '^00'), number).toBe(true)
    expect(isDenied('+442079460018', 'US', '^011')).toBe(true)
    expect(isDenied('2125550123', 'US', '^011')).toBe(false)
    // Internal and short numbers begin with one 0 at most.
    for (const number of ['0', '01', '0123', '0800123', '0205555'])
      expect(isDenied(number, 'NL', '^00'), number).toBe(false)
  })

  test('configuration a code that selects a carrier hides no number', () => {
    for (const number of ['16500900123456', '1600319001234', '16500031900123456'])
      expect(isDenied(number, 'NL', '^\\+31(900|906|909)'), number).toBe(true)
    for (const number of ['1650', '16500', '1600123'])
      expect(isDenied(number, 'NL', '^\\+31(900|906|909)'), number).toBe(false)
  })

  test('configuration a denied number that would be dialled as another is told why it is not', () => {
    const to = {
      call: '',
      hopCount: { hops: 0, legs: 1 },
      permission: { domain: undefined, destinations: undefined },
      destinations: ['09001234567'],
      ringMs: 20_000,
      admitLegs: (wanted: number) => wanted,
      legVariables: {},
    }
    expect(routerWith('NL', '^0900').dial(to)).toEqual({
      reason: 'premium',
      cause: 'OUTGOING_CALL_BARRED',
    })
  })
})

interface Country {
  readonly country: string
  readonly denied: string
  /** Denied numbers, and numbers that are valid and not denied, in E.164. */
  readonly bad: readonly string[]
  readonly good: readonly string[]
  readonly code: string
  readonly trunk: string
  readonly abroad: string
}

const COUNTRIES: readonly Country[] = [
  { country: 'NL', denied: '^\\+31(900|906|909)', bad: ['+319001234', '+31906123456', '+319091234567'], good: ['+31502100000', '+31612345678', '+31313123456', '+441900123456'], code: '31', trunk: '0', abroad: '00' },
  { country: 'NL', denied: '^090[069]', bad: ['+319001234', '+31906123456', '+319091234567'], good: ['+31502100000', '+31612345678', '+441900123456'], code: '31', trunk: '0', abroad: '00' },
  { country: 'ES', denied: '^\\+34(803|806|807)', bad: ['+34806123456', '+34803123456'], good: ['+34911234567', '+34612345678'], code: '34', trunk: '', abroad: '00' },
  { country: 'DK', denied: '^\\+4590\\d{6}$', bad: ['+4590123456'], good: ['+4532123456', '+4520123456'], code: '45', trunk: '', abroad: '00' },
  { country: 'US', denied: '^\\+1900\\d{7}$', bad: ['+19005551234', '+19002345678'], good: ['+12125550123', '+441900123456', '+31900'.replace('900', '502100000')], code: '1', trunk: '1', abroad: '011' },
  { country: 'GB', denied: '^\\+449', bad: ['+449091234567', '+449810123456'.replace('810', '098')], good: ['+442079460018', '+441900123456', '+447700900123'], code: '44', trunk: '0', abroad: '00' },
] // prettier-ignore

const separators = fc.array(fc.tuple(fc.nat(40), fc.constantFrom('*', '#')), { maxLength: 3 })

/** What carriers and telephones put in front of a number and into it; each is dropped by some network. */
const decorate = fc.record({
  zeros: fc.array(fc.constantFrom('0', '00', '000'), { maxLength: 2 }),
  prefixes: fc.array(fc.constantFrom('intl', 'code', 'plus', 'trunk', 'service'), { maxLength: 4 }),
  service: fc.constantFrom('#31#', '*31*', '*31#', '*67', '#67#', '*82', '**21*'),
  separators,
  trailing: fc.stringMatching(/^[0-9]{0,6}$/),
})

/** A spelling of `number` (E.164) with all that; as it can be dialled: a `+` only in front, 32 at most behind it. */
function spelled(number: string, { code, trunk, abroad }: Country, how: Decoration): string {
  const national = number.startsWith(`+${code}`) ? number.slice(1 + code.length) : undefined
  const foreign = national === undefined
  let text = foreign ? `${abroad}${number.slice(1)}` : `${trunk}${national}`
  if (!foreign && how.zeros[0] !== undefined && trunk === '0') text = `${how.zeros[0]}${national}`
  // In the number: inside the code of a service they would make another code of it.
  for (const [at, mark] of how.separators) {
    const place = 1 + (at % text.length)
    text = text.slice(0, place) + mark + text.slice(place)
  }
  for (const prefix of how.prefixes) {
    const whole = text.replace(/^\+/, '')
    if (prefix === 'service') text = `${how.service}${whole}`
    else if (foreign) continue
    else if (prefix === 'intl' && !/^[*#]/.test(whole)) text = `${abroad}${code}${whole}`
    else if (prefix === 'code' && !/^[*#]/.test(whole)) text = `${code}${whole}`
    else if (prefix === 'plus') text = `+${code}${how.zeros[1] ?? ''}${whole}`
  }
  return `${text}${how.trailing}`
}

type Decoration = typeof decorate extends fc.Arbitrary<infer T> ? T : never

describe('configuration spellings', () => {
  test.each(COUNTRIES)('configuration in $country no decoration gets a number of $denied dialled', (own) => {
    const screening = screeningWith(own.country, own.denied)
    fc.assert(
      fc.property(fc.constantFrom(...own.bad), decorate, (number, how) => {
        const spelling = spelled(number, own, how)
        if (spelling.length > 32) return true
        // Digits more can make another number of it, which is valid and nobody denied.
        const valid = toE164(spelling, own.country)
        if (valid !== undefined && !new RegExp(own.denied).test(valid) && own.denied.startsWith('^\\+'))
          return true
        return screening.denial(spelling) !== undefined
      }),
      { numRuns: 3000 },
    )
  })

  test.each(COUNTRIES)(
    'configuration in $country a number that is not denied passes in all its spellings',
    (own) => {
      const screening = screeningWith(own.country, own.denied)
      for (const number of own.good) {
        const { code, trunk, abroad } = own
        const home = number.startsWith(`+${code}`)
        const spellings = home
          ? [
              number,
              `${trunk}${number.slice(1 + code.length)}`,
              `${abroad}${number.slice(1)}`,
              `+${code}${trunk}${number.slice(1 + code.length)}`,
            ]
          : [number, `${abroad}${number.slice(1)}`]
        for (const spelling of spellings) expect(screening.denial(spelling), spelling).toBeUndefined()
      }
    },
  )

  test('configuration a valid number is judged by its E.164 form, whatever spelling it came in', () => {
    const subscriber = fc.stringMatching(/^[1-9][0-9]{5,9}$/)
    let judged = 0
    fc.assert(
      fc.property(subscriber, fc.constantFrom('NL', 'GB', 'DE', 'ES', 'IT'), (digits, country) => {
        const e164 = toE164(digits, country)
        if (e164 === undefined) return true
        judged++
        const screening = screeningWith(country, '^\\+\\d{2}[1-4]')
        const expected = screening.denial(e164)
        return [digits, e164, `00${e164.slice(1)}`].every(
          (spelling) => screening.denial(spelling) === expected,
        )
      }),
      { numRuns: 1000 },
    )
    expect(judged).toBeGreaterThan(50)
  })

  test('configuration what a destination may be taken for is bounded; what could be anything is denied', () => {
    const dialled = fc.stringMatching(/^\+?[0-9*#]{1,32}$/)
    const nasty = fc.stringMatching(/^\+?(31|00|0|1|\*|#|67|#31#){1,11}$/)
    const country = fc.constantFrom('NL', 'US', 'GB', 'IT', 'RU', 'AU', undefined)
    fc.assert(
      fc.property(fc.oneof(dialled, nasty), country, (text, home) => {
        const forms = interpretationsIn(home).interpret(text.slice(0, 33), undefined)
        return forms === undefined || (forms.includes(text.slice(0, 33)) && forms.length < 2000)
      }),
      { numRuns: 3000 },
    )
    expect(isDenied('*11*22*33*44*55*66*77*88', 'NL', '^\\+31900')).toBe(true)
  })
})
