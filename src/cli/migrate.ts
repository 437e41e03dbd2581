/** `belplan migrate` */
import type { Command } from 'commander'
import { loadConfig } from '../config/index.ts'
import { databaseUrlFault } from '../util/database-url.ts'
import { BelplanError } from '../util/errors.ts'
import { GOOD, type Io } from './io.ts'

interface Options {
  readonly config?: string
  readonly store?: string
  readonly controllers?: string
  readonly reports?: string
}

const HELP = `
Run it before controllers of a new release are started; those of the release
before it run on meanwhile. Run again, it does nothing, and neither does it where
a later release has migrated already. It makes the schema
"belplan", so it needs a user who may do that; controllers need one who may not:
--controllers gives such a role what they need. A role has to be there already.
Give --controllers and --reports each time: a new release may have new tables,
on which the roles have no rights yet.

Example:
  BELPLAN_OWNER=postgres://owner:…@db.example/belplan \\
    belplan migrate --store env:BELPLAN_OWNER --controllers belplan \\
    --reports belplan_reports`

export function addMigrate(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('migrate')
    .description('brings the tables of the shared database to this release')
    .option('--config <file>', 'where the URL of the database is')
    .option('--store <url>', 'of the database, or env:NAME; else that of the configuration')
    .option('--controllers <role>', 'gets what controllers need')
    .option('--reports <role>', 'may read the records of calls, and nothing else')
    .addHelpText('after', HELP)
    .action(async (options: Options) => done(await migrateStore(options, io)))
}

async function migrateStore({ controllers, reports, ...options }: Options, io: Io): Promise<number> {
  const url = await urlOf(options, io)
  const { migrate } = await import('../postgres/index.ts')
  const { run } = await migrate(url, { controllers, reports }).catch((error: unknown) => {
    const { message } = error as Error
    throw new BelplanError('store', `the database is not migrated: ${message}`, [], error)
  })
  for (const name of run) io.out(`migrated: ${name}`)
  if (run.length === 0) io.out('nothing to migrate: this release works with the tables as they are')
  for (const role of [controllers, reports]) if (role !== undefined) io.out(`granted to ${role}`)
  return GOOD
}

async function urlOf({ config: file, store }: Options, { env, cwd }: Io): Promise<string> {
  if (store === undefined) {
    const config = await loadConfig({ env, cwd, ...(file !== undefined && { file }) })
    if (config.store) return config.store.reveal()
    throw new BelplanError('usage', 'the configuration has no store; give its URL with --store')
  }
  const name = store.startsWith('env:') ? store.slice('env:'.length) : undefined
  const url = name === undefined ? store : env[name]
  if (url === undefined || url === '')
    throw new BelplanError('usage', `the environment variable ${name} is not set`)
  const fault = databaseUrlFault(url)
  if (fault !== undefined) throw new BelplanError('usage', `--store ${fault}`)
  return url
}
