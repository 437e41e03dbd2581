import { END, type CompiledDocument } from '../compile.ts'
import type { Report } from '../../json/index.ts'
import type { StepPlace } from './places.ts'
import { reachableFrom, successors } from './reach.ts'

const ENDLESS =
  'from here the plan goes round and nothing on the way can end the call, so it is cut off after 100 steps; put a bridge, transfer or hangup on the way'

/** Warns of each `goto` that calls come to and that leads round for ever. */
export function endlessGotos(compiled: CompiledDocument, places: readonly StepPlace[], report: Report): void {
  const { document, entries, steps } = compiled
  const roots = Object.entries(document.plans).flatMap(([plan, { numbers }]) =>
    numbers.length > 0 ? [entries[plan]!] : [],
  )
  const ends = endings(compiled)
  for (const index of reachableFrom(compiled, roots)) {
    if (steps[index]!.spec.type === 'goto' && !ends.has(index))
      report([...places[index]!.path, 'plan'], ENDLESS)
  }
}

/** The steps from which some path leads to the end of the call; a bridge that is answered is one. */
function endings(compiled: CompiledDocument): ReadonlySet<number> {
  const before = new Map<number, number[]>()
  const ends = new Set<number>()
  for (const step of compiled.steps) {
    const behind = successors(step, compiled)
    if (behind.length === 0 || behind.includes(END) || step.spec.type === 'bridge') ends.add(step.index)
    for (const at of behind) {
      const known = before.get(at)
      if (known) known.push(step.index)
      else before.set(at, [step.index])
    }
  }
  // A set goes on with what is added to it while it is gone through.
  for (const index of ends) for (const at of before.get(index) ?? []) ends.add(at)
  return ends
}
