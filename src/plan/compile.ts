/**
 * A document prepared for the walk: its steps in one flat list, in reading order, each with the one that follows
 * it. A position in a plan is then one small number, which is what a checkpoint carries.
 */
import type { PlanDocument } from './document.ts'
import { type CaseOf, END, type CompiledDocument, type CompiledStep, type Step } from './step.ts'
import { branchesOf, definitionOf } from './step-definitions.ts'

type Surroundings = Pick<CompiledStep, 'plan' | 'inWebhook' | 'inIvr' | 'inCode' | 'presentation'>

/** Flattens a validated document. Its places stay the same for the same content. */
export function compile(name: string, document: PlanDocument): CompiledDocument {
  const steps: CompiledStep[] = []

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
      steps[index] = Object.freeze({
        index,
        name: spec.id ?? at,
        spec,
        next: behind,
        branches,
        collection: definition.collection?.(spec),
        caseOf: definition.caseOf && lazily(definition.caseOf, spec),
        ...around,
      })
      if (definition.presentationBehind)
        around = { ...around, presentation: definition.presentationBehind(spec) }
    })
    return places[0] ?? next
  }

  const firstSteps: Record<string, number> = Object.create(null) as Record<string, number>
  for (const [plan, { steps: list }] of inOrder(document.plans)) {
    firstSteps[plan] = append(list, plan, END, {
      plan,
      inWebhook: undefined,
      inIvr: undefined,
      inCode: undefined,
      presentation: undefined,
    })
  }
  return Object.freeze({ name, document, steps, firstSteps })
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
