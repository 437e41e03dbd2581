/** Telephone numbers brought into the forms in which they are compared: bare, and E.164 where they are valid. */
import {
  AsYouType,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max'
import type { CountryCode } from 'libphonenumber-js/max'
import { remembered } from '../../util/remembered.ts'

/** Blanks, dots, brackets and dashes of every kind, as people write them into numbers. */
const PUNCTUATION = /[\s.()[\]\u2212\p{Pd}]/gu

/** A number without its punctuation. */
export function bareNumber(number: string): string {
  return number.replace(PUNCTUATION, '')
}

/** The longest that can be an E.164 number with an international or carrier prefix before it. */
const DIALLABLE = /^\+?[0-9]{3,24}$/

/** Whether libphonenumber knows this ISO 3166 country (`NL`). */
export function isCountry(country: string): country is CountryCode {
  return isSupportedCountry(country)
}

/**
 * A number in E.164 (`+31502100000`), where libphonenumber calls it valid; undefined elsewhere, such as for
 * internal numbers. `country` reads national numbers; without it only numbers with a `+` can be valid.
 */
export function toE164(number: string, country?: string): string | undefined {
  const bare = bareNumber(number)
  return DIALLABLE.test(bare) ? read(bare, country) : undefined
}

/** Internal numbers may begin as the country code does: with more digits behind that, a prefix is hardly one of them. */
const MOST_INTERNAL = 2

/**
 * In E.164, the beginning of a number as people write it in `country`: `+316` for `06`, `00316` and (with more digits)
 * `316`; undefined where it is none.
 */
export function prefixInE164(digits: string, country: string | undefined): string | undefined {
  if (country === undefined || !isCountry(country) || !/^[0-9]{2,}$/.test(digits)) return undefined
  const code = getCountryCallingCode(country)
  if (digits.startsWith(code) && digits.length > code.length + MOST_INTERNAL) return `+${digits}`
  if (!digits.startsWith('0')) return undefined
  const typed = new AsYouType(country)
  typed.input(digits)
  return typed.getNumberValue()
}

/** The country of a valid E.164 number (`NL`); undefined for others, and for numbers of no one country such as `+800…`. */
export function countryOf(number: string): string | undefined {
  const parsed = number.startsWith('+') ? parsePhoneNumberFromString(number) : undefined
  return parsed?.isValid() === true ? parsed.country : undefined
}

/** `toE164` for one country. */
export type E164Of = (number: string) => string | undefined

/** Keeps the last `most` results, for numbers that are read again and again, as those of customers are. */
export function rememberedE164(country: string | undefined, most: number): E164Of {
  // Empty: not valid.
  const known = remembered(most, (bare) => read(bare, country) ?? '')
  return (number) => {
    const bare = bareNumber(number)
    return (DIALLABLE.test(bare) && known(bare)) || undefined
  }
}

function read(bare: string, country?: string): string | undefined {
  if (country === undefined || !isCountry(country)) {
    return bare.startsWith('+') ? validOrNothing(parsePhoneNumberFromString(bare)) : undefined
  }
  return validOrNothing(parsePhoneNumberFromString(bare, country))
}

function validOrNothing(parsed: ReturnType<typeof parsePhoneNumberFromString>): string | undefined {
  return parsed?.isValid() === true ? parsed.number : undefined
}

/**
 * The forms in which a dialled number is looked up: as delivered, and as E.164 where it is valid. A number
 * loses its punctuation; what is no number, such as the name of a SIP user, stays as it is.
 */
export function dialledForms(
  did: string,
  country?: string,
  e164Of: E164Of = (number) => toE164(number, country),
): string[] {
  const bare = bareNumber(did)
  const delivered = /^\+?[0-9*#]+$/.test(bare) ? bare : did.trim()
  const e164 = e164Of(bare)
  return e164 === undefined || e164 === delivered ? [delivered] : [delivered, e164]
}
