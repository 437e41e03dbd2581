/** Runs the cases of one file. */
import { type LocatedFault, type Locator, type Place, pointerOf, type Position } from '../../json/index.ts'
import { type CompiledDocument, goesByClock, type PlanSet } from '../../plan/index.ts'
import { BelplanError } from '../../util/errors.ts'
import type { TrialReport } from '../report.ts'
import { unknownNames } from '../names.ts'
import { noPlanText, type SetPlace } from '../no-plan.ts'
import type { Trials } from '../trial.ts'
import { type Case, readCases } from './case-file.ts'
import { compare, type Mismatch } from './compare.ts'
import { createCoverage, type Covered } from './coverage.ts'

/** Where in the file of cases something is wrong. */
export interface Failure extends Position {
  /** JSON pointer in the file. */
  readonly pointer: string
  /** Below `expect`; absent where the case could not be tried. */
  readonly mismatch?: Mismatch
  readonly message: string
}

export interface CaseResult extends Position {
  readonly name: string
  readonly failures: readonly Failure[]
  /** Of real time. */
  readonly ms: number
  readonly report?: TrialReport
}

export interface CaseFileResult {
  readonly document: string
  readonly file: string
  /** The file cannot be used; no case was run. */
  readonly faults: readonly LocatedFault[]
  readonly cases: readonly CaseResult[]
  /** Cases that the filter left out. */
  readonly skipped: number
  readonly covered?: Covered
}

export interface CaseFileToRun {
  readonly document: string
  readonly file: string
  /** Its bytes, or why they cannot be read. */
  readonly contents: Uint8Array | string
}

export interface RunCasesOptions extends SetPlace {
  readonly set: PlanSet
  readonly trials: Trials
  /** Whether a case is run, by its name [all]. */
  readonly wanted?: (name: string) => boolean
}

const WRITE_AT =
  'say when the call comes in, such as "at": "2026-12-24T18:00", or the test passes at some times only'

const START = { line: 1, column: 1, pointer: '' }

/** Never rejects: what is wrong is in the result. */
export async function runCases(
  { document, file, contents }: CaseFileToRun,
  { set, trials, wanted = () => true, ...place }: RunCasesOptions,
): Promise<CaseFileResult> {
  const refused = (faults: CaseFileResult['faults']) => ({ document, file, faults, cases: [], skipped: 0 })
  const compiled = set.compiled(document)
  if (compiled === undefined)
    return refused([{ ...START, message: `there is no document ${document}.json beside these tests` }])
  const read = readCases(contents)
  if (read.cases === undefined) return refused(read.faults)
  const coverage = createCoverage(compiled)
  const results: Unlocated[] = []
  for (const [i, one] of read.cases.entries()) {
    if (!wanted(one.name)) continue
    const result = await runCase(one, compiled, { set, trials, ...place })
    if (result.report) coverage.add(result.report)
    results.push({ ...result, index: i })
  }
  return {
    ...{ document, file, faults: [], cases: located(results, read.locator) },
    skipped: read.cases.length - results.length,
    covered: coverage.result(),
  }
}

type Unlocated = Tried & { readonly index: number }

/** A case that was run, without its place in the file. */
type Tried = Omit<CaseResult, 'failures' | keyof Position> & {
  readonly failures: readonly (Place & {
    readonly message: string
    readonly mismatch?: Mismatch
  })[]
}

async function runCase(
  one: Case,
  compiled: CompiledDocument,
  { set, trials, ...place }: Omit<RunCasesOptions, 'wanted'>,
): Promise<Tried> {
  const { name, call, given, expect } = one
  const began = performance.now()
  const untried = (failures: Tried['failures']): Tried => ({
    ...{ name, ms: performance.now() - began, failures },
  })
  const unknown = unknownNames(given, expect, compiled)
  if (unknown.length > 0) return untried(unknown)
  try {
    const report = await trials.run({ call, given }, set)
    const ms = performance.now() - began
    const path = ['call', 'did']
    if (report.document !== undefined && report.document !== compiled.name) {
      const message = 'the number leads to a plan of another document, which has tests of its own'
      return untried([{ path, message }])
    }
    if (report.document === undefined && expect.ends !== 'noPlan') {
      const message = `${noPlanText(call, place)}; a case that wants no plan says "ends": "noPlan"`
      return untried([{ path, message }])
    }
    const timed = call.at === undefined ? report.steps.find(goesByClock) : undefined
    const failures = [
      ...(timed ? [{ path: ['call'], message: `${timed.step} goes by the clock: ${WRITE_AT}` }] : []),
      ...report.violations.map((message) => ({ path: [], message: `a fault of belplan: ${message}` })),
      ...compare(expect, report).map((mismatch) => ({
        path: ['expect', ...mismatch.path],
        message: `${mismatch.path.join('.')}: expected ${mismatch.expected}, got ${mismatch.got}`,
        mismatch,
      })),
    ]
    return { name, ms, failures, report }
  } catch (error) {
    const message = error instanceof BelplanError ? error.message : `a fault of belplan: ${String(error)}`
    return untried([{ path: [], message }])
  }
}

/** In one pass over the file. */
function located(results: readonly Unlocated[], locator: Locator): CaseResult[] {
  const places = results.flatMap(({ index, failures }) =>
    [{ path: [] }, ...failures].map(({ path, onKey }: Place) => ({ path: ['cases', index, ...path], onKey })),
  )
  const positions = locator.at(places)[Symbol.iterator]()
  const next = () => positions.next().value ?? START
  return results.map(({ index, failures, ...result }) => ({
    ...result,
    ...next(),
    failures: failures.map(({ path, message, mismatch }) => ({
      ...{ ...next(), pointer: pointerOf(['cases', index, ...path]), message },
      ...(mismatch && { mismatch }),
    })),
  }))
}
