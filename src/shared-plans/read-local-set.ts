/** The set that a controller starts with, when the shared database is away. */
import { setImmediate as turn } from 'node:timers/promises'
import { createFormReader, createPlanSetBuilder, type LintOptions, type PlanSet } from '../plan/index.ts'
import { isBroken } from '../util/database.ts'
import { type LocalCopy, openLocalCopy } from './local-copy.ts'

export interface LocalSet {
  readonly set: PlanSet
  /** Of the revision that serves. */
  readonly seq: number
  /** It was rolled back to. */
  readonly isPinned: boolean
}

/**
 * What serves by the local copy; undefined where there is none, or where it is not as it serves yet: by this country or release
 * (`LocalCopy.prepare`). In this process, since another one takes longer to start and to tell of it; the event loop has a turn after each
 * millisecond. Throws the file system's and SQLite's errors.
 */
export async function readLocalSet({
  data,
  options,
  now = () => new Date(),
}: {
  /** The folder of all data. */
  readonly data: string
  readonly options: Pick<LintOptions, 'defaultCountry'>
  readonly now?: () => Date
}): Promise<LocalSet | undefined> {
  let copy: LocalCopy | undefined
  try {
    copy = openLocalCopy({ data, reader: createFormReader(options), readOnly: true })
    const state = copy.state()
    if (!state || !copy.isPrepared()) return undefined
    const seq = state.pinned ?? state.seq
    const builder = createPlanSetBuilder(options.defaultCountry)
    for (const slice of copy.slices(seq)) {
      builder.add(slice)
      await turn()
    }
    return { set: builder.build(copy.nameOf(seq)!, now()), seq, isPinned: state.pinned !== undefined }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || isBroken(error)) return undefined
    throw error
  } finally {
    copy?.close()
  }
}
