/**
 * Public holidays by country and region, as the package date-holidays knows them. It is loaded where the first one is
 * asked for: some 70 ms and 10 MB, which plans without holidays do not cost.
 */
import { createRequire } from 'node:module'
import type DateHolidays from 'date-holidays'
import type { HolidaysTypes } from 'date-holidays'
import { LRUCache } from 'lru-cache'
import { suggest } from '../../json/index.ts'
import { daysAfter } from './wall-clock.ts'

export interface Holidays {
  /**
   * The name of the public holiday of `region` (`NL`, `DE-BY`) that the `minute` of the day `date` (`2026-04-27`) is in;
   * undefined: it is in none.
   */
  at(region: string, date: string, minute: number): string | undefined
}

const require = createRequire(import.meta.url)
const library = () => {
  const loaded = require('date-holidays') as { default?: typeof DateHolidays } & typeof DateHolidays
  return loaded.default ?? loaded
}

/** Years of a region that are remembered: each takes 5 to 30 ms, and some 4 KB. */
const YEARS_KEPT = 500

const DAY_MINUTES = 24 * 60

/** A holiday, or the part of one, within one day. */
interface Part {
  readonly name: string
  readonly from: number
  readonly to: number
}

type Year = ReadonlyMap<string, readonly Part[]>

export function createHolidays(): Holidays {
  const years = new LRUCache<string, Year>({ max: YEARS_KEPT })

  function yearOf(region: string, year: number): Year {
    const key = `${region} ${year}`
    const known = years.get(key) ?? partsOf(region, year)
    years.set(key, known)
    return known
  }

  return {
    at(region, date, minute) {
      const year = Number(date.slice(0, 4))
      // The last of a year may last into January.
      const lists = date.slice(5, 7) === '01' ? [year, year - 1] : [year]
      for (const list of lists) {
        const parts = yearOf(region, list).get(date) ?? []
        const found = parts.find(({ from, to }) => minute >= from && minute < to)
        if (found) return found.name
      }
      return undefined
    },
  }
}

/** By the date of each day. */
function partsOf(region: string, year: number): Year {
  const [country = '', ...parts] = region.split('-')
  const holidays = new (library())(country, parts[0]!, parts[1]!).getHolidays(year)
  const days = new Map<string, Part[]>()
  for (const holiday of holidays.filter(isDayOff)) {
    for (const [date, part] of daysOf(holiday)) {
      const known = days.get(date)
      if (known) known.push(part)
      else days.set(date, [part])
    }
  }
  return days
}

/**
 * Public ones. What the library calls a bank holiday is often half a day on which shops are open, but a day in place
 * of a holiday on a weekend is as good as that.
 */
function isDayOff({ type, substitute }: HolidaysTypes.Holiday): boolean {
  return type === 'public' || (type === 'bank' && substitute === true)
}

/** `date` is by the clock of the region, `2026-12-24 14:00:00`, perhaps with an offset behind it. */
function* daysOf({ date, start, end, name }: HolidaysTypes.Holiday): Generator<[date: string, part: Part]> {
  const first = date.slice(0, 10)
  let from = Number(date.slice(11, 13)) * 60 + Number(date.slice(14, 16))
  const minutes = (end.getTime() - start.getTime()) / 60_000
  // A day on which clocks change has 23 or 25 hours.
  let left = from === 0 ? Math.round(minutes / DAY_MINUTES) * DAY_MINUTES || minutes : minutes
  for (let day = 0; left > 0; day++) {
    const to = Math.min(DAY_MINUTES, from + left)
    yield [day === 0 ? first : daysAfter(first, day), { name, from, to }]
    left -= to - from
    from = 0
  }
}

/** What is doubtful about a region without a fault; undefined: nothing. */
export function regionDoubt(region: string): string | undefined {
  if (region !== 'GB') return undefined
  return 'no part of GB has these holidays: the summer bank holiday is missing, and Scotland has no Easter Monday; write "GB-ENG", "GB-WLS", "GB-SCT" or "GB-NIR"'
}

/** What is wrong with the name of a country or region; undefined: nothing. */
export function regionFault(text: string): string | undefined {
  const known = new (library())()
  const [country = '', state, region, ...more] = text.split('-')
  const countries = known.getCountries()
  if (!Object.hasOwn(countries, country)) {
    const near = countryNear(text, [countries, known.getCountries('en')])
    const instead =
      near === undefined
        ? 'write a country by its two ISO letters such as "NL", or a region such as "DE-BY"'
        : `did you mean "${near}"?`
    return `no public holidays are known of "${text}"; ${instead}`
  }
  if (state === undefined) return undefined
  const states = namesOf(known.getStates(country))
  const wrong = unknownPart(text, country, state, states)
  if (wrong !== undefined || region === undefined) return wrong
  const inside = namesOf(known.getRegions(country, state))
  return unknownPart(text, `${country}-${state}`, [region, ...more].join('-'), inside)
}

/** In small letters, or by its name. `named`: code → name in some language. */
function countryNear(text: string, named: readonly Readonly<Record<string, string>>[]): string | undefined {
  const upper = text.toUpperCase()
  if (upper !== text && regionFault(upper) === undefined) return upper
  const isNamed = (name: string) => name.toUpperCase() === upper
  return named.flatMap(Object.entries<string>).find(([, name]) => isNamed(name))?.[0]
}

const namesOf = (named: unknown) => Object.keys(named ?? {})

function unknownPart(text: string, of: string, part: string, parts: readonly string[]): string | undefined {
  if (parts.includes(part)) return undefined
  if (parts.length === 0) return `"${text}" is not known: ${of} has no regions here; write "${of}"`
  const whole = parts.map((one) => `${of}-${one}`)
  return `"${text}" is no region of ${of} with holidays that are known${suggest(text, whole)}`
}
