/** A person by their number, in each of its spellings. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { Person } from '../../util/forget.ts'
import { bareNumber, toE164 } from './e164.ts'

/** What people write between digits, and what URLs make of it. */
const BETWEEN = String.raw`(?:%20|%28|%29|[\s.()[\]/\u2212\p{Pd}])*`

/** A tabulator that stands upright is the only blank that JSON writes with digits. */
const ROUGHLY_BETWEEN = String.raw`(?:%2[089]|\u000b|[^0-9])*`
const ROUGHLY_BETWEEN_ANY = String.raw`(?:\u000b|\[tnfr]|[^[:alnum:]])*`

/**
 * `country` reads national numbers. A valid number is found as E.164, with `00`, without either, national, with punctuation, and in
 * URLs; another one, such as an internal number, where it is all that a text says.
 */
export function personOf(number: string, country: string | undefined): Person {
  const bare = bareNumber(number)
  const e164 = toE164(bare, country)
  const parsed = e164 === undefined ? undefined : parsePhoneNumberFromString(e164)
  if (!parsed) {
    const json = JSON.stringify(bare)
    return {
      is: (text) => bareNumber(text) === bare,
      mayBeIn: (text) => text.includes(json) || bareNumber(text).includes(json),
      roughly: Array.from(bare, (one) => one.replace(/[^\p{L}\p{N}]/u, '\\$&')).join(ROUGHLY_BETWEEN_ANY),
      without: (text) => (bareNumber(text) === bare ? '' : text),
    }
  }
  const digits = (text: string) => Array.from(text).join(BETWEEN)
  const code = `(?:\\+|%2B|00|011)?${BETWEEN}${digits(parsed.countryCallingCode)}${BETWEEN}(?:0${BETWEEN})?`
  const spelt = `(?:${code}|0${BETWEEN})?${digits(parsed.nationalNumber)}`
  // A digit before it would make it another number, but for that of a blank in a URL.
  const anywhere = new RegExp(`(?:(?<!\\d)|(?<=%[\\da-f]{2}))${spelt}(?!\\d)`, 'giu')
  const alone = new RegExp(`^\\s*${spelt}\\s*$`, 'iu')
  return {
    is: (text) => alone.test(text),
    mayBeIn: (text) => text.search(anywhere) >= 0,
    roughly: Array.from(parsed.nationalNumber).join(ROUGHLY_BETWEEN),
    without: (text) => text.replace(anywhere, ''),
  }
}
