/** The database that machines share, for commands: opened where it is configured, and closed by whoever opened it. */
import type { Connection } from '../postgres/index.ts'
import type { CallRecord, CallLine } from '../records/index.ts'
import type { Person } from '../util/forget.ts'
import type { CallQuery } from './call-query.ts'
import type { ForgottenThere } from './forget-shared.ts'

/** Each question rejects with pg's errors. */
export interface StoredCalls {
  /** The calls that are meant, the newest first. */
  list(query: CallQuery): Promise<readonly CallLine[]>
  find(id: string): Promise<CallRecord | undefined>
  /** Has every journal forget a person. */
  ask(number: string, country: string | undefined, author: string): Promise<void>
  /** Takes them out of what is in the database. */
  forget(person: Person): Promise<ForgottenThere>
  close(): Promise<void>
}

const FORGET_MS = 600_000

export async function openStoredCalls(store: string): Promise<StoredCalls> {
  const [{ connect }, { sharedCalls }, { askToForget, forgetShared }] = await Promise.all([
    import('../postgres/index.ts'),
    import('./shared-calls.ts'),
    import('./forget-shared.ts'),
  ])
  const db = connect({ url: store, name: 'command' })
  /** Waits for a batch that is under way, and looks at all records of a day. */
  async function patiently<T>(work: (patient: Connection) => Promise<T>): Promise<T> {
    const patient = connect({ url: store, name: 'forget', answerMs: FORGET_MS })
    try {
      return await work(patient)
    } finally {
      await patient.destroy()
    }
  }

  return {
    ...sharedCalls(db),
    ask: (number, country, author) =>
      patiently((patient) => askToForget(patient, { number, country: country ?? null, author })),
    forget: (person) => patiently((patient) => forgetShared(patient, person)),
    close: () => db.destroy(),
  }
}
