/**
 * Which of a controller's events are to be copied to the database that machines share, kept beside them, in the same file and
 * the same transactions, whoever writes there: triggers note what changes. An event that is delivered before it was copied
 * leaves nothing here.
 */
import type { Database } from '../util/database.ts'
import { COLUMNS, DELIVERED, type Row } from './event-list.ts'

/** An event as it is to be copied. */
export interface Changed {
  /** Undefined: it does not wait, and was not given up. */
  readonly row: Row | undefined
  readonly id: string
  /** It was delivered; otherwise it was left to another controller, or lost. */
  readonly isTold: boolean
  /** Of its changes, the last one. */
  readonly change: number
}

/** All of the event is null where it is not there any more. */
interface ChangedRow extends Omit<Row, 'state'> {
  readonly copy: string
  readonly change: number
  readonly state: number | null
}

const isInList = (row: Pick<ChangedRow, 'state'>): row is Row => row.state !== null && row.state !== DELIVERED

export interface Copies {
  /** New ones that were kept before, milliseconds since 1970, the first ones first; and those that have changed since they were copied. */
  changed(keptBeforeMs: number, most: number): Changed[]
  /** They may be in the database from now on, whatever is heard of it. */
  sent(changed: readonly Changed[]): void
  /** The database has them as they were. */
  done(changed: readonly Changed[]): void
  /** How many are not copied yet. */
  waiting(): number
  /** When the first one was kept that is not copied yet, milliseconds since 1970; Infinity: all are. */
  oldestMs(): number
  /** Another controller may have taken over what was copied. */
  doubtAll(): void
  doubt(ids: readonly string[]): void
  isSure(id: string): boolean
  /** Ids behind `after`, in their order, of which it is not known whether another controller has taken them over. */
  doubtful(after: string, most: number): string[]
  /** They are still held here; `isThere`: the database has them. */
  sure(ids: readonly string[], isThere: boolean): void
  /** Those of them that nothing is known of here. */
  unknown(ids: readonly string[]): string[]
  /** Of an event that was read from the database; `isChanged`: it is another one here. */
  read(id: string, sinceMs: number, isChanged: boolean): void
  /** The events of a controller are about to be taken over: those of the database that are in its name are held here. */
  begin(name: string, theirs: Database): void
  /** What may be in the database in its name. */
  takeOver(theirs: Database): void
  /** The controllers whose events were taken over here. */
  takenOver(): string[]
}

