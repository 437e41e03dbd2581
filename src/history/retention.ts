/** How long the journal is kept: its oldest files go first, and that of today never does. */
import { rmSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { dayOf, fileOfDay, journalDays } from './journal-files.ts'

export interface Retention {
  /** Days that are over of which the records are kept, besides today. */
  readonly days?: number
  /** Of all files together. */
  readonly bytes?: number
}

/** A record that was made before midnight may be written after it. */
const MIDNIGHT_MS = 60_000

/** What the database has not all of is kept so much longer, and takes so many times the bytes: then something is lost to it. */
const UNSHIPPED_DAYS = 7
const UNSHIPPED_TIMES = 2

/** Names of files. */
export interface RemovedFiles {
  readonly files: readonly string[]
  /** Among them: what the database had not all of. */
  readonly unshipped: readonly string[]
}

/**
 * Removes what is too old, or too much. `shipped`: how many bytes of the file of a day the database has; absent: there is none. Throws
 * the file system's errors.
 */
export function removeOldFiles(
  folder: string,
  { days = Infinity, bytes = Infinity }: Retention,
  nowMs: number,
  shipped?: (day: number) => number,
): RemovedFiles {
  const today = dayOf(nowMs - MIDNIGHT_MS)
  const all = journalDays(folder).map((day) => {
    const path = fileOfDay(folder, day)
    return { day, path, size: statSync(path, { throwIfNoEntry: false })?.size ?? 0 }
  })
  let left = all.reduce((sum, { size }) => sum + size, 0)
  const files: string[] = []
  const unshipped: string[] = []
  for (const { day, path, size } of all.reverse()) {
    if (day >= today || (today - day <= days && left <= bytes)) break
    const isWaiting = shipped !== undefined && shipped(day) < size
    if (isWaiting && today - day <= days + UNSHIPPED_DAYS && left <= UNSHIPPED_TIMES * bytes) continue
    rmSync(path, { force: true })
    left -= size
    files.push(basename(path))
    if (isWaiting) unshipped.push(basename(path))
  }
  return { files, unshipped }
}
