/**
 * The steps of a document that may still be wrong in any way: what does not have the right shape is passed over,
 * since the schema reports it. So all errors of a set are reported at once, whichever check finds them.
 */
import { entriesOf, isObject, type JsonObject, objectAt, type Path } from '../../json/index.ts'
import { branchesOf, definitionIfKnown } from '../step-definitions.ts'

export interface OutlinedStep {
  readonly step: JsonObject
  readonly path: Path
  /** Stands somewhere below a webhook's `success` branch. */
  readonly belowWebhook: boolean
  /** Stands somewhere below the `success` branch of a step that asks for a code. */
  readonly belowCode: boolean
  /** The step before it in its list. */
  readonly before: JsonObject | undefined
  /** The step in whose branch it stands. */
  readonly inside: JsonObject | undefined
}

interface OutlinedList {
  /** Nobody has counted its items. */
  readonly list: readonly unknown[]
  readonly path: Path
}

/** Every step of every plan, in reading order. */
export function* outline(document: object): Generator<OutlinedStep> {
  for (const found of listsAndSteps(document)) if ('step' in found) yield found
}

/** Every list of steps, those of branches behind the one they stand in. */
export function* stepLists(document: object): Generator<OutlinedList> {
  for (const found of listsAndSteps(document)) if ('list' in found) yield found
}

type Below = Pick<OutlinedStep, 'belowWebhook' | 'belowCode'>

const NOTHING: Below = { belowWebhook: false, belowCode: false }

function* listsAndSteps(document: object): Generator<OutlinedList | OutlinedStep> {
  for (const [plan, spec] of entriesOf(objectAt(document, 'plans'))) {
    if (isObject(spec)) yield* stepsOf(spec.steps, ['plans', plan, 'steps'], undefined, NOTHING)
  }

  function* stepsOf(
    list: unknown,
    path: Path,
    inside: JsonObject | undefined,
    below: Below,
  ): Generator<OutlinedList | OutlinedStep> {
    if (!Array.isArray(list)) return
    yield { list, path }
    let before: JsonObject | undefined
    for (const [i, step] of list.entries()) {
      if (!isObject(step)) continue
      const here = [...path, i]
      yield { step, path: here, ...below, before, inside }
      before = step
      const definition = definitionIfKnown(step)
      for (const branch of branchesOf(step)) {
        const scope = definition?.scopes?.[branch.path.join('/')]
        const hasCode = scope !== undefined && definition?.asksForCode?.(step, document)
        yield* stepsOf(branch.list, [...here, ...branch.path], step, {
          belowWebhook: below.belowWebhook || scope === 'inWebhook',
          belowCode: below.belowCode || hasCode === true,
        })
      }
    }
  }
}
