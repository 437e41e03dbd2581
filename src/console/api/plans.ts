/** `/plans`: the set that serves, its documents as trees, what is doubtful in them, and revisions. */
import type { Change } from '../../plan/diff/change.ts'
import type { Finding } from '../../plan/loading/finding.ts'
import { askJson, askText, inPath } from './client.ts'
import { language } from '../settings.ts'

export type { Finding }

export type PlansState = 'current' | 'stale' | 'rolledBack'

export interface PlanSummary {
  readonly name: string
  readonly description?: string
  readonly numbers: readonly string[]
}

export interface DocumentSummary {
  readonly name: string
  readonly domain?: string
  readonly description?: string
  readonly plans: readonly PlanSummary[]
}

export interface PlanList {
  readonly revision: string
  readonly since: string
  /** Not for tokens of some documents. */
  readonly state?: PlansState
  readonly documents: readonly DocumentSummary[]
}

/** Where a number finds its plan. */
interface Entry {
  readonly document: string
  readonly plan: string
  /** As written, such as `+3150210*`. */
  readonly entry: string
}

export interface Explanation {
  /** In which it was looked for. */
  readonly forms: readonly string[]
  readonly match?: Entry & { readonly kind: 'exact' | 'prefix' | 'rest' }
  readonly near: readonly (Entry & { readonly why: string })[]
}

export const explain = (did: string, signal?: AbortSignal): Promise<Explanation> =>
  askJson(`/plans/explain?${new URLSearchParams({ did }).toString()}`, { signal })

export const readPlans = (signal: AbortSignal): Promise<PlanList> => askJson('/plans', { signal })

export interface TreeNode {
  /** As in records of calls. */
  readonly step: string
  /** Of its place in the document, by which findings name it. */
  readonly pointer: string
  readonly type: string
  /** What such steps are called. */
  readonly title: string
  readonly sentence: string
  /** Plans of the document that it leads to. */
  readonly plans: readonly string[]
  /** That it asks. */
  readonly webhook?: string
  /** The most that it takes; null: no end. */
  readonly seconds: number | null
  readonly goesRound?: boolean
  readonly branches: readonly TreeBranch[]
}

export interface TreeBranch {
  readonly name: string
  readonly sentence: string
  readonly upToSeconds: number | null
  readonly steps: readonly TreeNode[]
}

export interface TreePlan {
  readonly name: string
  readonly description?: string
  readonly numbers: readonly string[]
  readonly moreNumbers: number
  /** The webhook that is told of missed calls. */
  readonly missed?: string
  readonly upToSeconds: number | null
  readonly steps: readonly TreeNode[]
}

export interface TreeWebhook {
  readonly name: string
  readonly method: string
  readonly urlTemplate: string
  readonly timeoutSeconds: number
}

export interface DocumentTree {
  readonly name: string
  /** Absent of a draft. */
  readonly revision?: string
  readonly domain?: string
  readonly description?: string
  readonly audio: Readonly<Record<string, string>>
  readonly webhooks: readonly TreeWebhook[]
  readonly plans: readonly TreePlan[]
}

/** `revision`: [that which serves]. */
export const readTree = (
  name: string,
  { revision, signal }: { readonly revision?: string; readonly signal: AbortSignal },
): Promise<DocumentTree> =>
  askJson(
    `/plans/tree/${inPath(name)}?lang=${language.value}${revision === undefined ? '' : `&revision=${revision}`}`,
    { signal },
  )

/** `draft`: JSON; throws an ApiFault `invalid` with its findings where it does not validate. */
export const treeOfDraft = (draft: string, name: string, signal?: AbortSignal): Promise<DocumentTree> =>
  askJson(`/plans/tree?lang=${language.value}&name=${encodeURIComponent(name)}`, {
    method: 'POST',
    body: draft,
    signal,
  })

export interface Findings {
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
}

/** A document as it is published. */
export const readDocument = (name: string, signal?: AbortSignal) =>
  askText(`/plans/documents/${inPath(name)}`, { signal })

export const validate = (document: string, name: string, signal?: AbortSignal): Promise<Findings> =>
  askJson(`/plans/validate?name=${encodeURIComponent(name)}`, { method: 'POST', body: document, signal })

export interface Changes {
  readonly changes: readonly Change[]
  /** There are more. */
  readonly more: boolean
}

export interface Serving {
  readonly since: string
  /** Absent: it serves. */
  readonly until?: string
  /** The rest is not for tokens of some documents. */
  readonly how?: 'start' | 'reload' | 'rollback' | 'put' | 'delete'
  readonly by?: string
  readonly controller?: string
}

export interface Revision {
  readonly revision: string
  /** It can serve again. */
  readonly kept: boolean
  /** That ended. */
  readonly calls?: number
  readonly served: readonly Serving[]
}

export interface Revisions {
  readonly revision: string
  readonly state?: PlansState
  readonly revisions: readonly Revision[]
}

export const readRevisions = (signal?: AbortSignal): Promise<Revisions> =>
  askJson('/plans/revisions', { signal })

/** `to`: [the revision that serves]. */
export const readDiff = (from: string, to: string, signal?: AbortSignal): Promise<Changes> =>
  askJson(`/plans/diff?${new URLSearchParams({ from, to }).toString()}`, { signal })

/** Serves it until the next reload: on this controller, or on all that share a database. */
export const rollBack = (to: string): Promise<unknown> =>
  askJson('/plans/rollback', { method: 'POST', body: { to } })

export interface Reloaded extends Partial<Changes> {
  readonly revision: string
  readonly previous: string
  readonly changed: boolean
  readonly warnings: readonly Finding[]
}

/** `dryRun`: nothing is changed. Throws an ApiFault `invalid` with findings where the plan set does not validate. */
export const reload = ({ dryRun }: { readonly dryRun: boolean }): Promise<Reloaded> =>
  askJson(`/plans/reload${dryRun ? '?dryRun=true' : ''}`, { method: 'POST', body: '' })
