/** Tables as spreadsheets and other systems export them: bytes in, rows with their lines out. */
import { isUtf8 } from 'node:buffer'
import { BelplanError } from '../util/errors.ts'

export const SEPARATORS = [';', ',', '\t'] as const
export type Separator = (typeof SEPARATORS)[number]

export const ENCODINGS = ['utf-8', 'windows-1252', 'utf-16le'] as const
export type Encoding = (typeof ENCODINGS)[number]

/** A row that holds something. */
export interface Row {
  /** The one on which it begins, in the file, from 1. */
  readonly line: number
  /** Without blanks around them. */
  readonly fields: readonly string[]
}

export interface RowFault {
  readonly line: number
  /** What is wrong, and what to do about it. */
  readonly message: string
}

export interface Table {
  readonly encoding: Encoding
  readonly separator: Separator
  readonly rows: readonly Row[]
  readonly faults: readonly RowFault[]
}

export interface TableOptions {
  /** Else by the mark at its beginning, else UTF-8 where it is that, else Windows-1252. */
  readonly encoding?: Encoding
  /** Else by its first line. */
  readonly separator?: Separator
}

/** @throws BelplanError `plans` when it is no text */
export async function readTable(bytes: Uint8Array, options: TableOptions = {}): Promise<Table> {
  const { text, encoding } = decoded(bytes, options.encoding)
  // Excel writes it, and reads it, before the first row.
  const named = /^sep=([;,\t])(?:\r\n|\n|\r)/i.exec(text)
  const table = named ? text.slice(named[0].length) : text
  const separator = options.separator ?? (named?.[1] as Separator | undefined) ?? separatorOf(table)
  return { encoding, separator, ...(await rowsOf(table, separator, named ? 1 : 0)) }
}

/** `before`: lines of the file before `text`. */
async function rowsOf(
  text: string,
  separator: Separator,
  before: number,
): Promise<Pick<Table, 'rows' | 'faults'>> {
  // No other command waits for it.
  const { parse, CsvError } = await import('csv-parse/sync')
  const rows: Row[] = []
  const faults: RowFault[] = []
  let last = before
  try {
    // It counts a line end of two characters twice where that is inside quotes.
    parse(text.replace(/\r\n?/g, '\n'), {
      ...{ delimiter: separator, record_delimiter: '\n', ltrim: true },
      // Quotes inside a field that does not begin with one are its own; rows may be shorter.
      ...{ relax_quotes: true, relax_column_count: true },
      cast: (field) => unquoted(field).trim(),
      on_record(fields: string[], { lines }) {
        const [line, end] = [last + 1, before + lines]
        last = end
        if (end > line) faults.push({ line, message: overLines(end) })
        else if (fields.some((field) => field !== '')) rows.push({ line, fields })
        return null
      },
    })
  } catch (error) {
    if (!(error instanceof CsvError) || error.code !== 'CSV_QUOTE_NOT_CLOSED') throw error
    faults.push({ line: last + 1, message: NOT_CLOSED })
  }
  return { rows, faults }
}

/**
 * The parser has no end of a field in blanks behind its closing quote: with `relax_quotes` the quotes are then the field's
 * own. Its `rtrim` knows them, and gives up with the whole file where anything else follows a quote.
 */
const unquoted = (field: string): string => /^"([^]*)"\s+$/.exec(field)?.[1] ?? field

const NOT_CLOSED =
  'a quote opens in this row and is never closed, so the rest of the file is not read; close it, or take it out'

/** Whoever forgets a quote would lose the rows up to the next one, and nobody would see it. */
const overLines = (end: number) =>
  `a quote opens in this row and closes in line ${end}; close it in its row, or take the line break out of the field`

/** Outside quotes. Commas are in names and in lists of destinations also where they separate nothing. */
function separatorOf(text: string): Separator {
  const [first = ''] = /^.*\S.*$/m.exec(text) ?? []
  const bare = first.replace(/"[^"]*"/g, '')
  const count = (separator: Separator) => bare.split(separator).length - 1
  if (count('\t') > 0 && count('\t') >= count(';')) return '\t'
  return count(';') === 0 && count(',') > 0 ? ',' : ';'
}

const BYTE_ORDER_MARKS: readonly [Encoding, readonly number[]][] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
]

const WORKBOOKS: readonly (readonly number[])[] = [
  [0x50, 0x4b, 0x03, 0x04], // .xlsx and .ods are ZIP archives
  [0xd0, 0xcf, 0x11, 0xe0], // .xls
]

function decoded(
  bytes: Uint8Array,
  wanted: Encoding | undefined,
): { readonly text: string; readonly encoding: Encoding } {
  const begins = (mark: readonly number[]) => mark.every((byte, i) => bytes[i] === byte)
  if (WORKBOOKS.some(begins))
    throw new BelplanError('plans', 'this is a workbook; save the sheet as CSV, and import that')
  const marked = BYTE_ORDER_MARKS.find(([, mark]) => begins(mark))?.[0]
  const encoding = wanted ?? marked ?? (isUtf8(bytes) ? 'utf-8' : 'windows-1252')
  const text = textOf(bytes, encoding)
  if (text === undefined) throw new BelplanError('plans', `this is not ${encoding}; name another --encoding`)
  if (text.includes('\0'))
    throw new BelplanError('plans', `read as ${encoding} this is no text; name another --encoding`)
  return { text, encoding }
}

/** Without its mark; undefined: it is in another encoding. */
function textOf(bytes: Uint8Array, encoding: Encoding): string | undefined {
  if (encoding === 'windows-1252') return windows1252(bytes)
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

/** What Windows-1252 has from 0x80 on where Latin-1 has control characters. */
const FROM_0X80 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

/** The `TextDecoder` of Node.js 22.19 has Latin-1 under this name: no `€`, and no `’`. */
function windows1252(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\x80-\x9f]/g, (character) => FROM_0X80[character.charCodeAt(0) - 0x80]!)
}
