/** Where calls can come to: steps that they never reach, and ways on which they go round for ever. */
import type { Path, Report } from '../../json/index.ts'
import { END, type CompiledDocument, type CompiledStep } from '../step.ts'
import { calledBy, definitionOf, namesIn } from '../step-definitions.ts'
import { STEP_BUDGET } from '../walk.ts'
import { outline } from './outline.ts'

const UNREACHABLE =
  'this step can never be reached: the one before it always ends the call or goes elsewhere; move it up or take it out'

const ENDLESS = `from here the plan goes round and nothing on the way can end the call, so it is cut off after ${STEP_BUDGET} steps; put a bridge, transfer or hangup on the way`

/** Where a compiled step stands in its document. */
export interface StepPlace {
  readonly path: Path
  /** The step before it in its list. */
  readonly before: number | undefined
  /** The step in whose branch it stands. */
  readonly inside: number | undefined
}

/** By the index of the step; where a plan is called, its steps stand where the plan has them. */
export function placesOf({ document, steps }: CompiledDocument): StepPlace[] {
  const own = ownSteps({ steps })
  const indexes = new Map<object | undefined, number>(own.map(({ spec, index }) => [spec, index]))
  const places = new Map<object, StepPlace>()
  for (const { step, path, before, inside } of outline(document))
    places.set(step, { path, before: indexes.get(before), inside: indexes.get(inside) })
  return steps.map(({ spec }) => places.get(spec)!)
}

/** Each step once: without the copies of plans for the places where they are called. */
export function ownSteps({ steps }: Pick<CompiledDocument, 'steps'>): readonly CompiledStep[] {
  return steps.filter(({ calledFrom }) => calledFrom === undefined)
}

/** The plans that steps call. */
export function calledPlans({ steps }: Pick<CompiledDocument, 'steps'>): Set<string> {
  return new Set(steps.flatMap(({ spec }) => calledBy(spec)))
}

/** The steps that calls may come to: of plans that nothing but `call` leads to, the copies for the places where they are called. */
export function walkedSteps(compiled: CompiledDocument): readonly CompiledStep[] {
  const { document, steps } = compiled
  const called = calledPlans(compiled)
  const others = steps.flatMap(({ spec }) =>
    namesIn(spec, 'plans').flatMap(([, plan]) => (calledBy(spec).includes(plan) ? [] : [plan])),
  )
  for (const plan of others) called.delete(plan)
  for (const [plan, { numbers }] of Object.entries(document.plans))
    if (numbers.length > 0) called.delete(plan)
  return called.size === 0
    ? steps
    : steps.filter(({ plan, calledFrom }) => calledFrom !== undefined || !called.has(plan))
}

/** Where a walk may go after a step, each place once; END where the call may end. */
export function successors(step: CompiledStep, compiled: CompiledDocument): number[] {
  const definition = definitionOf(step.spec)
  const ownWays = definition.leadsTo?.(step, compiled)
  const ways = ownWays ?? (definition.branches ? Object.values(step.branches) : [step.next])
  return [...new Set(ways)]
}

/** The steps that a walk can come to from any of `roots`. */
function reachableFrom(compiled: CompiledDocument, roots: readonly number[]): ReadonlySet<number> {
  // A set goes on with what is added to it while it is gone through.
  const reached = new Set(roots.filter((root) => root !== END))
  for (const index of reached) {
    for (const at of successors(compiled.steps[index]!, compiled)) if (at !== END) reached.add(at)
  }
  return reached
}

/** Warns of the first step of a list that is never reached; what stands behind and below it goes without saying. */
export function unreachableSteps(
  compiled: CompiledDocument,
  places: readonly StepPlace[],
  report: Report,
): void {
  const reached = reachableFrom(compiled, Object.values(compiled.firstSteps))
  const isReached = (index: number | undefined) => index === undefined || reached.has(index)
  for (const { index } of ownSteps(compiled)) {
    const { path, before, inside } = places[index]!
    if (reached.has(index) || !isReached(before) || !isReached(inside)) continue
    report(path, UNREACHABLE)
  }
}

/** Warns of each step that calls come to, that leads to another plan, and from there round for ever. */
export function endlessWays(compiled: CompiledDocument, places: readonly StepPlace[], report: Report): void {
  const { document, firstSteps, steps } = compiled
  const roots = Object.entries(document.plans).flatMap(([plan, { numbers }]) =>
    numbers.length > 0 ? [firstSteps[plan]!] : [],
  )
  const ends = endings(compiled)
  const told = new Set<object>()
  for (const index of reachableFrom(compiled, roots)) {
    const { spec } = steps[index]!
    if (ends.has(index) || told.has(spec)) continue
    told.add(spec)
    for (const [field] of namesIn(spec, 'plans')) report([...places[index]!.path, field], ENDLESS)
  }
}

/** The steps from which some path leads to the end of the call. */
function endings(compiled: CompiledDocument): ReadonlySet<number> {
  const before = new Map<number, number[]>()
  const ends = new Set<number>()
  for (const step of compiled.steps) {
    for (const at of successors(step, compiled)) {
      if (at === END) ends.add(step.index)
      const known = before.get(at)
      if (known) known.push(step.index)
      else before.set(at, [step.index])
    }
  }
  // A set goes on with what is added to it while it is gone through.
  for (const index of ends) for (const at of before.get(index) ?? []) ends.add(at)
  return ends
}
