/**
 * How far each file of this journal is in the database: as the database notes it, and as it is noted beside the journal. Where the two
 * differ, the one that says less holds.
 *
 * A step from one place to the next is taken in the database only where it stands at the place before. One that has lost what it once
 * had, as a standby may have that takes over, stands at an earlier place, and gets what follows again.
 */
import type { Connection } from '../postgres/index.ts'
import { dayOf } from './journal-files.ts'
import { dayIn } from './shared-calls.ts'
import { type Shipped, writeShipped } from './shipped.ts'

export interface ShippingPlaces {
  /** Bytes of a file of so many that are in the database. */
  of(day: number, size: number): number
  /** Notes in the database, and then here, that they are so many. Whether the database stood where it was thought to. Rejects with pg's errors. */
  move(day: number, to: number): Promise<boolean>
}

const DAY_MS = 24 * 3600_000

/** Rejects with pg's errors. */
export async function openPlaces(
  db: Connection,
  data: string,
  { journal, places: noted }: Shipped,
): Promise<ShippingPlaces> {
  const rows = await db
    .selectFrom('shipped')
    .select(['day', 'place'])
    .where('journal', '=', journal)
    .execute()
  const there = new Map(rows.map(({ day, place }) => [dayOf(Date.parse(day)), place]))
  const here = new Map<number, number>()
  for (const [day, place] of there) here.set(day, Math.min(place, noted.get(day) ?? 0))

  async function step(day: number, to: number): Promise<boolean> {
    const from = there.get(day)
    const row = { journal, day: dayIn(day * DAY_MS), place: to }
    if (from === undefined) {
      const inserting = db.insertInto('shipped').values(row)
      const { numInsertedOrUpdatedRows } = await inserting
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      return numInsertedOrUpdatedRows === 1n
    }
    const { numUpdatedRows } = await db
      .updateTable('shipped')
      .set({ place: to })
      .where('journal', '=', journal)
      .where('day', '=', row.day)
      .where('place', '=', from)
      .executeTakeFirst()
    return numUpdatedRows === 1n
  }

  return {
    of(day, size) {
      const place = here.get(day) ?? 0
      // It is another file now, or was cut.
      return place > size ? 0 : place
    },
    async move(day, to) {
      if (!(await step(day, to))) return false
      there.set(day, to)
      here.set(day, to)
      writeShipped(data, { journal, places: here })
      return true
    },
  }
}
