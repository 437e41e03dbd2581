/** The record of a call, by whichever machine. */
import type { Records } from '../records/index.ts'
import { BelplanError } from '../util/errors.ts'
import type { History } from './history.ts'

/**
 * As `Records.find`, and in the database that machines share, at the same time: a search through old files takes longer. Rejects with
 * BelplanError('store') where the record is not here and the database does not answer.
 */
export const findAnywhere =
  (records: Pick<Records, 'find'>, history: Pick<History, 'findShared'>): Records['find'] =>
  async (id, signal) => {
    const stop = new AbortController()
    const here = records.find(id, signal ? AbortSignal.any([signal, stop.signal]) : stop.signal)
    const there = history.findShared(id)
    // Looked at in its turn.
    here.catch(() => undefined)
    there.catch(() => undefined)
    const asFound = async () => {
      const record = await there
      return record && { pending: false, record }
    }
    const first = await Promise.race([here, asFound().catch(() => here)])
    if (first) {
      stop.abort()
      return first
    }
    const own = await here
    if (own) return own
    return asFound().catch((error: unknown) => {
      throw new BelplanError('store', `no call ${id} is here, and the database does not answer`, [], error)
    })
  }
