/**
 * A document made ready for the walk: its steps in one flat list, in reading order, each knowing what comes
 * behind it. A position in a plan is then one small number, which is what a checkpoint carries.
 */
import { assertNever } from '../util/errors.ts'
import type { PlanDocument, Presentation, Step } from './document.ts'
import { askingOf, type Asking } from './steps/ivr.ts'

/** No step: the outermost list is through. */
export const END = -1

export interface CompiledStep {
  /** Place in the document's list of steps. */
  readonly index: number
  /** `id`, or the path such as `main/2/success/0`. */
  readonly name: string
  readonly plan: string
  readonly spec: Step
  /** The step behind this one, or END. */
  readonly next: number
  /** First step of each branch; a branch that is empty leads to `next`. */
  readonly branches: Readonly<Record<string, number>>
  /** The nearest webhook in whose success branch this step stands. */
  readonly inWebhook: number | undefined
  /** The nearest `ivr` step in whose success branch this step stands: its code is `{code}`. */
  readonly inIvr: number | undefined
  /** The presentation that a surrounding webhook of this plan names. */
  readonly presentation: Presentation | undefined
  /** What an `ivr` step asks for. */
  readonly asking: Asking | undefined
}

export interface CompiledDocument {
  readonly name: string
  readonly document: PlanDocument
  readonly steps: readonly CompiledStep[]
  /** plan → its first step, or END. */
  readonly entries: Readonly<Record<string, number>>
}

type Surroundings = Pick<CompiledStep, 'plan' | 'inWebhook' | 'inIvr' | 'presentation'>

/** Flattens a validated document. Its places stay the same for the same content. */
export function compile(name: string, document: PlanDocument): CompiledDocument {
  const steps: CompiledStep[] = []

  /** Appends a list and what is below it; returns where it begins. `next` is what comes behind the list. */
  function append(list: readonly Step[], path: string, next: number, around: Surroundings): number {
    // Places are given before branches are appended, so that a list's steps can name the one behind them.
    const places = list.map(() => steps.push(undefined as unknown as CompiledStep) - 1)
    list.forEach((spec, i) => {
      const index = places[i]!
      const behind = places[i + 1] ?? next
      const at = `${path}/${i}`
      const branches: Record<string, number> = {}
      for (const [key, branch] of branchesOf(spec)) {
        branches[key] = append(branch, `${at}/${key}`, behind, inBranch(spec, index, key, around, document))
      }
      const asking = spec.type === 'ivr' ? askingOf(spec) : undefined
      steps[index] = Object.freeze({
        index,
        name: spec.id ?? at,
        spec,
        next: behind,
        branches,
        asking,
        ...around,
      })
    })
    return places[0] ?? next
  }

  const entries: Record<string, number> = Object.create(null) as Record<string, number>
  for (const [plan, { steps: list }] of inOrder(document.plans)) {
    entries[plan] = append(list, plan, END, {
      plan,
      inWebhook: undefined,
      inIvr: undefined,
      presentation: undefined,
    })
  }
  return Object.freeze({ name, document, steps, entries })
}

/**
 * Entries by name. The same content is the same revision in whatever order its keys are written, and then its
 * places must be the same too: a checkpoint carries them to a controller that read another file.
 */
function inOrder<T>(named: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** The branches a step has, as path segment and list. */
export function branchesOf(step: Step): [string, readonly Step[]][] {
  switch (step.type) {
    case 'webhook':
      return [['success', step.success], ['failure', step.failure]] // prettier-ignore
    case 'ivr': {
      const branches: [string, readonly Step[]][] = inOrder(step.choices ?? {}).map(([choice, list]) => [
        `choices/${choice}`,
        list,
      ])
      return [...branches, ['success', step.success ?? []], ['failure', step.failure]]
    }
    case 'bridge':
      return inOrder(step.on ?? {}).map(([outcome, list]) => [`on/${outcome}`, list])
    case 'callername':
    case 'transfer':
    case 'play':
    case 'hangup':
    case 'goto':
      return []
    default:
      return assertNever(step)
  }
}

function inBranch(
  step: Step,
  index: number,
  branch: string,
  around: Surroundings,
  document: PlanDocument,
): Surroundings {
  if (step.type === 'webhook') {
    const named = document.webhooks[step.webhook]?.callerIdPresentation
    return {
      ...around,
      inWebhook: branch === 'success' ? index : around.inWebhook,
      presentation: named ?? around.presentation,
    }
  }
  if (step.type === 'ivr' && branch === 'success') return { ...around, inIvr: index }
  return around
}
