/** The chain of revisions in the local copy: what each file was in each of them. */
import type { Database } from '../util/database.ts'

/** A document, or the tests beside it. */
export type Part = 'document' | 'tests'

export interface ChainRevision {
  /** Its place in the chain: larger than that of the one before. */
  readonly seq: number
  /** Its name, by its documents: it may come again. */
  readonly revision: string
  readonly parent?: number
  readonly atMs: number
  /** What made it, as the audit has it: `put`, `delete`, the same of `Tests`, `push`. */
  readonly what: string
  readonly author?: string
  readonly controller?: string
}

export interface ChainChange {
  readonly part: Part
  readonly name: string
  /** SHA-256 in hex of the bytes; absent: it is gone. */
  readonly hash?: string
}

export type NamedHash = readonly [name: string, hash: string]

export interface ChainState {
  /** Of the newest revision. */
  readonly seq: number
  /** Its name. */
  readonly revision: string
  /** What serves instead: it was rolled back to. */
  readonly pinned?: number
}

interface RevisionRow {
  readonly seq: number
  readonly revision: string
  readonly parent: number | null
  readonly at: number
  readonly what: string
  readonly author: string | null
  readonly controller: string | null
}

const COLUMNS = 'seq, revision, parent, at, what, author, controller'
/** Rows that are read in one go. */
const PAGE = 200
/** For SQLite's LIMIT. */
const ALL = -1

/** Looks into the chain; throws SQLite's errors. */
export function createChain({ get, all, run }: Pick<Database, 'get' | 'all' | 'run'>) {
  function hashOf(part: Part, name: string, seq: number): string | undefined {
    const row = get(
      'SELECT hash FROM changes WHERE part = ? AND name = ? AND seq <= ? ORDER BY seq DESC LIMIT 1',
      ...[part, name, seq],
    ) as { hash: string | null } | undefined
    return row?.hash ?? undefined
  }

  /** Documents behind a name that were changed between two revisions, by name: so many of them. */
  function changedOn(from: number, to: number, behind: string, most: number): string[] {
    const rows = all(
      // Left to itself, SQLite looks through all documents, in the order of their names.
      `SELECT DISTINCT name FROM changes INDEXED BY bySeq
       WHERE seq > ? AND seq <= ? AND part = 'document' AND name > ? ORDER BY name LIMIT ?`,
      ...[Math.min(from, to), Math.max(from, to), behind, most],
    ) as { name: string }[]
    return rows.map(({ name }) => name)
  }

  return {
    changedOn,
    hashOf,

    state(): ChainState | undefined {
      const row = get('SELECT seq, revision, pinned FROM serving JOIN revisions USING (seq)') as
        { seq: number; revision: string; pinned: number | null } | undefined
      if (!row) return undefined
      const { seq, revision, pinned } = row
      return { seq, revision, ...(pinned !== null && { pinned }) }
    },

    /** All files of a part in a revision, by name. */
    list(part: Part, seq: number): NamedHash[] {
      const rows = all(
        // Of a group, SQLite has the other columns of the row that max() is from.
        `SELECT name, hash, max(seq) FROM changes WHERE part = ? AND seq <= ? GROUP BY name HAVING hash IS NOT NULL ORDER BY name`,
        ...[part, seq],
      ) as { name: string; hash: string }[]
      return rows.map(({ name, hash }) => [name, hash])
    },

    /** What the documents of a revision are known by. */
    formHashes(seq: number): NamedHash[] {
      const rows = all(
        `SELECT name, form FROM (
           SELECT name, hash, max(seq) FROM changes WHERE part = 'document' AND seq <= ? GROUP BY name HAVING hash IS NOT NULL
         ) JOIN contents USING (hash)`,
        seq,
      ) as { name: string; form: string }[]
      return rows.map(({ name, form }) => [name, form])
    },

    /** Documents behind a name, by name: so many of them. */
    listOn(seq: number, behind: string, most: number): NamedHash[] {
      const rows = all(
        `SELECT name, hash, max(seq) FROM changes WHERE part = 'document' AND name > ? AND seq <= ?
         GROUP BY name HAVING hash IS NOT NULL ORDER BY name LIMIT ?`,
        ...[behind, seq, most],
      ) as { name: string; hash: string }[]
      return rows.map(({ name, hash }) => [name, hash])
    },

    /** The texts that a document had, the newest first, up to where it was not there. */
    *hashesOf(name: string, seq: number): Generator<string> {
      const rows = all(
        "SELECT hash FROM changes WHERE part = 'document' AND name = ? AND seq <= ? ORDER BY seq DESC LIMIT ?",
        ...[name, seq, PAGE],
      ) as { hash: string | null }[]
      for (const { hash } of rows) {
        if (hash === null) return
        yield hash
      }
    },

    /** The documents that are different in two revisions, by name. */
    differing(from: number, to: number): string[] {
      return changedOn(from, to, '', ALL).filter(
        (name) => hashOf('document', name, from) !== hashOf('document', name, to),
      )
    },

    change({ part, name, hash }: ChainChange, seq: number): void {
      const sql = 'INSERT OR REPLACE INTO changes (part, name, seq, hash) VALUES (?, ?, ?, ?)'
      run(sql, part, name, seq, hash ?? null)
    },

    add({ seq, revision, parent, atMs, what, author, controller }: ChainRevision, nowMs: number): void {
      const values = [seq, revision, parent ?? null, atMs, what, author ?? null, controller ?? null, nowMs]
      run(`INSERT INTO revisions (${COLUMNS}, served) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, ...values)
    },

    serve(seq: number, pinned: number | undefined): void {
      run('INSERT OR REPLACE INTO serving (one, seq, pinned) VALUES (1, ?, ?)', seq, pinned ?? null)
    },

    /** What served until now is kept for a while from now on. */
    served(seq: number, nowMs: number): void {
      run('UPDATE revisions SET served = ? WHERE seq = ?', nowMs, seq)
    },

    /** Undefined: it is not here. */
    nameOf(seq: number): string | undefined {
      const row = get('SELECT revision FROM revisions WHERE seq = ?', seq)
      return (row as { revision: string } | undefined)?.revision
    },

    /** The newest of a name. */
    seqOf(revision: string): number | undefined {
      const row = get('SELECT max(seq) AS seq FROM revisions WHERE revision = ?', revision)
      return (row as { seq: number | null }).seq ?? undefined
    },

    /** The newest first. */
    *revisions(): Generator<ChainRevision> {
      for (let before = Number.MAX_SAFE_INTEGER; ;) {
        const rows = all(
          `SELECT ${COLUMNS} FROM revisions WHERE seq < ? ORDER BY seq DESC LIMIT ?`,
          ...[before, PAGE],
        ) as RevisionRow[]
        yield* rows.map(revisionOf)
        if (rows.length < PAGE) return
        before = rows.at(-1)!.seq
      }
    },

    /** Nothing of it is left. */
    clear(): void {
      for (const table of ['serving', 'revisions', 'changes', 'claims']) run(`DELETE FROM ${table}`)
      run(`UPDATE kinds SET claims = NULL, towards = NULL, upTo = ''`)
    },
  }
}

export type Chain = ReturnType<typeof createChain>

function revisionOf({ seq, revision, parent, at, what, author, controller }: RevisionRow): ChainRevision {
  return {
    ...{ seq, revision, atMs: at, what },
    ...(parent !== null && { parent }),
    ...(author !== null && { author }),
    ...(controller !== null && { controller }),
  }
}
