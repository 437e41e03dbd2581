import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readTable } from '../../src/cli/csv-table.ts'
import { documentsFrom } from '../../src/cli/imported-documents.ts'
import type { Io } from '../../src/cli/io.ts'
import { readNumberRows } from '../../src/cli/number-rows.ts'
import { belplan as belplanIn } from './belplan.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'belplan-import-'))))
afterEach(() => rm(folder, { recursive: true }))

const belplan = (args: readonly string[], more: Partial<Io> = {}) => belplanIn(args, { cwd: folder, ...more })
const file = (name: string, content: string | Uint8Array) => writeFile(join(folder, name), content)
const read = async (name: string) =>
  JSON.parse(await readFile(join(folder, name), 'utf8')) as {
    domain?: string
    plans: Record<string, Plan>
    cases: { name: string }[]
  }

interface Plan {
  readonly description?: string
  readonly numbers: string[]
  readonly steps: { readonly destination: unknown }[]
  readonly 'x-names'?: Record<string, string>
}

/** Imports a table of this content; `more`: further arguments. */
async function imported(content: string | Uint8Array, ...more: string[]) {
  await file('numbers.csv', content)
  return belplan(['import', 'csv', 'numbers.csv', ...more])
}

/** number → destination and name, of all documents that were written. */
async function leads(name = 'numbers.json') {
  const { plans } = await read(name)
  return Object.values(plans).flatMap(({ numbers, steps, description = '', 'x-names': names }) =>
    numbers.map((number) => [number, steps[0]!.destination, names ? (names[number] ?? '') : description]),
  )
}

/** What was written passes the commands that look at it. */
async function expectGood(path: string, ...config: string[]) {
  const validated = await belplan(['validate', path, ...config])
  expect(validated.out).toContain('validates: no errors, no warnings')
  expect(await belplan(['fmt', '--check', path])).toEqual({ code: 0, out: '', err: '' })
  const tested = await belplan(['test', path, '--coverage', '100', ...config])
  expect(tested, tested.out).toMatchObject({ code: 0 })
}

const NL = ['--country', 'NL']

