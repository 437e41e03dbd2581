/** `belplan call`: a test call without a telephone, placed by the simulator. */
import { randomUUID } from 'node:crypto'
import { InvalidArgumentError, type Command } from 'commander'
import { loadConfig } from '../config/index.ts'
import { BelplanError } from '../util/errors.ts'
import {
  type CallScript,
  type Party,
  PARTY_OUTCOMES,
  placeCall,
  endLine,
  type Queue,
  QUEUE_OUTCOMES,
  type Target,
  timelineJson,
  timelineLine,
} from '../simulator/index.ts'
import { GOOD, type Io } from './io.ts'

interface Options {
  readonly did: string
  readonly caller?: string
  readonly name?: string
  readonly domain: string
  readonly digits: readonly string[]
  readonly answer: Readonly<Record<string, Party>>
  readonly queue: Readonly<Record<string, Queue>>
  readonly hangUp?: number
  readonly to?: Target
  readonly config?: string
  readonly json?: boolean
}

/** A dialplan has more; a test call reports sooner that no controller listens. */
const ATTEMPTS = 3

/** A controller sends its first command at once; other servers wait for the client. */
const FIRST_COMMAND_MS = 2000

const HELP = `
The controller walks the plan as it would for a caller: your real webhooks are
asked, "missed" included, and the journal gets a record. Ringing and time to key
digits pass as they would; prompts take no time. The call's id is what GET
/calls/ID of the API knows it by.

Examples:
  belplan call --did +31502100000 --answer 215=busy --answer 216=answered,5
  belplan call --did +31502100000 --digits '1111#' --digits '' --digits '2468#'
  belplan call --did +31502100000 --hang-up 4`

export function addCall(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('call')
    .description('places a test call with a running controller, playing the part of FreeSWITCH')
    .requiredOption('--did <number>', 'the dialled number, as a carrier delivers it')
    .option('--caller <number>', "the caller's number; '' or anonymous for none", '+31612345678')
    .option('--name <text>', 'the display name of the caller')
    .option('--domain <name>', 'what FreeSWITCH says its domain is', 'pbx.example')
    .option(
      '--digits <keys>',
      "one entry, # included; '' keys nothing; again for each further entry",
      append,
      [],
    )
    .option(
      '--answer <dest=outcome>',
      'how a destination behaves, for how long with ,SECONDS; others do not answer',
      addParty,
      {},
    )
    .option(
      '--queue <name=outcome>',
      'what becomes of the caller in a queue, after ,SECONDS; in others they wait',
      addQueue,
      {},
    )
    .option('--hang-up <seconds>', 'the caller gives up so long after the call came in', duration)
    .option(
      '--to <host:port>',
      "where the controller listens for FreeSWITCH, not the API's port [esl of the configuration]",
      target,
    )
    .option('--config <file>', 'the configuration of the controller')
    .option('--json', 'one JSON object a line; the last one has the id')
    .addHelpText('after', HELP)
    .action(async (options: Options) => done(await call(options, io)))
}

async function call(options: Options, io: Io): Promise<number> {
  const { did, caller, name, domain, digits, answer, queue, hangUp, json } = options
  const to = options.to ?? (await listening(options.config, io))
  const id = randomUUID()
  let [connected, commanded] = [false, false]
  const script: CallScript = {
    id,
    did,
    domain,
    digits,
    answers: answer,
    queues: queue,
    attempts: ATTEMPTS,
    firstCommandMs: FIRST_COMMAND_MS,
    ...(caller !== undefined && { caller }),
    ...(name !== undefined && { name }),
    ...(hangUp !== undefined && { hangUp: { when: { afterMs: hangUp } } }),
    observe: (entry) => {
      commanded ||= entry.type === 'command'
      connected ||= entry.type === 'connected'
      const line = json ? timelineJson(entry) : timelineLine(entry, io)
      if (line !== undefined) io.out(line)
    },
  }
  if (!json) io.out(`call ${id}`)
  const { variables: _, ...result } = await placeCall(to, script)
  io.out(json ? JSON.stringify({ type: 'end', ...result }) : endLine(result, io))
  if (connected && !commanded) {
    const port = 'name the port for FreeSWITCH (esl.port, 8084 by default), not that of the API'
    const refused = 'or this machine is not in esl.allow, which the log of the controller says'
    throw new BelplanError(
      'disconnected',
      `no controller answers on ${to.host}:${to.port}: ${port}; ${refused}`,
    )
  }
  if (!connected) {
    throw new BelplanError(
      'disconnected',
      `nothing listens on ${to.host}:${to.port}; start the controller, or name where it is with --to HOST:PORT`,
    )
  }
  if (result.ended === 'lost') {
    throw new BelplanError('disconnected', `no controller on ${to.host}:${to.port} took the call to its end`)
  }
  // A caller who sits in silence for ever is among them.
  if (result.violations.length > 0) {
    throw new BelplanError('protocol', `the call went wrong: ${result.violations.join('; ')}`)
  }
  return GOOD
}

/** Where the controller of a configuration listens; on all addresses, it does so on that of this machine, too. */
async function listening(file: string | undefined, { env, cwd }: Io): Promise<Target> {
  const { esl } = await loadConfig({ env, cwd, ...(file !== undefined && { file }) })
  const own = new Map([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
  ])
  return { host: own.get(esl.host) ?? esl.host, port: esl.port }
}

const append = (value: string, before: readonly string[]): readonly string[] => [...before, value]

/** `seconds` is the talk of an answered call, and the wait before any other outcome. */
function addParty(value: string, before: Options['answer']): Options['answer'] {
  const [, destination, outcome, seconds] =
    /^(\+?[0-9*#]+)=([A-Za-z]+)(?:,(\d+(?:\.\d+)?))?$/.exec(value) ?? []
  const known = PARTY_OUTCOMES.find((one) => one === outcome)
  if (destination === undefined || known === undefined) {
    throw new InvalidArgumentError(
      `Write DEST=OUTCOME or DEST=OUTCOME,SECONDS, with one of ${PARTY_OUTCOMES.join(', ')}.`,
    )
  }
  const ms = seconds === undefined ? undefined : Number(seconds) * 1000
  const party = {
    outcome: known,
    ...(ms !== undefined && (known === 'answered' ? { talkMs: ms } : { afterMs: ms })),
  }
  return { ...before, [destination]: party }
}

/** `seconds` is the wait. */
function addQueue(value: string, before: Options['queue']): Options['queue'] {
  const [, name, outcome, seconds] = /^([^=]+)=([A-Za-z]+)(?:,(\d+(?:\.\d+)?))?$/.exec(value) ?? []
  const known = QUEUE_OUTCOMES.find((one) => one === outcome)
  if (name === undefined || known === undefined) {
    throw new InvalidArgumentError(
      `Write NAME=OUTCOME or NAME=OUTCOME,SECONDS, with one of ${QUEUE_OUTCOMES.join(', ')}.`,
    )
  }
  const queue = { outcome: known, ...(seconds !== undefined && { afterMs: Number(seconds) * 1000 }) }
  return { ...before, [name]: queue }
}

/** Seconds to milliseconds. */
function duration(value: string): number {
  if (!/^\d+(\.\d+)?$/.test(value)) throw new InvalidArgumentError('Write seconds, such as 4 or 0.5.')
  return Number(value) * 1000
}

function target(value: string): Target {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(value) ?? []
  if (host === undefined || Number(port) > 65535)
    throw new InvalidArgumentError('Write HOST:PORT, such as 127.0.0.1:8084.')
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
}
