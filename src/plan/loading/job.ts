/** The jobs that the plan store has done in a process of its own. */
import { dirname, join } from 'node:path'
import { BelplanError } from '../../util/errors.ts'
import { createChecker } from './check.ts'
import { findDuplicates } from './duplicates.ts'
import type { Job, JobAnswer, JobOptions, LoadJob, RestoreJob, ValidateJob } from './jobs.ts'
import type { LintOptions } from '../lint/index.ts'
import { checkSet, checkWatched, type GoodDocument, type Tell } from './load.ts'
import { openRevisions, type Revisions } from '../revisions/revisions.ts'
import { slicesOf } from './slices.ts'
import { openVerdicts } from './verdicts.ts'

/** Never rejects: what goes wrong is the last message. */
export async function* runJob(job: Job, tell?: Tell): AsyncGenerator<JobAnswer> {
  try {
    if (job.kind === 'load') yield* load(job, tell)
    else if (job.kind === 'restore') yield* restore(job)
    else yield await validate(job, tell)
  } catch (error) {
    const code = error instanceof BelplanError ? error.code : 'plans'
    yield { kind: 'error', code, message: error instanceof Error ? error.message : String(error) }
  }
}

async function* load(job: Job & LoadJob, tell?: Tell): AsyncGenerator<JobAnswer> {
  const revisions = openRevisions(job.revisions)
  const previous = async () => {
    const last = job.serving ?? (await revisions.current())
    const pairs = last === undefined ? undefined : await revisions.read(last)
    return pairs && new Map(pairs)
  }
  const verdicts = job.run === undefined ? undefined : openVerdicts(verdictsOf(job), job.run, job.options)
  const set = await checkSet(job.path, {
    ...lintOptions(job.options),
    verdicts,
    ...(job.keepPrevious ? { previous } : {}),
    ...(job.refused && { refused: job.refused }),
    ...(tell && { tell }),
  })
  if (set.errors.length > 0) {
    yield { kind: 'findings', errors: set.errors, warnings: set.warnings }
    return
  }
  await keep(revisions, set.revision, set.content, job)
  verdicts?.prune(job.nowMs)
  if (set.revision === job.serving) {
    yield { kind: 'same', warnings: set.warnings, heldBack: set.heldBack }
    return
  }
  for (const slice of slicesOf(set.documents)) yield { kind: 'slice', slice }
  yield { kind: 'set', revision: set.revision, warnings: set.warnings, heldBack: set.heldBack }
}

/** Beside the revisions. */
const verdictsOf = ({ revisions }: LoadJob): string => join(dirname(revisions), 'verdicts')

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

async function* restore({
  revisions: folder,
  revision,
  defaultCountry,
}: RestoreJob): AsyncGenerator<JobAnswer> {
  const revisions = openRevisions(folder)
  const pairs = await revisions.read(revision)
  const checker = createChecker(defaultCountry === undefined ? {} : { defaultCountry })
  const documents = pairs?.map(([name, value]) => checker.restore(name, value))
  if (!documents?.every((document) => document !== undefined)) {
    yield { kind: 'none' }
    return
  }
  for (const slice of slicesOf(documents as GoodDocument[])) yield { kind: 'slice', slice }
  yield { kind: 'set', revision, warnings: [], heldBack: [] }
}

async function validate(
  { name, bytes, options, refused }: Job & ValidateJob,
  tell?: Tell,
): Promise<JobAnswer> {
  const checker = createChecker(lintOptions(options))
  const checked = await checkWatched(checker, { name, file: `${name}.json` }, bytes, { refused, tell })
  const duplicates = findDuplicates([checked])
  return { kind: 'findings', errors: [...checked.errors, ...duplicates], warnings: checked.warnings }
}

function lintOptions({ envSet, ...options }: JobOptions): LintOptions {
  const set = new Set(envSet)
  return { ...options, envIsSet: (name) => set.has(name) }
}
