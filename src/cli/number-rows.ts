/** What the rows of a table of numbers say: which number leads to which destination, and what is wrong with a row. */
import { cleanDestination, cleanText, MOST_DESTINATIONS, readNumberPattern, toE164 } from '../plan/index.ts'
import type { Row, RowFault, Table } from './csv-table.ts'

export const COLUMNS = ['number', 'destination', 'name'] as const
type Field = (typeof COLUMNS)[number]

/** `-`: it is passed over. */
export type Column = Field | '-'

/** What a row came to. */
export interface NumberRow {
  readonly line: number
  /** In E.164, internal, or a prefix with its `*`; several of a range. */
  readonly numbers: readonly string[]
  /** They ring at the same time. */
  readonly destinations: readonly string[]
  /** On one line; empty for none. */
  readonly name: string
}

export interface NumberRows {
  readonly rows: readonly NumberRow[]
  /** By their lines. */
  readonly faults: readonly RowFault[]
  /** The line of the header; undefined: there is none. */
  readonly header?: number
  /** Columns of the header that were passed over. */
  readonly passedOver: readonly string[]
}

export interface NumberRowsOptions {
  /** Whose national numbers are read. */
  readonly country: string | undefined
  /** Else as the header names them, else in the order of `COLUMNS`. */
  readonly columns?: readonly Column[]
  /** Why a destination cannot be rung; undefined: it can. */
  readonly refusal?: (destination: string) => string | undefined
}

/** Past this a range is rather a prefix, or a slip of the pen. */
const MOST_IN_RANGE = 10_000

/** Of all rows. */
export const MOST_NUMBERS_IN_ALL = 1_000_000

/** It goes into the name of a test, beside the destinations. */
const LONGEST_NAME = 150

/** A range, with blanks and brackets. Each dash in it may be the one of the range, so that a longer one takes its time. */
const LONGEST_NUMBER = 100

/** As many as may ring, each with blanks and brackets. */
const LONGEST_DESTINATIONS = MOST_DESTINATIONS * 50

export function readNumberRows(
  { rows, faults: unreadable, separator }: Table,
  options: NumberRowsOptions,
): NumberRows {
  const header = headerOf(rows[0], options.columns)
  if (header !== undefined && 'fault' in header)
    return { rows: [], faults: [{ line: rows[0]!.line, message: header.fault }], passedOver: [] }
  const columns = header?.columns ?? options.columns ?? COLUMNS
  const faults = [...unreadable]
  const read: NumberRow[] = []
  const known = new Map<string, number>()
  for (const row of header ? rows.slice(1) : rows) {
    const one = readRow(row, columns, separator, options)
    const message = 'fault' in one ? one.fault : twice(one, known)
    if (message !== undefined) faults.push({ line: row.line, message })
    else if (!('fault' in one)) {
      for (const number of one.numbers) known.set(number, row.line)
      read.push(one)
    }
    if (known.size > MOST_NUMBERS_IN_ALL) {
      const message = `these are more than ${MOST_NUMBERS_IN_ALL} numbers; write prefixes such as +3150210*, or import parts of the table`
      return { rows: [], faults: [{ line: row.line, message }], passedOver: [] }
    }
  }
  return {
    rows: read,
    faults: faults.sort((a, b) => a.line - b.line),
    ...(header && { header: rows[0]!.line }),
    passedOver: header?.passedOver ?? [],
  }
}

/** Of headers, in small letters and without anything else; in English, Dutch, German and French. */
const WORDS: Readonly<Record<Field, readonly string[]>> = {
  number: [
    ...['number', 'numbers', 'phone', 'phonenumber', 'telephone', 'telephonenumber', 'tel', 'did', 'ddi', 'dnis'],
    ...['nummer', 'telefoon', 'telefoonnummer', 'rufnummer', 'telefon', 'telefonnummer', 'numero', 'numéro'],
  ],
  destination: [
    ...['destination', 'dest', 'target', 'extension', 'ext', 'to', 'routeto', 'forwardto'],
    ...['bestemming', 'doel', 'toestel', 'naar', 'ziel', 'nebenstelle', 'poste'],
  ],
  name: [
    ...['name', 'description', 'label', 'naam', 'omschrijving', 'bezeichnung', 'beschreibung'],
    ...['nom', 'libelle', 'libellé'],
  ],
} // prettier-ignore

interface Header {
  readonly columns: readonly Column[]
  readonly passedOver: readonly string[]
}

