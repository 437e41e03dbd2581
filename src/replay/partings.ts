/** Where two sides part, in a sentence. */
import { isUnknown, withUnknown } from './unknown.ts'
import type { Parting, ReplayedStep, Side } from './report.ts'

/** Undefined: the number led to the same plan. */
export function partingOfPlans(recorded: Side, replayed: Side): Parting | undefined {
  if (recorded.document === replayed.document && recorded.plan === replayed.plan) return undefined
  return { sentence: `the number ${ledTo(recorded)} in the call, and ${ledTo(replayed)} here` }
}

function ledTo({ document, plan }: Side): string {
  return document === undefined ? 'found no plan' : `led to \`${plan}\` of ${document}`
}

/** `at`: the first step that is not the same, counted from 0. */
export function partingAt(at: number, recorded: Side, replayed: Side): Parting {
  const was = told(recorded, at)
  const is = told(replayed, at)
  return { step: at + 1, sentence: `in the call ${was}; here ${is}` }
}

function told({ steps, ...side }: Side, at: number): string {
  const step = steps[at]
  return step === undefined ? `it ${endOf(side)}` : stepText(step)
}

export function stepText({ step, type, does = `is of type ${type}`, outcome, shows }: ReplayedStep): string {
  const shown = shows === undefined ? '' : `, shown as ${shows}`
  return `${step} ${does}${shown}${outcome === undefined ? '' : `: ${outcome}`}`
}

/** Undefined: the call ended in the same way. */
export function partingOfEnds(recorded: Side, replayed: Side): Parting | undefined {
  const isSameCause = recorded.cause === replayed.cause || isUnknown(replayed.cause)
  if (recorded.ending === replayed.ending && isSameCause) return undefined
  return { sentence: `the call ${endOf(recorded)}; here it ${endOf(replayed)}` }
}

export function endOf({ ending, cause }: Pick<Side, 'ending' | 'cause'>): string {
  if (ending === undefined) return 'was not followed any further'
  return `ended with ${ending}${cause === undefined ? '' : ` (${withUnknown(cause)})`}`
}
