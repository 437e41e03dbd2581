/** Calls as a table for spreadsheets. */
import { pipeline, Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import type { CallLine } from '../records/index.ts'

const COLUMNS = [
  ...['id', 'state', 'at', 'did', 'caller', 'name', 'document', 'plan', 'revision', 'step', 'ending'],
  ...['cause', 'ringMs', 'talkMs', 'answered'],
] as const satisfies readonly (keyof CallLine)[]

/** What a spreadsheet takes for the beginning of a formula, the full-width forms as well, which some bring to these. */
const FORMULA = /(^|[;\t\r\n])([\s\p{Cf}"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/gu
/** Nothing but digits behind the sign is a number, in a formula too: numbers of telephones stay as they are. */
const TELEPHONE = /^\+\d+$/

/**
 * A text of somebody else that a spreadsheet shows, and does not run: what begins as a formula has `'` before it. So has
 * what stands behind a semicolon or a tabulator, since where those separate cells, quotes inside a row do not count.
 */
export function harmless(text: string): string {
  if (TELEPHONE.test(text)) return text
  const quoted = text.replace(FORMULA, "$1$2'")
  return /^[\t\r\n]/.test(quoted) ? `'${quoted}` : quoted
}

/** With a byte order mark, without which Excel takes UTF-8 for something else. An error of `calls` ends the stream. */
export function callsCsv(calls: AsyncIterable<CallLine>): Readable {
  const table = stringify({
    ...{ header: true, columns: [...COLUMNS], bom: true, record_delimiter: 'windows' },
    cast: { string: harmless, boolean: String },
  })
  // Whoever sends the table sees the error, too.
  pipeline(Readable.from(calls), table, () => undefined)
  return table
}
