/**
 * Large revisions as they serve: reading one again from its content takes longer than an operator who rolls back should
 * wait, most of it for its numbers. Nothing is lost where such a file is missing, torn, or of other options or another
 * version of this program: then the content is read.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../../util/replace-file.ts'
import type { SetSlice } from './slices.ts'

const OWNER_ONLY = 0o600
const FOLDER_OWNER_ONLY = 0o700

/** The last ones; each takes up twice as much as its content. */
const KEPT = 20

export interface SliceFiles {
  /** `keys`: what the slices depend on besides the revision; any of them finds them. */
  keep(revision: string, keys: readonly string[], slices: readonly SetSlice[]): Promise<void>
  /** Undefined where there are none for this key. */
  read(revision: string, key: string): Promise<readonly SetSlice[] | undefined>
}

export function openSliceFiles(folder: string): SliceFiles {
  const fileOf = (revision: string) => join(folder, `${revision}.jsonl`)

  async function prune(): Promise<void> {
    const files: { path: string; ms: number }[] = []
    for (const file of await readdir(folder)) {
      const path = join(folder, file)
      const about = await stat(path).catch(() => undefined)
      if (about) files.push({ path, ms: about.mtimeMs })
    }
    files.sort((a, b) => b.ms - a.ms)
    for (const { path } of files.slice(KEPT)) await rm(path, { force: true })
  }

  return {
    async keep(revision, keys, slices) {
      const body = slices.map((slice) => JSON.stringify(slice)).join('\n')
      await mkdir(folder, { recursive: true, mode: FOLDER_OWNER_ONLY })
      const head = keys.map((key) => hashOf(key, body)).join(' ')
      await replaceFile(fileOf(revision), `${head}\n${body}`, OWNER_ONLY)
      await prune()
    },
    async read(revision, key) {
      const text = await readFile(fileOf(revision), 'utf8').catch(() => undefined)
      if (text === undefined) return undefined
      const end = text.indexOf('\n')
      const body = text.slice(end + 1)
      if (!text.slice(0, Math.max(end, 0)).split(' ').includes(hashOf(key, body))) return undefined
      return body.split('\n').map((line) => JSON.parse(line) as SetSlice)
    },
  }
}

function hashOf(key: string, body: string): string {
  return createHash('sha256').update(key).update('\n').update(body).digest('hex')
}
