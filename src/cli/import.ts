/** `belplan import csv FILE` */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import pc from 'picocolors'
import { MOST_FINDINGS, oneOf } from '../json/index.ts'
import {
  createChecker,
  isCountry,
  isTestFile,
  type LoadOptions,
  MOST_BYTES,
  MOST_NUMBERS,
  MOST_PLANS,
} from '../plan/index.ts'
import { HOST_NAME, NAME } from '../syntax/index.ts'
import { BelplanError, fileReason } from '../util/errors.ts'
import { printable } from '../util/printable.ts'
import {
  type Encoding,
  ENCODINGS,
  readTable,
  type RowFault,
  type Separator,
  SEPARATORS,
  type Table,
} from './csv-table.ts'
import { documentsFrom, type Imported, lineOf } from './imported-documents.ts'
import { FAILED, GOOD, type Io } from './io.ts'
import { laidOutFiles } from './lay-out-as.ts'
import { type Column, COLUMNS, type NumberRow, type NumberRows, readNumberRows } from './number-rows.ts'
import { planOptions, schemaAddresses } from './plan-set.ts'
import { wrap } from './wrap.ts'
import { writeFiles } from './write-files.ts'

type Country = NonNullable<LoadOptions['defaultCountry']>

interface Options {
  readonly out?: string
  readonly country?: Country
  readonly domain?: string
  readonly columns?: readonly Column[]
  readonly separator?: Separator
  readonly encoding?: Encoding
  readonly force?: boolean
  readonly config?: string
  readonly json?: boolean
}

const HELP = `
A row has a number, the destination that it leads to, and a name:

  0502100000;215;Reception
  0502100010-19;215,216;Sales
  +3150210*;217;

A header is recognised; it may name the columns in any order. Numbers are
national (--country) or international, internal, a range, or a prefix.
Destinations with commas between them ring at the same time. A row that is
wrong is named with its line, and then nothing is written.

Examples:
  belplan import csv numbers.csv --country NL
  belplan import csv export.txt --out plans/acme --config belplan.json
  belplan import csv list.csv --columns name,-,number,destination --force`

export function addImport(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('import')
    .description('writes documents, with tests, from what others export')
    .command('csv')
    .description('from a table with a number, its destination and a name in each row')
    .argument('<file>', 'the table, with semicolons, commas or tabs')
    .option(
      '--out <name>',
      'of the document: it becomes NAME.json and NAME.test.json; default: that of the table',
      outName,
    )
    .option(
      '--country <code>',
      'whose national numbers these are; default: that of the configuration',
      country,
    )
    .option('--domain <name>', 'the domain of the document, and so of its internal numbers', domain)
    .option('--columns <list>', 'which column is which, such as name,-,number,destination', columns)
    .addOption(
      new Option(
        '--separator <mark>',
        'between fields: ";", "," or tab; default: as the first line has it',
      ).argParser(separator),
    )
    .addOption(
      new Option('--encoding <name>', 'default: UTF-8 where it is that, else Windows-1252').choices(
        ENCODINGS,
      ),
    )
    .option('--force', 'overwrites what is there')
    .option('--config <file>', 'the country of numbers, what is granted to the document, and routes')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', HELP)
    .action(async (file: string, options: Options) => done(await importCsv(file, options, io)))
}

async function importCsv(file: string, options: Options, io: Io): Promise<number> {
  const { config, options: fromConfig } = await planOptions(options.config, io)
  const name = options.out ?? nameOf(file)
  const country = options.country ?? fromConfig.defaultCountry
  const loadOptions: LoadOptions = {
    ...fromConfig,
    ...(country && { defaultCountry: country }),
  }
  const table = await readTable(await bytesOf(file, io.cwd), options)
  const read = readNumberRows(table, {
    country,
    ...(options.columns && { columns: options.columns }),
    ...(loadOptions.refusal && { refusal: loadOptions.refusal }),
  })
  if (read.faults.length > 0) return tellFaults(file, read.faults, options, io)
  if (read.rows.length === 0)
    throw new BelplanError('plans', `there is no row with a number in ${file}; nothing is written`)
  const { domain } = options
  const imported = documentsFrom(read.rows, {
    file: basename(file),
    ...(domain !== undefined && { domain }),
    ...schemaAddresses(config),
  })
  const files = await filesOf(imported, name)
  const faults = refused(imported, Object.keys(files), read.rows, loadOptions, io)
  if (faults.length > 0) return tellFaults(file, faults, options, io)
  await writeFiles(files, {
    cwd: io.cwd,
    otherwise: 'take another name with --out, or overwrite it with --force',
    ...(options.force && { force: true }),
  })
  await tellWritten({
    files: Object.keys(files),
    name,
    table,
    read,
    imported,
    io,
    json: options.json === true,
  })
  return GOOD
}

