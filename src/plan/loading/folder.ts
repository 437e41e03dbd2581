/**
 * The documents of a plan set on disk. Whoever may write to the plan folder may change it while it is read: a link, a
 * pipe or a file of gigabytes may take the place of a document that was found.
 */
import type { Dirent } from 'node:fs'
import { constants, open, opendir, readlink, realpath, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { NAME } from '../../syntax/index.ts'
import { BelplanError, fileReason } from '../../util/errors.ts'
import { MOST_BYTES } from '../caps.ts'

export interface DocumentFile {
  /** Its path below the set's folder without `.json`, with `/` on every system. */
  readonly name: string
  /** What findings call it. */
  readonly file: string
  /** Where to read it, links followed. */
  readonly path: string
}

/** What is there and cannot be a document. */
interface FileFault {
  readonly document: string
  readonly file: string
  readonly message: string
}

export interface FoundDocuments {
  /** Where the folder really is; of a single file, the one that it is in. */
  readonly root: string
  readonly files: readonly DocumentFile[]
  /** Tests of documents, which are no part of the set: each with the name of the document that it stands beside. */
  readonly tests: readonly DocumentFile[]
  readonly faults: readonly FileFault[]
}

const NAMES = '1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first'
const DANGLING = 'this link leads nowhere; take it out'
const CIRCLE = 'this link leads in a circle; take it out'
const TWICE = 'this leads to a folder whose documents are in the set already; take it out'
const OUTSIDE = 'this link leads out of the plan folder and is not followed; put the file itself here'
/** What the files end in that are tests of the document beside them. */
const TESTS = '.test.json'
/** In a folder at the top of the set, which may be a customer's, with all that is below it. */
const MOST_ENTRIES = 100_000
const TOO_MANY = `there are more than ${MOST_ENTRIES} files and folders in here; the others are not looked at`

/** The file of a document, or of its tests; `name`: of the document. */
export function fileNameOf(name: string, kind: 'document' | 'tests'): string {
  return `${name}${kind === 'tests' ? TESTS : '.json'}`
}

/** Whether the file is no document but the tests of one, by its name. */
export function isTestFile(file: string): boolean {
  return file.endsWith(TESTS)
}

/**
 * Finds all documents below a folder, or the one that `path` itself is. Files and folders
 * that begin with a dot are passed over: editors, version control and mounted volumes keep their own there.
 * `set`: the folder of the whole set, where `path` is a part of it: documents are named as there.
 * @throws BelplanError `plans` when `path` cannot be read
 */
export async function findDocuments(path: string, set = path): Promise<FoundDocuments> {
  try {
    const root = await realpath(path)
    const whole = await realpath(set).catch(() => root)
    const isAFolder = await isFolder(root)
    const name = basename(path).replace(/\.json$/, '')
    const found = isAFolder
      ? await searchFolder(path, root)
      : {
          root: dirname(root),
          files: [{ name, file: path, path: root }],
          tests: await testsBeside(path, root),
          faults: [],
        }
    const part = isAFolder ? root : dirname(root)
    return isBelow(part, whole) ? withPrefix(`${relative(whole, part)}/`, found) : found
  } catch (error) {
    throw new BelplanError('plans', `cannot read the plan set ${path}: ${fileReason(error)}`, [], error)
  }
}

/** Those of a single document. */
async function testsBeside(path: string, real: string): Promise<DocumentFile[]> {
  const beside = (document: string) => document.replace(/\.json$/, TESTS)
  const tests = { name: basename(path).replace(/\.json$/, ''), file: beside(path), path: beside(real) }
  return (await isThere(tests.path)) ? [tests] : []
}

function withPrefix(prefix: string, { root, files, tests, faults }: FoundDocuments): FoundDocuments {
  const named = (file: DocumentFile) => ({ ...file, name: prefix + file.name })
  return {
    root,
    files: files.map(named),
    tests: tests.map(named),
    faults: faults.map((fault) => ({ ...fault, document: prefix + fault.document })),
  }
}

interface Folder {
  /** As it is called. */
  readonly path: string
  /** What the names of its documents begin with. */
  readonly prefix: string
  /** Where it really is. */
  readonly real: string
}

/**
 * `root` is where `path` really is. Each folder is visited once: two links in each of thirty folders, to the next of
 * them, are a thousand million ways. Links come after all that is there without them, those at the top first: a
 * folder below may be a customer's, whose link must not take the place of another customer's folder.
 */
async function searchFolder(path: string, root: string): Promise<FoundDocuments> {
  const files: DocumentFile[] = []
  const tests: DocumentFile[] = []
  const faults: FileFault[] = []
  const visited = new Set<string>()
  const linked: Folder[] = []
  /** Folder at the top → entries read in it. */
  const counts = new Map<string, number>()

  async function visit(folder: Folder): Promise<void> {
    visited.add(folder.real)
    for (const entry of await entriesOf(folder)) {
      if (entry.name.startsWith('.')) continue
      const file = join(folder.path, entry.name)
      const name = folder.prefix + entry.name.replace(/\.json$/, '')
      const fault = (message: string) => faults.push({ document: name, file, message })
      // No reason to refuse the folder around it, whose other owners did nothing wrong.
      await visitEntry(folder, entry, file, name, fault).catch((error: unknown) => fault(unreadable(error)))
    }
  }

  async function entriesOf({ path: folder, prefix }: Folder): Promise<Dirent[]> {
    const top = prefix.split('/')[0]!
    const entries: Dirent[] = []
    let count = counts.get(top) ?? 0
    for await (const entry of await opendir(folder, { bufferSize: 1024 })) {
      if (++count > MOST_ENTRIES) {
        if (top === '') throw new Error(TOO_MANY)
        // Reported once.
        if (count === MOST_ENTRIES + 1)
          faults.push({ document: top, file: join(path, top), message: TOO_MANY })
        break
      }
      entries.push(entry)
    }
    counts.set(top, count)
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async function visitEntry(
    folder: Folder,
    entry: Dirent,
    file: string,
    name: string,
    fault: (message: string) => void,
  ) {
    const isLink = entry.isSymbolicLink()
    const real = isLink ? await realpath(file).catch(() => undefined) : join(folder.real, entry.name)
    if (isTestFile(entry.name) && !entry.isDirectory()) {
      const document = name.slice(0, -'.test'.length)
      if (real !== undefined && isBelow(real, root)) tests.push({ name: document, file, path: real })
      return
    }
    const isDocument = entry.name.endsWith('.json')
    const isSubfolder = entry.isDirectory() || (real !== undefined && isLink && (await isFolder(real)))
    if (!isDocument && !isSubfolder) return
    const badName = isSubfolder ? undefined : name.split('/').find((part) => !NAME.test(part))
    if (real === undefined) fault(DANGLING)
    else if (real !== root && !isBelow(real, root)) fault(OUTSIDE)
    else if (isSubfolder) {
      const subfolder = { path: file, prefix: `${folder.prefix}${entry.name}/`, real }
      if (real === folder.real || isBelow(folder.real, real)) fault(CIRCLE)
      else if (isLink) linked.push(subfolder)
      else if (visited.has(real)) fault(TWICE)
      else await visit(subfolder)
    } else if (badName !== undefined) fault(`"${badName}" is no name for a document; rename it to ${NAMES}`)
    else files.push({ name, file, path: real })
  }

  await visit({ path, prefix: '', real: root })
  linked.sort((a, b) => depthOf(a) - depthOf(b))
  // Grows while it is walked through.
  for (const folder of linked) {
    const fault = (message: string) =>
      faults.push({ document: folder.prefix.slice(0, -1), file: folder.path, message })
    if (visited.has(folder.real)) fault(TWICE)
    else await visit(folder).catch((error: unknown) => fault(unreadable(error)))
  }
  return { root, files, tests, faults }
}

function depthOf({ prefix }: Folder): number {
  return prefix.split('/').length
}

/** A link is not followed, and a pipe is not waited for. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

const NO_FILE = 'this is no file; take it out'
const TOO_LARGE = `the file is larger than ${MOST_BYTES / 1024 / 1024} MiB; make several documents of it`
const GROWING = 'the file changed while it was read; reload once it is written'

/** The bytes of the file at `path`, links followed, or why they cannot be read; `root` is that of `findDocuments`. */
export async function readContents(path: string, root: string): Promise<Uint8Array | string> {
  let file: FileHandle | undefined
  try {
    file = await open(path, FLAGS)
    const about = await file.stat()
    if (!about.isFile()) return NO_FILE
    if (about.size > MOST_BYTES) return TOO_LARGE
    // A folder on the way may have become a link since the path was found.
    const place = await placeOf(file)
    if (place !== undefined && !isBelow(place, root)) return OUTSIDE
    return await readUpTo(file, about.size)
  } catch (error) {
    // With O_NOFOLLOW this is a link.
    return (error as NodeJS.ErrnoException).code === 'ELOOP' ? OUTSIDE : unreadable(error)
  } finally {
    await file?.close()
  }
}

/** Where an open file really is; undefined on systems other than Linux. */
async function placeOf(file: FileHandle): Promise<string | undefined> {
  return readlink(`/proc/self/fd/${file.fd}`).catch(() => undefined)
}

/** `size`: that of the file when it was opened. */
async function readUpTo(file: FileHandle, size: number): Promise<Uint8Array | string> {
  const bytes = Buffer.allocUnsafeSlow(size + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length)
    length += bytesRead
    if (length > size) return GROWING
    if (bytesRead === 0) return bytes.subarray(0, length)
  }
}

function unreadable(error: unknown): string {
  return `this cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`
}

/** Both as they really are. */
function isBelow(path: string, root: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep)
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory()
}