describe('command-line import csv', () => {
  test('a table becomes a document with tests, a plan for each destination', async () => {
    const table = [
      'number;destination;name',
      '0502100000;215;Reception',
      '',
      '+31 50 210 00 01;215;Jane "JD" Doe',
      '  ; ;',
      '0502100010-12;215, 216;"Sales; ""North"""',
      '+31502100003;216,215;',
      '217;+31 6 1234 5678;Mobile',
      '+3150211*;218;',
    ]
    const { code, out, err } = await imported(table.join('\r\n'), ...NL)
    expect([code, err]).toEqual([0, ''])
    expect(out.split('\n')).toEqual([
      'written: numbers.json and numbers.test.json',
      '6 rows, 8 numbers, 4 plans; read as utf-8 with ";" between fields, line 1 as',
      '  header',
      'next: belplan test numbers.json',
    ])
    const { plans } = await read('numbers.json')
    const { cases } = await read('numbers.test.json')
    expect(Object.keys(plans)).toEqual(['to-215', 'to-215-216', 'to-31612345678', 'to-218'])
    expect(plans['to-215']).toEqual({
      description: 'Reception and Jane "JD" Doe',
      numbers: ['+31502100000', '+31502100001'],
      steps: [{ type: 'bridge', destination: '215' }],
      'x-names': { '+31502100000': 'Reception', '+31502100001': 'Jane "JD" Doe' },
    })
    expect(plans['to-215-216']).toEqual({
      description: 'Sales; "North"',
      numbers: ['+31502100010', '+31502100011', '+31502100012', '+31502100003'],
      steps: [{ type: 'bridge', destination: ['215', '216'] }],
    })
    expect(plans['to-31612345678']!.numbers).toEqual(['217'])
    expect(cases.map(({ name }) => name)).toEqual([
      '+31502100000 (Reception) rings 215',
      'nobody answers +31502100000 (Reception)',
      '+31502100010 (Sales; "North") rings 215 and 216',
      '217 (Mobile) rings +31612345678',
      '+31502110000 rings 218',
    ])
    await expectGood('numbers.json')
  })

  const three = [
    ['+31502100000', '215', 'Jane Doe'],
    ['+31502100001', '216', 'Café'],
  ]

  test.each([
    ['semicolons, no header', '0502100000;215;Jane Doe\n0502100001;216;Café'],
    ['commas, quoted', '"0502100000","215","Jane Doe"\n"0502100001","216","Café"\n'],
    ['tabs', 'Number\tExtension\tName\n0502100000\t215\tJane Doe\n0502100001\t216\tCafé'],
    ['line ends of all kinds', '0502100000;215;Jane Doe\r\r\n0502100001;216;Café\n\r\n'],
    ['a mark at the beginning', '\ufeffnummer;toestel;naam\n0502100000;215;Jane Doe\n0502100001;216;Café'],
    ['columns in another order, one more', 'Naam,Klant,Telefoonnummer,Bestemming\nJane Doe,7,0502100000,215\nCafé,,0502100001,216'],
    ['as Excel names the separator', 'sep=;\r\n0502100000;215;Jane Doe\r\n0502100001;216;Café'],
    ['numbers that Excel keeps as text', '="0502100000";="215";Jane Doe\n\'0502100001;216;Café'],
    ['numbers without their 0, and with the country', '502100000;215;Jane Doe\n0031502100001;216;Café'],
    ['numbers as people write them', '050 - 210 00 00;215;Jane Doe\n+31 (0)50 2100 001;216;Café'],
    ['blanks around everything', ' 0502100000 ; 215 ;  Jane   Doe\n 0502100001 ; 216 ; "Café" '],
  ])('tables with %s', async (_, table) => {
    expect(await imported(table, ...NL)).toMatchObject({ code: 0, err: '' })
    expect(await leads()).toEqual(three)
  }) // prettier-ignore

  test('columns that are passed over are told; --columns says which is which', async () => {
    const table = 'Naam;Klant;Nummer;Toestel\nJane Doe;7;0502100000;215\nCafé;8;0502100001;216'
    expect((await imported(table, ...NL)).out).toContain('columns that were passed over: Klant')
    const unnamed = 'Wie;Wat;Waar;Waarheen\nJane Doe;7;0502100000;215\nCafé;8;0502100001;216'
    const args = [...NL, '--force', '--columns', 'name,-,number,destination']
    expect((await imported(unnamed, ...args)).out).toContain('line 1 as')
    expect(await leads()).toEqual(three)
    const headless = unnamed.split('\n').slice(1).join('\n')
    expect((await imported(headless, ...args)).out).toContain('without a')
    expect(await leads()).toEqual(three)
    expect(await imported(unnamed, ...NL)).toMatchObject({
      code: 1,
      out: expect.stringContaining('numbers.csv:1 this header names no column "number"') as string,
    })
  })

  describe('encodings', () => {
    const name = 'Müller – Café ‘Zum Bären’ 5 €'
    const row = `0502100000;215;${name}`
    const windows = Buffer.from(
      Array.from(row, (one) => ({ '–': 0x96, '‘': 0x91, '’': 0x92, '€': 0x80 })[one] ?? one.charCodeAt(0)),
    )

    test.each([
      ['utf-8', Buffer.from(row), []],
      ['utf-8', Buffer.from(`\ufeff${row}`), []],
      ['windows-1252', windows, []],
      ['windows-1252', windows, ['--encoding', 'windows-1252']],
      ['utf-16le', Buffer.from(`\ufeff${row}`, 'utf16le'), []],
      ['utf-16le', Buffer.from(row, 'utf16le'), ['--encoding', 'utf-16le']],
    ] as const)('%s is read, and said', async (encoding, bytes, more) => {
      expect((await imported(bytes, ...NL, ...more)).out).toContain(`read as ${encoding}`)
      expect(await leads()).toEqual([['+31502100000', '215', name]])
    })

    test.each([
      ['a workbook', Buffer.from('PK\u0003\u0004xxxx'), [], 'this is a workbook; save the sheet as CSV'],
      ['not the one that is named', windows, ['--encoding', 'utf-8'], 'this is not utf-8'],
      ['no text', Buffer.from(row, 'utf16le'), [], 'this is no text; name another --encoding'],
    ] as const)('%s: 1', async (_, bytes, more, message) => {
      const { code, err } = await imported(bytes, ...NL, ...more)
      expect([code, err]).toEqual([1, expect.stringContaining(message)])
      expect(await readdir(folder)).toEqual(['numbers.csv'])
    })
  })

  test('every row that is wrong is named with its line and what to do, and nothing is written', async () => {
    const rows: [row: string, fault?: string][] = [
      ['number;destination;name'],
      ['0502100000;215;good'],
      ['5;', 'there is no destination in this row; write one such as 215'],
      [';215;nobody', 'there is no number in this row'],
      ['reception;215;', 'reception is no number; write one such as +31502100000 or 215'],
      ['05021000;215;', '05021000 is no valid number in NL; check its digits'],
      ['+3150210000;215;', '+3150210000 is no valid number; check its digits'],
      ['3,15021E+10;215;', '3,15021E+10 is a number that the spreadsheet has shortened; format the column as text'],
      ['0502100000;216;', '+31502100000 is in line 2 already; take one of the two out'],
      ['0502100001-9;user/215;', 'user/215 is no destination; write one such as 215'],
      ['0502100001-9;215,215;', '215 is there twice'],
      ['0502100009-01;215;', 'the range 0502100009-01 goes backwards'],
      ['100000..199999;215;', 'the range 100000..199999 has 100000 numbers, and may have 10000; write a prefix'],
      ['05021*;215;', '05021* is a national prefix; write it as numbers are compared, such as +3150210*'],
      ['*;215;', '* is no number'],
      ['0612345678;+31 6 12345678;', '+31612345678 would ring itself'],
      ['0502100002;215;Doe; Jane', 'there are 4 fields in this row, and 3 columns; put quotes around a field that holds ";"'],
      [`0502100003;${Array.from({ length: 21 }, (_, i) => i).join()};`, 'these are 21 destinations, and 20 may ring'],
      [`0502100004;215;${'x'.repeat(151)}`, 'this name is longer than 150 characters'],
      [`0502100004;${'2'.repeat(1001)};`, 'these destinations are longer than 1000 characters'],
      ['0502100005;215;"Sales', 'a quote opens in this row and closes in line 22'],
      ['0502100006;215;North"'],
      ['0502100007;215;"never closed', 'a quote opens in this row and is never closed'],
      ['0502100008;215;'],
    ] // prettier-ignore
    const { code, out, err } = await imported(rows.map(([row]) => row).join('\n'), ...NL)
    expect(code).toBe(1)
    const expected = rows.flatMap(([, fault], i) => (fault === undefined ? [] : [`numbers.csv:${i + 1} ${fault}`]))
    const got = out.split('\n')
    expect(got.map((line, i) => line.slice(0, expected[i]?.length))).toEqual(expected)
    expect(err).toBe(`${expected.length} rows of numbers.csv cannot be imported; nothing is written`)
    expect(await readdir(folder)).toEqual(['numbers.csv'])
    const lines = (await imported(rows.map(([row]) => row).join('\n'), ...NL, '--json')).out.split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)[0]).toEqual({
      ...{ file: 'numbers.csv', line: 3 },
      message: expect.stringMatching(/^there is no destination/) as string,
    })
  }) // prettier-ignore

  test('what is wrong and what was done fit a terminal of 80 columns, whatever the row holds', async () => {
    const table = `0502100000;215;a\n${'0'.repeat(70)};\u001b[31mx\u202e;\n050;${'y'.repeat(300)};`
    await file('numbers.csv', table)
    for (const args of [[], NL]) {
      const { out } = await belplan(['import', 'csv', 'numbers.csv', ...args], { isTerminal: true })
      expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
      expect(out).not.toMatch(/[\u001b\u202e]/)
    }
    const good = `0502100000;215;${'x'.repeat(150)}`
    await file('numbers.csv', good)
    const { out } = await belplan(['import', 'csv', 'numbers.csv', ...NL, '--out', `plans/${'n'.repeat(60)}`])
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  test('of very many rows that are wrong the first hundred are told', async () => {
    const { out, err } = await imported('0502100000;;\n'.repeat(250), ...NL)
    expect(out.split('\n')).toHaveLength(100)
    expect(err).toBe(
      '250 rows of numbers.csv cannot be imported, of which these are the first 100; nothing is written',
    )
  })

  test('a national number without a country: the message says how to name one', async () => {
    expect((await imported('0502100000;215;')).out).toBe(
      'numbers.csv:1 0502100000 is a national number, and nothing says of which country; add --country NL, or write it with + and the country code',
    )
  })

  test('the configuration says whose numbers they are, what can be rung, and where the schema is', async () => {
    const routes = [{ match: '^2..$', dial: 'user/{destination}@{domain}' }]
    await file('belplan.json', JSON.stringify({ defaultCountry: 'NL', routes, api: { port: 8181 } }))
    const { code, out } = await imported('0502100000;215;\n0502100001;300;\n', '--out', 'plans/acme')
    expect([code, out]).toEqual([1, expect.stringContaining('numbers.csv:2 300 cannot be rung: no route')])
    expect(await imported('0502100000;215;', '--out', 'plans/acme.json')).toMatchObject({ code: 0, err: '' })
    expect(await leads('plans/acme.json')).toEqual([['+31502100000', '215', '']])
    expect(await read('plans/acme.json')).toMatchObject({ $schema: 'http://127.0.0.1:8181/plans/schema' })
    await expectGood('plans', '--config', 'belplan.json')
    // The country of the command line comes before that of the configuration.
    expect(await imported('0301234567;215;', '--country', 'DE', '--out', 'de')).toMatchObject({ code: 0 })
    expect(await leads('de.json')).toEqual([['+49301234567', '215', '']])
  })

  test('a number that was granted to another document is told by its row', async () => {
    const routes = [{ match: '^2..$', dial: 'user/{destination}@{domain}' }]
    const owners = { acme: { numbers: ['+31502100*'] }, zoo: { numbers: ['+31502101*'] } }
    await file('belplan.json', JSON.stringify({ defaultCountry: 'NL', routes, owners }))
    const { code, out } = await imported('0502100000;215;\n\n0502101000;215;\n', '--out', 'plans/acme')
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/^numbers\.csv:3 "\+31502101000" is not granted to this document: .*"zoo"/),
    ])
    expect(await readdir(folder)).toEqual(['belplan.json', 'numbers.csv'])
  })

  test('--domain: internal numbers are those of this domain, also in the tests', async () => {
    expect(await imported('215;215;Desk\n216;217;', '--domain', 'acme.example')).toMatchObject({ code: 0 })
    expect(await read('numbers.json')).toMatchObject({ domain: 'acme.example' })
    await expectGood('numbers.json')
  })

  describe('files that are there', () => {
    test.each(['numbers.json', 'numbers.test.json'])('are not overwritten: %s', async (name) => {
      await file(name, 'mine')
      const { code, err } = await imported('0502100000;215;', ...NL)
      expect([code, err]).toEqual([
        1,
        `belplan: ${name} is there already; take another name with --out, or overwrite it with --force`,
      ])
      expect((await readdir(folder)).sort()).toEqual(['numbers.csv', name].sort())
      expect(await readFile(join(folder, name), 'utf8')).toBe('mine')
    })

    test('are with --force: permissions and links stay', async () => {
      await mkdir(join(folder, 'elsewhere'))
      await file('elsewhere/real.json', 'old')
      await chmod(join(folder, 'elsewhere/real.json'), 0o640)
      await symlink(join('elsewhere', 'real.json'), join(folder, 'numbers.json'))
      await file('numbers.test.json', 'old')
      expect(await imported('0502100000;215;', ...NL, '--force')).toMatchObject({ code: 0 })
      expect(await leads('elsewhere/real.json')).toEqual([['+31502100000', '215', '']])
      expect((await stat(join(folder, 'elsewhere/real.json'))).mode & 0o777).toBe(0o640)
      expect(await readdir(folder)).toEqual([
        ...['elsewhere', 'numbers.csv', 'numbers.json', 'numbers.test.json'],
      ])
    })

    test('parts of an earlier import are named: their numbers would be there twice', async () => {
      for (const name of ['numbers-1.json', 'numbers-1.test.json', 'numbers-more.json'])
        await file(name, '{}')
      const { out } = await imported('0502100000;215;', ...NL, '--json')
      expect(JSON.parse(out)).toEqual({
        files: ['numbers.json', 'numbers.test.json'],
        ...{ rows: 1, numbers: 1, plans: 1, encoding: 'utf-8', separator: ';', passedOver: [] },
        leftOver: ['numbers-1.json'],
      })
    })
  })

  test.each([
    [['none.csv'], 1, 'cannot read none.csv: there is no such file or folder'],
    [['empty.csv'], 1, 'there is no row with a number in empty.csv; nothing is written'],
    [['häßlich.csv'], 2, 'häßlich is no name for a document; write one with --out'],
    [['empty.csv', '--out', 'a b'], 2, 'Write a name such as acme or plans/acme.'],
    [['empty.csv', '--out', 'a.test'], 2, 'Write a name such as acme or plans/acme.'],
    [['empty.csv', '--country', 'nl'], 2, 'Write the two letters of a country, such as NL.'],
    [['empty.csv', '--domain', '10.0.0.1'], 2, 'Write a host name, such as pbx.example.'],
    [['empty.csv', '--columns', 'number,name'], 2, 'each column once'],
    [['empty.csv', '--columns', 'number,number,destination'], 2, 'each column once'],
    [['empty.csv', '--separator', '|'], 2, 'Write ";", "," or tab.'],
    [['empty.csv', '--encoding', 'ebcdic'], 2, 'Allowed choices are'],
    [['empty.csv', '--config', 'none.json'], 2, 'there is no configuration'],
    [[], 2, 'missing required argument'],
  ])('%j: %i', async (args, expected, message) => {
    await file('empty.csv', 'number;destination;name\n\n')
    const { code, err } = await belplan(['import', 'csv', ...args])
    expect([code, err]).toEqual([expected, expect.stringContaining(message)])
    expect(await readdir(folder)).toEqual(['empty.csv'])
  })
})