/** Of the table: that of its file. */
function nameOf(file: string): string {
  const name = basename(file).replace(/\.[^.]*$/, '')
  if (NAME.test(name) && !name.endsWith('.test')) return name
  throw new BelplanError('usage', `${printable(name)} is no name for a document; write one with --out`)
}

/** A telephone book of a million rows has some 40 MiB. */
const MOST_TABLE_MIB = 64

async function bytesOf(file: string, cwd: string): Promise<Uint8Array> {
  const path = resolve(cwd, file)
  try {
    const { size } = await stat(path)
    if (size > MOST_TABLE_MIB * 1024 * 1024)
      throw new BelplanError('plans', `${file} is larger than ${MOST_TABLE_MIB} MiB; import parts of it`)
    return await readFile(path)
  } catch (error) {
    if (error instanceof BelplanError) throw error
    throw new BelplanError('plans', `cannot read ${file}: ${fileReason(error)}`, [], error)
  }
}

/** File → text, each document before its tests: one, or as many as are needed, with their numbers behind the name. */
async function filesOf(imported: readonly Imported[], name: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const [i, { document, tests }] of imported.entries()) {
    const one = imported.length === 1 ? name : `${name}-${i + 1}`
    for (const [file, text] of Object.entries(await laidOutFiles(one, document, tests)))
      files[file] = withinLimit(file, text)
  }
  return files
}

/** Its size was estimated: a thousand plans with the longest names in a script of three bytes a letter are larger. */
function withinLimit(file: string, text: string): string {
  if (Buffer.byteLength(text) <= MOST_BYTES) return text
  const most = MOST_BYTES / 1024 / 1024
  throw new BelplanError(
    'plans',
    `${file} would be larger than ${most} MiB; shorten the names, or import parts of the table`,
  )
}

/** What validation has against the documents, by the rows: numbers that are another's, above all. */
function refused(
  imported: readonly Imported[],
  files: readonly string[],
  rows: readonly NumberRow[],
  options: LoadOptions,
  { cwd }: Io,
): RowFault[] {
  const checker = createChecker(options)
  const documents = files.filter((file) => !isTestFile(file))
  return documents.flatMap((file, i) => {
    const { document } = imported[i]!
    const name = documentName(resolve(cwd, file), options.set)
    const { errors } = checker.check(name, file, Buffer.from(JSON.stringify(document)))
    return errors.map(({ pointer, message }) => ({ line: lineOf(pointer, document, rows), message }))
  })
}

/** As it is named in the set of the configuration, if it is to stand there. */
function documentName(path: string, set: string | undefined): string {
  const way = set === undefined ? '..' : relative(set, path)
  return (way.startsWith('..') ? basename(path) : way).replace(/\.json$/, '').replaceAll('\\', '/')
}

function tellFaults(file: string, faults: readonly RowFault[], { json }: Options, io: Io): number {
  const { bold, red } = pc.createColors(io.colour)
  for (const { line, message } of faults.slice(0, MOST_FINDINGS)) {
    if (json) {
      io.out(JSON.stringify({ file, line, message }))
      continue
    }
    const place = printable(`${file}:${line} `)
    const text = place + printable(message)
    const [first = '', ...more] = io.isTerminal ? wrap(text, '') : [text]
    io.out(bold(first.slice(0, place.length)) + red(first.slice(place.length)))
    for (const one of more) io.out(red(one))
  }
  const more = faults.length > MOST_FINDINGS ? `, of which these are the first ${MOST_FINDINGS}` : ''
  io.err(`${counted(faults.length, 'row')} of ${file} cannot be imported${more}; nothing is written`)
  return FAILED
}

