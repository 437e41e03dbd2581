/** A plan as people read it: what each step does, where its branches lead, and how long a caller can wait. */
import { type Path, pointerOf } from '../json/index.ts'
import { ownSteps, type StepWaits, stepWaitsOf, waitsOf } from './lint/index.ts'
import { branchesOf, calledBy, namesIn, saysBranchOf, saysOf } from './step-definitions.ts'
import { END, type CompiledDocument, type Step } from './step.ts'

export interface TreeStep {
  /** As in the journal. */
  readonly step: string
  /** Of its place in the document, by which findings name it. */
  readonly pointer: string
  readonly type: Step['type']
  /** Its own name. */
  readonly id?: string
  readonly says: string
  /** That it names: where the call goes on. */
  readonly plans: readonly string[]
  /** The most that it takes; Infinity: no end. */
  readonly seconds: number
  /** It leads back to a step that is on the way already. */
  readonly goesRound?: true
  /** Those with steps. */
  readonly branches: readonly TreeBranch[]
}

export interface TreeBranch {
  /** Its path below the step, such as `on/ACK`. */
  readonly branch: string
  /** Such as `on ACK`. */
  readonly when: string
  /** The most that it and what follows, up to the end of the call, come to. */
  readonly upToSeconds: number
  readonly steps: readonly TreeStep[]
}

export interface PlanTree {
  readonly plan: string
  /** The webhook that is asked about a missed call. */
  readonly missed?: string
  /** The longest that a caller waits from its begin on. */
  readonly upToSeconds: number
  readonly steps: readonly TreeStep[]
}

/** The plan, and those that it can lead to, each once. */
export function treesOf(compiled: CompiledDocument, plan: string): PlanTree[] {
  const treeOf = createTrees(compiled, waitsOf(compiled, plan))
  // A set goes on with what is added to it while it is gone through.
  const plans = new Set([plan])
  return Array.from(plans, (one) => treeOf(one, (other) => void plans.add(other)))
}

/** All plans of a document, in its order, one after the other as they are asked for. */
export function* documentTrees(compiled: CompiledDocument): Generator<PlanTree> {
  const treeOf = createTrees(compiled, stepWaitsOf(compiled))
  for (const plan of Object.keys(compiled.document.plans)) yield treeOf(plan)
}

/** From a plan to its tree; `onPlan` is told of those that its steps name. */
function createTrees(compiled: CompiledDocument, { ahead, own, round }: StepWaits) {
  // Each plan as it is by itself: where it is called, what follows belongs to the plan that calls it.
  const compiledOf = new Map(ownSteps(compiled).map((step) => [step.spec, step]))
  const upTo = (index: number) => (index === END ? 0 : ahead[index]!)

  return (plan: string, onPlan: (plan: string) => void = () => undefined): PlanTree => {
    const { missed, steps } = compiled.document.plans[plan]!

    const treeSteps = (list: readonly Step[], path: Path): TreeStep[] =>
      list.map((spec, i) => treeStep(spec, [...path, i]))

    function treeStep(spec: Step, path: Path): TreeStep {
      const named = namesIn(spec, 'plans').map(([, other]) => other)
      named.forEach(onPlan)
      const { index, name, branches } = compiledOf.get(spec)!
      const { id, type } = spec
      return {
        ...{ step: name, pointer: pointerOf(path), type },
        ...(id !== undefined && { id }),
        says: saysOf(spec),
        plans: named,
        seconds: calledBy(spec).reduce(
          (sum, called) => sum + upTo(compiled.firstSteps[called]!),
          own[index]!,
        ),
        ...(round.has(index) && { goesRound: true as const }),
        branches: branchesOf(spec).flatMap(({ path: below, list }) => {
          const branch = below.join('/')
          const steps = treeSteps(list as readonly Step[], [...path, ...below])
          if (steps.length === 0) return []
          return [{ branch, when: saysBranchOf(spec, branch), upToSeconds: upTo(branches[branch]!), steps }]
        }),
      }
    }

    return {
      plan,
      ...(missed !== undefined && { missed }),
      upToSeconds: upTo(compiled.firstSteps[plan]!),
      steps: treeSteps(steps, ['plans', plan, 'steps']),
    }
  }
}