/** Undefined: the first row is none. */
function headerOf(
  row: Row | undefined,
  columns: readonly Column[] | undefined,
): Header | { readonly fault: string } | undefined {
  if (row === undefined) return undefined
  // There is a digit in every number, and in no header that is known.
  const hasDigit =
    (columns ?? []).length > 0
      ? /\d/.test(fieldOf(row, columns!, 'number'))
      : row.fields.some((field) => /\d/.test(field))
  if (columns) return hasDigit ? undefined : { columns, passedOver: [] }
  const taken = new Set<Column>()
  const found = row.fields.map((field): Column => {
    const word = field.toLowerCase().replace(/[^\p{L}]/gu, '')
    const column = COLUMNS.find((one) => !taken.has(one) && WORDS[one].includes(word)) ?? '-'
    if (column !== '-') taken.add(column)
    return column
  })
  const isNamed = taken.has('number') && taken.has('destination')
  if (isNamed)
    return { columns: found, passedOver: row.fields.filter((field, i) => found[i] === '-' && field !== '') }
  if (hasDigit) return undefined
  const missing = taken.has('number') ? 'destination' : 'number'
  return {
    fault: `this header names no column "${missing}"; call it that, or say which column is which with --columns number,destination,name (a "-" passes one over)`,
  }
}

function fieldOf({ fields }: Row, columns: readonly Column[], field: Field): string {
  const at = columns.indexOf(field)
  return unwrapped((at < 0 ? undefined : fields[at]) ?? '')
}

