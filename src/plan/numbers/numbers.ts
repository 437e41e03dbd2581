/** Dialled numbers and the entries of `numbers`, brought into the forms in which they are compared. */
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { CountryCode } from 'libphonenumber-js/max'
import { remembered } from '../../util/remembered.ts'

/** What people write into numbers for the eye: blanks, dots, brackets and dashes of every kind. */
const PUNCTUATION = /[\s.()[\]\u2212\p{Pd}]/gu

/** The longest that can be an E.164 number with an international or carrier prefix before it. */
const DIALLABLE = /^\+?[0-9]{3,24}$/

/** One entry of `numbers`. `value` is E.164 or internal, for a prefix without the `*`, for `rest` empty. */
export interface NumberEntry {
  readonly kind: 'exact' | 'prefix' | 'rest'
  readonly value: string
}

/** Whether libphonenumber knows this ISO 3166 country (`NL`). */
export function isCountry(country: string): country is CountryCode {
  return isSupportedCountry(country)
}

/**
 * A number in E.164 (`+31502100000`), where libphonenumber calls it valid; undefined elsewhere, such as for
 * internal numbers. `country` reads national numbers; without it only numbers with a `+` can be valid.
 */
export function toE164(number: string, country?: string): string | undefined {
  const bare = number.replace(PUNCTUATION, '')
  return DIALLABLE.test(bare) ? read(bare, country) : undefined
}

/** `toE164` for one country. */
export type E164Of = (number: string) => string | undefined

/** Keeps the last `most` results: for numbers that come again and again, as those of customers do. */
export function rememberedE164(country: string | undefined, most: number): E164Of {
  // Empty: not valid.
  const known = remembered(most, (bare) => read(bare, country) ?? '')
  return (number) => {
    const bare = number.replace(PUNCTUATION, '')
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
  const bare = did.replace(PUNCTUATION, '')
  const delivered = /^\+?[0-9*#]+$/.test(bare) ? bare : did.trim()
  const e164 = e164Of(bare)
  return e164 === undefined || e164 === delivered ? [delivered] : [delivered, e164]
}

/** Reads an entry of `numbers`; undefined when it is neither a number, nor a prefix ending in `*`, nor `*`. */
export function readEntry(written: string, country?: string): NumberEntry | undefined {
  const bare = written.replace(PUNCTUATION, '')
  if (bare === '*') return { kind: 'rest', value: '' }
  if (/^(\+[0-9]{0,15}|[0-9*#]{1,31})\*$/.test(bare)) return { kind: 'prefix', value: bare.slice(0, -1) }
  if (!/^(\+[0-9]{1,15}|[0-9*#]{0,31}[0-9#])$/.test(bare)) return undefined
  return { kind: 'exact', value: toE164(bare, country) ?? bare }
}

/** Internal numbers and prefixes belong to their document's domain; E.164 and `*` belong to the whole set. */
export function isInternal(entry: NumberEntry): boolean {
  return entry.kind !== 'rest' && !entry.value.startsWith('+')
}

/** No country has numbers so short with its code: such as `+31` alone. */
const SHORTEST_E164 = 7

/** Whether an entry is only the beginning of an E.164 number. */
export function isStub({ kind, value }: NumberEntry): boolean {
  return kind === 'exact' && value.startsWith('+') && value.length <= SHORTEST_E164
}

/**
 * Whether an entry reads like a national number and yet is none, so that nobody can dial it: it begins with
 * the trunk prefix 0 or is as long as a subscriber's number, but was not valid in the country it was read for.
 */
export function isDeadNational(entry: NumberEntry): boolean {
  return entry.kind === 'exact' && (/^0[0-9]{4,}$/.test(entry.value) || /^[0-9]{9,}$/.test(entry.value))
}