/** `copied`: it was not sent, may have been, or is there. */
const [NEW, SENT, COPIED] = [0, 1, 2] as const
/** Of controllers: one for each start that left events. */
const NAMES_KEPT = 200
const SLICE = 1000

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS copies (
    id TEXT PRIMARY KEY, since INTEGER NOT NULL, change INTEGER NOT NULL, copied INTEGER NOT NULL, sure INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS notCopied ON copies (since) WHERE copied < ${COPIED};
  CREATE INDEX IF NOT EXISTS changed ON copies (id) WHERE copied = ${COPIED} AND change > 0;
  CREATE INDEX IF NOT EXISTS doubtful ON copies (id) WHERE sure = 0;
  CREATE TABLE IF NOT EXISTS takenOver (name TEXT PRIMARY KEY);
  CREATE TRIGGER IF NOT EXISTS kept AFTER INSERT ON events WHEN new.state <> ${DELIVERED} BEGIN
    INSERT INTO copies VALUES (new.id, new.since, 1, ${NEW}, 1) ON CONFLICT (id) DO UPDATE SET change = change + 1;
  END;
  CREATE TRIGGER IF NOT EXISTS tried AFTER UPDATE OF state, tries, until, body ON events WHEN new.state <> ${DELIVERED} BEGIN
    UPDATE copies SET change = change + 1 WHERE id = new.id;
  END;
  CREATE TRIGGER IF NOT EXISTS told AFTER UPDATE OF state ON events WHEN new.state = ${DELIVERED} BEGIN
    DELETE FROM copies WHERE id = new.id AND copied = ${NEW};
    UPDATE copies SET change = change + 1 WHERE id = new.id;
  END;
  CREATE TRIGGER IF NOT EXISTS removed AFTER DELETE ON events BEGIN
    DELETE FROM copies WHERE id = old.id AND copied = ${NEW};
    UPDATE copies SET change = change + 1 WHERE id = old.id;
  END;
`

const OF_COPY = COLUMNS.split(', ')
  .map((column) => `events.${column}`)
  .join(', ')
const CHANGED = (where: string) => `SELECT copies.id AS copy, copies.change AS change, ${OF_COPY}
  FROM copies LEFT JOIN events ON events.id = copies.id WHERE ${where} LIMIT ?`
const NOT_COPIED = CHANGED(`copied < ${COPIED} AND copies.since <= ? ORDER BY copies.since`)
const CHANGED_SINCE = CHANGED(`copied = ${COPIED} AND change > 0`)

/** What is not there any more, or was told, is so whoever has taken it over. */
const DOUBTFUL = `SELECT copies.id AS id FROM copies JOIN events ON events.id = copies.id AND events.state <> ${DELIVERED}
  WHERE sure = 0 AND copies.id > ? ORDER BY copies.id LIMIT ?`

/** In the database of a controller's events. Throws SQLite's errors, as all that it does. */
export function createCopies(own: Database): Copies {
  own.db.exec(SCHEMA)
  const { all, get, run, transaction } = own
  const numberOf = (sql: string) => (get(sql) as { readonly n: number | null }).n
  const idsOf = (rows: readonly unknown[]) => (rows as { readonly id: string }[]).map(({ id }) => id)
  const namesIn = ({ all }: Database) =>
    (all('SELECT name FROM takenOver ORDER BY rowid') as { readonly name: string }[]).map(({ name }) => name)

  const hasCopies = ({ get }: Database) =>
    get("SELECT 1 FROM sqlite_schema WHERE name = 'copies' AND type = 'table'") !== undefined

  return {
    changed(keptBeforeMs, most) {
      const rows = [...all(NOT_COPIED, keptBeforeMs, most), ...all(CHANGED_SINCE, most)]
      return (rows as ChangedRow[]).map(({ copy, change, ...row }) => ({
        ...{ id: copy, change, isTold: row.state === DELIVERED },
        row: isInList(row) ? row : undefined,
      }))
    },
    sent: (changed) =>
      transaction(() => {
        for (const { id } of changed)
          run(`UPDATE copies SET copied = ${SENT} WHERE id = ? AND copied = ${NEW}`, id)
      }),
    done: (changed) =>
      transaction(() => {
        for (const { id, row, change } of changed) {
          if (row) run(`UPDATE copies SET copied = ${COPIED}, change = change - ? WHERE id = ?`, change, id)
          else run('DELETE FROM copies WHERE id = ? AND change = ?', id, change)
        }
      }),
    waiting: () => numberOf(`SELECT count(*) AS n FROM copies WHERE copied < ${COPIED}`) ?? 0,
    oldestMs: () => numberOf(`SELECT min(since) AS n FROM copies WHERE copied < ${COPIED}`) ?? Infinity,
    doubtAll: () => run(`UPDATE copies SET sure = 0 WHERE copied <> ${NEW} AND sure = 1`),
    doubt: (ids) => ids.forEach((id) => run('UPDATE copies SET sure = 0 WHERE id = ?', id)),
    isSure: (id) =>
      (get('SELECT sure FROM copies WHERE id = ?', id) as { sure: number } | undefined)?.sure !== 0,
    doubtful: (after, most) => idsOf(all(DOUBTFUL, after, most)),
    sure(ids, isThere) {
      const again = isThere ? '' : `, copied = ${SENT}, change = change + 1`
      transaction(() => ids.forEach((id) => run(`UPDATE copies SET sure = 1${again} WHERE id = ?`, id)))
    },
    unknown: (ids) => ids.filter((id) => get('SELECT 1 FROM copies WHERE id = ?', id) === undefined),
    read: (id, sinceMs, isChanged) =>
      run(
        `INSERT INTO copies VALUES (?1, ?2, ?3, ${COPIED}, 1)
          ON CONFLICT (id) DO UPDATE SET change = ?3, copied = ${COPIED}, sure = 1`,
        ...[id, sinceMs, Number(isChanged)],
      ),
    begin(name, theirs) {
      if (!hasCopies(theirs)) return
      transaction(() => {
        for (const one of [...namesIn(theirs), name]) run('INSERT OR IGNORE INTO takenOver VALUES (?)', one)
        run('DELETE FROM takenOver WHERE rowid <= (SELECT max(rowid) FROM takenOver) - ?', NAMES_KEPT)
      })
    },
    takeOver(theirs) {
      if (!hasCopies(theirs)) return
      for (let after = ''; ;) {
        const rows = theirs.all(
          `SELECT id, since FROM copies WHERE id > ? AND copied <> ${NEW} ORDER BY id LIMIT ?`,
          after,
          SLICE,
        ) as { id: string; since: number }[]
        if (rows.length === 0) break
        after = rows.at(-1)!.id
        transaction(() => {
          for (const { id, since } of rows)
            run(
              `INSERT INTO copies VALUES (?, ?, 1, ${SENT}, 0)
                ON CONFLICT (id) DO UPDATE SET change = change + 1, copied = max(copied, ${SENT}), sure = 0`,
              id,
              since,
            )
        })
      }
    },
    takenOver: () => namesIn(own),
  }
}