/** As spreadsheets keep numbers from being taken for numbers: `="0502100000"` and `'0502100000`. */
function unwrapped(field: string): string {
  const text = cleanText(field)
  return /^="(.*)"$/.exec(text)?.[1] ?? text.replace(/^'(?=[+\d])/, '')
}

type Read = NumberRow | { readonly fault: string }

function readRow(
  row: Row,
  columns: readonly Column[],
  separator: string,
  { country, refusal }: NumberRowsOptions,
): Read {
  const { line, fields } = row
  if (fields.slice(columns.length).some((field) => field !== '')) {
    const written = separator === '\t' ? 'a tab' : `"${separator}"`
    return {
      fault: `there are ${fields.length} fields in this row, and ${columns.length} columns; put quotes around a field that holds ${written}, or say which column is which with --columns`,
    }
  }
  const [number, destination] = [fieldOf(row, columns, 'number'), fieldOf(row, columns, 'destination')]
  if (number.length > LONGEST_NUMBER)
    return {
      fault: `this number is longer than ${LONGEST_NUMBER} characters; write one, a range or a prefix in a row`,
    }
  if (destination.length > LONGEST_DESTINATIONS)
    return { fault: `these destinations are longer than ${LONGEST_DESTINATIONS} characters; shorten them` }
  const numbers = readNumbers(number, country)
  if ('fault' in numbers) return numbers
  const destinations = readDestinations(destination, country, refusal)
  if ('fault' in destinations) return destinations
  // An internal number that rings the telephone of this number is what most of them do.
  const itself = destinations.list.find((one) => one.startsWith('+') && numbers.list.includes(one))
  if (itself !== undefined)
    return { fault: `${itself} would ring itself, and come here again; write another destination` }
  const name = cleanText(fieldOf(row, columns, 'name'))
  if (name.length > LONGEST_NAME)
    return { fault: `this name is longer than ${LONGEST_NAME} characters; shorten it` }
  return { line, numbers: numbers.list, destinations: destinations.list, name }
}

type List = { readonly list: readonly string[] } | { readonly fault: string }

const SHORTENED = /^[+-]?\d+(?:[.,]\d+)?e\+?\d+$/i

function readNumbers(written: string, country: string | undefined): List {
  if (written === '')
    return { fault: 'there is no number in this row; write one such as +31502100000, or take the row out' }
  if (SHORTENED.test(written))
    return {
      fault: `${written} is a number that the spreadsheet has shortened; format the column as text, enter it again, and export it again`,
    }
  const range = readRange(written, country)
  if (range) return range
  const number = readNumber(written, country)
  if (number !== undefined) return { list: [number] }
  const pattern = readNumberPattern(written)
  if (pattern?.kind === 'prefix' && isPrefix(pattern.value)) return { list: [`${pattern.value}*`] }
  return { fault: noNumber(written, country) }
}

/** Of an exchange of one's own: short, and no national number. */
const INTERNAL = /^[1-9*#][0-9*#]{0,5}$/

/** In E.164 where it is valid, or internal. */
function readNumber(written: string, country: string | undefined): string | undefined {
  const e164 = toE164(written, country)
  if (e164 !== undefined) return e164
  const pattern = readNumberPattern(written)
  return pattern?.kind === 'exact' && INTERNAL.test(pattern.value) ? pattern.value : undefined
}

const isPrefix = (value: string) => /^\+[0-9]{2,}$/.test(value) || INTERNAL.test(value)

function noNumber(written: string, country: string | undefined): string {
  const bare = written.replace(/[^\d+*]/g, '')
  if (/^0\d*\*$/.test(bare))
    return `${written} is a national prefix; write it as numbers are compared, such as +3150210*`
  if (!/^\+?\d+$/.test(bare) || /\p{L}/u.test(written))
    return `${written} is no number; write one such as +31502100000 or 215, a prefix such as +3150210*, or a range such as +31502100000-99`
  if (country === undefined && !bare.startsWith('+'))
    return `${written} is a national number, and nothing says of which country; add --country NL, or write it with + and the country code`
  const where = bare.startsWith('+') ? '' : ` in ${country!}`
  return `${written} is no valid number${where}; check its digits`
}

/** `+31502100000-+31502100099`, `0502100000 - 99`, `210..219`; undefined: it is none. Dashes are in numbers, too. */
function readRange(written: string, country: string | undefined): List | undefined {
  for (const { index, 0: mark } of written.matchAll(/\.{2,}|…|\p{Pd}/gu)) {
    const [from, to] = [written.slice(0, index), written.slice(index + mark.length)]
    const first = readNumber(from, country)
    if (first === undefined || !/\d/.test(first)) continue
    const last = lastOf(first, to, country)
    if (last === undefined || (isDash(mark) && isWhole(written, first, country))) continue
    const [low, high] = [Number(first.replace('+', '')), Number(last.replace('+', ''))]
    const count = high - low + 1
    if (count < 1) return { fault: `the range ${written} goes backwards; write the lower number first` }
    if (count > MOST_IN_RANGE)
      return {
        fault: `the range ${written} has ${count} numbers, and may have ${MOST_IN_RANGE}; write a prefix such as +3150210*, or several ranges`,
      }
    const plus = first.startsWith('+') ? '+' : ''
    return { list: Array.from({ length: count }, (_, i) => `${plus}${low + i}`) }
  }
  return undefined
}

/** The end of a range as a number of its own, or as the last digits of one. */
function lastOf(first: string, written: string, country: string | undefined): string | undefined {
  if (/[*#]/.test(first + written)) return undefined
  const digits = written.trim()
  const last = readNumber(digits, country)
  if (last?.length === first.length) return last
  if (!/^\d{1,6}$/.test(digits) || digits.length >= first.length - 1) return undefined
  const ended = first.slice(0, -digits.length) + digits
  return readNumber(ended, country) === ended ? ended : undefined
}

const isDash = (mark: string) => /\p{Pd}/u.test(mark)

/** With a dash in it, `030 12345-67` is one number in Germany; `215-219` are internal ones. */
const isWhole = (written: string, first: string, country: string | undefined): boolean =>
  first.startsWith('+') && toE164(written, country) !== undefined

function readDestinations(
  written: string,
  country: string | undefined,
  refusal: NumberRowsOptions['refusal'],
): List {
  const parts = written
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (parts.length === 0)
    return { fault: 'there is no destination in this row; write one such as 215 or +31612345678' }
  if (parts.length > MOST_DESTINATIONS)
    return {
      fault: `these are ${parts.length} destinations, and ${MOST_DESTINATIONS} may ring at the same time; take some out`,
    }
  const list: string[] = []
  for (const part of parts) {
    const bare = cleanDestination(part)
    if (bare === undefined)
      return {
        fault: `${part} is no destination; write one such as 215 or +31612345678 (how it is reached is in the operator's routes)`,
      }
    const destination = INTERNAL.test(bare) ? bare : (toE164(bare, country) ?? bare)
    if (list.includes(destination)) return { fault: `${part} is there twice; take one of the two out` }
    const why = refusal?.(destination)
    if (why !== undefined) return { fault: `${part} cannot be rung: ${why}` }
    list.push(destination)
  }
  return { list }
}

function twice({ numbers }: NumberRow, known: ReadonlyMap<string, number>): string | undefined {
  const again = numbers.find((number) => known.has(number))
  return again === undefined
    ? undefined
    : `${again} is in line ${known.get(again)!} already; take one of the two out`
}
