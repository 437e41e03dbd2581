/** A plan as people read it: what each step does, where its branches lead, and how long a caller can wait. */
import { ownSteps, waitsOf } from './lint/index.ts'
import { calledBy, namesIn, stepInWords } from './step-definitions.ts'
import { END, type CompiledDocument, type Step } from './step.ts'
import type { Language } from './wording.ts'

export interface TreeStep {
  /** As in the journal. */
  readonly step: string
  /** Its own name. */
  readonly id?: string
  readonly says: string
  /** The most that it takes; Infinity: no end. */
  readonly seconds: number
  /** It leads back to a step that is on the way already. */
  readonly goesRound?: true
  /** Those with steps. */
  readonly branches: readonly TreeBranch[]
}

interface TreeBranch {
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
  const { ahead, own, round } = waitsOf(compiled, plan)
  // Each plan as it is by itself: where it is called, what follows belongs to the plan that calls it.
  const compiledOf = new Map(ownSteps(compiled).map((step) => [step.spec, step]))
  const upTo = (index: number) => (index === END ? 0 : ahead[index]!)
  // A set goes on with what is added to it while it is gone through.
  const plans = new Set([plan])

  function treeStep(spec: Step): TreeStep {
    for (const [, other] of namesIn(spec, 'plans')) plans.add(other)
    const { index, name, branches: firsts } = compiledOf.get(spec)!
    const { sentence, branches } = stepInWords(spec, language)
    return {
      step: name,
      ...(spec.id !== undefined && { id: spec.id }),
      says: sentence,
      seconds: calledBy(spec).reduce((sum, called) => sum + upTo(compiled.firstSteps[called]!), own[index]!),
      ...(round.has(index) && { goesRound: true as const }),
      branches: branches.flatMap(({ name: branch, sentence: when, steps }) =>
        steps.length === 0 ? [] : [{ when, upToSeconds: upTo(firsts[branch]!), steps: steps.map(treeStep) }],
      ),
    }
  }

  const trees: PlanTree[] = []
  for (const plan of plans) {
    const { missed, steps } = compiled.document.plans[plan]!
    trees.push({
      plan,
      ...(missed !== undefined && { missed }),
      upToSeconds: upTo(compiled.firstSteps[plan]!),
      steps: steps.map(treeStep),
    })
  }
  return trees
}
