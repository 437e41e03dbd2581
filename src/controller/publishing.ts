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
import { within } from '../util/within.ts'
import type { MissingModule } from './needed-modules.ts'

interface PublishingParts {
  readonly plans: Pick<PlanStore, 'current' | 'reload' | 'rollback' | 'replace'>
  readonly metrics: Pick<Metrics, 'reloaded'>
  readonly audit: Pick<Audit, 'write'>
  readonly servings: Pick<Servings, 'began'>
  /** Of each FreeSWITCH, the modules that the set that serves needs and which it has not loaded. None rejects. */
  readonly missingModules: () => readonly Promise<readonly MissingModule[]>[]
}

/** What an answer says of FreeSWITCH; absent: nothing is missing, or it is not known. */
interface Missing {
  readonly missingModules?: readonly MissingModule[]
}

/** Each resolves and rejects as that of the store does, once the line of the audit is written. */
export interface Publishing {
  reload(by: Author): Promise<ReloadResult & Missing>
  rollback(revision: string, by: Author): Promise<(RollbackResult & Missing) | undefined>
  replace(replacement: Replacement, by: Author): Promise<ReplaceResult & Missing>
}

/** A published set serves already: its answer waits no longer for FreeSWITCH. */
const ASK_MS = 500

type Asked = Pick<Change, 'what' | 'documents' | 'tried'> & Author

export function createPublishing({ plans, metrics, audit, servings, ...parts }: PublishingParts): Publishing {
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
    if (result === undefined) return result
    const { previous: from, revision: to, changed } = result
    if (changed) servings.began(to, asked.what, asked.token)
    await audit.write({ ...asked, from, to, outcome: changed ? 'changed' : 'unchanged' })
    return result
  }

  async function withMissing<T extends object>(result: T): Promise<T & Missing> {
    const found: MissingModule[] = []
    const asked = parts.missingModules().map(async (missing) => found.push(...(await missing)))
    await within(ASK_MS, Promise.all(asked))
    return { ...result, ...(found.length > 0 && { missingModules: [...found] }) }
  }

  return {
    async reload(by) {
      try {
        const result = await audited({ ...by, what: 'reload' }, plans.reload)
        metrics.reloaded(result.changed ? 'changed' : 'unchanged')
        return await withMissing(result)
      } catch (error) {
        metrics.reloaded('refused')
        throw error
      }
    },
    async rollback(revision, by) {
      const result = await audited({ ...by, what: 'rollback', tried: revision }, () =>
        plans.rollback(revision),
      )
      return result && withMissing(result)
    },
    async replace(replacement, by) {
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
      const result = await audited(
        { ...by, what: part === 'tests' ? `${what}Tests` : what, documents: [name] },
        () => plans.replace({ ...noting, ...(by.token !== undefined && { author: by.token }) }),
        (error) => error !== unmet && error !== givenUp?.reason,
      )
      return withMissing(result)
    },
  }
}

function whyOf(error: unknown): Refusal {
  if (error instanceof PlanSetError) return 'invalid'
  const code = error instanceof BelplanError ? error.code : undefined
  return code === 'notGranted' || code === 'overtaken' ? code : 'failed'
}
