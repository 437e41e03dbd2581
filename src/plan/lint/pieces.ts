/**
 * A document cut into pieces that can be told of one by one, until there are faults enough: the schema's
 * validator, asked for all errors of a whole document, copies those so far for every step that has one.
 */
import { entriesOf, isObject, type JsonObject, MOST_FINDINGS, objectAt, type Path } from '../../json/index.ts'
import { outline } from './outline.ts'

export interface Piece {
  /** The definition in the schema that it is checked against. */
  readonly as: 'document' | 'webhook' | 'plan' | 'step'
  readonly value: unknown
  readonly path: Path
}

/** In the order of the document; in each piece the pieces below it are replaced by such as are valid. */
export function* piecesOf(document: JsonObject): Generator<Piece> {
  yield { as: 'document', path: [], value: { ...document, ...standInsAt(document, 'webhooks', WEBHOOK), ...standInsAt(document, 'plans', PLAN) } } // prettier-ignore
  for (const [name, webhook] of entriesOf(objectAt(document, 'webhooks')))
    if (isObject(webhook)) yield { as: 'webhook', path: ['webhooks', name], value: shortened(webhook) }
  for (const [name, plan] of entriesOf(objectAt(document, 'plans')))
    if (isObject(plan)) yield { as: 'plan', path: ['plans', name], value: shortened(plan) }
  for (const { step, path } of outline(document)) yield { as: 'step', path, value: shortened(step) }
}

const WEBHOOK = { urlTemplate: 'https://crm.example/' }
const PLAN = { steps: [] }
const STEP = { type: 'hangup' }

/** `{ [field]: … }` with the objects of its object replaced; nothing for another kind of field. */
function standInsAt(holder: JsonObject, field: string, standIn: JsonObject): JsonObject {
  return isObject(holder[field]) ? { [field]: standIns(holder[field], standIn) } : {}
}

function standIns(named: JsonObject, standIn: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(named).map(([name, value]) => [name, isObject(value) ? standIn : value]),
  )
}

/** A copy without the steps below, and of each list no more than can be told of. */
function shortened(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => {
      if (Array.isArray(field)) return [key, shortList(field)]
      const isBranches = isObject(field) && (key === 'on' || key === 'choices')
      return [key, isBranches ? mapValues(field, (branch) => (Array.isArray(branch) ? shortList(branch) : branch)) : field] // prettier-ignore
    }),
  )
}

/** Objects in lists are steps. */
function shortList(list: readonly unknown[]): unknown[] {
  return list.slice(0, MOST_FINDINGS + 1).map((item) => (isObject(item) ? STEP : item))
}

function mapValues(object: JsonObject, to: (value: unknown) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, to(value)]))
}
