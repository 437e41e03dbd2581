/** Entries of a switch's `match`: what they may be, what they are compared as, and which of them fits a value. */
import { cleanName, cleanText, LONGEST_DISPLAY_NAME } from './clean.ts'
import { doubtOf, entryOf, isCountry, readNumberPattern } from './numbers/index.ts'
import type { CaseOf } from './step.ts'

/** What a switch looks at. */
export type Subject = (typeof SUBJECTS)[number] | { readonly variable: string }

export const SUBJECTS = ['callerid', 'did', 'callername', 'code', 'country'] as const

/** In place of a number that is not shown. */
const WITHHELD = 'withheld'

/** An entry that fits callers who show no number. */
export const isWithheld = (on: unknown, entry: string) => on === 'callerid' && entry === WITHHELD

export const isOfNumbers = (on: unknown) => on === 'callerid' || on === 'did'

/** What a value is compared as: names without regard to upper and lower case, and to how their letters are put together. */
const comparable = (on: unknown, value: string): string =>
  on === 'callername' ? value.toLowerCase().normalize('NFC') : value

/** An entry as names are that it is to fit: a blank before the `*` is meant. */
function cleanEntry(on: unknown, written: string): string {
  if (on !== 'callername') return written
  const text = cleanText(written)
  if (!text.endsWith('*')) return cleanName(text)
  return `${Array.from(text.slice(0, -1)).slice(0, LONGEST_DISPLAY_NAME).join('')}*`
}

/** Of the entries of each case, numbers as a document that serves has them. One look for the value and one for each length of a prefix, however many there are. */
export function firstFitting(on: Subject, cases: readonly (readonly string[])[]): CaseOf {
  const values = new Map<string, number>()
  const prefixes = new Map<string, number>()
  for (const [place, entries] of cases.entries()) {
    for (const entry of entries) {
      const compared = comparable(on, cleanEntry(on, entry))
      const isPrefix = compared.endsWith('*')
      const key = isPrefix ? compared.slice(0, -1) : isWithheld(on, entry) ? '' : compared
      const map = isPrefix ? prefixes : values
      if (!map.has(key)) map.set(key, place)
    }
  }
  const lengths = [...new Set(Array.from(prefixes.keys(), (prefix) => prefix.length))]
  return (value) => {
    const looked = comparable(on, value)
    const fitting = lengths.flatMap((length) =>
      length > looked.length ? [] : (prefixes.get(looked.slice(0, length)) ?? []),
    )
    const first = Math.min(values.get(looked) ?? Infinity, ...fitting)
    return first === Infinity ? undefined : first
  }
}

type Entry =
  | { readonly entry: string; readonly fault?: undefined }
  | { readonly entry?: undefined; readonly fault: string }

/** An entry of `match` as it is compared, or what is wrong with it. */
export function readEntry(on: unknown, written: string, country: string | undefined): Entry {
  const text = cleanEntry(on, written)
  if (text.trim() === '*')
    return { fault: `"${written}" fits everything, which is what "default" is for; take it out` }
  switch (on) {
    case 'callerid':
    case 'did': {
      if (isWithheld(on, written)) return { entry: written }
      const pattern = readNumberPattern(written, country)
      const more =
        on === 'callerid'
          ? `, a prefix such as "+3161*", or "${WITHHELD}"`
          : ' or "215", or a prefix such as "+3150210*"'
      const sample = on === 'callerid' ? '+31612345678' : '+31502100000'
      return pattern
        ? { entry: entryOf(pattern) }
        : { fault: `"${written}" is no number; write one such as "${sample}"${more}` }
    }
    case 'code':
      return /^[0-9*#]{1,64}$/.test(written)
        ? { entry: written }
        : { fault: `"${written}" cannot be keyed; write digits, * and #` }
    case 'country': {
      if (isCountry(written)) return { entry: written }
      const upper = written.toUpperCase()
      const instead = isCountry(upper) ? `did you mean "${upper}"?` : 'write its two letters, such as "NL"'
      return { fault: `"${written}" is no country; ${instead}` }
    }
    case 'callername':
      return text === '' ? { fault: `"${written}" is no name; take it out` } : { entry: comparable(on, text) }
    default:
      // The schema says that there is no such thing to look at.
      return { entry: written }
  }
}

/** Why an entry fits nothing, or something else than is written. */
export function doubtOfEntry(on: Subject, written: string, country: string | undefined): string | undefined {
  if (isOfNumbers(on)) return doubtOf(written, country)
  const clean = cleanEntry(on, written)
  return clean === written
    ? undefined
    : `"${written}" is compared as "${clean}", since names have single blanks, and at most ${LONGEST_DISPLAY_NAME} characters; write it so`
}
