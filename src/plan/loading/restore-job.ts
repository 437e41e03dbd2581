/** Revisions that were kept, ready to serve again. */
import { dirname, join } from 'node:path'
import { BelplanError } from '../../util/errors.ts'
import { listed } from '../../util/listed.ts'
import { openRevisions, openSliceFiles, slicesOf, type Revisions, type SetSlice } from '../revisions/index.ts'
import { createChecker, type ValidDocument } from './check-document.ts'
import { formKey } from './document-form.ts'
import type { JobAnswer, JobOptions, LoadJob, RestoreJob } from './load-jobs.ts'
import type { LoadedSet } from './load-set.ts'

/** In bytes. So much is restored in 0.1 s at most, where a process of its own takes a second to start. */
export const SMALL = 128 * 1024

/** For `readSlices`: beside the revision that `set` was kept as. */
export async function keepSlices(
  slices: readonly SetSlice[],
  { revision, content }: Pick<LoadedSet, 'revision' | 'content'>,
  { revisions, options }: Pick<LoadJob, 'revisions' | 'options'>,
): Promise<void> {
  if (content.length <= SMALL) return
  const keys = [keyOf(options, false), keyOf(options, true)]
  // Without them it is restored from its content.
  await slicesBeside(revisions)
    .keep(revision, keys, slices)
    .catch(() => undefined)
}

/**
 * The slices that were kept. It costs a process no more than to take them from another one, which takes longer to start
 * than they to be read. The rest as of `SliceFiles.read`.
 */
export function readSlices(
  { revisions, revision, options, checkClaims }: RestoreJob,
  onSlice: (slice: SetSlice) => void,
): Promise<boolean> {
  return slicesBeside(revisions).read(revision, keyOf(options, checkClaims), onSlice)
}

export async function* restore(job: RestoreJob): AsyncGenerator<JobAnswer> {
  const { revision } = job
  const slices = await slicesFromContent(job, openRevisions(job.revisions))
  if (slices === undefined) {
    yield { kind: 'none', revision }
    return
  }
  for (const slice of slices) yield { kind: 'slice', slice }
  yield { kind: 'set', revision, warnings: [], heldBack: [] }
}

/** @throws BelplanError `notGranted` that names what is not granted to its documents any more */
async function slicesFromContent(
  { revision, options, checkClaims }: RestoreJob,
  revisions: Revisions,
): Promise<Iterable<SetSlice> | undefined> {
  const { grants, defaultCountry } = options
  const checker = createChecker({
    ...(defaultCountry !== undefined && { defaultCountry }),
    ...(checkClaims && grants && { grants }),
  })
  const pairs = await revisions.read(revision)
  const restored = pairs?.map(([name, value]) => [name, checker.restore(name, value)] as const)
  const refused = restored?.flatMap(([name, document]) => (document === undefined ? [name] : []))
  if (restored === undefined || refused === undefined) return undefined
  if (refused.length === 0) return slicesOf(restored.map(([, document]) => document as ValidDocument))
  if (!checkClaims) return undefined
  const names = listed(refused, { most: MOST_NAMED })
  throw new BelplanError(
    'notGranted',
    `revision ${revision} cannot serve any more: what is in ${names} is not granted now, or of an earlier version`,
  )
}

const MOST_NAMED = 5

const slicesBeside = (revisions: string) => openSliceFiles(join(dirname(revisions), 'slices'))

function keyOf({ defaultCountry, grants }: JobOptions, checkClaims: boolean): string {
  return formKey([defaultCountry, ...(checkClaims ? [grants] : [])])
}
