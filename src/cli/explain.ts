/** `belplan explain NUMBER [PATH]` */
import { type Command, Option } from 'commander'
import pc from 'picocolors'
import { type Language, LANGUAGES, type PlanSet, treesOf } from '../plan/index.ts'
import { printable } from '../util/printable.ts'
import { FAILED, GOOD, type Io } from './io.ts'
import { configuredPlans, planOptions, readPlanSet } from './plan-set.ts'
import { treeLines } from './tree-lines.ts'
import { wrap } from './wrap.ts'

interface Options {
  readonly config?: string
  readonly domain?: string
  readonly language: Language
  readonly json?: boolean
}

const HELP = `
With "store" the plans are in the database, and PATH has to be named: belplan
plans pull writes what serves into a folder.
Exit code 0: a plan was found; 1: none, or the set does not validate.

Examples:
  belplan explain 0502100000
  belplan explain 215 plans/acme.json --domain acme.example
  belplan explain 0502100000 --language nl`

export function addExplain(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('explain')
    .description('says which plan a number finds and why, and what happens to the call')
    .argument('<number>', 'the dialled number, as a carrier delivers it')
    .argument('[path]', 'a plan set; default: that of the configuration')
    .option('--config <file>', 'where the plan set is, and the country of numbers')
    .option('--domain <name>', 'the domain that it was dialled in')
    .addOption(
      new Option('--language <language>', 'of what happens to the call').choices(LANGUAGES).default('en'),
    )
    .option('--json', 'on one line, as JSON')
    .addHelpText('after', HELP)
    .action(async (number: string, path: string | undefined, options: Options) =>
      done(await explain(number, path, options, io)),
    )
}

async function explain(
  number: string,
  path: string | undefined,
  { config: file, domain, language, json }: Options,
  io: Io,
): Promise<number> {
  const options = await planOptions(file, io)
  const set = await readPlanSet(path ?? configuredPlans(options.config), options, io)
  const explanation = set.explain(number, domain)
  const { match } = explanation
  const trees = match ? treesOf(set.compiled(match.document)!, match.plan, language) : []
  if (json) io.out(JSON.stringify({ ...explanation, ...(match && { plans: trees }) }))
  else {
    for (const line of wayTo(number, explanation, io)) io.out(line)
    for (const tree of trees) for (const line of treeLines(tree, io, language)) io.out(line)
  }
  return match ? GOOD : FAILED
}

const KINDS = {
  exact: 'the number itself',
  prefix: 'the longest prefix of it',
  rest: 'for everything else',
}

/** How the number finds its plan, or finds none. */
function* wayTo(
  number: string,
  { forms, domain, match, near }: ReturnType<PlanSet['explain']>,
  { colour }: Io,
): Generator<string> {
  const { bold, dim, green, red } = pc.createColors(colour)
  const shown = printable(number)
  if (match) yield bold(`${shown} leads to the plan ${match.plan} of ${match.document}`)
  else yield bold(red(`${shown} leads nowhere`))
  yield* labelled(dim('tried'), printable(forms.join(', ')))
  if (domain !== undefined) yield* labelled(dim('in   '), printable(domain))
  if (match) yield* labelled(green('won  '), printable(`${match.entry}: ${KINDS[match.kind]}`))
  for (const { document, plan, entry, why } of near)
    yield* labelled(dim('near '), printable(`${entry} of ${document} ${plan}: ${why}`))
}

/** The label has five characters. */
function labelled(label: string, text: string): string[] {
  return wrap(text, ' '.repeat(9), { hang: '' }).map((line, i) =>
    i === 0 ? `  ${label}  ${line.slice(9)}` : line,
  )
}
