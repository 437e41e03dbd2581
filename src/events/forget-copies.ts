/** A person taken out of the copies of events in the database that machines share. */
import { connect } from '../postgres/index.ts'

const PAGE = 500

/**
 * `without`: a body without the person; undefined: they are not in it. Resolves with the number of copies that they were taken out of.
 * A holder whose own disk still has them may bring them back, until that has forgotten them, too. Rejects with pg's errors.
 */
export async function forgetInCopies(
  url: string,
  without: (body: string) => string | undefined,
): Promise<number> {
  const db = connect({ url, name: 'forget', most: 1 })
  let events = 0
  try {
    for (let after = ''; ;) {
      const rows = await db
        .selectFrom('events')
        .select(['id', 'body'])
        .where('id', '>', after)
        .where('body', '<>', '')
        .orderBy('id')
        .limit(PAGE)
        .execute()
      for (const { id, body } of rows) {
        const rest = without(body)
        if (rest === undefined) continue
        await db.updateTable('events').set({ body: rest, error: null }).where('id', '=', id).execute()
        events++
      }
      if (rows.length < PAGE) return events
      after = rows.at(-1)!.id
    }
  } finally {
    await db.destroy()
  }
}
