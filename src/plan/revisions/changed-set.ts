/** The set that comes after another one, made while calls go on. */
import { setImmediate as turn } from 'node:timers/promises'
import type { PlanSet } from './plan-set.ts'
import type { SetSlice } from './slices.ts'

export interface SetChange {
  /** Documents that are gone, and those that others of their name take the place of. */
  readonly removed: Iterable<string>
  readonly slices: Iterable<SetSlice>
}

/** Takes the event loop for a millisecond at a time. `before` stays as it is, and goes on serving meanwhile. */
export async function changedSet(
  before: PlanSet,
  { removed, slices }: SetChange,
  revision: string,
  since: Date,
): Promise<PlanSet> {
  const builder = before.change()
  for (const _ of builder.remove(removed)) await turn()
  for (const slice of slices) {
    builder.add(slice)
    await turn()
  }
  return builder.build(revision, since)
}
