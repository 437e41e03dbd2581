/** Calls that are held and calls that have ended in one list, page by page. */
import type { CallLine } from '../records/index.ts'
import { callMatcher, type CallQuery, firstCalls, once, type Place, placeOf } from './call-query.ts'
import type { History } from './history.ts'
import type { Missing } from './messages.ts'

export interface PageQuery extends CallQuery {
  /** Absent: both. */
  readonly state?: 'live' | 'ended'
}

export interface CallPage {
  /** The newest first. */
  readonly calls: readonly CallLine[]
  /** Of its last call; absent: there is no more. */
  readonly next?: Place
  /** Of those that have ended; empty: nothing is. */
  readonly missing: readonly Missing[]
}

export interface CallSources {
  /** Those that this controller holds. */
  readonly held: () => readonly CallLine[]
  readonly history: Pick<History, 'list'>
}

/** Rejects as `History.list` does. */
export async function readPage({ held, history }: CallSources, query: PageQuery): Promise<CallPage> {
  const { state, after, most, ...filter } = query
  // Before the ended ones: a call that ends meanwhile is in both, and not in none.
  const live = state === 'ended' ? [] : once(held()).filter(callMatcher(filter))
  const ended =
    state === 'live'
      ? { calls: [], missing: [] }
      : await history.list({ ...filter, ...(after && { after }), most: most + 1 })
  const over = new Set(ended.calls.map(({ id }) => id))
  const all = [...live.filter(({ id }) => !over.has(id)), ...ended.calls]
  const found = firstCalls(all, { ...(after && { after }), most: most + 1 })
  const calls = found.slice(0, most)
  const last = calls.at(-1)
  return { calls, ...(found.length > most && last && { next: placeOf(last) }), missing: ended.missing }
}
