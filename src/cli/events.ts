/** `belplan events` */
import type { Command } from 'commander'
import pc from 'picocolors'
import { loadConfig } from '../config/index.ts'
import { type ListedEvent, readEvents } from '../events/index.ts'
import { BelplanError } from '../util/errors.ts'
import { printable } from '../util/printable.ts'
import { GOOD, type Io } from './io.ts'
import { wrap } from './wrap.ts'

interface Options {
  readonly config?: string
  readonly state?: string
  readonly document?: string
  readonly most: string
  readonly json?: boolean
}

const STATES = ['waiting', 'givenUp'] as const

const HELP = `
One that was given up is tried again with POST /events/ID/retry.

Examples:
  belplan events --state givenUp
  belplan events --document acme --json`

export function addEvents(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('events')
    .description('lists the events of calls that wait for their delivery, or were given up')
    .option('--config <file>', 'where the data is')
    .option('--state <state>', `one of ${STATES.join(', ')}; default: both`)
    .option('--document <name>', 'of this document alone')
    .option('--most <number>', 'how many, the oldest first', '100')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', HELP)
    .action(async (options: Options) => done(await events(options, io)))
}

async function events({ config: file, state, document, most, json }: Options, io: Io): Promise<number> {
  const wanted = STATES.find((one) => one === state)
  if (state !== undefined && wanted === undefined)
    throw new BelplanError('usage', `--state is one of ${STATES.join(', ')}, not ${state}`)
  if (!/^[1-9]\d{0,5}$/.test(most)) throw new BelplanError('usage', '--most is a number from 1 to 999999')
  const { data } = await loadConfig({ env: io.env, cwd: io.cwd, ...(file !== undefined && { file }) })
  const documents = document === undefined ? undefined : [document]
  const listed = await readEvents(data, { state: wanted, documents, most: Number(most) })
  if (json) for (const event of listed) io.out(JSON.stringify(event))
  else if (listed.length === 0) io.out('no events wait, and none was given up')
  else for (const event of listed) linesOf(event, io).forEach(io.out)
  return GOOD
}

function linesOf(
  { id, state, event, callid, document, webhook, since, tries, next, error }: ListedEvent,
  io: Io,
): string[] {
  const { red, yellow } = pc.createColors(io.colour)
  const what = state === 'givenUp' ? red('given up') : yellow('waiting ')
  const tried = tries === 0 ? 'not tried yet' : `tried ${tries === 1 ? 'once' : `${tries} times`}`
  const told = `${event} of ${callid} to ${document}/${webhook}, ${tried}`
  const when = next === undefined ? '' : `, next ${next}`
  const why = error === undefined ? '' : `: ${error}`
  return [`${what} ${id} ${since}`, ...wrap(printable(`${told}${when}${why}`), '  ')]
}
