/** Calls that have ended, by any machine where there is a database that machines share. */
import type { Config } from '../config/index.ts'
import { type CallQuery, firstCalls, once, openStoredCalls, readCalls } from '../history/index.ts'
import { type CallLine, type CallRecord, readRecord } from '../records/index.ts'
import type { Io } from './io.ts'

/** Those in the data folder, and those of all machines where there is a database; where that does not answer it is said so. */
export async function callsAnywhere(
  { data, store }: Pick<Config, 'data' | 'store'>,
  query: CallQuery,
  io: Io,
): Promise<readonly CallLine[]> {
  const own = await readCalls(data, query)
  if (!store) return own
  const stored = await openStoredCalls(store.reveal())
  try {
    return firstCalls(once([...(await stored.list(query)), ...own]), query)
  } catch (error) {
    io.err(`the database does not answer (${(error as Error).message}): these are the calls of this machine`)
    return own
  } finally {
    await stored.close()
  }
}

/** Below `data`, or else in the database; undefined also where that does not answer. */
export async function recordAnywhere(
  { data, store }: Pick<Config, 'data' | 'store'>,
  id: string,
): Promise<CallRecord | undefined> {
  // One that waits for its end is not in the journal yet.
  const own = await readRecord(data, id)
  if (own || !store) return own
  const stored = await openStoredCalls(store.reveal())
  try {
    return await stored.find(id).catch(() => undefined)
  } finally {
    await stored.close()
  }
}
