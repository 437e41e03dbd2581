/** Does a job of the plan store, in whichever process. */
import { dirname, join } from 'node:path'
import { BelplanError } from '../../util/errors.ts'
import type { LintOptions } from '../lint/index.ts'
import { openRevisions, slicesOf, type Revisions, type SetSlice } from '../revisions/index.ts'
import { openCheckCache } from './check-cache.ts'
import { createChecker, refusedDocument } from './check-document.ts'
import { compareDraft, compareRevisions, contentOf, wouldChange } from './compare-jobs.ts'
import type { Finding } from './finding.ts'
import type {
  DraftJob,
  Job,
  JobAnswer,
  JobEnd,
  JobOptions,
  LoadJob,
  TestModule,
  TestsJob,
  ValidateJob,
} from './load-jobs.ts'
import {
  acceptDraft,
  checkContents,
  loadDraft,
  type LoadedSet,
  loadSet,
  type CheckLimits,
  type JudgeLimits,
  type JudgeSet,
  type RunTests,
} from './load-set.ts'
import { keepSlices, restore } from './restore-job.ts'
import { testFileOf } from './test-files.ts'

type OnCheck = CheckLimits['onCheck']

/** Never rejects: what goes wrong is the last answer. */
export async function* runJob(job: Job, onCheck?: OnCheck): AsyncGenerator<JobAnswer> {
  try {
    if (job.kind === 'load') yield* load(job, onCheck)
    else if (job.kind === 'restore') yield* restore(job)
    else if (job.kind === 'draft') yield* draft(job)
    else if (job.kind === 'content') yield* contentOf(job)
    else if (job.kind === 'compare') yield await compareRevisions(job)
    else if (job.kind === 'compareDraft') yield await compareDraft(job, lintOptions(job.options))
    else if (job.kind === 'tests') yield await runTests(job, onCheck)
    else yield await validate(job, onCheck)
  } catch (error) {
    const code = error instanceof BelplanError ? error.code : 'plans'
    yield { kind: 'error', code, message: error instanceof Error ? error.message : String(error) }
  }
}

async function* load(job: Job & LoadJob, onCheck: OnCheck): AsyncGenerator<JobAnswer> {
  const revisions = openRevisions(job.revisions)
  const previous = async () => {
    const last = job.serving ?? (await revisions.current())
    const pairs = last === undefined ? undefined : await revisions.read(last)
    return pairs && new Map(pairs)
  }
  const results = join(dirname(job.revisions), 'verdicts')
  const cache = job.run === undefined ? undefined : openCheckCache(results, job.run, job.options)
  const { replaced } = job
  const set = await loadSet(job.path, {
    ...lintOptions(job.options),
    ...(job.keepPrevious ? { previous } : {}),
    ...{
      cache,
      replaced,
      refused: job.refused,
      onCheck,
      judge: job.judge && judgeOf(job.judge, { onCheck, dryRun: job.dryRun }),
    },
  })
  const errors = errorsOf(set, replaced?.name)
  if (errors.length > 0) {
    yield { kind: 'findings', errors, warnings: set.warnings }
    return
  }
  if (job.dryRun) {
    yield await wouldChange(set, job)
    return
  }
  await keep(revisions, set.revision, set.content, job)
  // Of a document that is only asked for, nothing is known to serve yet.
  if (replaced === undefined) cache?.prune(job.nowMs)
  if (set.revision === job.serving) {
    yield { kind: 'same', warnings: set.warnings, heldBack: set.heldBack }
    return
  }
  const slices: SetSlice[] = []
  for (const slice of slicesOf(set.documents)) {
    yield { kind: 'slice', slice }
    slices.push(slice)
  }
  await keepSlices(slices, set, job)
  yield { kind: 'set', revision: set.revision, warnings: set.warnings, heldBack: set.heldBack }
}

function judgeOf({ module, options }: TestModule, limits: JudgeLimits): JudgeSet {
  return async (set, tests) => {
    const { judge } = (await import(module)) as {
      judge: (...args: readonly unknown[]) => ReturnType<JudgeSet>
    }
    return judge(set, tests, options, limits)
  }
}

/** With `keepPrevious` the last valid form of a document goes on serving, but not instead of one that is put in its place. */
function errorsOf({ errors, warnings, heldBack }: LoadedSet, replaced: string | undefined) {
  if (errors.length > 0 || replaced === undefined || !heldBack.includes(replaced)) return errors
  return warnings.filter(({ document }) => document === replaced)
}

/** Before it serves: a call that is taken over by another controller needs its revision. */
async function keep(
  revisions: Revisions,
  revision: string,
  content: Uint8Array,
  { serving, nowMs, revisions: folder }: LoadJob,
) {
  try {
    await revisions.keep(revision, content)
    if (serving !== undefined) await revisions.touch(serving)
    await revisions.prune(nowMs, serving === undefined ? [] : [serving])
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error)
    const message = `cannot keep the revision in ${folder}: ${why}; make the folder writable and free some space`
    throw new BelplanError('plans', message, [], error)
  }
}

async function* draft({ name, bytes, options }: DraftJob): AsyncGenerator<JobAnswer> {
  const set = await loadDraft(name, `${name}.json`, bytes, lintOptions(options))
  const { errors, warnings, documents, revision, heldBack } = set
  if (errors.length > 0) {
    yield { kind: 'findings', errors, warnings }
    return
  }
  for (const slice of slicesOf(documents)) yield { kind: 'slice', slice }
  yield { kind: 'set', revision, warnings, heldBack }
}

async function validate(
  { name, bytes, options, refused, tests }: Job & ValidateJob,
  onCheck: OnCheck,
): Promise<JobAnswer> {
  const checker = createChecker(lintOptions(options))
  const checked = await checkContents(checker, { name, file: `${name}.json` }, bytes, { refused, onCheck })
  const set = await acceptDraft(checked, checker)
  const { errors, warnings } = set
  if (errors.length > 0 || tests === undefined) return { kind: 'findings', errors, warnings }
  const failing = await judgeOf(tests.judge, { onCheck })(set, [testFileOf(name, tests.bytes)])
  return { kind: 'findings', errors: failing.get(name) ?? [], warnings }
}

async function runTests(
  { name, document, tests, options, module, refused }: Job & TestsJob,
  onCheck: OnCheck,
): Promise<JobEnd> {
  const file = testFileOf(name, tests)
  const found = (errors: readonly Finding[]): JobEnd => ({ kind: 'findings', errors, warnings: [] })
  const why = refused?.get(name)
  if (why !== undefined) return found(refusedDocument(name, file.file, why).errors)
  await onCheck?.(name)
  const set = await loadDraft(name, `${name}.json`, document, lintOptions(options))
  if (set.errors.length > 0) return found(set.errors)
  const runner = (await import(module.module)) as {
    runTests: (...args: readonly unknown[]) => ReturnType<RunTests>
  }
  const result = await runner.runTests(set, file, module.options)
  await onCheck?.()
  return result.faults ? found(result.faults) : { kind: 'tested', tested: result.tested }
}

function lintOptions({ envSet, ...options }: JobOptions): LintOptions {
  const set = new Set(envSet)
  return { ...options, envIsSet: (name) => set.has(name) }
}
