/** `belplan simulate PATH --did NUMBER` */
import { type Command, InvalidArgumentError } from 'commander'
import type { Fault, Path } from '../json/index.ts'
import {
  asksSomebody,
  checkScript,
  noPlanText,
  trialLines,
  type TrialReport,
  type TrialScript,
  unknownNamesOf,
} from '../trial/index.ts'
import { BelplanError } from '../util/errors.ts'
import { printable } from '../util/printable.ts'
import { GOOD, type Io } from './io.ts'
import { printLines } from './print-lines.ts'
import { placeOf, setUpTrials, type TrialSetup } from './trials.ts'

/** Of options that may be given again, each with what it says of one name. */
type Named = Readonly<Record<string, unknown>>

interface Options {
  readonly config?: string
  readonly did: string
  readonly caller?: string
  readonly name?: string
  readonly withheld?: boolean
  readonly domain: string
  readonly at?: string
  readonly digits: readonly string[]
  readonly answer: Named
  readonly webhook: Named
  readonly audio: Named
  readonly hangUp?: number
  readonly json?: boolean
}

const HELP = `
The plan is walked as for a caller, in no time: nobody is called, and no server
is asked, unless --webhook says ask. A destination that is not named rings and
does not answer, a webhook that is not named is down, and audio that is not
named plays for 3 seconds. Without a configuration any destination can be rung.

Examples:
  belplan simulate plans --did 0502100000 --answer 215=busy \\
    --answer 216=answered,after=5
  belplan simulate plans --did 0502100000 \\
    --webhook crm=ACK,callername=Jane,afterMs=800
  belplan simulate plans --did 0502100000 --digits '1111#' --digits '2468#' \\
    --webhook pin=NAK --webhook pin=ACK
  belplan simulate plans --did 0502100000 --webhook crm=ask \\
    --at 2026-12-24T18:00`

export function addSimulate(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('simulate')
    .description('tries a call against a plan set, and says what every party to it sees and hears')
    .argument('<path>', 'a folder of documents, or a single one')
    .requiredOption('--did <number>', 'the dialled number, as a carrier delivers it')
    .option('--caller <number>', "the caller's number; '' or anonymous for none [+31612345678]")
    .option('--name <text>', 'the display name of the caller')
    .option('--withheld', 'the caller asks for privacy')
    .option('--domain <name>', 'what FreeSWITCH says its domain is', 'pbx.example')
    .option('--at <moment>', 'when the call comes in, such as 2026-12-24T18:00 [now]')
    .option(
      '--digits <keys>',
      "one entry, # included; '' keys nothing; again for each further entry",
      (keys: string, before: readonly string[]) => [...before, keys],
      [],
    )
    .option(
      '--answer <dest=outcome>',
      'how a destination behaves; more with after= and talk=',
      addDestination,
      {},
    )
    .option('--webhook <name=answer>', 'ACK, NAK, ERR, down, ask; again for the next request', addWebhook, {})
    .option('--audio <name=seconds>', 'how long audio plays', addAudio, {})
    .option('--hang-up <seconds>', 'the caller gives up so long after the call came in', seconds)
    .option('--config <file>', 'tries against this configuration, too: routes and grants')
    .option('--json', 'all of it as one JSON object')
    .addHelpText('after', HELP)
    .action(async (path: string, options: Options) => done(await simulate(path, options, io)))
}

async function simulate(path: string, options: Options, io: Io): Promise<number> {
  const script = scriptOf(options)
  const asks = asksSomebody(script.given)
  const setup = await setUpTrials(path, { config: options.config, asks }, io)
  const report = await tried(script, setup).finally(setup.close)
  if (options.json) io.out(JSON.stringify(report))
  else {
    printLines(trialLines(report), io)
    if (report.document === undefined) {
      const place = placeOf(path, options.config)
      const text = noPlanText(script.call, { place, defaultCountry: setup.config.defaultCountry })
      printLines([{ lead: '', text, tone: 'note' }], io)
    }
  }
  if (report.violations.length > 0)
    throw new BelplanError('protocol', `the call went wrong: ${report.violations.join('; ')}`)
  return GOOD
}

/** @throws BelplanError `usage` when the script has names that the document does not have */
async function tried(script: TrialScript, { set, trials }: TrialSetup): Promise<TrialReport> {
  const unknown = unknownNamesOf(script, set)
  if (unknown.length > 0) throw notAsDescribed(unknown)
  return trials.run(script, set)
}

