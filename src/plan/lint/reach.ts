import { assertNever } from '../../util/errors.ts'
import type { UnansweredOutcome } from '../steps/bridge.ts'
import { END, type CompiledDocument, type CompiledStep } from '../compile.ts'

const OUTCOMES: Readonly<Record<UnansweredOutcome, true>> = {
  busy: true,
  rejected: true,
  noAnswer: true,
  unavailable: true,
  failed: true,
}

/**
 * Where a walk may go after a step, END included; nowhere after one that ends the call. Each place once. A
 * bridge that was answered ends the call.
 */
export function successors(step: CompiledStep, { entries }: CompiledDocument): number[] {
  const { spec, branches, next } = step
  const branch = (key: string) => branches[key] ?? next
  switch (spec.type) {
    case 'webhook':
      return unique([branch('success'), branch('failure')])
    case 'ivr': {
      const good = spec.choices
        ? Object.keys(spec.choices).map((choice) => branch(`choices/${choice}`))
        : [branch('success')]
      return unique([...good, branch('failure')])
    }
    case 'bridge':
      return unique(Object.keys(OUTCOMES).map((outcome) => branch(`on/${outcome}`)))
    case 'callername':
    case 'play':
      return [next]
    case 'goto':
      return [entries[spec.plan]!]
    case 'transfer':
    case 'hangup':
      return []
    default:
      return assertNever(spec)
  }
}

/** The steps that a walk can come to from any of `roots`. */
export function reachableFrom(compiled: CompiledDocument, roots: readonly number[]): ReadonlySet<number> {
  // A set goes on with what is added to it while it is gone through.
  const reached = new Set(roots.filter((root) => root !== END))
  for (const index of reached) {
    for (const at of successors(compiled.steps[index]!, compiled)) if (at !== END) reached.add(at)
  }
  return reached
}

function unique(places: readonly number[]): number[] {
  return [...new Set(places)]
}
