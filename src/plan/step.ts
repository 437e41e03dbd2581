/** What a step is given, what it says of itself, and how it can end. */
import type { CallControl, Gone, ShownCaller } from './call-control.ts'
import type { CompiledDocument, CompiledStep } from './compile.ts'
import type { Presentation, Step } from './document.ts'
import type { WalkState } from './state.ts'
import type { SendWebhook } from './webhook-request.ts'

/** A compiled step whose spec is known to be of one type. */
export type StepOf<S extends Step> = CompiledStep & { readonly spec: S }

export interface WalkContext {
  readonly call: CallControl
  readonly sendWebhook: SendWebhook
  readonly document: CompiledDocument
  readonly state: WalkState
  readonly limits: { readonly bridgesPerCall: number }
  /** One finished step, for the journal. */
  readonly note: (record: StepRecord, step: CompiledStep) => void
}

/** What the journal says of one step. Codes never appear in it. */
export interface StepRecord {
  readonly step: string
  readonly type: Step['type']
  /** Absent where another controller, since lost, executed the step. */
  readonly ms?: number
  readonly outcome: string
  readonly [detail: string]: unknown
}

/** How a step ended; `details` go to the journal beside the outcome. */
export type StepResult =
  | { readonly go: 'on'; readonly outcome: string; readonly details?: Details }
  | { readonly go: 'branch'; readonly branch: string; readonly outcome: string; readonly details?: Details }
  | { readonly go: 'plan'; readonly plan: string; readonly outcome: string; readonly details?: Details }
  | {
      readonly go: 'end'
      readonly ending: StepEnding
      readonly cause?: string
      readonly outcome: string
      readonly details?: Details
    }
  | Gone

export type Details = Readonly<Record<string, unknown>>

/** The endings that a step itself can bring about. */
export type StepEnding = 'talked' | 'transferred' | 'hungUpByPlan'

/** Which number the called party sees from this step. */
export function presentationAt(step: CompiledStep, state: WalkState): Presentation {
  return step.presentation ?? state.presentation
}

/** What the called party is to see from this step. */
export function shownAt(step: CompiledStep, state: WalkState): ShownCaller {
  return { presentation: presentationAt(step, state), name: state.name, nameSet: state.nameSet }
}
