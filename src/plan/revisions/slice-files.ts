/**
 * Large revisions as they serve: reading one again from its content takes longer than an operator who rolls back should
 * wait, most of it for its numbers. Nothing is lost where such a file is missing, torn, or of other options or another
 * version of this program: then the content is read.
 */
import { createHash, type Hash } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { newestFiles } from '../../util/newest-files.ts'
import { replaceFile } from '../../util/replace-file.ts'
import type { SetSlice } from './slices.ts'

const OWNER_ONLY = 0o600
const FOLDER_OWNER_ONLY = 0o700

/** The last ones; each takes up twice as much as its content. */
const KEPT = 20

export interface SliceFiles {
  /** `keys`: what the slices depend on besides the revision; any of them finds them. */
  keep(revision: string, keys: readonly string[], slices: readonly SetSlice[]): Promise<void>
  /**
   * Gives each slice to `onSlice`, with a turn of the event loop to itself. False: there are none for this key, or not
   * whole, and what `onSlice` got counts for nothing. Throws what `onSlice` throws.
   */
  read(revision: string, key: string, onSlice: (slice: SetSlice) => void): Promise<boolean>
}

export function openSliceFiles(folder: string): SliceFiles {
  const fileOf = (revision: string) => join(folder, `${revision}.jsonl`)

  async function prune(): Promise<void> {
    const files = await newestFiles(folder)
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
    async read(revision, key, onSlice) {
      const file = await open(fileOf(revision)).catch(() => undefined)
      if (file === undefined) return false
      let heads: readonly string[] | undefined
      const hash = startOf(key)
      let separator = ''
      try {
        for await (const line of file.readLines()) {
          if (heads === undefined) {
            heads = line.split(' ')
            continue
          }
          hash.update(separator).update(line)
          separator = '\n'
          const slice = sliceIn(line)
          if (slice === undefined) return false
          onSlice(slice)
          await turn()
        }
      } finally {
        await file.close()
      }
      return heads?.includes(hash.digest('hex')) ?? false
    },
  }
}

function sliceIn(line: string): SetSlice | undefined {
  try {
    return JSON.parse(line) as SetSlice
  } catch {
    return undefined
  }
}

function startOf(key: string): Hash {
  return createHash('sha256').update(key).update('\n')
}

function hashOf(key: string, body: string): string {
  return startOf(key).update(body).digest('hex')
}