describe('import csv: tables', () => {
  const characters = fc.constantFrom('a', '"', ';', ',', '\t', ' ', "'", '=', 'é', '1')
  const field = fc
    .string({ unit: characters, maxLength: 8 })
    // Nothing tells this from a quoted field with blanks behind it.
    .filter((text) => !/^".*"\s+$/.test(text))

  test('what is quoted by the rules comes back, whatever is in it, but for blanks around it', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(';', ',', '\t'),
        fc.constantFrom('\n', '\r\n', '\r'),
        async (rows, separator, end) => {
          const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
          const text = rows.map((row) => row.map(quoted).join(separator)).join(end)
          const table = await readTable(Buffer.from(text), { separator: separator as ';' })
          const lines = rows.map((row, i) => ({ line: i + 1, fields: row.map((one) => one.trim()) }))
          expect(table.faults).toEqual([])
          expect(table.rows).toEqual(lines.filter(({ fields }) => fields.some((one) => one !== '')))
        },
      ),
    )) // prettier-ignore

  test('quotes that are not doubled, or stand inside a field, are its own; blanks around quotes are not', async () => {
    const table = [
      '1;"half" rest;z',
      '2;Jane "JD" Doe; "a;b" ',
      '3;"x ""y""" ;"z"\t',
      '="4";"a" "b";',
      '5;"half";" rest" more "',
    ]
    const { rows, faults } = await readTable(Buffer.from(table.join('\n')))
    expect(rows.map(({ fields }) => fields)).toEqual([
      ['1', '"half" rest', 'z'],
      ['2', 'Jane "JD" Doe', 'a;b'],
      ['3', 'x "y"', 'z'],
      ['="4"', '"a" "b"', ''],
      ['5', 'half', '" rest" more "'],
    ])
    expect(faults).toEqual([])
  })
})

