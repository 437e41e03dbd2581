/** A plan set as a client may know it. */
import type { PlanSet } from '../plan/index.ts'
import type { Client } from './auth.ts'

/** Documents that the client may not know of are as if they were not there. */
export function seenBy({ limited, mayUse }: Client, set: PlanSet): PlanSet {
  if (!limited) return set
  return { ...set, find: (did, domain, forms) => set.find(did, domain, forms, mayUse) }
}
