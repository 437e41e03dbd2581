/** What changes the plans that serve, as the controller does it, whoever asks for it: counted, and a line of the audit. */
import type { Metrics } from '../api/index.ts'
import type { Audit, Author, Change, Refusal, Servings } from '../audit/index.ts'
import {
  PlanSetError,
  type PlanStore,
  type ReloadResult,
  type Replacement,
  type ReplaceResult,
  type RollbackResult,
} from '../plan/index.ts'
import { BelplanError } from '../util/errors.ts'

interface PublishingParts {
  readonly plans: Pick<PlanStore, 'current' | 'reload' | 'rollback' | 'replace'>
  readonly metrics: Pick<Metrics, 'reloaded'>
  readonly audit: Pick<Audit, 'write'>
  readonly servings: Pick<Servings, 'began'>
  /** Another set serves. */
  readonly onServed: () => void
}

/** Each resolves and rejects as that of the store does, once the line of the audit is written. */
export interface Publishing {
  reload(by: Author): Promise<ReloadResult>
  rollback(revision: string, by: Author): Promise<RollbackResult | undefined>
  replace(replacement: Replacement, by: Author): Promise<ReplaceResult>
}

type Asked = Pick<Change, 'what' | 'documents' | 'tried'> & Author

export function createPublishing({ plans, metrics, audit, servings, onServed }: PublishingParts): Publishing {
  /**
   * What was not tried is no line: `work` resolves with undefined where there is nothing to do it with, and rejects with
   * an error that is none of `isTried`.
   */
  async function audited<T extends RollbackResult | undefined>(
    { tried, ...asked }: Asked,
    work: () => Promise<T>,
    isTried: (error: unknown) => boolean = () => true,
  ): Promise<T> {
    let result: T
    try {
      result = await work()
    } catch (error) {
      const { revision } = plans.current()
      const refused = {
        outcome: 'refused',
        ...(tried !== undefined && { tried }),
        why: whyOf(error),
      } as const
      if (isTried(error)) await audit.write({ ...asked, from: revision, to: revision, ...refused })
      throw error
    }
    if (result !== undefined) {
      const { previous: from, revision: to, changed } = result
      if (changed) {
        servings.began(to, asked.what, asked.token)
        onServed()
      }
      await audit.write({ ...asked, from, to, outcome: changed ? 'changed' : 'unchanged' })
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
    rollback: (revision, by) =>
      audited({ ...by, what: 'rollback', tried: revision }, () => plans.rollback(revision)),
    replace(replacement, by) {
      const { name, part = 'document', bytes, check, givenUp } = replacement
      const what = bytes ? 'put' : 'delete'
      let unmet: unknown
      const noting: Replacement = {
        ...replacement,
        check(etag) {
          try {
            check(etag)
          } catch (error) {
            unmet = error
            throw error
          }
        },
      }
      return audited(
        { ...by, what: part === 'tests' ? `${what}Tests` : what, documents: [name] },
        () => plans.replace(noting),
        (error) => error !== unmet && error !== givenUp?.reason,
      )
    },
  }
}

function whyOf(error: unknown): Refusal {
  if (error instanceof PlanSetError) return 'invalid'
  const code = error instanceof BelplanError ? error.code : undefined
  return code === 'notGranted' || code === 'overtaken' ? code : 'failed'
}
