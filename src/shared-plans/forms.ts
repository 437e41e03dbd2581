/**
 * Documents as they serve, kept so that a start has not to read a million numbers anew: for each text, and for each way of reading
 * one: that of a country and of a release.
 */
import type { DocumentForm, FormReader, PlanNumber, ServedDocument } from '../plan/index.ts'
import type { Database, Value } from '../util/database.ts'

/** A document that serves under some name. */
export interface Form {
  readonly served: Omit<ServedDocument, 'name'>
  readonly uses: readonly Omit<PlanNumber, 'document'>[]
}

/** `unreadable`: by this program, such as a document that another release wrote. */
export type FoundForm = Form | 'unreadable'

interface FormRow {
  readonly n: number
  readonly hash: string
  readonly about: string
  readonly numbers: string
  readonly text: string | null
}

/** Rows that are read in one go, each of some kB. */
const PAGE = 100

export interface Forms {
  /** What was read of a text, where it is not here yet. */
  keep(hash: string, read: DocumentForm): void
  /** Those of which there is no form here. */
  missing(hashes: Iterable<string>): string[]
  unreadable(): ReadonlySet<string>
  /** By this program. Made where it is not here. @throws where the text is not here */
  isReadable(hash: string): boolean
  /** Made where it is not here. @throws where the text is not here */
  of(hash: string): FoundForm
  /** All that are here, in the order in which they lie on disk. */
  all(): Generator<readonly [hash: string, form: FoundForm]>
}

interface FormsParts {
  readonly database: Pick<Database, 'all' | 'get' | 'run'>
  readonly reader: FormReader
  readonly kind: number
  readonly bodyOf: (hash: string) => string
  /** Forms that are made are kept. */
  readonly keeps: boolean
  readonly now: () => number
}

export function createForms({ database, reader, kind, bodyOf, keeps, now }: FormsParts): Forms {
  const { all, get, run } = database

  function make(hash: string, { serves }: DocumentForm): FoundForm {
    const found: FoundForm = serves ? formOfNone(serves) : 'unreadable'
    if (!keeps) return found
    const columns: Value[] =
      found === 'unreadable' ? ['', '', null] : [aboutOf(found), numbersOf(found), found.served.text]
    const sql =
      'INSERT OR IGNORE INTO forms (kind, hash, added, about, numbers, text) VALUES (?, ?, ?, ?, ?, ?)'
    run(sql, kind, hash, now(), ...columns)
    return found
  }

  const has = (hash: string) =>
    get('SELECT 1 FROM forms WHERE kind = ? AND hash = ?', kind, hash) !== undefined

  return {
    keep(hash, read) {
      if (!has(hash)) make(hash, read)
    },
    missing(hashes) {
      const rows = all('SELECT hash FROM forms WHERE kind = ?', kind) as { hash: string }[]
      const here = new Set(rows.map(({ hash }) => hash))
      return [...hashes].filter((hash) => !here.has(hash))
    },
    unreadable() {
      const rows = all('SELECT hash FROM forms WHERE kind = ? AND text IS NULL', kind) as { hash: string }[]
      return new Set(rows.map(({ hash }) => hash))
    },
    isReadable(hash) {
      const row = get('SELECT text IS NOT NULL AS reads FROM forms WHERE kind = ? AND hash = ?', kind, hash)
      if (row === undefined) return make(hash, reader.read('', bodyOf(hash))) !== 'unreadable'
      return (row as { reads: number }).reads === 1
    },
    of(hash) {
      const row = get('SELECT about, numbers, text FROM forms WHERE kind = ? AND hash = ?', kind, hash)
      return row === undefined ? make(hash, reader.read('', bodyOf(hash))) : formOf(row as FormRow)
    },
    *all() {
      for (let last = 0; ;) {
        const rows = all(
          'SELECT n, hash, about, numbers, text FROM forms WHERE n > ? AND +kind = ? ORDER BY n LIMIT ?',
          ...[last, kind, PAGE],
        ) as FormRow[]
        for (const row of rows) yield [row.hash, formOf(row)]
        if (rows.length < PAGE) return
        last = rows.at(-1)!.n
      }
    },
  }
}

/** Its name is not kept: others may have the same text. */
function formOfNone({ served: { name: _, ...served }, uses }: NonNullable<DocumentForm['serves']>): Form {
  return { served, uses }
}

type Written = string | readonly [written: string, kind: PlanNumber['pattern']['kind'], value: string]
type NumbersOfPlan = [plan: string, ...Written[]]

function aboutOf({ served: { text: _, ...about } }: Form): string {
  return JSON.stringify(about)
}

/** Most numbers are written as they are read. */
function numbersOf({ uses }: Form): string {
  const plans = Map.groupBy(uses, ({ plan }) => plan)
  const lists = [...plans].map(([plan, own]): NumbersOfPlan => [
    plan,
    ...own.map(({ written, pattern: { kind, value } }): Written =>
      kind === 'exact' && value === written ? written : [written, kind, value],
    ),
  ])
  return JSON.stringify(lists)
}

function formOf({ about, numbers, text }: Omit<FormRow, 'n' | 'hash'>): FoundForm {
  if (text === null) return 'unreadable'
  const uses = (JSON.parse(numbers) as NumbersOfPlan[]).flatMap(([plan, ...own]) =>
    own.map((one) => {
      if (typeof one === 'string')
        return { plan, written: one, pattern: { kind: 'exact', value: one } as const }
      const [written, kind, value] = one
      return { plan, written, pattern: { kind, value } }
    }),
  )
  return { served: { ...(JSON.parse(about) as Omit<ServedDocument, 'name' | 'text'>), text }, uses }
}
