/** `belplan replay CALL-ID` */
import type { Command } from 'commander'
import { grantEntries } from '../config/index.ts'
import { createGrants, restoreSet } from '../plan/index.ts'
import { createReplays, replayLines, type ReplayReport } from '../replay/index.ts'
import { REVISION } from '../syntax/index.ts'
import { operatorOf } from '../trial/index.ts'
import { recordAnywhere } from './calls-anywhere.ts'
import { GOOD, type Io } from './io.ts'
import { comparing, noRevision, type PlanOptions, planOptions, readPlanSet } from './plan-set.ts'
import { printLines } from './print-lines.ts'

interface Options {
  readonly against?: string
  readonly config?: string
  readonly json?: boolean
}

const PARTED = 1

const HELP = `
The journal and the revisions are those in the data folder of the configuration.
The call is walked again with what came from outside as its record has it: what
webhooks answered, what became of each ring, whether entries were good, when the
caller hung up. Nobody is called, and no server is asked. What the record does
not know is said, with what is assumed in its place.
A revision is 12 hex digits; a folder with such a name is ./NAME.
Exit code 0: the same; 1: they part; 2: the call cannot be replayed.

Examples:
  belplan replay 3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49
  belplan replay 3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49 --against plans`

export function addReplay(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('replay')
    .description(
      'walks a call of the journal again, and says where another plan set would have gone otherwise',
    )
    .argument('<call-id>', "FreeSWITCH's Unique-ID of the call")
    .option('--against <path|revision>', 'another plan set or revision than the one that the call had')
    .option('--config <file>', 'where the data folder is, and the operator’s part in the other plan set')
    .option('--json', 'all of it as one JSON object')
    .addHelpText('after', HELP)
    .action(async (id: string, options: Options) => done(await replay(id, options, io)))
}

async function replay(id: string, { against, config: file, json }: Options, io: Io): Promise<number> {
  const options = await planOptions(file, io)
  return comparing(async () => {
    const report = await reportOf(id, against, options, io)
    if (json) io.out(JSON.stringify(report))
    else printLines(replayLines(report), io)
    return report.isSame ? GOOD : PARTED
  })
}

async function reportOf(
  id: string,
  against: string | undefined,
  options: PlanOptions,
  io: Io,
): Promise<ReplayReport> {
  const { config } = options
  const { data, defaultCountry } = config
  const record = await recordAnywhere(config, id, io)
  const byRevision = async (revision: string) =>
    config.store
      ? (await import('../shared-plans/index.ts')).readKeptSet({ data, revision, defaultCountry })
      : restoreSet(data, revision, config)
  if (against === undefined) {
    const grants = createGrants(grantEntries(config), defaultCountry)
    return createReplays({ config, grants }).run(record, { byRevision })
  }
  const isRevision = REVISION.test(against)
  const other = isRevision ? await byRevision(against) : await readPlanSet(against, options, io)
  if (other === undefined) throw noRevision(against, config)
  return createReplays(operatorOf(config, other)).run(record, { byRevision }, other)
}
