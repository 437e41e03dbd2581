/** Revisions of this machine's copy, for commands beside a controller that shares its plans. */
import {
  type ComparedDocument,
  comparedBody,
  createFormReader,
  createPlanSetBuilder,
  type LintOptions,
  type PlanSet,
} from '../plan/index.ts'
import { type LocalCopy, openLocalCopy } from './local-copy.ts'

interface KeptRevision {
  /** The folder of all data. */
  readonly data: string
  /** Its name. */
  readonly revision: string
  readonly defaultCountry?: LintOptions['defaultCountry'] | undefined
}

/** Undefined: it is not here. Throws SQLite's errors. */
export function readKeptSet(kept: KeptRevision): PlanSet | undefined {
  return fromCopy(kept, (copy, seq) => {
    const builder = createPlanSetBuilder(kept.defaultCountry)
    for (const slice of copy.slices(seq)) builder.add(slice)
    return builder.build(kept.revision, new Date())
  })
}

/** Its documents. The rest as of `readKeptSet`. */
export function readKeptDocuments(kept: KeptRevision): ComparedDocument[] | undefined {
  return fromCopy(kept, (copy, seq) =>
    copy
      .list('document', seq)
      .map(([name]) => comparedBody(name, copy.file('document', name, seq)!.body, kept)),
  )
}

function fromCopy<T>(
  { data, revision, defaultCountry }: KeptRevision,
  read: (copy: LocalCopy, seq: number) => T,
): T | undefined {
  const options = { ...(defaultCountry !== undefined && { defaultCountry }) }
  let copy: LocalCopy | undefined
  try {
    copy = openLocalCopy({ data, reader: createFormReader(options), readOnly: true })
    const seq = copy.seqOf(revision)
    return seq === undefined ? undefined : read(copy, seq)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  } finally {
    copy?.close()
  }
}
