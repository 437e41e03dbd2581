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

/** Removes what is too old, or too much; returns the names of the files. Throws the file system's errors. */
export function removeOldFiles(
  folder: string,
  { days = Infinity, bytes = Infinity }: Retention,
  nowMs: number,
): string[] {
  const today = dayOf(nowMs - MIDNIGHT_MS)
  const files = journalDays(folder).map((day) => {
    const path = fileOfDay(folder, day)
    return { day, path, size: statSync(path, { throwIfNoEntry: false })?.size ?? 0 }
  })
  let left = files.reduce((sum, { size }) => sum + size, 0)
  const removed: string[] = []
  for (const { day, path, size } of files.reverse()) {
    if (day >= today || (today - day <= days && left <= bytes)) break
    rmSync(path, { force: true })
    left -= size
    removed.push(basename(path))
  }
  return removed
}
