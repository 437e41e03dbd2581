/** A plan as people read it: what each step does, where its branches lead, and how long a caller can wait. */
import { type Path, pointerOf } from '../json/index.ts'
import { ownSteps, type StepWaits, stepWaitsOf, waitsOf } from './lint/index.ts'
import { calledBy, namesIn, stepInWords } from './step-definitions.ts'
import { END, type CompiledDocument, type Step } from './step.ts'
import type { Language } from './wording.ts'

export interface TreeStep {
  /** As in the journal. */
  readonly step: string
  /** Of its place in the document, by which findings name it. */
  readonly pointer: string
  readonly type: Step['type']
  /** Its own name. */
  readonly id?: string
  /** What such steps are called. */
  readonly title: string
  readonly says: string
  /** That it names: where the call goes on. */
  readonly plans: readonly string[]
  /** That it asks. */
  readonly webhook?: string
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
export function treesOf(compiled: CompiledDocument, plan: string, language: Language = 'en'): PlanTree[] {
  const treeOf = createTrees(compiled, waitsOf(compiled, plan), language)
  // A set goes on with what is added to it while it is gone through.
  const plans = new Set([plan])
  return Array.from(plans, (one) => treeOf(one, (other) => void plans.add(other)))
}

/** All plans of a document, in its order, one after the other as they are asked for. */
export function* documentTrees(compiled: CompiledDocument, language: Language): Generator<PlanTree> {
  const treeOf = createTrees(compiled, stepWaitsOf(compiled), language)
  for (const plan of Object.keys(compiled.document.plans)) yield treeOf(plan)
}

/** From a plan to its tree; `onPlan` is told of those that its steps name. */
function createTrees(compiled: CompiledDocument, { ahead, own, round }: StepWaits, language: Language) {
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
      const [asked] = namesIn(spec, 'webhooks')
      const { index, name, branches: firsts } = compiledOf.get(spec)!
      const { id, type } = spec
      const { title, sentence, branches } = stepInWords(spec, language)
      return {
        ...{ step: name, pointer: pointerOf(path), type },
        ...(id !== undefined && { id }),
        title,
        says: sentence,
        plans: named,
        ...(asked && { webhook: asked[1] }),
        seconds: calledBy(spec).reduce(
          (sum, called) => sum + upTo(compiled.firstSteps[called]!),
          own[index]!,
        ),
        ...(round.has(index) && { goesRound: true as const }),
        branches: branches.flatMap(({ name: branch, sentence: when, steps: below }) => {
          const steps = treeSteps(below, [...path, ...branch.split('/')])
          return steps.length === 0 ? [] : [{ branch, when, upToSeconds: upTo(firsts[branch]!), steps }]
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
