/** What changes the plans that serve, as the controller does it, whoever asks for it: counted, and a line of the audit. */
import type { Metrics } from '../api/index.ts'
import type { Audit, Author, Change, Servings } from '../audit/index.ts'
import type { PlanStore, ReloadResult, Replacement, ReplaceResult, RollbackResult } from '../plan/index.ts'

interface PublishingParts {
  readonly plans: Pick<PlanStore, 'current' | 'reload' | 'rollback' | 'replace'>
  readonly metrics: Pick<Metrics, 'reloaded'>
  readonly audit: Pick<Audit, 'write'>
  readonly servings: Pick<Servings, 'began'>
}

/** Each resolves and rejects as that of the store does, once the line of the audit is written. */
export interface Publishing {
  reload(by: Author): Promise<ReloadResult>
  rollback(revision: string, by: Author): Promise<RollbackResult | undefined>
  replace(replacement: Replacement, by: Author): Promise<ReplaceResult>
}

export function createPublishing({ plans, metrics, audit, servings }: PublishingParts): Publishing {
  /** `work` resolves with undefined where there is nothing to do it with, which is refused. */
  async function audited<T extends RollbackResult | undefined>(
    what: Pick<Change, 'what' | 'documents'> & Author,
    work: () => Promise<T>,
  ): Promise<T> {
    const refused = () => {
      const { revision } = plans.current()
      return audit.write({ ...what, from: revision, to: revision, outcome: 'refused' })
    }
    let result: T
    try {
      result = await work()
    } catch (error) {
      await refused()
      throw error
    }
    if (result === undefined) await refused()
    else {
      const { previous: from, revision: to, changed } = result
      if (changed) servings.began(to, what.what, what.token)
      await audit.write({ ...what, from, to, outcome: changed ? 'changed' : 'unchanged' })
    }
    return result
  }

  return {
    async reload(by) {
      try {
        const result = await audited({ ...by, what: 'reload' }, plans.reload)
        metrics.reloaded(result.changed ? 'changed' : 'unchanged')
        return result
      } catch (error) {
        metrics.reloaded('refused')
        throw error
      }
    },
    rollback: (revision, by) => audited({ ...by, what: 'rollback' }, () => plans.rollback(revision)),
    replace: (replacement, by) =>
      audited({ ...by, what: replacement.bytes ? 'put' : 'delete', documents: [replacement.name] }, () =>
        plans.replace(replacement),
      ),
  }
}
