import type { PlansInDatabase, Pulled, Pushed, PushOptions } from './push-plans.ts'

export { openSharedStore, type SharedStore, type SharedStoreOptions } from './shared-store.ts'
export { readKeptDocuments, readKeptSet } from './kept-revisions.ts'
export type { Pushed } from './push-plans.ts'

// The controller itself has no use for what connects to the database.

/** As of `push-plans.ts`. */
export async function pushPlans(options: PushOptions): Promise<Pushed> {
  const push = await import('./push-plans.ts')
  return push.pushPlans(options)
}

/** As of `push-plans.ts`. */
export async function pullPlans(options: PlansInDatabase): Promise<Pulled> {
  const pull = await import('./push-plans.ts')
  return pull.pullPlans(options)
}
