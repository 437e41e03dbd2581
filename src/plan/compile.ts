/**
 * A document prepared for the walk: its steps in one flat list, in reading order, each with the one that follows
 * it. A position in a plan is then one small number, which is what a checkpoint carries.
 */
import type { PlanDocument } from './document.ts'
import { CALLED, type CaseOf, END, type CompiledDocument, type CompiledStep, type Step } from './step.ts'
import { branchesOf, calledBy, definitionOf, usedVariables } from './step-definitions.ts'

type Surroundings = Pick<
  CompiledStep,
  'plan' | 'inWebhook' | 'inIvr' | 'inCode' | 'presentation' | 'calledFrom' | 'missed'
>

/** Flattens a validated document. Its places stay the same for the same content. */
export function compile(name: string, document: PlanDocument): CompiledDocument {
  const steps: CompiledStep[] = []
  const workedOut = createWorkedOut()

  /** Appends a list and what is below it; returns where it begins. `next` is what comes behind the list. */
  function append(list: readonly Step[], path: string, next: number, surroundings: Surroundings): number {
    // Places are assigned before branches are appended, so that a list's steps can name the one that follows.
    const places = list.map(() => steps.push(undefined as unknown as CompiledStep) - 1)
    let around = surroundings
    list.forEach((spec, i) => {
      const index = places[i]!
      const behind = places[i + 1] ?? next
      const at = `${path}/${i}`
      const branches: Record<string, number> = {}
      const definition = definitionOf(spec)
      const presentation = definition.presentation?.(spec, document) ?? around.presentation
      for (const branch of branchesOf(spec, inOrder)) {
        const key = branch.path.join('/')
        const scope = definition.scopes?.[key]
        const hasCode = scope && definition.asksForCode?.(spec, document)
        const within = {
          ...{ ...around, presentation },
          ...(scope && { [scope]: index }),
          ...(hasCode && { inCode: index }),
        }
        branches[key] = append(branch.list as readonly Step[], `${at}/${key}`, behind, within)
      }
      for (const plan of calledBy(spec)) {
        const { steps: called, missed = around.missed } = document.plans[plan]!
        const from = { presentation, calledFrom: index, missed }
        branches[CALLED] = append(called, plan, behind, { ...outermost(plan), ...from })
      }
      steps[index] = Object.freeze({
        index,
        name: spec.id ?? at,
        spec,
        next: behind,
        branches,
        ...workedOut(spec),
        ...around,
      })
      if (definition.presentationBehind)
        around = { ...around, presentation: definition.presentationBehind(spec) }
    })
    return places[0] ?? next
  }

  const firstSteps: Record<string, number> = Object.create(null) as Record<string, number>
  for (const [plan, { steps: list }] of inOrder(document.plans))
    firstSteps[plan] = append(list, plan, END, outermost(plan))
  const secretVariables = new Set(
    Object.values(document.webhooks).flatMap((webhook) => webhook.secretVariables ?? []),
  )
  const hasPost = Object.values(document.webhooks).some(({ method }) => method === 'POST')
  const used = hasPost ? undefined : new Set(usedVariables({ document, steps }))
  return Object.freeze({ name, document, steps, firstSteps, usedVariables: used, secretVariables })
}

const outermost = (plan: string): Surroundings => ({
  plan,
  inWebhook: undefined,
  inIvr: undefined,
  inCode: undefined,
  presentation: undefined,
  calledFrom: undefined,
  missed: undefined,
})

/** What follows from a step alone. */
type WorkedOut = Pick<CompiledStep, 'collection' | 'caseOf'>

/** Once for all places where the plan of a step is called. */
function createWorkedOut(): (spec: Step) => WorkedOut {
  const known = new Map<Step, WorkedOut>()
  return (spec) => {
    let workedOut = known.get(spec)
    if (workedOut === undefined) {
      const { collection, caseOf } = definitionOf(spec)
      workedOut = { collection: collection?.(spec), caseOf: caseOf && lazily(caseOf, spec) }
      known.set(spec, workedOut)
    }
    return workedOut
  }
}

/** A list may be long, and no call may ever come to it. */
function lazily(caseOf: (spec: Step) => CaseOf, spec: Step): CaseOf {
  let made: CaseOf | undefined
  return (value) => (made ??= caseOf(spec))(value)
}

/**
 * Entries by name. The same content is the same revision in whatever order its keys are written, and then its
 * places must be the same too: a checkpoint carries them to a controller that read another file.
 */
function inOrder<T>(named: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1))
}
