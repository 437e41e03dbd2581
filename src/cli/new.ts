/** `belplan new [NAME]` */
import { type Command, InvalidArgumentError } from 'commander'
import { oneOf } from '../json/index.ts'
import {
  cleanDestination,
  type LoadOptions,
  MOST_DESTINATIONS,
  parseTemplate,
  toE164,
} from '../plan/index.ts'
import { DOCUMENT } from '../syntax/index.ts'
import { BelplanError } from '../util/errors.ts'
import { printable } from '../util/printable.ts'
import { type Answers, documentFrom, HANG_UP, isKind, KINDS, MESSAGE, testsFor } from './first-plan.ts'
import { GOOD, type Io } from './io.ts'
import { laidOutFiles } from './lay-out-as.ts'
import { planOptions, schemaAddresses } from './plan-set.ts'
import { wrap } from './wrap.ts'
import { writeFiles } from './write-files.ts'

interface Options extends Written {
  readonly ringSeconds: number
  readonly schema?: string
  readonly config?: string
  readonly json?: boolean
}

/** The answers as they are written. */
type Written = { readonly [K in Key]?: string }

type Key = 'name' | 'number' | 'kind' | 'webhook' | 'ring' | 'nobody'

/** Answered by an option, or on a terminal. */
interface Question {
  readonly key: Key
  readonly flags?: string
  readonly says: string
  /** Taken where nothing is answered. */
  readonly otherwise?: string
  /** Whether it is asked at all. */
  readonly isOf?: (before: Written) => boolean
  /** What is wrong with the answer, as the end of a sentence. */
  readonly fault: (answer: string, before: Written, options: LoadOptions) => string | undefined
}

const questions: readonly Question[] = [
  {
    key: 'name',
    says: 'a name for the document, such as acme',
    fault: (name) =>
      DOCUMENT.test(name) && !name.endsWith('.test')
        ? undefined
        : 'is no name; write letters, digits, dots, dashes and underscores, such as acme or north/acme',
  },
  {
    key: 'number',
    flags: '--number <number>',
    says: 'the number that callers dial, such as +31502100000',
    fault: (number, _, { defaultCountry }) =>
      toE164(number, defaultCountry) !== undefined || /^[1-9][0-9]{1,5}$/.test(number)
        ? undefined
        : 'is no number; write one such as +31502100000, or an internal one such as 215',
  },
  {
    key: 'kind',
    flags: '--kind <kind>',
    says: 'what is there: telephone, menu, or caller-name (a webhook names the caller, then it rings)',
    fault: (kind) => (isKind(kind) ? undefined : `is not known; write ${oneOf(KINDS)}`),
  },
  {
    key: 'webhook',
    flags: '--webhook <url>',
    says: 'the URL that says who calls, such as https://crm.example/name?caller={callerid}',
    isOf: ({ kind }) => kind === 'caller-name',
    fault(url) {
      const parsed = parseTemplate(url)
      if ('fault' in parsed) return parsed.fault
      return /^https:/i.test(url) ? undefined : 'can be read and changed on the way; write https://'
    },
  },
  {
    key: 'ring',
    flags: '--ring <destinations>',
    says: 'the telephones that ring, such as 215,216; in a menu on 1, 2, …',
    fault(ring, { kind }, options) {
      const list = destinationsIn(ring)
      if (list.length === 0) return 'has no destination; write one such as 215'
      const most = kind === 'menu' ? MOST_CHOICES : MOST_DESTINATIONS
      if (list.length > most) return `are too many; write ${most} at most`
      if (new Set(list).size < list.length) return 'has one twice; take it out'
      return list.map((one) => destinationFault(one, options)).find((fault) => fault !== undefined)
    },
  },
  {
    key: 'nobody',
    flags: '--nobody <what>',
    says: `what happens when nobody answers: ${MESSAGE}, ${HANG_UP}, or another number that rings`,
    otherwise: MESSAGE,
    fault(nobody, { ring = '' }, options) {
      if (nobody === MESSAGE || nobody === HANG_UP) return undefined
      if (destinationsIn(ring).includes(nobody)) return 'rings already; write another one'
      return destinationFault(nobody, options) && `is neither ${MESSAGE} nor ${HANG_UP}, nor can it be rung`
    },
  },
]

/** Each is keyed with one digit. */
const MOST_CHOICES = 9

const HELP = `
What no option answers is asked on a terminal. Nothing is overwritten.

Examples:
  belplan new
  belplan new acme --number +31502100000 --kind telephone --ring 215,216
  belplan new desk --number 280 --kind menu --ring 215,216 --nobody hang-up`

