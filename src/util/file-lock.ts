/** A lock that the kernel takes from a process, whatever its end: that of an SQLite database. */
import { DatabaseSync } from 'node:sqlite'

/** Closing it gives the lock back; undefined: another process has it. Throws where the file cannot be opened. */
export function takeLock(file: string): DatabaseSync | undefined {
  const db = new DatabaseSync(file)
  try {
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return db
  } catch {
    db.close()
    return undefined
  }
}
