/** Calls that have ended, by any machine where there is a database that machines share. */
import type { Config } from '../config/index.ts'
import {
  type CallQuery,
  firstCalls,
  once,
  openStoredCalls,
  readCalls,
  type StoredCalls,
} from '../history/index.ts'
import { type CallLine, type CallRecord, readRecord } from '../records/index.ts'
import { BelplanError } from '../util/errors.ts'
import type { Io } from './io.ts'

type Place = Pick<Config, 'data' | 'store'>

export interface FoundCalls {
  readonly calls: readonly CallLine[]
  /** Where it was looked through: without the database where that does not answer. */
  readonly place: Place
}

/** Those in the data folder, and those of all machines where there is a database; where that does not answer it is said so. */
export async function callsAnywhere(place: Place, query: CallQuery, io: Io): Promise<FoundCalls> {
  const { data, store } = place
  const own = await readCalls(data, query)
  if (!store) return { calls: own, place }
  const shared = await ofDatabase(store, (stored) => stored.list(query), io)
  if (!shared) return { calls: own, place: { data } }
  return { calls: firstCalls(once([...shared.found, ...own]), query), place }
}

/**
 * Below `data`, or else in the database; where that does not answer it is said so.
 * @throws BelplanError `usage` where there is none
 */
export async function recordAnywhere({ data, store }: Place, id: string, io: Io): Promise<CallRecord> {
  // One that waits for its end is not in the journal yet.
  const own = await readRecord(data, id)
  if (own) return own
  const shared = store && (await ofDatabase(store, (stored) => stored.find(id), io))
  if (shared?.found) return shared.found
  const where = shared ? ', here or in the database' : ` in ${data}`
  throw new BelplanError('usage', `there is no record of a call ${id}${where}`)
}

/** Undefined where the database does not answer, which is said. */
async function ofDatabase<T>(
  store: NonNullable<Place['store']>,
  ask: (stored: StoredCalls) => Promise<T>,
  io: Io,
): Promise<{ readonly found: T } | undefined> {
  const stored = await openStoredCalls(store.reveal())
  try {
    return { found: await ask(stored) }
  } catch (error) {
    io.err(`the database does not answer (${(error as Error).message}): only this machine was looked through`)
    return undefined
  } finally {
    await stored.close()
  }
}