export function addNew(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command('new')
    .description('asks a few questions and writes a document, with tests')
    .argument('[name]', 'of the document: it becomes NAME.json and NAME.test.json')
  for (const { flags, says } of questions) if (flags !== undefined) command.option(flags, says)
  command
    .option('--ring-seconds <seconds>', 'how long it rings', ringSeconds, 20)
    .option(
      '--schema <address>',
      'the schema for editors: an address or a file; default: that of the controller',
    )
    .option('--config <file>', 'the country of numbers, routes, and where the controller answers')
    .option('--json', 'one JSON object with the files')
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, options: Options) =>
      done(
        await create({ ...options, ...(name !== undefined && { name: name.replace(/\.json$/, '') }) }, io),
      ),
    )
}

async function create(options: Options, io: Io): Promise<number> {
  const { config, options: loadOptions } = await planOptions(options.config, io)
  const written = await answered(options, loadOptions, io)
  const { schema, testsSchema } = schemaAddresses(config)
  const answers: Answers = {
    number: toE164(written.number!, loadOptions.defaultCountry) ?? written.number!,
    kind: written.kind as Answers['kind'],
    ring: destinationsIn(written.ring!),
    ringSeconds: options.ringSeconds,
    ...(written.webhook !== undefined && { webhook: written.webhook }),
    nobody: written.nobody!,
    schema: options.schema ?? schema,
    // Where somebody names another schema of plans, nobody knows where that of tests is.
    ...(options.schema === undefined && { testsSchema }),
  }
  const files = await laidOutFiles(written.name!, documentFrom(answers), testsFor(answers))
  await writeFiles(files, { cwd: io.cwd, otherwise: 'take another name' })
  const [document, tests] = Object.keys(files)
  if (options.json) io.out(JSON.stringify({ files: [document, tests] }))
  else {
    io.out(`written: ${document!} and ${tests!}`)
    io.out(`next: belplan test ${document!}`)
  }
  return GOOD
}

/** The options, and what else is answered on the terminal. */
async function answered(options: Written, loadOptions: LoadOptions, io: Io): Promise<Written> {
  let answers: Written = {}
  const missing: string[] = []
  for (const { key, flags = 'NAME', says, otherwise, isOf = () => true, fault } of questions) {
    const given = options[key]
    const check = (answer: string) => {
      const wrong = fault(answer, answers, loadOptions)
      return wrong && `${printable(answer)} ${wrong}`
    }
    // What a later answer hangs on is not known where an earlier one is missing.
    if (!isOf(answers)) {
      if (given !== undefined && missing.length === 0)
        throw wrongUse(`${flags.split(' ')[0]!} is not for the kind ${answers.kind ?? ''}`)
    } else if (given !== undefined) {
      const wrong = check(given)
      if (wrong !== undefined) throw wrongUse(`${flags.split(' ')[0]!} ${wrong}`)
      answers = { ...answers, [key]: given }
    } else if (io.ask) answers = { ...answers, [key]: await asked(says, otherwise, check, io.ask, io) }
    else if (otherwise !== undefined) answers = { ...answers, [key]: otherwise }
    else missing.push(`${flags}: ${says}`)
  }
  if (missing.length === 0) return answers
  throw wrongUse('there is no terminal to ask on, and these are missing', missing)
}

const wrongUse = (message: string, details: readonly string[] = []) =>
  new BelplanError('usage', message, details)

/** Asks until the answer is right. */
async function asked(
  says: string,
  otherwise: string | undefined,
  check: (answer: string) => string | undefined,
  ask: NonNullable<Io['ask']>,
  io: Io,
): Promise<string> {
  const question = `${says}${otherwise === undefined ? '' : ` [${otherwise}]`}: `
  for (;;) {
    const line = await ask(wrap(question[0]!.toUpperCase() + question.slice(1), '').join('\n'))
    if (line === undefined) throw wrongUse('the questions were not answered; nothing is written')
    const answer = line.trim() || otherwise
    const wrong = answer === undefined ? undefined : check(answer)
    if (answer !== undefined && wrong === undefined) return answer
    if (wrong !== undefined) io.err(wrong)
  }
}

const destinationsIn = (text: string): string[] => text.split(/[\s,]+/).filter((one) => one !== '')

function destinationFault(text: string, { refusal }: LoadOptions): string | undefined {
  if (cleanDestination(text) !== text)
    return `holds ${text}, which is no destination; write +31502102544 or 215`
  const why = refusal?.(text)
  return why && `holds ${text}, which cannot be rung: ${why}`
}

/** Of each destination; longer, and the plan is warned of, since two may ring after a webhook. */
const LONGEST_RING_SECONDS = 50

function ringSeconds(value: string): number {
  const seconds = Number(value)
  if (!/^\d{1,2}$/.test(value) || seconds < 1 || seconds > LONGEST_RING_SECONDS)
    throw new InvalidArgumentError(`Write 1 to ${LONGEST_RING_SECONDS} seconds.`)
  return seconds
}
