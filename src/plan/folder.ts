/** The documents of a plan set on disk. */
import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { BelplanError } from '../errors.ts'

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

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

const NAMES = '1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first'
const DANGLING = 'this link leads nowhere; take it out'
const CIRCLE = 'this link leads in a circle; take it out'
export const OUTSIDE = 'this link leads out of the plan folder and is not followed; put the file itself here'

/**
 * Finds all documents below a folder, sorted by path, or the one that `path` itself is. Files and folders
 * that begin with a dot are passed over: editors, version control and mounted volumes keep their own there.
 * @throws BelplanError `plans` when `path` cannot be read
 */
export async function findDocuments(path: string): Promise<FoundDocuments> {
  try {
    const root = await realpath(path)
    if (await isFolder(root)) return await searchFolder(path, root)
    const name = basename(path).replace(/\.json$/, '')
    return { root: dirname(root), files: [{ name, file: path, path: root }], faults: [] }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why = code === 'ENOENT' ? 'there is no such file or folder' : String(code ?? error)
    throw new BelplanError('plans', `cannot read the plan set ${path}: ${why}`, [], error)
  }
}

/** `root` is where `path` really is. */
async function searchFolder(path: string, root: string): Promise<FoundDocuments> {
  const files: DocumentFile[] = []
  const faults: { document: string; file: string; message: string }[] = []

  /** `above` are the folders on the way, as they really are: a link back to one of them leads in a circle. */
  async function visit(folder: string, prefix: string, above: readonly string[]): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue
      const file = join(folder, entry.name)
      const name = prefix + entry.name.replace(/\.json$/, '')
      const fault = (message: string) => faults.push({ document: name, file, message })
      // Neither is a fault of the set: whoever has this folder may have taken it away this moment.
      await look(entry, file, name, fault).catch((error: unknown) => fault(unreadable(error)))
    }

    async function look(entry: Dirent, file: string, name: string, fault: (message: string) => void) {
      const real = entry.isSymbolicLink()
        ? await realpath(file).catch(() => undefined)
        : join(above.at(-1)!, entry.name)
      const isDocument = entry.name.endsWith('.json')
      const isSubfolder =
        entry.isDirectory() || (real !== undefined && entry.isSymbolicLink() && (await isFolder(real)))
      if (!isDocument && !isSubfolder) return
      const odd = isSubfolder ? undefined : name.split('/').find((part) => !NAME.test(part))
      if (real === undefined) fault(DANGLING)
      else if (above.includes(real)) fault(CIRCLE)
      else if (!isBelow(real, root)) fault(OUTSIDE)
      else if (isSubfolder) await visit(file, `${prefix}${entry.name}/`, [...above, real])
      else if (odd !== undefined) fault(`"${odd}" is no name for a document; rename it to ${NAMES}`)
      else files.push({ name, file, path: real })
    }
  }

  await visit(path, '', [root])
  return { root, files, faults }
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
