/** The file of the local copy of the plans: its tables, as one opens them. */
import { closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, isBroken, openDatabase } from '../util/database.ts'

/** The number goes up with the tables: controllers of two releases have one each. */
const FILE = 'plans-1.db'
const FILE_ENDS = ['', '-wal', '-shm'] as const
/** The plans of all customers: those that share the folder run as the same user. */
const OWNER_ONLY = 0o600
/** Another process that writes is waited for: a large change takes some seconds. */
const BUSY_MS = 10_000

/**
 * `contents`: texts of documents and of tests, by the SHA-256 of their bytes; `form` is that of the document (`DocumentForm.hash`).
 * `changes`: which text a file had from a revision on; none: it was gone. `forms`: documents as they serve, and `claims`: whose each
 * number is (claims.ts), both for a way of reading documents (`kinds`).
 */
const SCHEMA = `
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA journal_size_limit = 16777216;
  PRAGMA cache_size = -32768;
  CREATE TABLE IF NOT EXISTS revisions (
    seq INTEGER PRIMARY KEY, revision TEXT NOT NULL, parent INTEGER, at INTEGER NOT NULL, what TEXT NOT NULL, author TEXT,
    controller TEXT, served INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS serving (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, pinned INTEGER);
  CREATE TABLE IF NOT EXISTS changes (
    part TEXT NOT NULL, name TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT, PRIMARY KEY (part, name, seq)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS contents (
    n INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, form TEXT, added INTEGER NOT NULL, body TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS kinds (
    kind INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, used INTEGER NOT NULL, claims INTEGER, towards INTEGER,
    upTo TEXT NOT NULL DEFAULT ''
  );
  CREATE TABLE IF NOT EXISTS forms (
    n INTEGER PRIMARY KEY, kind INTEGER NOT NULL, hash TEXT NOT NULL, added INTEGER NOT NULL, about TEXT, numbers TEXT, text TEXT,
    UNIQUE (kind, hash)
  );
  CREATE TABLE IF NOT EXISTS claims (
    kind INTEGER NOT NULL, key TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, key)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS byRevision ON revisions (revision, seq);
  CREATE INDEX IF NOT EXISTS bySeq ON changes (seq);
  CREATE INDEX IF NOT EXISTS byHash ON changes (hash);
  CREATE INDEX IF NOT EXISTS contentsByAge ON contents (added, hash);
  CREATE INDEX IF NOT EXISTS formsByAge ON forms (added, kind, hash);
  CREATE INDEX IF NOT EXISTS unreadable ON forms (kind, hash) WHERE text IS NULL;
`

export interface CopyFile extends Database {
  /** The file at its path is another one now: it was removed, or made anew. */
  isAnother(): boolean
}

/**
 * Makes what is not there, but with `readOnly`. What is broken goes: all of it is in the shared database, too, so that the next one
 * who opens it begins anew. Throws the file system's and SQLite's errors.
 */
export function openCopyFile(data: string, { readOnly = false } = {}): CopyFile {
  const path = join(data, FILE)
  if (readOnly) return opened(path, true)
  mkdirSync(data, { recursive: true })
  try {
    return opened(path, false)
  } catch (error) {
    if (!isBroken(error)) throw error
    return opened(path, false)
  }
}

function opened(path: string, readOnly: boolean): CopyFile {
  // SQLite gives the files beside it the same permissions.
  if (!readOnly) closeSync(openSync(path, 'a', OWNER_ONLY))
  const { ino } = statSync(path)
  const isAnother = () => statSync(path, { throwIfNoEntry: false })?.ino !== ino

  function guarded<Arguments extends readonly unknown[], Result>(
    work: (...given: Arguments) => Result,
  ): (...given: Arguments) => Result {
    return (...given) => {
      try {
        return work(...given)
      } catch (error) {
        if (isBroken(error) && !isAnother()) for (const end of FILE_ENDS) rmSync(path + end, { force: true })
        throw error
      }
    }
  }

  const database = guarded(openDatabase)(path, SCHEMA, BUSY_MS, { readOnly })
  const { db, run, change, get, all } = database
  return {
    ...{ db, isAnother, run: guarded(run), change: guarded(change), get: guarded(get), all: guarded(all) },
    transaction: (work) => guarded(() => database.transaction(work))(),
  }
}
