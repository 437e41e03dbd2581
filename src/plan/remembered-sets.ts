/** Sets of revisions that some calls still have, or somebody tries. */
import type { LRUCache } from 'lru-cache'
import type { PlanSet } from './revisions/index.ts'

/** Finds revisions in `known`, else restores them into it, each once at a time. */
export function restoring(
  known: LRUCache<string, PlanSet>,
  restore: (revision: string) => Promise<PlanSet | undefined>,
): (revision: string) => Promise<PlanSet | undefined> {
  const running = new Map<string, Promise<PlanSet | undefined>>()

  async function restored(revision: string): Promise<PlanSet | undefined> {
    try {
      const set = await restore(revision)
      if (set !== undefined) known.set(revision, set)
      return set
    } finally {
      running.delete(revision)
    }
  }

  return async (revision) => {
    const found = known.get(revision) ?? running.get(revision) ?? restored(revision)
    if (found instanceof Promise) running.set(revision, found)
    return found
  }
}
