/**
 * Revisions on disk, by content: `<revision>.json` is the RFC 8785 text that the revision is the hash of, and
 * `current` names the one served last. Several controllers may share the folder: a file never changes, and
 * both are put in place by renaming.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, open } from 'node:fs/promises'
import { join } from 'node:path'
import { revisionOf } from './load.ts'

const PATTERN = /^[0-9a-f]{12}$/
const KEPT_MS = 30 * 24 * 3600 * 1000

export interface Revisions {
  /** Keeps a revision and names it as the one served last. */
  keep(revision: string, content: Uint8Array): Promise<void>
  /** The [name, document] pairs; undefined when it is not here, or not what its name says. */
  read(revision: string): Promise<[string, unknown][] | undefined>
  /** In bytes; 0 when it is not here. */
  size(revision: string): Promise<number>
  /** The revision served last. */
  current(): Promise<string | undefined>
  /** Its 30 days begin anew. */
  touch(revision: string): Promise<void>
  /** Removes what was not served for 30 days; `spared` and the current one stay. */
  prune(nowMs: number, spared: readonly string[]): Promise<void>
}

/** `folder` is made when it is not there. Rejects with the file system's own errors. */
export function openRevisions(folder: string): Revisions {
  const fileOf = (revision: string) => join(folder, `${revision}.json`)

  async function current(): Promise<string | undefined> {
    const revision = (await textOf(join(folder, 'current')))?.trim() ?? ''
    return PATTERN.test(revision) ? revision : undefined
  }

  async function touch(revision: string): Promise<void> {
    const now = new Date()
    await utimes(fileOf(revision), now, now).catch(ignoreMissing)
  }

  return {
    current,
    touch,
    async keep(revision, content) {
      await mkdir(folder, { recursive: true })
      const size = await stat(fileOf(revision)).then(
        (there) => there.size,
        () => -1,
      )
      if (size === content.byteLength) await touch(revision)
      else await replace(fileOf(revision), content)
      if ((await current()) !== revision) await replace(join(folder, 'current'), `${revision}\n`)
    },
    size: (revision) => stat(fileOf(revision)).then((there) => there.size, () => 0), // prettier-ignore
    async read(revision) {
      const content = PATTERN.test(revision)
        ? await readFile(fileOf(revision)).catch(ignoreMissing)
        : undefined
      if (content === undefined || revisionOf(content) !== revision) return undefined
      return JSON.parse(content.toString()) as [string, unknown][]
    },
    async prune(nowMs, spared) {
      const stay = new Set([...spared, await current()])
      for (const file of await readdir(folder)) {
        const revision = /^([0-9a-f]{12})\.json$/.exec(file)?.[1]
        const isLeftOver = /\.tmp$/.test(file)
        if (!isLeftOver && (revision === undefined || stay.has(revision))) continue
        const age =
          nowMs -
          (await stat(join(folder, file)).then(
            (there) => there.mtimeMs,
            () => nowMs,
          ))
        if (age > KEPT_MS) await rm(join(folder, file), { force: true })
      }
    },
  }
}

/** Readers see the old file or the new one, never a part, also after a power cut. */
async function replace(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`
  const handle = await open(temporary, 'wx')
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(ignoreMissing)
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}
