/**
 * Revisions on disk, by content: `<revision>.json` is the RFC 8785 text that the revision is the hash of, `current` names
 * the one served last, and `pinned`, where it is there, the one that was rolled back to. Several controllers may share
 * the folder: a revision never changes, and all are put in place by renaming. They hold the plans of all customers, so
 * only the controllers may read them: those that share the folder run as the same user.
 */
import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { REVISION } from '../../syntax/index.ts'
import { replaceFile, syncFolder } from '../../util/replace-file.ts'

const OWNER_ONLY = 0o600
const FOLDER_OWNER_ONLY = 0o700
const KEPT_MS = 30 * 24 * 3600 * 1000

/** The first 12 hex digits of the SHA-256 over a set's content. */
export function revisionOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12)
}

export interface Revisions {
  keep(revision: string, content: Uint8Array): Promise<void>
  /**
   * Names it as the one served last, and with `pinned` as the one that was rolled back to, or says that there is none
   * (`false`). Where it rejects, both are as before, as far as the disk takes that.
   */
  setCurrent(revision: string, options?: { readonly pinned?: boolean }): Promise<void>
  /** The [name, document] pairs; undefined when it is not here, or its content is not what its name says. */
  read(revision: string): Promise<[string, unknown][] | undefined>
  /** In bytes; 0 when it is not here. */
  size(revision: string): Promise<number>
  /** The revision served last. */
  current(): Promise<string | undefined>
  /** The revision that was rolled back to: it serves at a start, whatever is on disk. */
  pinned(): Promise<string | undefined>
  /** Those that are here. */
  list(): Promise<string[]>
  /** Its 30 days begin anew. */
  touch(revision: string): Promise<void>
  /** Removes what was not served for 30 days, but for `spared`, the current and the pinned one; other users may not read the rest. */
  prune(nowMs: number, spared: readonly string[]): Promise<void>
}

/** Creates `folder` where it is missing. Its methods reject with the file system's own errors. */
export function openRevisions(folder: string): Revisions {
  const fileOf = (revision: string) => join(folder, `${revision}.json`)

  async function revisionIn(file: string): Promise<string | undefined> {
    const revision = (await textOf(join(folder, file)))?.trim() ?? ''
    return REVISION.test(revision) ? revision : undefined
  }
  const current = () => revisionIn('current')
  const pinned = () => revisionIn('pinned')

  async function name(file: 'current' | 'pinned', revision: string | undefined): Promise<void> {
    if ((await revisionIn(file)) === revision) return
    if (revision === undefined) await rm(join(folder, file), { force: true })
    else await replaceFile(join(folder, file), `${revision}\n`, OWNER_ONLY)
    if (file === 'pinned') await syncFolder(folder)
  }

  async function touch(revision: string): Promise<void> {
    const now = new Date()
    await utimes(fileOf(revision), now, now).catch(ignoreMissing)
  }

  return {
    current,
    touch,
    async keep(revision, content) {
      // Others may read the journal, which is beside it.
      await mkdir(dirname(folder), { recursive: true })
      await mkdir(folder, { recursive: true, mode: FOLDER_OWNER_ONLY })
      const size = await stat(fileOf(revision)).then(
        (there) => there.size,
        () => -1,
      )
      if (size === content.byteLength) await touch(revision)
      else await replaceFile(fileOf(revision), content, OWNER_ONLY)
    },
    async setCurrent(revision, { pinned: isPinned } = {}) {
      if (isPinned === undefined) return name('current', revision)
      const before = [await current(), await pinned()] as const
      try {
        await name('current', revision)
        // Last: it decides on what a start serves.
        await name('pinned', isPinned ? revision : undefined)
      } catch (error) {
        await name('pinned', before[1]).catch(() => undefined)
        await name('current', before[0]).catch(() => undefined)
        throw error
      }
    },
    pinned,
    list: async () => (await readdir(folder)).flatMap((file) => named(file) ?? []),
    size: (revision) =>
      stat(fileOf(revision)).then(
        (there) => there.size,
        () => 0,
      ),
    async read(revision) {
      const content = REVISION.test(revision)
        ? await readFile(fileOf(revision)).catch(ignoreMissing)
        : undefined
      if (content === undefined || revisionOf(content) !== revision) return undefined
      return JSON.parse(content.toString()) as [string, unknown][]
    },
    async prune(nowMs, spared) {
      const stay = new Set([...spared, await current(), await pinned()])
      for (const file of await readdir(folder)) {
        const path = join(folder, file)
        const revision = named(file)
        if (revision === undefined && !/\.tmp$/.test(file)) continue
        const about = await stat(path).catch(ignoreMissing)
        if (about === undefined) continue
        const isOld = nowMs - about.mtimeMs > KEPT_MS
        if (isOld && (revision === undefined || !stay.has(revision))) await rm(path, { force: true })
        // Written by an earlier version; files of another user are left to that user's controller.
        else if ((about.mode & ~OWNER_ONLY & 0o777) !== 0)
          await chmod(path, OWNER_ONLY).catch(() => undefined)
      }
    },
  }
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(ignoreMissing)
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}

/** The revision that a file of this name holds; undefined: it is another file. */
function named(file: string): string | undefined {
  const revision = file.replace(/\.json$/, '')
  return revision !== file && REVISION.test(revision) ? revision : undefined
}
