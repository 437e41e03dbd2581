/** What is in a folder, the newest first. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface FolderEntry {
  readonly name: string
  readonly path: string
  /** When it was changed, as of `Date`. */
  readonly ms: number
  /** Bytes. */
  readonly size: number
}

/** What goes meanwhile is left out. Throws what `readdir` throws. */
export async function newestFiles(folder: string): Promise<readonly FolderEntry[]> {
  const entries: FolderEntry[] = []
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const about = await stat(path).catch(() => undefined)
    if (about) entries.push({ name, path, ms: about.mtimeMs, size: about.size })
  }
  return entries.sort((a, b) => b.ms - a.ms)
}