describe('import csv: lines', () => {
  test.each(['\n', '\r\n', '\r'])('are counted as an editor does, also behind fields with line ends: %j', async (end) => {
    const lines = ['1;215;"a', 'b', 'c"', '', '2;215;good', '3;215;"d', '', 'e"', '4;215;good', '5;215;"open', 'f', 'g']
    const { rows, faults } = await readTable(Buffer.from(lines.join(end)))
    expect(rows.map(({ line }) => line)).toEqual([5, 9])
    expect(faults.map(({ line }) => line)).toEqual([1, 6, 10])
    expect(faults[1]!.message).toContain('closes in line 8')
  }) // prettier-ignore
})

describe('import csv: ranges', () => {
  const numbersOf = async (written: string, country: string) => {
    const { rows, faults } = readNumberRows(await readTable(Buffer.from(`${written};215;`)), { country })
    return rows[0]?.numbers ?? faults[0]!.message
  }
  const ends = (numbers: readonly string[] | string) =>
    typeof numbers === 'string' ? numbers : [numbers.length, numbers[0], numbers.at(-1)]

  test.each([
    ['050-2100000', 'NL', [1, '+31502100000', '+31502100000']],
    ['050-2100000 - 050-2100009', 'NL', [10, '+31502100000', '+31502100009']],
    ['0502100000–0502100099', 'NL', [100, '+31502100000', '+31502100099']],
    ['+31502100000-99', 'NL', [100, '+31502100000', '+31502100099']],
    ['210..219', 'NL', [10, '210', '219']],
    ['030 12345-67', 'DE', [1, '+49301234567', '+49301234567']],
    ['030 1234500..99', 'DE', [100, '+49301234500', '+49301234599']],
    ['030 1234500-0301234599', 'DE', [100, '+49301234500', '+49301234599']],
    ['0502100000-0502110000', 'NL', expect.stringContaining('has 10001 numbers, and may have 10000')],
  ])('%s in %s', async (written, country, expected) =>
    expect(ends(await numbersOf(written, country))).toEqual(expected),
  )

  test.each(['-', '..', '\u2013 ', '1-'])(
    'a field of a hundred thousand %j is refused at once',
    async (mark) => {
      const began = performance.now()
      const table = await readTable(Buffer.from(`+31502100000${mark.repeat(100_000)}1;215;`))
      const { faults } = readNumberRows(table, { country: 'NL' })
      expect(faults).toMatchObject([
        { line: 1, message: expect.stringContaining('longer than 100 characters') as string },
      ])
      expect(performance.now() - began).toBeLessThan(2000)
    },
  )

  test('more than a million numbers in all are refused', async () => {
    const table = Array.from({ length: 101 }, (_, i) => `${31_502_000_000 + i * 10_000}..9999;215;`).join(
      '\n',
    )
    const { rows, faults } = readNumberRows(await readTable(Buffer.from(table)), { country: 'NL' })
    expect(rows).toEqual([])
    expect(faults).toEqual([
      { line: 101, message: expect.stringMatching(/^these are more than 1000000 numbers/) as string },
    ])
  })
})

