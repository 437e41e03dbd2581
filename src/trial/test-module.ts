/**
 * Tests, for the process that loads sets: `judge` says of a whole set whether they pass, since documents whose tests fail may be
 * as if they did not validate, and `runTests` what became of those of one document. Everything here comes from
 * another process, so it is plain data.
 */
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createHash } from 'node:crypto'
import { type Config, grantEntries } from '../config/index.ts'
import {
  createGrants,
  type Finding,
  type GrantEntries,
  type JudgeLimits,
  type LoadedSet,
  planSetOf,
  type RunTests,
  type TestFile,
  type TestModule,
} from '../plan/index.ts'
import { compileRoute, type Route, type RouteEntry } from '../routing/index.ts'
import { replaceFile } from '../util/replace-file.ts'
import { readCases } from './cases/case-file.ts'
import { type CaseFileResult, runCases } from './cases/run-cases.ts'
import { testedOf } from './cases/tested.ts'
import { createTrials, type Trials, type TrialsOptions } from './trial.ts'

/** The operator's part, as it can be sent to another process. */
interface OperatorEntries extends Omit<TrialsOptions['config'], 'routes' | 'checkpointSecret'> {
  readonly routes: readonly RouteEntry[]
  readonly grants: GrantEntries
}

interface ModuleOptions {
  readonly operator: OperatorEntries
  /** Where it is kept which tests have passed, so that those of documents that did not change are not run again. */
  readonly passedFile: string
  readonly version: string
}

/** Tests say what customers ask and ring. */
const OWNER_ONLY = 0o600

function operatorEntries(config: Config, grants: GrantEntries): OperatorEntries {
  const { routes, noPlanCause, limits, webhooks, defaultCountry, timezone } = config
  return {
    ...{ noPlanCause, limits, webhooks, grants },
    ...(defaultCountry !== undefined && { defaultCountry }),
    ...(timezone !== undefined && { timezone }),
    routes: routes.map(entryOf),
  }
}

function entryOf(route: Route): RouteEntry {
  const match = route.match.pattern()
  if (route.kind === 'deny') return { match, deny: route.deny }
  const { dial, maxSeconds } = route
  return { match, dial, ...(maxSeconds !== undefined && { maxSeconds }) }
}

/** For the process that loads sets: TypeScript beside the sources, JavaScript beside the build. */
export function testModule(config: Config, version: string): TestModule {
  const options: ModuleOptions = {
    operator: operatorEntries(config, grantEntries(config)),
    passedFile: join(config.data, 'tests-passed'),
    version,
  }
  return { module: import.meta.url, options }
}

/** Documents whose tests fail, each with what is wrong. */
export async function judge(
  loaded: Pick<LoadedSet, 'documents' | 'revision'>,
  tests: readonly TestFile[],
  { operator, passedFile, version }: ModuleOptions,
  { onCheck, dryRun = false }: JudgeLimits = {},
): Promise<ReadonlyMap<string, readonly Finding[]>> {
  const { defaultCountry } = operator
  const set = planSetOf(loaded, defaultCountry)
  const trials = trialsOf({ operator, version })
  const rules = JSON.stringify([version, operator])
  const contents = new Map(loaded.documents.map(({ name, canonical }) => [name, canonical]))
  const passed = await openPassed(passedFile, !dryRun)
  const failing = new Map<string, readonly Finding[]>()
  for (const test of tests) {
    // Tests of a document that is not there, or is held back, are no reason to refuse the others.
    const content = contents.get(test.document)
    if (content === undefined) continue
    const key = sha256(rules, content, test.contents)
    if (passed.has(key)) continue
    await onCheck?.(test.document)
    const findings = await findingsOf(test)
    await onCheck?.()
    if (findings.length === 0) await passed.add(key)
    else failing.set(test.document, findings)
  }
  await passed.close()
  return failing

  async function findingsOf(test: TestFile): Promise<Finding[]> {
    const result = await runCases(test, { set, trials, defaultCountry })
    const { document, file, cases } = result
    return [
      ...faultsOf(result),
      ...cases.flatMap(({ name, failures }) =>
        failures.map(({ line, column, pointer, message }) => ({
          ...{ document, file, line, column, pointer },
          message: `the test "${name}" fails: ${message}`,
        })),
      ),
    ]
  }
}

/** As `judge`, of files that are no tests: no case is run. */
export function faultsInTests(
  { documents }: Pick<LoadedSet, 'documents'>,
  tests: readonly TestFile[],
): ReadonlyMap<string, readonly Finding[]> {
  const names = new Set(documents.map(({ name }) => name))
  const unusable = new Map<string, readonly Finding[]>()
  for (const { document, file, contents } of tests) {
    if (!names.has(document)) continue
    const { faults } = readCases(contents)
    if (faults.length > 0) unusable.set(document, faultsOf({ document, file, faults }))
  }
  return unusable
}

/** What became of the tests of the one document in `loaded`. */
export async function runTests(
  loaded: Parameters<RunTests>[0],
  tests: TestFile,
  { operator, version }: ModuleOptions,
): ReturnType<RunTests> {
  const { defaultCountry } = operator
  const set = planSetOf(loaded, defaultCountry)
  const result = await runCases(tests, { set, trials: trialsOf({ operator, version }), defaultCountry })
  return result.faults.length > 0 ? { faults: faultsOf(result) } : { tested: testedOf(result) }
}

function trialsOf({ operator, version }: Pick<ModuleOptions, 'operator' | 'version'>): Trials {
  const { grants, routes, defaultCountry } = operator
  return createTrials({
    config: { ...operator, routes: routes.map(compileRoute) },
    grants: createGrants(grants, defaultCountry),
    version,
  })
}

function faultsOf({
  document,
  file,
  faults,
}: Pick<CaseFileResult, 'document' | 'file' | 'faults'>): Finding[] {
  return faults.map((fault) => ({ document, file, ...fault }))
}

function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length} `).update(part)
  return hash.digest('base64url')
}

/** Which tests have passed, kept as they pass: whoever is cut off has not to run them again. */
async function openPassed(file: string, keeps: boolean) {
  // What cannot be read counts for nothing: the tests are run again.
  const text = await readFile(file, 'utf8').catch(() => '')
  const before = new Set(text.split('\n').filter((line) => line !== ''))
  const used = new Set<string>()
  return {
    has(key: string): boolean {
      if (before.has(key)) used.add(key)
      return before.has(key)
    },
    async add(key: string): Promise<void> {
      used.add(key)
      if (keeps) await keep(() => appendFile(file, `${key}\n`, { mode: OWNER_ONLY }))
    },
    /** Forgets those that were not used. */
    async close(): Promise<void> {
      if (!keeps || [...before].every((key) => used.has(key))) return
      await keep(() => replaceFile(file, [...used].map((key) => `${key}\n`).join(''), OWNER_ONLY))
    },
  }

  /** Where it cannot be kept, tests are run again. */
  async function keep(write: () => Promise<void>): Promise<void> {
    await mkdir(dirname(file), { recursive: true })
      .then(write)
      .catch(() => undefined)
  }
}
