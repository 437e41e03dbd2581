/** `belplan plans push PATH` and `pull PATH`: plans in the database that controllers of several machines share. */
import { stat } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { pino } from 'pino'
import { openAudit } from '../audit/index.ts'
import { type Config, loadConfig } from '../config/index.ts'
import { type LoadedSet, loadSet, PlanSetError, type TestFile } from '../plan/index.ts'
import type { Pushed } from '../shared-plans/index.ts'
import { faultsInTests, judge, testModule } from '../trial/index.ts'
import { BelplanError } from '../util/errors.ts'
import { printChanges } from './diff.ts'
import { GOOD, type Io } from './io.ts'
import { planOptions } from './plan-set.ts'

interface Options {
  readonly config?: string
  readonly dryRun?: boolean
  readonly replaces?: string
}

const PUSH_HELP = `
The folder is all of the plan set: documents that are in the database and not in
the folder are taken away. It is checked as belplan validate --config does, and
by its tests where the configuration requires them. Controllers serve it within
a second; where an earlier revision was rolled back to, after a reload.

Examples:
  belplan plans push plans --config /etc/belplan/a.json --dry-run
  belplan plans push plans --config /etc/belplan/a.json --replaces 5f0c3a9be214`

const PULL_HELP = `
Documents and tests in the folder that do not serve are removed; other files
stay. Say git diff to see what was published since.

Example:
  belplan plans pull plans --config /etc/belplan/a.json`

export function addPlans(program: Command, io: Io, done: (code: number) => void): void {
  const plans = program.command('plans').description('publishes plans to all controllers, and fetches them')
  plans
    .command('push')
    .description('publishes a folder as one revision, to all controllers that share the database')
    .argument('<path>', 'a folder of documents and their tests')
    .option('--config <file>', 'where the URL of the database is, and what documents may claim')
    .option('--dry-run', 'publishes nothing, and says what would change')
    .option('--replaces <revision>', 'publishes only where this is the newest revision')
    .addHelpText('after', PUSH_HELP)
    .action(async (path: string, options: Options) => done(await push(path, options, io)))
  plans
    .command('pull')
    .description('writes the documents that serve, and their tests, into a folder')
    .argument('<path>', 'the folder, which is made where it is not there')
    .option('--config <file>', 'where the URL of the database is')
    .addHelpText('after', PULL_HELP)
    .action(async (path: string, options: Options) => done(await pull(path, options, io)))
}

function urlOf({ store }: Config): string {
  if (store) return store.reveal()
  throw new BelplanError('usage', 'the configuration has no store; plans are read from its folder')
}

async function push(
  path: string,
  { config: file, dryRun = false, replaces }: Options,
  io: Io,
): Promise<number> {
  const { config, options } = await planOptions(file, io)
  const url = urlOf(config)
  const folder = resolve(io.cwd, path)
  // All other documents would be taken away.
  if ((await stat(folder).catch(() => undefined))?.isFile())
    throw new BelplanError('usage', `${path} is a single document; push the folder of the whole plan set`)
  const judgeTests = judgeOf(config, io)
  const tests: TestFile[] = []
  const set = await loadSet(folder, {
    ...options,
    // All of the set, wherever it lies.
    set: folder,
    judge(loaded, found) {
      tests.push(...found)
      return judgeTests(loaded, found)
    },
  })
  if (set.errors.length > 0) throw new PlanSetError(path, set.errors, set.warnings)
  const { pushPlans } = await import('../shared-plans/index.ts')
  const by = { author: userInfo().username, controller: hostname() }
  const { defaultCountry } = config
  const pushed = await pushPlans({
    ...{ url, path: folder, set, tests, dryRun, replaces, ...by },
    ...(defaultCountry !== undefined && { defaultCountry }),
  })
  if (!dryRun && pushed.files.length > 0) await audit(config, pushed, io)
  print(pushed, dryRun, io)
  return GOOD
}

/** Files that are no tests are refused in any case, those that fail where they must pass. */
function judgeOf(config: Config, { version }: Io) {
  const { options } = testModule(config, version)
  return (set: LoadedSet, tests: readonly TestFile[]) =>
    !config.requireTests
      ? Promise.resolve(faultsInTests(set, tests))
      : judge(set, tests, options as Parameters<typeof judge>[2], { dryRun: true })
}

async function audit({ data }: Config, { previous, revision, files }: Pushed, io: Io): Promise<void> {
  const log = pino({ level: 'error' }, { write: (line: string) => io.err(line.trimEnd()) })
  await openAudit({ data, controller: hostname, log }).write({
    ...{ user: userInfo().username, what: 'push', to: revision },
    documents: [...new Set(files.map(({ name }) => name))],
    ...(previous !== undefined && { from: previous }),
    outcome: previous === revision ? 'unchanged' : 'changed',
  })
}

function print({ changes, more, files, revision, isPinned }: Pushed, dryRun: boolean, io: Io): void {
  const tests = files.filter(({ part }) => part === 'tests').length
  if (files.length === 0) return io.out(`nothing is different; the newest revision is ${revision}`)
  if (changes.length > 0) printChanges(changes, io)
  if (more) io.out('and more')
  if (tests > 0) io.out(`tests of ${tests} ${tests === 1 ? 'document' : 'documents'} are different`)
  if (dryRun) return io.out(`this would be revision ${revision}; nothing is published`)
  io.out(`published as revision ${revision}`)
  if (isPinned) io.err('an earlier revision was rolled back to, and serves until a reload')
}

async function pull(path: string, { config: file }: Options, io: Io): Promise<number> {
  const { env, cwd } = io
  const config = await loadConfig({ env, cwd, ...(file !== undefined && { file }) })
  const { pullPlans } = await import('../shared-plans/index.ts')
  const { revision, written, removed } = await pullPlans({ url: urlOf(config), path: resolve(cwd, path) })
  for (const name of written) io.out(`written: ${name}`)
  for (const name of removed) io.out(`removed: ${name}`)
  io.out(`${path} has revision ${revision}`)
  return GOOD
}
