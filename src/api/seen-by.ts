/** A plan set as a client may know it. */
import type { PlanSet, PlanStore } from '../plan/index.ts'
import type { Client } from './auth.ts'
import { ApiError } from './errors.ts'
import type { JobLimit } from './job-limit.ts'

/** Documents that the client may not know of are as if they were not there. */
export function seenBy({ limited, mayUse }: Client, set: PlanSet): PlanSet {
  if (!limited) return set
  return { ...set, find: (did, domain, forms) => set.find(did, domain, forms, mayUse) }
}

/** The set that serves, or a revision that is kept. Throws ApiError `notFound` where there is none. */
export async function setToRead(
  plans: Pick<PlanStore, 'current' | 'toTry'>,
  revision: string | undefined,
  client: Client,
  asJob: JobLimit,
): Promise<PlanSet> {
  const current = plans.current()
  if (revision === undefined || revision === current.revision) return current
  const set = await asJob(client, () => plans.toTry(revision))
  if (set === undefined) throw new ApiError('notFound', `there is no revision ${revision}`)
  return set
}
