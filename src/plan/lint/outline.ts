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

function* listsAndSteps(document: object): Generator<OutlinedList | OutlinedStep> {
  for (const [plan, spec] of entriesOf(objectAt(document, 'plans'))) {
    if (isObject(spec)) yield* below(spec.steps, ['plans', plan, 'steps'], undefined, false)
  }
}

function* below(
  list: unknown,
  path: Path,
  inside: JsonObject | undefined,
  belowWebhook: boolean,
): Generator<OutlinedList | OutlinedStep> {
  if (!Array.isArray(list)) return
  yield { list, path }
  let before: JsonObject | undefined
  for (const [i, step] of list.entries()) {
    if (!isObject(step)) continue
    const here = [...path, i]
    yield { step, path: here, belowWebhook, before, inside }
    before = step
    const scopes = definitionIfKnown(step)?.scopes ?? {}
    for (const branch of branchesOf(step)) {
      const isBelow = belowWebhook || scopes[branch.path.join('/')] === 'inWebhook'
      yield* below(branch.list, [...here, ...branch.path], step, isBelow)
    }
  }
}
