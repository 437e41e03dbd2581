/** What goes from the local copy: history that nobody served for a while, and with it the texts that no revision has any more. */
import type { CopyFile } from './copy-file.ts'

/** As of revisions of a plan folder. */
const KEPT_MS = 30 * 24 * 3600 * 1000
/** Texts that came, and whose revision is still to come; documents as they served, for calls that come back to them. */
const YOUNG_MS = 24 * 3600 * 1000
/** Rows that are removed in one go. */
const SLICE = 2000
/** Pages that are given back to the file system in one go. */
const PAGES = 1000

/** Whether the text `hash` is one of the documents of revision `?1` or `?2`. */
const SERVES = [1, 2]
  .map(
    (parameter) => `EXISTS (
      SELECT 1 FROM changes AS own WHERE own.hash = forms.hash AND own.part = 'document' AND own.seq = (
        SELECT max(seq) FROM changes AS any WHERE any.part = 'document' AND any.name = own.name AND any.seq <= ?${parameter}
      )
    )`,
  )
  .join(' OR ')

export interface Pruning {
  readonly nowMs: number
  /** Revisions that stay. */
  readonly spared: readonly number[]
  /** The way of reading documents that is in use. */
  readonly kind: number
}

/** A piece of it, in a transaction; whether nothing is left to remove. */
export function pruneCopy(
  { db, change, get, run, transaction }: CopyFile,
  { nowMs, spared, kind }: Pruning,
): boolean {
  /** What was before a revision: all but the files as they are in that revision. A file that is gone leaves last of its rows. */
  function removeHistory(oldest: number): number {
    run('DELETE FROM revisions WHERE seq < ?', oldest)
    return change(
      `DELETE FROM changes WHERE (part, name, seq) IN (
         SELECT part, name, seq FROM changes AS old WHERE seq <= ?1 AND (
           EXISTS (
             SELECT 1 FROM changes AS new
             WHERE new.part = old.part AND new.name = old.name AND new.seq > old.seq AND new.seq <= ?1
           ) OR hash IS NULL AND NOT EXISTS (
             SELECT 1 FROM changes AS older WHERE older.part = old.part AND older.name = old.name AND older.seq < old.seq
           )
         ) LIMIT ?2
       )`,
      ...[oldest, SLICE],
    )
  }

  function removeTexts(): number {
    return change(
      `DELETE FROM contents WHERE hash IN (
         SELECT hash FROM contents
         WHERE added < ? AND NOT EXISTS (SELECT 1 FROM changes WHERE changes.hash = contents.hash) LIMIT ?
       )`,
      ...[nowMs - YOUNG_MS, SLICE],
    )
  }

  function removeForms(newest: number, serving: number): number {
    return change(
      `DELETE FROM forms WHERE n IN (SELECT n FROM forms WHERE added < ?3 AND NOT (${SERVES}) LIMIT ?4)`,
      ...[newest, serving, nowMs - YOUNG_MS, SLICE],
    )
  }

  /** Of countries and releases that nobody has any more. */
  function removeKinds(): number {
    run('UPDATE kinds SET used = ? WHERE kind = ?', nowMs, kind)
    const unused = 'SELECT kind FROM kinds WHERE used < ?1'
    const of = [nowMs - KEPT_MS, SLICE]
    const removed =
      change(`DELETE FROM forms WHERE n IN (SELECT n FROM forms WHERE kind IN (${unused}) LIMIT ?2)`, ...of) +
      change(
        `DELETE FROM claims WHERE (kind, key) IN (SELECT kind, key FROM claims WHERE kind IN (${unused}) LIMIT ?2)`,
        ...of,
      )
    if (removed === 0) run('DELETE FROM kinds WHERE used < ?', nowMs - KEPT_MS)
    return removed
  }

  const removed = transaction(() => {
    const serving = get('SELECT seq, pinned FROM serving') as
      { seq: number; pinned: number | null } | undefined
    if (!serving) return 0
    const { seq, pinned } = serving
    const served = get('SELECT min(seq) AS seq FROM revisions WHERE served >= ?', nowMs - KEPT_MS) as {
      seq: number | null
    }
    const oldest = Math.min(seq, pinned ?? seq, served.seq ?? seq, ...spared)
    return removeHistory(oldest) + removeTexts() + removeForms(seq, pinned ?? seq) + removeKinds()
  })
  db.exec(`PRAGMA incremental_vacuum(${PAGES})`)
  return removed === 0
}
