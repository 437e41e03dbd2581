/** The documents of a plan set on disk. */
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
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
  readonly files: readonly DocumentFile[]
  /** What is there and cannot be a document. */
  readonly faults: readonly { readonly document: string; readonly file: string; readonly message: string }[]
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/**
 * Finds all documents below a folder, sorted by path, or the one that `path` itself is. Files and folders
 * that begin with a dot are passed over: editors, version control and mounted volumes keep their own there.
 * @throws BelplanError `plans` when `path` cannot be read
 */
export async function findDocuments(path: string): Promise<FoundDocuments> {
  const files: DocumentFile[] = []
  const faults: { document: string; file: string; message: string }[] = []

  async function visit(
    folder: string,
    prefix: string,
    root: string,
    above: readonly string[],
  ): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue
      const file = join(folder, entry.name)
      const name = prefix + entry.name.replace(/\.json$/, '')
      const isJson = entry.name.endsWith('.json')
      const fault = (message: string) => faults.push({ document: name, file, message })
      const target = entry.isSymbolicLink()
        ? await followed(file, root)
        : { path: file, isFolder: entry.isDirectory() }
      if (typeof target === 'string') {
        if (isJson || target !== DANGLING) fault(target)
      } else if (target.isFolder) {
        const real = await realpath(target.path)
        if (above.includes(real)) fault('this link leads in a circle; take it out')
        else await visit(file, `${prefix}${entry.name}/`, root, [...above, real])
      } else if (isJson) {
        const odd = name.split('/').find((part) => !NAME.test(part))
        if (odd === undefined) files.push({ name, file, path: target.path })
        else
          fault(
            `"${odd}" is no name for a document; rename it to 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first`,
          )
      }
    }
  }

  try {
    const { isFolder } = await inspect(path)
    if (!isFolder)
      return { files: [{ name: basename(path).replace(/\.json$/, ''), file: path, path }], faults }
    const root = await realpath(path)
    await visit(path, '', root, [root])
    return { files, faults }
  } catch (error) {
    throw unreadable(path, error)
  }
}

interface Target {
  readonly path: string
  readonly isFolder: boolean
}

const DANGLING = 'this link leads nowhere; take it out'

/** What a link leads to, or why it is not followed. A link to something that is no document is nobody's concern. */
async function followed(link: string, root: string): Promise<Target | string> {
  let real: string
  try {
    real = await realpath(link)
  } catch {
    return DANGLING
  }
  if (!real.startsWith(root + sep))
    return 'this link leads out of the plan folder and is not followed; put the file itself here'
  return inspect(real)
}

async function inspect(path: string): Promise<Target> {
  return { path, isFolder: (await stat(path)).isDirectory() }
}

function unreadable(path: string, error: unknown): BelplanError {
  const code = (error as NodeJS.ErrnoException).code
  const why = code === 'ENOENT' ? 'there is no such file or folder' : String(code ?? error)
  return new BelplanError('plans', `cannot read the plan set ${path}: ${why}`, [], error)
}