/** @throws BelplanError `usage` */
function scriptOf(options: Options): TrialScript {
  const { did, caller, name, withheld, domain, at, digits, answer, webhook, audio, hangUp } = options
  const { script, faults } = checkScript({
    call: {
      ...{ did, domain },
      ...(caller !== undefined && { callerid: caller }),
      ...(name !== undefined && { callername: name }),
      ...(withheld && { withheld }),
      ...(at !== undefined && { at }),
    },
    given: {
      ...{ digits, destinations: answer, webhooks: webhook, audioSeconds: audio },
      ...(hangUp !== undefined && { hangsUpAfterSeconds: hangUp }),
    },
  })
  if (script) return script
  throw notAsDescribed(faults)
}

function notAsDescribed(faults: readonly Pick<Fault, 'path' | 'message'>[]): BelplanError {
  const details = faults.map(({ path, message }) => printable(`${optionOf(path)}: ${message}`))
  return new BelplanError('usage', 'the call cannot be tried as it is described', details)
}

/** The options behind the fields of a script. */
const OPTIONS: Readonly<Record<string, string>> = {
  ...{ did: '--did', callerid: '--caller', callername: '--name', withheld: '--withheld' },
  ...{ domain: '--domain', at: '--at', digits: '--digits', hangsUpAfterSeconds: '--hang-up' },
}

/** Those that name what they say something of. */
const NAMED_OPTIONS: Readonly<Record<string, string>> = {
  ...{ destinations: '--answer', webhooks: '--webhook', audioSeconds: '--audio' },
}

/** How the user wrote it. */
function optionOf([, field = '', name = '']: Path): string {
  const named = NAMED_OPTIONS[field]
  return named === undefined ? (OPTIONS[field] ?? '') : `${named} ${name}`
}

/** `NAME=FIRST,KEY=VALUE,…`; `form`: how it is written, for whoever does not. */
function parts(
  value: string,
  form: string,
): { name: string; first: string; rest: [key: string, value: string][] } {
  const [, name, first, rest = ''] = /^([^=]+)=([^,]*)(?:,(.*))?$/s.exec(value) ?? []
  if (name === undefined || first === undefined) throw new InvalidArgumentError(`Write ${form}.`)
  const pairs = rest === '' ? [] : rest.split(',').map((pair) => pair.split(/=(.*)/s, 2) as [string, string?])
  return { name, first, rest: pairs.map(([key, text]) => [key, text ?? '']) }
}

function addDestination(value: string, before: Named): Named {
  const { name, first, rest } = parts(value, 'DEST=OUTCOME, such as 215=busy')
  const fields: Named = { after: 'afterSeconds', talk: 'talkSeconds' }
  const times = rest.map(([key, text]) => {
    if (!Object.hasOwn(fields, key)) throw new InvalidArgumentError('Write after=SECONDS or talk=SECONDS.')
    return [fields[key], seconds(text)]
  })
  return { ...before, [name]: { outcome: first, ...(Object.fromEntries(times) as Named) } }
}

function addWebhook(value: string, before: Named): Named {
  const { name, first, rest } = parts(value, 'NAME=ANSWER, such as crm=ACK')
  const known = before[name]
  const isWord = rest.length === 0 && !/^(ack|nak|err)$/i.test(first)
  const answer = isWord ? first : answerOf(first, rest)
  const all = known === undefined ? answer : [known, answer].flat()
  return { ...before, [name]: all }
}

function answerOf(status: string, rest: readonly [string, string][]): Named {
  const fields = rest.map(([key, text]): [string, unknown] => {
    if (key === 'afterMs') return ['afterSeconds', seconds(text) / 1000]
    if (key === 'after') return ['afterSeconds', seconds(text)]
    return key === 'http' ? [key, seconds(text)] : [key, text]
  })
  return { status: status.toUpperCase(), ...Object.fromEntries(fields) }
}

function addAudio(value: string, before: Named): Named {
  const { name, first } = parts(value, 'NAME=SECONDS, such as sorry=8')
  return { ...before, [name]: seconds(first) }
}

function seconds(value: string): number {
  if (!/^\d+(\.\d+)?$/.test(value)) throw new InvalidArgumentError('Write a number, such as 4 or 0.5.')
  return Number(value)
}
