/** The documents of a plan set on disk. */
import type { Dirent } from 'node:fs'
import { opendir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { NAME } from '../../syntax/index.ts'
import { BelplanError } from '../../util/errors.ts'

export interface DocumentFile {
  /** Its path below the set's folder without `.json`, with `/` on every system. */
  readonly name: string
  /** What to call it in findings. */
  readonly file: string
  /** Where to read it, links followed. */
  readonly path: string
}

export interface FoundDocuments {
  /** Where the folder really is; of a single file, the one that it is in. */
  readonly root: string
  readonly files: readonly DocumentFile[]
  /** What is there and cannot be a document. */
  readonly faults: readonly { readonly document: string; readonly file: string; readonly message: string }[]
}

const NAMES = '1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first'
const DANGLING = 'this link leads nowhere; take it out'
const CIRCLE = 'this link leads in a circle; take it out'
const TWICE = 'this leads to a folder whose documents are in the set already; take it out'
/** In a folder at the top of the set, which may be a customer's, with all that is below it. */
const MOST_ENTRIES = 100_000
const TOO_MANY = `there are more than ${MOST_ENTRIES} files and folders in here; the others are not looked at`
export const OUTSIDE = 'this link leads out of the plan folder and is not followed; put the file itself here'

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
      : { root: dirname(root), files: [{ name, file: path, path: root }], faults: [] }
    const part = isAFolder ? root : dirname(root)
    return isBelow(part, whole) ? below(`${relative(whole, part)}/`, found) : found
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why = code === 'ENOENT' ? 'there is no such file or folder' : (code ?? (error as Error).message)
    throw new BelplanError('plans', `cannot read the plan set ${path}: ${why}`, [], error)
  }
}

/** With the names that they have in the whole set. */
function below(prefix: string, { root, files, faults }: FoundDocuments): FoundDocuments {
  return {
    root,
    files: files.map((file) => ({ ...file, name: prefix + file.name })),
    faults: faults.map((fault) => ({ ...fault, document: prefix + fault.document })),
  }
}

/** A folder on the way: as it is called, and where it really is. */
interface Folder {
  readonly path: string
  /** What the names of its documents begin with. */
  readonly prefix: string
  readonly real: string
}

/**
 * `root` is where `path` really is. Each folder is visited once: two links in each of thirty folders, to the next of
 * them, are a thousand million ways. Links come behind all that is there without them, those at the top first: a
 * folder below may be a customer's, and their link must not take the place of somebody else's folder.
 */
async function searchFolder(path: string, root: string): Promise<FoundDocuments> {
  const files: DocumentFile[] = []
  const faults: { document: string; file: string; message: string }[] = []
  const visited = new Set<string>()
  const linked: Folder[] = []
  /** Folder at the top → how much was found in it. */
  const found = new Map<string, number>()

  async function visit(folder: Folder): Promise<void> {
    visited.add(folder.real)
    for (const entry of await entriesOf(folder)) {
      if (entry.name.startsWith('.')) continue
      const file = join(folder.path, entry.name)
      const name = folder.prefix + entry.name.replace(/\.json$/, '')
      const fault = (message: string) => faults.push({ document: name, file, message })
      // Neither is a fault of the set: whoever has this folder may have taken it away this moment.
      await look(folder, entry, file, name, fault).catch((error: unknown) => fault(unreadable(error)))
    }
  }

  async function entriesOf({ path: folder, prefix }: Folder): Promise<Dirent[]> {
    const top = prefix.split('/')[0]!
    const entries: Dirent[] = []
    let count = found.get(top) ?? 0
    for await (const entry of await opendir(folder, { bufferSize: 1024 })) {
      if (++count > MOST_ENTRIES) {
        if (top === '') throw new Error(TOO_MANY)
        // Said once.
        if (count === MOST_ENTRIES + 1)
          faults.push({ document: top, file: join(path, top), message: TOO_MANY })
        break
      }
      entries.push(entry)
    }
    found.set(top, count)
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async function look(
    at: Folder,
    entry: Dirent,
    file: string,
    name: string,
    fault: (message: string) => void,
  ) {
    const isLink = entry.isSymbolicLink()
    const real = isLink ? await realpath(file).catch(() => undefined) : join(at.real, entry.name)
    const isDocument = entry.name.endsWith('.json')
    const isSubfolder = entry.isDirectory() || (real !== undefined && isLink && (await isFolder(real)))
    if (!isDocument && !isSubfolder) return
    const odd = isSubfolder ? undefined : name.split('/').find((part) => !NAME.test(part))
    if (real === undefined) fault(DANGLING)
    else if (real !== root && !isBelow(real, root)) fault(OUTSIDE)
    else if (isSubfolder) {
      const folder = { path: file, prefix: `${at.prefix}${entry.name}/`, real }
      if (real === at.real || isBelow(at.real, real)) fault(CIRCLE)
      else if (isLink) linked.push(folder)
      else if (visited.has(real)) fault(TWICE)
      else await visit(folder)
    } else if (odd !== undefined) fault(`"${odd}" is no name for a document; rename it to ${NAMES}`)
    else files.push({ name, file, path: real })
  }

  await visit({ path, prefix: '', real: root })
  linked.sort((a, b) => depthOf(a) - depthOf(b))
  // More are found on the way.
  for (const folder of linked) {
    const fault = (message: string) =>
      faults.push({ document: folder.prefix.slice(0, -1), file: folder.path, message })
    if (visited.has(folder.real)) fault(TWICE)
    else await visit(folder).catch((error: unknown) => fault(unreadable(error)))
  }
  return { root, files, faults }
}

function depthOf({ prefix }: Folder): number {
  return prefix.split('/').length
}

/** What to say of a file or a folder that cannot be read. */
export function unreadable(error: unknown): string {
  return `this cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`
}

/** Both as they really are. */
export function isBelow(path: string, root: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep)
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory()
}
