/**
 * The steps of a document that may still be wrong in any way: what is not of the right shape is passed over,
 * since the schema reports it. So a set's errors can all be told at once, whichever check finds them.
 */
import { entriesOf, isObject, type JsonObject, objectAt, type Path } from '../../json/index.ts'

export interface OutlinedStep {
  readonly step: JsonObject
  readonly path: Path
  /** Stands somewhere below a webhook's `success` branch. */
  readonly belowWebhook: boolean
}

/** Every step of every plan, in reading order. */
export function* outline(document: JsonObject): Generator<OutlinedStep> {
  for (const [plan, spec] of entriesOf(objectAt(document, 'plans'))) {
    if (isObject(spec)) yield* list(spec.steps, ['plans', plan, 'steps'], false)
  }
}

function* list(steps: unknown, path: Path, belowWebhook: boolean): Generator<OutlinedStep> {
  if (!Array.isArray(steps)) return
  for (const [i, step] of steps.entries()) {
    if (!isObject(step)) continue
    const here = [...path, i]
    yield { step, path: here, belowWebhook }
    for (const [key, branch] of looseBranches(step)) {
      yield* list(
        branch,
        [...here, ...key],
        belowWebhook || (step.type === 'webhook' && key[0] === 'success'),
      )
    }
  }
}

/** Every list of steps, those of branches behind the one they stand in. Nobody has counted their items. */
export function* stepLists(document: JsonObject): Generator<{ list: readonly unknown[]; path: Path }> {
  for (const [plan, spec] of entriesOf(objectAt(document, 'plans'))) {
    if (isObject(spec)) yield* listsFrom(spec.steps, ['plans', plan, 'steps'])
  }
}

function* listsFrom(list: unknown, path: Path): Generator<{ list: readonly unknown[]; path: Path }> {
  if (!Array.isArray(list)) return
  yield { list, path }
  for (const [i, step] of list.entries()) {
    if (!isObject(step)) continue
    for (const [key, branch] of looseBranches(step)) yield* listsFrom(branch, [...path, i, ...key])
  }
}

function looseBranches(step: JsonObject): [string[], unknown][] {
  const inside = (field: string) =>
    entriesOf(objectAt(step, field)).map(([key, branch]): [string[], unknown] => [[field, key], branch])
  switch (step.type) {
    case 'webhook':
      return [
        [['success'], step.success],
        [['failure'], step.failure],
      ]
    case 'ivr':
      return [...inside('choices'), [['success'], step.success], [['failure'], step.failure]]
    case 'bridge':
      return inside('on')
    default:
      return []
  }
}
