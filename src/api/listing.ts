/** The answer of `/plans`, a piece at a time. */
import { setImmediate as turn } from 'node:timers/promises'
import type { DocumentSummary, PlanSet } from '../plan/index.ts'

/** Characters after which the event loop gets a turn: less than a millisecond's work. */
const PIECE = 64 * 1024

export async function* listing(set: PlanSet, state: 'current' | 'stale'): AsyncGenerator<string> {
  const head = JSON.stringify({ revision: set.revision, since: set.since, state })
  yield `${head.slice(0, -1)},"documents":[`
  let piece = ''
  let separator = ''
  for (const [name, document] of set.documents) {
    piece += separator + JSON.stringify(show(name, document))
    separator = ','
    if (piece.length < PIECE) continue
    yield piece
    piece = ''
    await turn()
  }
  yield `${piece}]}`
}

function show(name: string, { domain, description, plans }: DocumentSummary) {
  return {
    name,
    ...(domain !== undefined && { domain }),
    ...(description !== undefined && { description }),
    plans: [...plans].map(([plan, summary]) => ({ name: plan, ...summary })),
  }
}
