/** A reload as the controller does it, whoever asks for it: counted, and a line of the audit. */
import type { Metrics } from '../api/index.ts'
import type { Audit, Author } from '../audit/index.ts'
import type { PlanStore, ReloadResult } from '../plan/index.ts'

interface ReloadParts {
  readonly plans: Pick<PlanStore, 'current' | 'reload'>
  readonly metrics: Pick<Metrics, 'reloaded'>
  readonly audit: Pick<Audit, 'write'>
}

/** Resolves and rejects as PlanStore.reload does, once the line of the audit is written. */
export function createReload({ plans, metrics, audit }: ReloadParts): (by: Author) => Promise<ReloadResult> {
  return async (by) => {
    try {
      const result = await plans.reload()
      const { previous: from, revision: to } = result
      const outcome = result.changed ? 'changed' : 'unchanged'
      metrics.reloaded(outcome)
      await audit.write({ ...by, what: 'reload', from, to, outcome })
      return result
    } catch (error) {
      metrics.reloaded('refused')
      const { revision } = plans.current()
      await audit.write({ ...by, what: 'reload', from: revision, to: revision, outcome: 'refused' })
      throw error
    }
  }
}
