/**
 * The library's public holidays beside the law's, ten years of each. The fixture was made from the rules of the laws that
 * it names, without the library.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createHolidays, regionFault } from '../../../src/plan/calendar/holidays.ts'

interface ByLaw {
  readonly source: string
  /** year → `MM-DD MM-DD …` */
  readonly days: Readonly<Record<string, string>>
  /** Of these, those that are holidays by law and yet no days off: a library of days off is right to leave them out. */
  readonly workedOn?: Readonly<Record<string, string>>
}

const fixture = new URL('../../fixtures/holidays/by-law.json', import.meta.url)
const byLaw = JSON.parse(readFileSync(fixture, 'utf8')) as Record<string, ByLaw>

const holidays = createHolidays()
const NOON = 12 * 60

function* daysOf(year: number): Generator<string> {
  for (let ms = Date.UTC(year, 0, 1); ms < Date.UTC(year + 1, 0, 1); ms += 86_400_000)
    yield new Date(ms).toISOString().slice(0, 10)
}

describe('public holidays are those of the law', () => {
  test.for(
    Object.entries(byLaw).flatMap(([region, { days }]) =>
      Object.entries(days).map(([year, list]) => [region, year, list] as const),
    ),
  )('of %s in %s', ([region, year, list]) => {
    const found = [...daysOf(Number(year))].filter((date) => holidays.at(region, date, NOON) !== undefined)
    const worked = byLaw[region]!.workedOn?.[year]?.split(' ') ?? []
    expect(found.map((date) => date.slice(5))).toEqual(list.split(' ').filter((day) => !worked.includes(day)))
  })
})

test.for([
  ['NL', '2027-04-27', 'Koningsdag'],
  ['NL', '2025-04-26', 'Koningsdag'], // 27 April is a Sunday
  ['NL', '2025-04-27', undefined],
  ['NL', '2027-05-05', undefined],
  ['DE', '2027-01-06', undefined],
  ['DE-BY', '2027-01-06', 'Heilige Drei Könige'],
  ['DE-BY-A', '2027-08-08', 'Augsburger Friedensfest'],
  ['GB-ENG', '2027-12-28', 'Boxing Day (substitute day)'],
  ['US', '2027-12-31', "New Year's Day (substitute day)"],
  ['US', '2028-11-10', 'Veterans Day (substitute day)'],
  ['US', '2028-12-24', undefined], // only half of the country knows it
] as const)('%s on %s: %s', ([region, date, name]) => expect(holidays.at(region, date, NOON)).toBe(name))

describe('holidays that are no whole day', () => {
  test('of half a day begin at their hour', () => {
    // Solothurn has the afternoon of 1 May.
    expect(holidays.at('CH-SO', '2029-05-01', 12 * 60 - 1)).toBeUndefined()
    expect(holidays.at('CH-SO', '2029-05-01', 12 * 60)).toBe('Tag der Arbeit')
    expect(holidays.at('CH-SO', '2029-05-02', 0)).toBeUndefined()
  })

  test('of several days last as long, and into the next month and year', () => {
    const days = (region: string, from: number) =>
      [...daysOf(from), ...daysOf(from + 1)].flatMap((date) => holidays.at(region, date, NOON) ?? [])
    const name = holidays.at('EG', '2029-02-14', NOON)!
    expect(days('EG', 2029).filter((one) => one === name).length).toBeGreaterThanOrEqual(3)
  })
})

test.for<[string, string | undefined]>([
  ['NL', undefined],
  ['DE-BY', undefined],
  ['DE-BY-A', undefined],
  ['US-LA-NO', undefined],
  ['nl', 'no public holidays are known of "nl"; did you mean "NL"?'],
  ['de-by', 'no public holidays are known of "de-by"; did you mean "DE-BY"?'],
  ['Netherlands', 'no public holidays are known of "Netherlands"; did you mean "NL"?'],
  ['Nederland', 'no public holidays are known of "Nederland"; did you mean "NL"?'],
  ['XX', 'no public holidays are known of "XX"; write a country by its two ISO letters'],
  ['', 'no public holidays are known of ""; write a country'],
  ['__proto__', 'no public holidays are known of "__proto__"; write a country'],
  ['NL-XX', '"NL-XX" is no region of NL with holidays that are known; write "NL-GR"'],
  ['LU-XX', '"LU-XX" is not known: LU has no regions here; write "LU"'],
  ['DE-BX', '"DE-BX" is no region of DE with holidays that are known'],
  ['DE-BY-A-B', '"DE-BY-A-B" is no region of DE-BY with holidays that are known; did you mean "DE-BY-A"?'],
])('the region %s: %s', ([text, says]) => {
  if (says === undefined) expect(regionFault(text)).toBeUndefined()
  else expect(regionFault(text)).toSatisfy((fault: string) => fault.startsWith(says))
})
