/** What each controller has counted: a row that it writes when that has changed, and reads of the others. */
import { sql } from 'kysely'
import type { Connection } from '../postgres/index.ts'
import { parsed } from '../util/parsed.ts'
import { addTally, EMPTY, type Tally } from '../util/tally.ts'
import { type Counts, LIVES_MS } from './messages.ts'

export interface SharedCounts {
  /** Tells the others. */
  write(counts: Counts): Promise<void>
  /** Those of all others together; undefined: they are as they were. */
  read(): Promise<Counts | undefined>
  /** What was read is read again. */
  forget(): void
  /** Turns that an earlier run of this controller told last. */
  readBefore(): Promise<Tally>
}

/** Of a row: what it was as it was read, in JSON. */
interface Row {
  readonly mark: string
  readonly limits: Pick<Counts, 'documents' | 'callers' | 'legs'>
  readonly turns: Tally
}

const NO_LIMITS: Row['limits'] = { documents: EMPTY, callers: EMPTY, legs: EMPTY }

/** Each rejects with pg's errors. */
export function createSharedCounts(
  db: Connection,
  { name, run }: { readonly name: string; readonly run: string },
): SharedCounts {
  let writes = 0
  let rows: ReadonlyMap<string, Row> = new Map()
  /** Those whose calls count: of the rows that were read last; undefined: nothing was read. */
  let living: string | undefined

  return {
    async write({ documents, callers, legs, turns }) {
      const row = {
        ...{ controller: name, run, mark: `${run} ${++writes}` },
        limits: JSON.stringify({ documents: [...documents], callers: [...callers], legs: [...legs] }),
        turns: JSON.stringify([...turns]),
      }
      const { controller: _, ...values } = row
      await db
        .insertInto('counts')
        .values(row)
        .onConflict((conflict) => conflict.column('controller').doUpdateSet(values))
        .execute()
    },

    async read() {
      // The database's clock alone says who lives; a row of an earlier run counts no calls.
      const marks = await db
        .selectFrom('counts')
        .leftJoin('controllers', (join) =>
          join
            .onRef('controllers.name', '=', 'counts.controller')
            .onRef('controllers.run', '=', 'counts.run'),
        )
        .select(['counts.controller', 'counts.mark'])
        .select(
          sql<boolean>`coalesce(controllers.ended_at IS NULL AND controllers.seen_at > clock_timestamp() - ${LIVES_MS}::float8 * interval '1 millisecond', false)`.as(
            'lives',
          ),
        )
        .where('counts.controller', '!=', name)
        .orderBy('counts.controller')
        .execute()
      const wanted = marks.filter(({ controller, mark }) => rows.get(controller)?.mark !== mark)
      const read = wanted.length === 0 ? [] : await readRows(wanted.map(({ controller }) => controller))
      const nowLiving = marks.filter(({ lives }) => lives).map(({ controller }) => controller)
      const isSame = read.length === 0 && rows.size === marks.length && living === String(nowLiving)
      if (isSame) return undefined
      living = String(nowLiving)
      const all = new Map([...rows, ...read])
      rows = new Map(
        marks.flatMap(({ controller }) => {
          const row = all.get(controller)
          return row ? [[controller, row] as const] : []
        }),
      )
      return sumOf(rows, new Set(nowLiving))
    },

    forget() {
      rows = new Map()
      living = undefined
    },

    async readBefore() {
      const row = await db
        .selectFrom('counts')
        .select('turns')
        .where('controller', '=', name)
        .where('run', '!=', run)
        .executeTakeFirst()
      return row ? tallyOf(parsed(row.turns)) : EMPTY
    },
  }

  async function readRows(controllers: readonly string[]): Promise<[string, Row][]> {
    const found = await db
      .selectFrom('counts')
      .select(['controller', 'mark', 'limits', 'turns'])
      .where('controller', 'in', controllers)
      .execute()
    return found.map(({ controller, mark, limits, turns }) => {
      const { documents, callers, legs } = (parsed(limits) ?? {}) as Readonly<Record<string, unknown>>
      const read = { documents: tallyOf(documents), callers: tallyOf(callers), legs: tallyOf(legs) }
      return [controller, { mark, limits: read, turns: tallyOf(parsed(turns)) }]
    })
  }
}

/** What another release counts in another way counts for nothing here. */
function tallyOf(entries: unknown): Tally {
  const isEntry = (entry: unknown): entry is [string, number[]] =>
    Array.isArray(entry) &&
    typeof entry[0] === 'string' &&
    Array.isArray(entry[1]) &&
    entry[1].every((number) => typeof number === 'number')
  return new Map(Array.isArray(entries) ? entries.filter(isEntry) : [])
}

function sumOf(rows: ReadonlyMap<string, Row>, living: ReadonlySet<string>): Counts {
  const documents = new Map<string, number[]>()
  const callers = new Map<string, number[]>()
  const legs = new Map<string, number[]>()
  const turns = new Map<string, number[]>()
  for (const [controller, row] of rows) {
    const limits = living.has(controller) ? row.limits : NO_LIMITS
    addTally(documents, limits.documents)
    addTally(callers, limits.callers)
    addTally(legs, limits.legs)
    addTally(turns, row.turns)
  }
  return { documents, callers, legs, turns }
}