describe('import csv: several documents', () => {
  const options = { file: 'numbers.csv', schema: 'schema', testsSchema: 'tests' }
  const most = { plans: 3, numbers: 5, bytes: 1_000_000 }

  async function splitBy(text: string, limits: Partial<typeof most>) {
    const { rows, faults } = readNumberRows(await readTable(Buffer.from(text)), { country: 'NL' })
    expect(faults).toEqual([])
    return documentsFrom(rows, options, { ...most, ...limits }).map(({ document }) =>
      Object.values(document.plans).map(({ numbers }) => numbers.length),
    )
  }

  const rows = (count: number, destination: (i: number) => number) =>
    Array.from({ length: count }, (_, i) => `${1000 + i};${destination(i)};Jane`).join('\n')

  test('where there are more plans, numbers or bytes than one may have', async () => {
    expect(await splitBy(rows(4, (i) => 200 + i), {})).toEqual([[1, 1, 1], [1]])
    expect(await splitBy(rows(12, () => 200), {})).toEqual([[5], [5], [2]])
    expect(await splitBy(rows(7, (i) => 200 + (i % 2)), {})).toEqual([[4, 1], [2]])
    expect(await splitBy(rows(5, () => 200), { bytes: 1500 + 100 })).toEqual([[1], [1], [1], [1], [1]])
  }) // prettier-ignore

  test('2,500 destinations: three documents, which validate together, and their tests pass', async () => {
    await file(
      'numbers.csv',
      rows(2500, (i) => 100_000 + i),
    )
    const { code, out } = await belplan(['import', 'csv', 'numbers.csv', '--out', 'plans/acme', '--json'])
    expect([code, JSON.parse(out)]).toMatchObject([0, { rows: 2500, plans: 2500, leftOver: [] }])
    expect(await readdir(join(folder, 'plans'))).toEqual(
      [1, 2, 3].flatMap((i) => [`acme-${i}.json`, `acme-${i}.test.json`]),
    )
    expect((await belplan(['validate', 'plans'])).out).toContain('plans validates: no errors, no warnings')
    const tested = await belplan(['test', 'plans/acme-3.json', '--coverage', '100'])
    expect(tested.out).toContain('Cases  501 passed')
  }, 60_000)

  test('a hundred thousand rows are read and written in seconds', { timeout: 120_000 }, async () => {
    const text = Array.from({ length: 100_000 }, (_, i) => `0${502_100_000 + i};${200 + (i % 700)};Jane ${i}`)
    await file('numbers.csv', text.join('\n'))
    const before = process.cpuUsage()
    const { code, out } = await belplan(['import', 'csv', 'numbers.csv', ...NL, '--json'])
    const { user, system } = process.cpuUsage(before)
    expect([code, JSON.parse(out)]).toMatchObject([0, { numbers: 100_000 }])
    console.log(`100,000 rows: ${((user + system) / 1e6).toFixed(1)} s of CPU`)
    expect((user + system) / 1e6).toBeLessThan(30)
  })
})
