/** Calls: lists of them, one with all that is known of it, and one walked again. */
import type { CallLine } from '../../records/call-line.ts'
import type { Ending } from '../../records/ending.ts'
import { ask, askJson } from './client.ts'

export type { CallLine, Ending }

/** How a call may have ended, and whether somebody is told then that it was missed: past a limit it was never on its plan. */
const MISSED: Readonly<Record<Ending, boolean>> = {
  talked: false,
  transferred: false,
  hungUpByPlan: true,
  endOfList: true,
  callerHungUp: true,
  noPlan: true,
  stepBudget: true,
  limited: false,
  failed: true,
  lost: true,
}

export const endings = Object.keys(MISSED) as readonly Ending[]

/** What may be asked for: `missed` are all in which nobody talked to the caller. */
export const wantedEndings = ['missed', ...endings] as const
export type WantedEnding = (typeof wantedEndings)[number]

export const isMissed = (ending: Ending): boolean => MISSED[ending]

/** What the journal says of a step; what else there is of it depends on its type. */
export interface CallStep {
  readonly step: string
  readonly type: string
  readonly ms?: number
  readonly outcome: string
  readonly [detail: string]: unknown
}

/** All that is known of one call; of a live one less. */
export interface WholeCall extends CallLine {
  readonly steps: readonly CallStep[]
  /** So many steps before them are not known. */
  readonly unknownSteps?: number
  readonly controllers?: readonly string[]
  /** Absent: no inbound link knew it. */
  readonly freeswitch?: string
  readonly recording?: { readonly file: string; readonly ms?: number; readonly failed?: string }
  readonly released?: string
  readonly notes?: readonly string[]
}

export interface CallPage {
  readonly calls: readonly CallLine[]
  /** The cursor of the next page; absent: this is the last one. */
  readonly next?: string
  /** Absent: all are there. */
  readonly missing?: readonly Missing[]
}

/** Older calls, since the journal is still being read; those of other machines, since the database does not answer. */
export type Missing = 'older' | 'otherMachines'

/** As `GET /calls` takes it; a number may end in `*`. */
export type CallQuery = Readonly<
  Partial<
    Record<'state' | 'number' | 'caller' | 'plan' | 'ending' | 'since' | 'until' | 'cursor' | 'limit', string>
  >
>

const listOf = (query: CallQuery) => `/calls?${new URLSearchParams(query).toString()}`

export const readCalls = (query: CallQuery, signal?: AbortSignal): Promise<CallPage> =>
  askJson(listOf(query), { signal })

/** The same calls as a table for a spreadsheet, from the first one on. */
export const readCallsAsCsv = async (query: CallQuery): Promise<Blob> =>
  (await ask(listOf(query), { headers: { accept: 'text/csv' } })).blob()

export const readCall = (id: string, signal?: AbortSignal): Promise<WholeCall> =>
  askJson(`/calls/${encodeURIComponent(id)}`, { signal })

export interface ReplayedStep {
  readonly step: string
  readonly type: string
  readonly does?: string
  readonly outcome?: string
  /** What called parties see. */
  readonly shows?: string
}

export interface ReplaySide {
  readonly revision: string
  readonly document?: string
  readonly plan?: string
  readonly steps: readonly ReplayedStep[]
  readonly ending?: Ending
  readonly cause?: string
}

export interface ReplayReport {
  readonly recorded: ReplaySide
  readonly replayed: ReplaySide
  readonly isSame: boolean
  /** `step` counts from 1; without it they part before the first or at the end. */
  readonly parting?: { readonly step?: number; readonly sentence: string }
  readonly isFault: boolean
  readonly assumptions: readonly string[]
  readonly notes: readonly string[]
}

/** `against`: a revision, or a draft of the call's document as JSON; by default the revision that the call had. */
export function replayCall(
  id: string,
  against: string | { readonly draft: string } | undefined,
  signal?: AbortSignal,
): Promise<ReplayReport> {
  const body =
    against === undefined
      ? undefined
      : typeof against === 'string'
        ? { against }
        : `{"against":${against.draft}}`
  return askJson(`/calls/${encodeURIComponent(id)}/replay`, { method: 'POST', body, signal })
}
