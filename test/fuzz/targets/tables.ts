import fc from 'fast-check'
import { readTable } from '../../../src/cli/csv-table.ts'
import { documentsFrom } from '../../../src/cli/imported-documents.ts'
import { readNumberRows } from '../../../src/cli/number-rows.ts'
import { createChecker } from '../../../src/plan/index.ts'
import { BelplanError } from '../../../src/util/errors.ts'
import { damaged } from '../arbitraries.ts'
import { target } from '../target.ts'

const cells = [
  ...['0502100000', '+31502100001', '0502100010-12', '0502100010..99', '215', '210-219', '+3150211*', '*', '**', '5'],
  ...['="0502100002"', "'0502100003", '3,1E+10', '', ' ', '215,216', '216,215', 'number', 'Ziel', 'naam', '-', '..'],
  ...['"', '""', '"a;b"', '"a\nb"', 'Jane "JD" Doe', '${x}', '__proto__', '\u202e', '\0', 'é', '日本', 'x'.repeat(200)],
] // prettier-ignore

const separators = fc.constantFrom(';', ';', ',', '\t')
const rows = fc
  .tuple(fc.array(fc.array(fc.constantFrom(...cells), { minLength: 1, maxLength: 4 }), { maxLength: 8 }), separators)
  .chain(([table, separator]) =>
    fc.constantFrom('\n', '\r\n', '\r').map((end) => table.map((row) => row.join(separator)).join(end)),
  ) // prettier-ignore

const example = Buffer.from(
  '\ufeffnumber;destination;name\r\n0502100000;215;"Jane ""JD"""\r\n+3150211*;217;\r\n',
)

/** What is wrong with a table has its line; what is right becomes documents that validate. */
export const tables = target({
  name: 'tables',
  few: 150,
  many: 20_000,
  pure: true,
  inputs: fc.oneof(
    { arbitrary: rows.map((text) => Buffer.from(text)), weight: 3 },
    { arbitrary: rows.map((text) => Buffer.from(text, 'utf16le')), weight: 1 },
    { arbitrary: damaged(example), weight: 2 },
  ),
  async open() {
    const checker = createChecker({})
    // It loads the parser.
    await readTable(example)

    async function attempt(bytes: Buffer): Promise<void> {
      const table = await readTable(bytes)
      const { rows, faults } = readNumberRows(table, { country: 'NL' })
      const lines = bytes.toString('latin1').split(/\r\n|\n|\r/).length
      for (const { line } of [...faults, ...rows])
        if (!(line >= 1 && line <= lines)) throw new Error(`no line: ${line}`)
      if (rows.length === 0) return
      for (const { document } of documentsFrom(rows, { file: 'a.csv', schema: 's', testsSchema: 't' })) {
        const { errors } = checker.check('a', 'a.json', Buffer.from(JSON.stringify(document)))
        if (errors.length > 0) throw new Error(errors[0]!.message)
      }
    }

    return {
      // A file that is no table at all is refused as a whole.
      attempt: (bytes: Buffer) =>
        attempt(bytes).catch((error: unknown) => {
          if (!(error instanceof BelplanError)) throw error
        }),
    }
  },
})
