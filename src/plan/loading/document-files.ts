/**
 * Single documents of the plan set on disk: read, put in place and removed. Whoever may write to the plan folder may
 * put a link into it at any time, so what is written is reached folder by folder, and never through one.
 */
import { createHash } from 'node:crypto'
import { constants, lstat, mkdir, open, readdir, realpath, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { DOCUMENT } from '../../syntax/index.ts'
import { BelplanError } from '../../util/errors.ts'
import { replaceFile, syncFolder } from '../../util/replace-file.ts'
import { fileNameOf, isTestFile, readContents } from './folder.ts'

export interface DocumentFile {
  readonly bytes: Uint8Array
  /** Changes with every byte of the file. */
  readonly etag: string
}

/** All throw BelplanError `plans` where a document cannot be read or written. */
export interface DocumentFiles {
  /** Undefined where there is none of this name. Links within the plan folder are followed. */
  read(name: string): Promise<DocumentFile | undefined>
  /** Readers see the old file or the new one. Folders on the way are made. */
  write(name: string, bytes: Uint8Array): Promise<DocumentFile>
  remove(name: string): Promise<void>
}

export function etagOf(bytes: Uint8Array): string {
  return etagOfHash(createHash('sha256').update(bytes).digest('hex'))
}

/** `hash`: SHA-256 in hex. */
export function etagOfHash(hash: string): string {
  return `"${hash.slice(0, 32)}"`
}

/** `path`: the plan set, a folder or a file; `kind`: the files of documents, or those of their tests. */
export function openDocumentFiles(path: string, kind: 'document' | 'tests' = 'document'): DocumentFiles {
  const what = kind === 'document' ? 'the document' : 'the tests of'

  /** The folder that names begin in, links to it followed. */
  async function rootFor(name: string): Promise<string | undefined> {
    const real = await realpath(path)
    if ((await stat(real)).isDirectory()) return real
    return name === basename(path).replace(/\.json$/, '') ? dirname(real) : undefined
  }

  async function read(name: string): Promise<DocumentFile | undefined> {
    if (!isName(name)) return undefined
    const root = await rootFor(name)
    if (root === undefined) return undefined
    const file = await realpath(join(root, fileNameOf(name, kind))).catch(ignoreMissing)
    if (file === undefined) return undefined
    if (!file.startsWith(root.endsWith(sep) ? root : root + sep))
      throw cannot('read', `${what} ${name}`, LINK)
    const bytes = await readContents(file, root)
    if (typeof bytes === 'string') throw cannot('read', `${what} ${name}`, bytes)
    return { bytes, etag: etagOf(bytes) }
  }

  /** Works in the folder of a document, which is kept open meanwhile. */
  async function inFolder(
    name: string,
    makes: boolean,
    work: (folder: string, file: string) => Promise<void>,
  ): Promise<void> {
    const root = isName(name) ? await rootFor(name) : undefined
    if (root === undefined)
      throw cannot('write', `${what} ${name}`, 'this is no name for a document of this plan set')
    const parts = name.split('/')
    const last = fileNameOf(parts.pop()!, kind)
    let folder = await openFolder(root)
    try {
      for (const part of parts) {
        const below = join(placeOf(folder), part)
        if (makes && (await mkdir(below).then(() => true, ignoreExisting))) await syncFolder(placeOf(folder))
        const next = await openFolder(below)
        await folder.close()
        folder = next
      }
      const place = placeOf(folder)
      const file = join(place, last)
      if ((await lstat(file).catch(ignoreMissing))?.isFile() === false)
        throw cannot('write', `${what} ${name}`, LINK)
      await work(place, file)
    } catch (error) {
      if (error instanceof BelplanError) throw error
      const { code = String(error) } = error as NodeJS.ErrnoException
      throw cannot('write', `${what} ${name}`, code === 'ELOOP' || code === 'ENOTDIR' ? LINK : code, error)
    } finally {
      await folder.close()
    }
  }

  return {
    read,
    async write(name, bytes) {
      await inFolder(name, true, async (folder, file) => {
        const mode = await stat(file).then(
          (there) => there.mode & 0o777,
          () => NEW_MODE,
        )
        await removeLeftovers(folder)
        await replaceFile(file, bytes, mode)
        await syncFolder(folder)
      })
      return { bytes, etag: etagOf(bytes) }
    },
    remove: (name) =>
      inFolder(name, false, async (folder, file) => {
        await rm(file)
        await syncFolder(folder)
      }),
  }
}

const LEFTOVER = /\.json\.[0-9a-f-]{36}\.tmp$/
const LEFTOVER_MS = 3600 * 1000

/** Of writings that were cut off. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const file of await readdir(folder)) {
    if (!LEFTOVER.test(file)) continue
    const about = await stat(join(folder, file)).catch(ignoreMissing)
    if (about && Date.now() - about.mtimeMs > LEFTOVER_MS) await rm(join(folder, file), { force: true })
  }
}

const LINK = 'it, or a folder on the way, is a link or no file; change what the link leads to'

/** For the group too: that is how plan folders are shared. */
const NEW_MODE = 0o660

function isName(name: string): boolean {
  return DOCUMENT.test(name) && !isTestFile(`${name}.json`)
}

function openFolder(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
}

/** Where an open folder is for this process, wherever it is moved and whatever takes its place. */
function placeOf({ fd }: FileHandle): string {
  return `/proc/self/fd/${fd}`
}

/** `file`: such as `the document acme`. */
function cannot(does: 'read' | 'write', file: string, why: string, cause?: unknown): BelplanError {
  return new BelplanError('plans', `cannot ${does} ${file}: ${why}`, [], cause)
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
  return undefined
}

function ignoreExisting(error: NodeJS.ErrnoException): false {
  if (error.code !== 'EEXIST') throw error
  return false
}
