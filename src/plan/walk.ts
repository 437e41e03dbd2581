/** The walk: one step after another, until the call ends or the outermost list is finished. */
import { assertNever } from '../util/errors.ts'
import { moveTo } from './state.ts'
import {
  END,
  presentationAt,
  type CompiledStep,
  type StepEnding,
  type StepRecord,
  type StepResult,
  type WalkContext,
} from './step.ts'
import { definitionOf } from './step-definitions.ts'

/** Plans may lead round; a call that executes more steps than this goes round. */
export const STEP_BUDGET = 100

export interface WalkEnd {
  /**
   * 'gone': the caller hung up, or the controller released the call; the call's signal says which. 'waiting': FreeSWITCH
   * has the call, and brings it back to where the walk stands.
   */
  readonly ending: StepEnding | 'endOfList' | 'stepBudget' | 'gone' | 'waiting'
  readonly cause?: string
}

/** Walks from `state.at`; resolves when there is nothing left to do for the call. */
export async function walk(context: WalkContext): Promise<WalkEnd> {
  const { call, document, state, time } = context
  while (state.at !== END) {
    if (call.signal.aborted) return { ending: 'gone' }
    if (state.steps >= STEP_BUDGET) return hangUp(context, 'stepBudget', 'EXCHANGE_ROUTING_ERROR')
    const step = document.steps[state.at]!
    context.begun?.(step)
    const began = time.now()
    const result = endOf(await definitionOf(step.spec).run(step, context))
    const ms = Math.round(time.now() - began)
    const branch = result.go === 'branch' ? result.branch : undefined
    context.note({ step: step.name, type: step.spec.type, ms, ...saidOf(result) }, step, branch)
    if (result.go === 'gone') return { ending: 'gone' }
    if (result.go === 'wait') return { ending: 'waiting' }
    if (result.go === 'end') return { ending: result.ending, ...(result.cause && { cause: result.cause }) }
    advance(context, step, result)
    forget(context)
  }
  return hangUp(context, 'endOfList', call.answered ? 'NORMAL_CLEARING' : (state.lastCause ?? 'NO_ANSWER'))
}

type StepEnd = Exclude<StepResult, 'gone'>

const endOf = (result: StepResult): StepEnd => (result === 'gone' ? { go: 'gone' } : result)

function saidOf(result: StepEnd): Pick<StepRecord, 'outcome'> {
  return { outcome: result.go === 'gone' ? 'interrupted' : result.outcome, ...result.details }
}

function advance(
  context: WalkContext,
  step: CompiledStep,
  result: Exclude<StepEnd, { go: 'end' | 'gone' | 'wait' }>,
): void {
  const { document, state } = context
  const goOn = (at: number) => {
    // Nothing is come back to: the call ends on the plan that was called.
    if (at === END) state.missed = step.missed ?? state.missed
    moveTo(state, at)
  }
  switch (result.go) {
    case 'on':
      return goOn(step.next)
    case 'branch':
      return goOn(step.branches[result.branch] ?? step.next)
    case 'plan':
      // For good: what a webhook returned and what was keyed is dropped; the presentation is kept.
      state.presentation = presentationAt(step, state)
      state.missed = document.document.plans[result.plan]?.missed ?? step.missed ?? state.missed
      state.returned.clear()
      state.codes.clear()
      return moveTo(state, document.firstSteps[result.plan] ?? END)
    default:
      return assertNever(result)
  }
}

/**
 * What a webhook returned means something in its success branch alone, also while that calls another plan; elsewhere it
 * only lengthens the checkpoint.
 */
function forget({ document: { steps }, state }: WalkContext): void {
  if (state.returned.size === 0) return
  const around = new Set<number>()
  for (let step = steps[state.at]; step; step = steps[step.calledFrom ?? END]) {
    for (let at = step.inWebhook; at !== undefined; at = steps[at]?.inWebhook) around.add(at)
  }
  for (const index of state.returned.keys()) if (!around.has(index)) state.returned.delete(index)
}

async function hangUp(
  context: WalkContext,
  ending: 'endOfList' | 'stepBudget',
  cause: string,
): Promise<WalkEnd> {
  await context.call.hangUp(cause)
  return { ending, cause }
}
