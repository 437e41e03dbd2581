/**
 * The numbers that networks may interpret a destination as, so that a denial of a number denies it in every spelling:
 * some networks drop zeros, prefixes that come twice, `*` and `#`, the code of a service in front, or digits past the
 * end. A few rules, each of which makes a text shorter or international, are applied until they find nothing new.
 */
import {
  getCountries,
  getCountryCallingCode,
  Metadata,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max'
import type { CountryCode } from 'libphonenumber-js/max'
import { isCountry } from '../plan/index.ts'

/** The country that national numbers are read for. */
interface Home {
  /** Its calling code, such as `31`. */
  readonly code: string
  /** Dialled before a national number. */
  readonly trunk: string
  /** Dialled before a number abroad, as a pattern and as most dial it. */
  readonly abroad: RegExp
  readonly usual: string
  /** Dialled to withhold the caller's number, where that has no `*` or `#`. */
  readonly withholds: RegExp
  /** How many digits its numbers may have. */
  readonly lengths: readonly number[]
}

/** Trunk prefixes by calling code; elsewhere it is 0, or there is none. */
const TRUNKS: Readonly<Record<string, string>> = { 1: '1', 7: '8', 36: '06', 375: '8', 993: '8' }

/** By calling code, with what selects a carrier; elsewhere it is `#31#` and the like. */
const WITHHOLDS: Readonly<Record<string, string>> = {
  1: '1167|1182', 31: '16\\d\\d', 34: '067', 44: '1470|141', 61: '183[12]', 64: '019[67]', 81: '18[46]', 353: '14[12]',
} // prettier-ignore

/** Of all countries: none is the beginning of another. */
const CODES: ReadonlySet<string> = new Set(getCountries().map((country) => getCountryCallingCode(country)))

const codeOf = (international: string): string | undefined =>
  [1, 2, 3].map((length) => international.slice(1, 1 + length)).find((code) => CODES.has(code))

function homeOf(country: CountryCode): Home {
  const code = getCountryCallingCode(country)
  const metadata = new Metadata()
  metadata.selectNumberingPlan(country)
  const plan = metadata.numberingPlan!
  const abroad = plan.IDDPrefix()
  return {
    code,
    trunk: TRUNKS[code] ?? '0',
    abroad: prefix(abroad),
    usual: [abroad, plan.defaultIDDPrefix() ?? ''].find((text) => /^\d+$/.test(text)) ?? '00',
    withholds: prefix(WITHHOLDS[code] ?? '(?!)'),
    lengths: plan.possibleLengths(),
  }
}

const prefix = (pattern: string): RegExp => new RegExp(`^(?:${pattern})(?=\\d)`)

/** `#31#`, `*31*`, `**21*`; or two digits and no end, as `*67` has. */
const SERVICES = [/^[*#]+\d{2,3}[*#](.+)$/, /^[*#]+\d\d([\d*#].*)$/]

/** The text without the code of a service, which may stand in front or behind a prefix. */
function unserved(text: string): string[] {
  return [...text.matchAll(/[*#]+/g)].flatMap(({ index }) => {
    const before = text.slice(0, index)
    const rests = SERVICES.map((service) => service.exec(text.slice(index))?.[1])
    return rests.filter((rest) => rest !== undefined).map((rest) => (before === '+' ? rest : before + rest))
  })
}

/** What some network makes of a text. */
function rewritten(text: string, home: Home | undefined): string[] {
  if (/[*#]/.test(text)) return [...unserved(text), text.replace(/[*#]/g, '')]
  if (text.startsWith('+')) return nearer(text, home)
  return [
    ...(text.startsWith('00') ? [`+${text}`] : []),
    ...(home && text.startsWith('0') ? [`+${home.code}${text}`] : []),
    ...(home?.abroad.test(text) ? [text.replace(home.abroad, '+')] : []),
    ...(home?.withholds.test(text) ? [text.replace(home.withholds, '')] : []),
  ]
}

/** Without zeros behind `+` or the country code, and without prefixes that come twice. */
function nearer(text: string, home: Home | undefined): string[] {
  const digits = text.replace(/^\+0*/, '')
  if (text.startsWith('+0')) return [`+${digits}`, text.slice(1)]
  const code = codeOf(text)
  if (code === undefined) return []
  const national = digits.slice(code.length)
  const own = home?.code === code ? home : undefined
  return [
    ...(national.startsWith('0') ? [`+${code}${national.replace(/^0+/, '')}`] : []),
    ...(national.startsWith('00') || national.startsWith(code) ? [`+${national}`] : []),
    ...(own?.abroad.test(national) ? [national.replace(own.abroad, '+')] : []),
    ...(own?.withholds.test(national) ? [`+${code}${national.replace(own.withholds, '')}`] : []),
    ...(own && national.startsWith(own.trunk) ? [`+${code}${national.slice(own.trunk.length)}`] : []),
  ]
}

/** How digits without a prefix may be meant. Internal numbers are written so, too: only valid numbers count. */
function guessed(text: string, { code, trunk }: Home): string[] {
  if (!/^\d+$/.test(text)) return []
  return [
    `+${code}${text}`,
    ...(text.startsWith(code) ? [`+${text}`] : []),
    ...(text.startsWith(trunk) ? [`+${code}${text.slice(trunk.length)}`] : []),
  ]
}

/** No number has so many spellings. */
const MOST_TEXTS = 24

/** Adds what the rules make of the texts, and of those, until they find nothing new; undefined: more than MOST_TEXTS. */
function closureOf(texts: Set<string>, home: Home | undefined): Set<string> | undefined {
  for (const text of texts) {
    if (texts.size > MOST_TEXTS) return undefined
    for (const next of rewritten(text, home)) texts.add(next)
  }
  return texts
}

/** No E.164 number has more digits; a country code and three are the fewest. */
const MOST_DIGITS = 15
const FEWEST_DIGITS = 5

/** An international text, and what is left of it without the digits at its end. */
function shortened(text: string, home: Home | undefined): string[] {
  const whole = text.slice(0, 1 + MOST_DIGITS)
  const lengths =
    home && whole.startsWith(`+${home.code}`)
      ? home.lengths.map((length) => 1 + home.code.length + length)
      : Array.from({ length: MOST_DIGITS }, (_, at) => 1 + at).filter((length) => length > FEWEST_DIGITS)
  return [whole, ...lengths.filter((length) => length < whole.length).map((length) => whole.slice(0, length))]
}

/** A number in E.164, and as it is dialled from home: as one abroad, and as a national one. */
function writings(number: string, home: Home | undefined): string[] {
  const digits = number.slice(1)
  const found = [number, `00${digits}`]
  if (!home) return found
  if (home.usual !== '00') found.push(`${home.usual}${digits}`)
  const national = digits.slice(home.code.length)
  // Nobody dials a national number with the trunk prefix twice: the rules make the one that is dialled.
  if (!digits.startsWith(home.code) || national.startsWith(home.trunk)) return found
  const written = parsePhoneNumberFromString(number)?.formatNational().replace(/\D/g, '')
  return [...found, `${home.trunk}${national}`, ...(written ? [written] : [])]
}

interface Interpretations {
  /**
   * Every form in which a denial has to meet a destination, the destination itself first; undefined: too many for it
   * to be a number at all. Where it has an E.164 form, that is its only number: in E.164, and as dialled from the
   * country.
   */
  interpret(destination: string, e164: string | undefined): readonly string[] | undefined
  /** How national numbers begin where they are dialled as if from abroad: `0031`. */
  readonly fromAbroad: readonly string[]
}

/** `country`: where national numbers are dialled. */
export function interpretationsIn(country: string | undefined): Interpretations {
  const home = country !== undefined && isCountry(country) ? homeOf(country) : undefined
  return {
    interpret(destination, e164) {
      if (e164 !== undefined) return [...new Set([destination, ...writings(e164, home)])]
      const texts = closureOf(new Set([destination]), home)
      const guesses =
        texts && closureOf(new Set(home && [...texts].flatMap((text) => guessed(text, home))), home)
      if (!guesses) return undefined
      const likely = spread(texts, home)
      const made = [...spread(guesses, home)].filter(
        (number) => !likely.has(number) && parsePhoneNumberFromString(number)?.isValid(),
      )
      return [...new Set([...texts, ...[...likely, ...made].flatMap((number) => writings(number, home))])]
    },
    fromAbroad: home ? [`00${home.code}`, `${home.usual}${home.code}`] : [],
  }
}

/** All that the international ones of the texts may be shortened to. */
function spread(texts: ReadonlySet<string>, home: Home | undefined): Set<string> {
  return new Set([...texts].filter(isInternational).flatMap((text) => shortened(text, home)))
}

const isInternational = (text: string): boolean => /^\+\d{3,}$/.test(text)
