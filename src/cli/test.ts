/** `belplan test PATH` */
import { stat, watch } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { readTestFiles } from '../plan/index.ts'
import { type CaseFileResult, createCoverage, runCases } from '../trial/index.ts'
import { BelplanError } from '../util/errors.ts'
import { FAILED, GOOD, type Io } from './io.ts'
import { isRun, junit, printFile, printSummary, type TestRun, walkedShare } from './test-report.ts'
import { placeOf, setUpTrials } from './trials.ts'

interface Options {
  readonly config?: string
  readonly filter?: string
  readonly reporter: 'text' | 'junit'
  /** The least share of steps and branches in percent, or whether to say what was not walked. */
  readonly coverage?: number | true
  readonly watch?: boolean
}

const HELP = `
Tests stand in acme.test.json beside acme.json: calls, and what must come of
them (docs/plan-tests.md). No case asks a server or calls anybody.
Exit code 0: all pass; 1: some fail, or less is walked than --coverage wants;
2: wrong use.

Examples:
  belplan test plans
  belplan test plans --filter 'known caller' --watch
  belplan test plans --coverage 100
  belplan test plans --reporter junit > results.xml`

export function addTest(program: Command, io: Io, done: (code: number) => void): void {
  program
    .command('test')
    .description('runs the tests of call plans')
    .argument('<path>', 'a folder of documents and their tests, or a single document')
    .option('--filter <text>', 'only cases whose name holds this text')
    .addOption(
      new Option('--reporter <form>', 'text for people, junit for CI')
        .choices(['text', 'junit'])
        .default('text'),
    )
    .option(
      '--coverage [percent]',
      'says which steps and branches no case walks; at least so many must be',
      percent,
    )
    .option('--watch', 'runs them again whenever a file changes, until it is interrupted')
    .option('--config <file>', 'tests against this configuration, too: routes and grants')
    .addHelpText('after', HELP)
    .action(async (path: string, options: Options) => done(await test(path, options, io)))
}

async function test(path: string, options: Options, io: Io): Promise<number> {
  // The tests themselves may be named as well.
  const documents = path.replace(/\.test\.json$/, '.json')
  return options.watch ? watching(documents, options, io) : once(documents, options, io)
}

async function once(path: string, options: Options, io: Io): Promise<number> {
  const began = performance.now()
  const { filter, reporter, coverage } = options
  const { config, set, trials, close } = await setUpTrials(path, options, io)
  const absolute = resolve(io.cwd, path)
  const files = await readTestFiles(absolute, config.file === undefined ? undefined : config.plans)
  if (files.length === 0) {
    const example = path.endsWith('.json') ? path.replace(/json$/, 'test.json') : `${path}/acme.test.json`
    throw new BelplanError('usage', `there are no tests in ${path}; write some into ${example}`)
  }
  const results: CaseFileResult[] = []
  const place = placeOf(path, options.config)
  const { defaultCountry } = config
  const wanted = (name: string) => filter === undefined || name.includes(filter)
  // As they are called in what was asked for.
  const [from, to] = [absolute, path.replace(/\/+$/, '')].map((one) => one.replace(/\.json$/, ''))
  for (const file of files) {
    const named = { ...file, file: file.file.replace(from!, to!) }
    const result = await runCases(named, { set, trials, wanted, place, defaultCountry })
    results.push(result)
    if (reporter === 'text' && isRun(result)) printFile(result, io)
  }
  await close()
  if (!results.some(isRun)) throw new BelplanError('usage', `no case has "${filter ?? ''}" in its name`)
  const tested = new Set(files.map(({ document }) => document))
  const untested = [...set.documents.keys()].filter((document) => !tested.has(document))
  const run: TestRun = {
    results,
    untested: untested.map((document) => ({
      document,
      covered: createCoverage(set.compiled(document)!).result(),
    })),
    ms: performance.now() - began,
  }
  if (reporter === 'junit') io.out(junit(run))
  else printSummary(run, coverage, io)
  return isGood(run, coverage) ? GOOD : FAILED
}

function isGood(run: TestRun, coverage: Options['coverage']): boolean {
  const failed = run.results.some(
    ({ faults, cases }) => faults.length > 0 || cases.some(({ failures }) => failures.length > 0),
  )
  return !failed && (typeof coverage !== 'number' || walkedShare(run) >= coverage)
}

/** Resolves when the process is to end. What is wrong meanwhile is printed, and the next change tried. */
async function watching(path: string, options: Options, io: Io): Promise<number> {
  const stopped = new AbortController()
  const unlisten = io.signals(() => stopped.abort())
  // From before the first run: what changes meanwhile is seen, too.
  const changed = changes(resolve(io.cwd, path), stopped.signal)
  try {
    for (let code = FAILED, next = changed.next(); ; next = changed.next()) {
      code = await onceOrSay(path, options, io)
      if ((await next).done) return code
      io.out('')
    }
  } finally {
    unlisten()
  }
}

async function onceOrSay(path: string, options: Options, io: Io): Promise<number> {
  try {
    return await once(path, options, io)
  } catch (error) {
    if (!(error instanceof BelplanError)) throw error
    io.err(`belplan: ${error.message}`)
    error.details.forEach((detail) => io.err(detail))
    return FAILED
  }
}

/** An editor writes a file in several steps. */
const SETTLED_MS = 100

/** Yields when something has changed below `path` and nothing more does. */
async function* changes(path: string, signal: AbortSignal): AsyncGenerator<void> {
  const folder = (await stat(path)).isDirectory() ? path : dirname(path)
  let changed = Promise.withResolvers<undefined>()
  async function listen(): Promise<void> {
    for await (const { filename } of watch(folder, { recursive: true, signal }))
      if (filename?.endsWith('.json') ?? true) changed.resolve(undefined)
  }
  const ended = listen().catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  for (;;) {
    await Promise.race([changed.promise, ended])
    if (signal.aborted) return
    await delay(SETTLED_MS)
    changed = Promise.withResolvers<undefined>()
    yield
  }
}

function percent(value: string): number {
  if (!/^\d{1,3}(\.\d+)?$/.test(value) || Number(value) > 100)
    throw new InvalidArgumentError('Write a percentage, such as 90.')
  return Number(value)
}