interface Written {
  readonly files: readonly string[]
  readonly name: string
  readonly table: Table
  readonly read: NumberRows
  readonly imported: readonly Imported[]
  readonly json: boolean
  readonly io: Io
}

async function tellWritten({ files, name, table, read, imported, json, io }: Written): Promise<void> {
  const { encoding, separator } = table
  const { header, passedOver, rows } = read
  const left = await leftOver(files, name, io.cwd)
  const plans = imported.flatMap(({ document }) => Object.values(document.plans))
  const numbers = plans.reduce((sum, plan) => sum + plan.numbers.length, 0)
  if (json) {
    const found = { encoding, separator, ...(header !== undefined && { header }), passedOver }
    io.out(
      JSON.stringify({ files, rows: rows.length, numbers, plans: plans.length, ...found, leftOver: left }),
    )
    return
  }
  const say = (text: string) => wrap(printable(text), '').forEach((line) => io.out(line))
  const [first, second] = files
  say(
    files.length === 2
      ? `written: ${first!} and ${second!}`
      : `written: ${first!} to ${files.at(-2)!}, each with its tests: a document has at most ${MOST_PLANS} plans, ${MOST_NUMBERS} numbers and ${MOST_BYTES / 1024 / 1024} MiB`,
  )
  say(
    `${counted(rows.length, 'row')}, ${counted(numbers, 'number')}, ${counted(plans.length, 'plan')}; read as ${encoding} with ${separator === '\t' ? 'tabs' : `"${separator}"`} between fields, ${header === undefined ? 'without a header' : `line ${header} as header`}`,
  )
  if (passedOver.length > 0) say(`columns that were passed over: ${passedOver.join(', ')}`)
  for (const file of left)
    say(
      `${file} is there, and not of this import: if it is of an earlier one, take it away with its tests, or its numbers are there twice`,
    )
  say(`next: belplan test ${files.length === 2 ? first! : dirname(first!)}`)
}

/** Documents that an earlier import of this name may have written. */
async function leftOver(files: readonly string[], name: string, cwd: string): Promise<string[]> {
  const own = basename(name)
  const there = await readdir(resolve(cwd, dirname(name)))
  const isPart = (file: string) => file.startsWith(own) && /^(?:-\d+)?\.json$/.test(file.slice(own.length))
  return there
    .filter(isPart)
    .map((file) => join(dirname(name), file))
    .filter((file) => !files.map((one) => join(one)).includes(file))
    .sort()
}

const counted = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`

function outName(written: string): string {
  const name = written.replace(/\.json$/, '')
  if (NAME.test(basename(name)) && !name.endsWith('.test')) return name
  throw new InvalidArgumentError('Write a name such as acme or plans/acme.')
}

function country(code: string): Country {
  if (isCountry(code)) return code
  throw new InvalidArgumentError('Write the two letters of a country, such as NL.')
}

function domain(name: string): string {
  if (name.length <= 253 && HOST_NAME.test(name)) return name
  throw new InvalidArgumentError('Write a host name, such as pbx.example.')
}

function columns(list: string): readonly Column[] {
  const wanted = list.split(',').map((one) => one.trim())
  const isColumn = (one: string): one is Column => one === '-' || COLUMNS.some((column) => column === one)
  const isOnce = (one: string) => one === '-' || wanted.filter((other) => other === one).length === 1
  const isWhole = ['number', 'destination'].every((one) => wanted.includes(one))
  if (wanted.every(isColumn) && wanted.every(isOnce) && isWhole) return wanted
  throw new InvalidArgumentError(
    `Write ${oneOf(COLUMNS)} and "-" with commas between them, each column once.`,
  )
}

function separator(mark: string): Separator {
  const found = SEPARATORS.find((one) => one === (mark === 'tab' ? '\t' : mark))
  if (found !== undefined) return found
  throw new InvalidArgumentError('Write ";", "," or tab.')
}
