/** `belplan calls`: calls that have ended, a line each, or one as a time line. */
import type { Command } from 'commander'
import { loadConfig } from '../config/index.ts'
import { callFilter, type CallFilter, followCalls, timeOf, WANTED_ENDINGS } from '../history/index.ts'
import { BelplanError } from '../util/errors.ts'
import { callLine, timeLines } from './call-lines.ts'
import { callsAnywhere, recordAnywhere } from './calls-anywhere.ts'
import { addForget } from './forget.ts'
import { FAILED, GOOD, type Io } from './io.ts'
import { printLines } from './print-lines.ts'

interface Options {
  readonly config?: string
  readonly number?: string
  readonly caller?: string
  readonly plan?: string
  readonly ending?: string
  readonly since?: string
  readonly until?: string
  readonly limit?: string
  readonly follow?: boolean
  readonly json?: boolean
}

const HELP = `
The journal is that in the data folder of the configuration; it is read beside
the controllers, and without any. With "store" calls of all machines are listed;
--follow waits for those of this one. With an ID, or its first eight digits, one
call is shown as a time line. Numbers are written as people do, and a * behind
the beginning of one finds all that begin so. Times are in UTC.

Examples:
  belplan calls --caller 0612345678 --since 2026-11-22
  belplan calls --plan acme --ending callerHungUp --limit 20
  belplan calls --follow --number '+3150*'
  belplan calls 3a8a7ee0`

export function addCalls(program: Command, io: Io, done: (code: number) => void): void {
  const calls = program
    .command('calls')
    .description('lists calls that have ended, the newest first, or shows one')
    .argument('[id]', "FreeSWITCH's Unique-ID of a call, or its beginning")
    .option('--number <number>', 'that was called')
    .option('--caller <number>', 'who called')
    .option('--plan <plan>', 'a document, acme, or one of its plans, acme/main')
    .option('--ending <ending>', `one of ${WANTED_ENDINGS.join(', ')}`)
    .option('--since <time>', 'came in then or later: 2026-11-22, or 2026-11-22T15:38')
    .option('--until <time>', 'came in before that')
    .option('--limit <number>', 'how many; default: 100, before those that --follow waits for 10')
    .option('--follow', 'the oldest first, and then more as they end')
    .option('--json', 'one JSON object a line')
    .option('--config <file>', 'where the data is, and the country of numbers')
    .addHelpText('after', HELP)
    .action(async (id: string | undefined, options: Options) =>
      done(await (id === undefined ? list(options, io) : one(id, options, io))),
    )
  addForget(calls, io, done)
}

async function list(
  { config: file, limit, follow = false, json = false, ...asked }: Options,
  io: Io,
): Promise<number> {
  const config = await loadConfig({
    env: io.env,
    cwd: io.cwd,
    ...(file !== undefined && { file }),
  })
  const { data, defaultCountry } = config
  if (limit !== undefined && !/^[1-9]\d{0,5}$/.test(limit))
    throw new BelplanError('usage', '--limit is a number from 1 to 999999')
  const filter = filterOf(asked, defaultCountry)
  const print = (call: Parameters<typeof callLine>[0]) =>
    io.out(json ? JSON.stringify(call) : callLine(call, io))
  // Before they are listed: what ends meanwhile is in both, and not in none.
  const stop = new AbortController()
  const later = followCalls(data, filter, stop.signal)
  const most = Number(limit ?? (follow ? 10 : 100))
  const { calls } = await callsAnywhere(config, { ...filter, most }, io)
  if (!follow) {
    if (calls.length === 0 && !json) io.err('no such call is in the journal')
    calls.forEach(print)
    return GOOD
  }
  const unlisten = io.signals(() => stop.abort())
  try {
    calls.toReversed().forEach(print)
    const printed = new Set(calls.map(({ id }) => id))
    for await (const call of later) if (!printed.has(call.id)) print(call)
    return GOOD
  } finally {
    unlisten()
  }
}

function filterOf({ ending, ...asked }: Options, country: string | undefined): CallFilter {
  const known = WANTED_ENDINGS.find((one) => one === ending)
  if (ending !== undefined && known === undefined)
    throw new BelplanError('usage', `--ending is one of ${WANTED_ENDINGS.join(', ')}, not ${ending}`)
  return callFilter({ ...asked, ...(known && { ending: known }) }, country, msOf)
}

function msOf(field: string, written: string): number {
  const ms = timeOf(written)
  if (ms !== undefined) return ms
  throw new BelplanError(
    'usage',
    `--${field} is a day such as 2026-11-22, or a time such as 2026-11-22T15:38, not ${written}`,
  )
}

/** An id that is cut shorter than this is too many. */
const SHORTEST_ID = 4
const MOST_FOUND = 10

async function one(id: string, { config: file, json = false }: Options, io: Io): Promise<number> {
  const config = await loadConfig({ env: io.env, cwd: io.cwd, ...(file !== undefined && { file }) })
  if (id.length < SHORTEST_ID) throw new BelplanError('usage', `write more of the ID than ${id}`)
  const { calls: found, place } = await callsAnywhere(config, { id, most: MOST_FOUND }, io)
  const [first = { id }, ...others] = found
  if (others.length > 0 && !found.some((call) => call.id === id)) {
    io.err(`${id} is the beginning of several; write more of it`)
    for (const call of found) io.out(callLine(call, io))
    return FAILED
  }
  const record = await recordAnywhere(place, others.length > 0 ? id : first.id, io)
  if (json) io.out(JSON.stringify(record))
  else printLines(timeLines(record), io)
  return GOOD
}
