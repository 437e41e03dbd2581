/** `belplan diff A B` */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import pc from 'picocolors'
import { type Config, loadConfig } from '../config/index.ts'
import { type Change, compareSets, type ComparedDocument, readRevision, readSet } from '../plan/index.ts'
import { REVISION } from '../syntax/index.ts'
import { printable } from '../util/printable.ts'
import { GOOD, type Io } from './io.ts'
import { comparing, noRevision } from './plan-set.ts'
import { wrap } from './wrap.ts'

interface Options {
  readonly config?: string
  readonly json?: boolean
}

const DIFFERENT = 1

const HELP = `
A and B are a folder of documents, a single document, or a revision (12 hex
digits) that the controller kept in its data folder; a folder with such a name
is ./NAME. Two single documents are compared as one, whatever their names.
Exit code 0: the same; 1: different; 2: they cannot be compared.

Examples:
  belplan diff plans.old plans
  belplan diff 5f0c3a9be214 plans --config belplan.json`

export function addDiff(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('diff')
    .description('says in sentences what is different in another plan set')
    .argument('<a>', 'a plan set or a revision')
    .argument('<b>', 'that which came after it')
    .option('--config <file>', 'where the data folder with the revisions is, and the country of numbers')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', HELP)
    .action(async (a: string, b: string, options: Options) => done(await diff(a, b, options, io)))
}

async function diff(a: string, b: string, { config: file, json }: Options, io: Io): Promise<number> {
  const { env, cwd } = io
  const config = await loadConfig({ env, cwd, ...(file !== undefined && { file }) })
  return comparing(async () => {
    const before = await read(a, config, cwd)
    const after = await read(b, config, cwd)
    const changes = compareSets(before, await asThe(before, a, after, b, cwd))
    if (json) return printJson(changes, io)
    if (printChanges(changes, io)) return DIFFERENT
    io.out('no difference')
    return GOOD
  })
}

async function read(what: string, config: Config, cwd: string): Promise<ComparedDocument[]> {
  const { data, store, defaultCountry } = config
  const options = defaultCountry === undefined ? {} : { defaultCountry }
  if (!REVISION.test(what)) return readSet(resolve(cwd, what), options)
  const documents = store
    ? (await import('../shared-plans/index.ts')).readKeptDocuments({ data, revision: what, ...options })
    : await readRevision(data, what, options)
  if (documents !== undefined) return documents
  throw noRevision(what, config)
}

/** Two single documents are two forms of one. */
async function asThe(
  before: readonly ComparedDocument[],
  a: string,
  after: readonly ComparedDocument[],
  b: string,
  cwd: string,
): Promise<readonly ComparedDocument[]> {
  const isFile = async (path: string) => (await stat(resolve(cwd, path)).catch(() => undefined))?.isFile()
  if (!(await isFile(a)) || !(await isFile(b))) return after
  const name = before[0]!.name
  return after.map((document) => ({ ...document, name }))
}

function printJson(changes: Iterable<Change>, io: Io): number {
  let code = GOOD
  for (const change of changes) {
    io.out(JSON.stringify(change))
    code = DIFFERENT
  }
  return code
}

/** Whether there were any. */
export function printChanges(changes: Iterable<Change>, { out, colour }: Io): boolean {
  const { bold } = pc.createColors(colour)
  let last: string | undefined
  for (const { document, sentence } of changes) {
    if (document !== last) out(bold(document))
    last = document
    wrap(printable(sentence), '  ').forEach(out)
  }
  return last !== undefined
}
