/** Brings the copy of the chain on this machine to where the chain is in the database. */
import { BelplanError } from '../util/errors.ts'
import {
  type ChainChange,
  type ChainState,
  type FileChange,
  type Published,
  readBodies,
  readChanges,
  readFiles,
  readRevisions,
} from './database-chain.ts'
import type { ChainRevision, Part } from './chain.ts'
import type { LocalCopy } from './local-copy.ts'

type Db = Parameters<typeof readBodies>[0]

/** Revisions that are followed one by one; of more, all files of the newest one are looked at. */
const MOST_STEPS = 500

/** Why a database cannot be used that is empty. */
export const NO_PLANS = 'it has no plans yet; publish some with `belplan plans push PATH`'

/** Whether the copy ends where the chain does, and serves the same. */
export function isThere(copy: LocalCopy, { newest, pinned }: ChainState): boolean {
  const here = copy.state()
  if (newest === undefined) return here === undefined
  return here?.seq === newest.seq && here.pinned === pinned && isSame(newestIn(copy), newest)
}

/**
 * Takes in what the copy lacks; `onPart` is called now and then. Where the chain goes on otherwise than the copy, since the
 * database lost what was published last as a standby took over, the copy begins anew.
 * @throws pg's errors, and those of the copy, which is then as it was or nearer: where the newest revision cannot be taken in, it has the
 * last one before that can
 */
export async function catchUp(
  db: Db,
  copy: LocalCopy,
  { newest, pinned }: ChainState,
  onPart: () => void = () => undefined,
): Promise<void> {
  if (newest === undefined) return
  const isFollowed = await follow(db, copy, newest, onPart)
  const lacksPinned = pinned !== undefined && copy.nameOf(pinned) === undefined
  // One that goes back, or is here, has the copy begin anew.
  if (lacksPinned) await fill(db, copy, await revisionAt(db, pinned), onPart)
  if (lacksPinned || !isFollowed) await fill(db, copy, newest, onPart)
  if (copy.state()?.pinned !== pinned) copy.pin(pinned)
}

/** Revision by revision; false: this is not the way. */
async function follow(db: Db, copy: LocalCopy, newest: Published, onPart: () => void): Promise<boolean> {
  const last = newestIn(copy)
  if (last === undefined || last.seq > newest.seq) return false
  const [there] = await revisionsAfter(db, last.seq - 1, last.seq)
  if (!isSame(last, there)) {
    if (there) await fill(db, copy, there, onPart)
    return false
  }
  if (newest.seq - last.seq > MOST_STEPS) return false
  const revisions = await revisionsAfter(db, last.seq, newest.seq)
  const changes: ChainChange[] = []
  for await (const some of readChanges(db, last.seq, newest.seq)) changes.push(...some)
  await fetch(db, copy, changes, onPart)
  const bySeq = Map.groupBy(changes, ({ seq }) => seq)
  let passed: readonly FileChange[] = []
  let unfit: BelplanError | undefined
  for (const revision of revisions) {
    const files = [...passed, ...(bySeq.get(revision.seq) ?? [])]
    unfit = appended(copy, revision, files)
    // What cannot be taken in is passed over: the next one may have it in order again.
    passed = unfit ? files : []
  }
  if (unfit) throw unfit
  return true
}

/** What is wrong with a revision that is not taken in. `files`: of those of one name the last one counts. */
function appended(
  copy: LocalCopy,
  revision: Published,
  files: readonly FileChange[],
): BelplanError | undefined {
  const last = new Map(files.map((file) => [`${file.part} ${file.name}`, file]))
  try {
    copy.append(asKept(revision), last.values())
    return undefined
  } catch (error) {
    if (error instanceof BelplanError) return error
    throw error
  }
}

/** All files of a revision; what they were before is not known here. */
async function fill(db: Db, copy: LocalCopy, revision: Published, onPart: () => void): Promise<void> {
  const files: FileChange[] = []
  for await (const some of readFiles(db, revision.seq)) files.push(...some)
  await fetch(db, copy, files, onPart)
  copy.append(asKept(revision), files, { whole: true })
}

async function fetch(
  db: Db,
  copy: LocalCopy,
  files: readonly FileChange[],
  onPart: () => void,
): Promise<void> {
  const parts = new Map<string, Part>()
  for (const { part, hash } of files) if (hash !== undefined) parts.set(hash, part)
  for await (const bodies of readBodies(db, copy.missing(parts.keys()))) {
    copy.keep([...bodies].map(([hash, body]) => ({ hash, body, part: parts.get(hash)! })))
    onPart()
  }
}

async function revisionsAfter(db: Db, after: number, upTo: number): Promise<Published[]> {
  const revisions: Published[] = []
  for await (const some of readRevisions(db, after, upTo)) revisions.push(...some)
  return revisions
}

async function revisionAt(db: Db, seq: number): Promise<Published> {
  const [revision] = await revisionsAfter(db, seq - 1, seq)
  if (revision) return revision
  throw new Error(`there is no revision ${seq} in the database`)
}

function newestIn(copy: LocalCopy): ChainRevision | undefined {
  for (const revision of copy.revisions()) return revision
  return undefined
}

function isSame(kept: ChainRevision | undefined, revision: Published | undefined): boolean {
  if (kept === undefined || revision === undefined) return kept === revision
  const { at, ...about } = revision
  return (
    at.getTime() === kept.atMs && about.revision === kept.revision && about.controller === kept.controller
  )
}

/** As the copy has it. */
export function asKept({ seq, revision, at, what, author, controller }: Published): ChainRevision {
  return { seq, revision, atMs: at.getTime(), what, author, controller }
}
