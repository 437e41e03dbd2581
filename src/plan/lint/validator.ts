/** The JSON Schema of plans at work: fills in defaults and reports what is wrong. */
import type { Ajv, ValidateFunction } from 'ajv'
import { annotatedPlanSchema } from '../schema.ts'
import {
  createAjv,
  entriesOf,
  faultsOf,
  isObject,
  type JsonObject,
  MOST_FINDINGS,
  objectAt,
  type Path,
  type Report,
} from '../../json/index.ts'
import { definitionIfKnown } from '../step-definitions.ts'
import { outline } from './outline.ts'

interface Validator {
  /** Whether a document is valid; fills in its defaults in place. */
  validate(document: unknown): boolean
  /** Reports what is wrong with one that is not. Its size must be within the caps. */
  explain(document: JsonObject, report: Report): void
}

/** Compiling takes some 15 ms: once per process. */
export function createValidator(): Validator {
  const first = planAjv(false).compile(annotatedPlanSchema)
  let all: Ajv | undefined
  return {
    validate: (document) => first(document),
    explain(document, report) {
      if (all === undefined) (all = planAjv(true)).addSchema(annotatedPlanSchema, SCHEMA)
      for (const { as, value, path } of piecesOf(document)) {
        const validate = all.getSchema(REFERENCES[as]) as ValidateFunction
        if (validate(value)) continue
        for (const fault of faultsOf(validate.errors ?? []))
          report([...path, ...fault.path], fault.message, fault.onKey)
      }
    },
  }
}

const SCHEMA = 'plan'
const REFERENCES: Readonly<Record<Piece['as'], string>> = {
  document: SCHEMA,
  webhook: `${SCHEMA}#/$defs/webhook`,
  schedule: `${SCHEMA}#/$defs/schedule`,
  plan: `${SCHEMA}#/$defs/plan`,
  step: `${SCHEMA}#/$defs/step`,
}

// `type` is required beside `oneOf`, and a property of each branch: strictRequired would refuse that.
const planAjv = (allErrors: boolean) => createAjv({ allErrors, discriminator: true, strictRequired: false })

interface Piece {
  /** The definition in the schema that it is checked against. */
  readonly as: 'document' | 'webhook' | 'schedule' | 'plan' | 'step'
  readonly value: unknown
  readonly path: Path
}

/**
 * A document cut into pieces that are validated one by one, until there are faults enough: asked for all errors of
 * a whole document, ajv copies those so far for every step that has one. In the order of the document; in each
 * piece the pieces below it are replaced by such as are valid.
 */
function* piecesOf(document: JsonObject): Generator<Piece> {
  yield {
    as: 'document',
    path: [],
    value: {
      ...document,
      ...placeholdersAt(document, 'webhooks', WEBHOOK),
      ...placeholdersAt(document, 'schedules', SCHEDULE),
      ...placeholdersAt(document, 'plans', PLAN),
    },
  }
  for (const [name, webhook] of entriesOf(objectAt(document, 'webhooks')))
    if (isObject(webhook)) yield { as: 'webhook', path: ['webhooks', name], value: shortened(webhook) }
  for (const [name, schedule] of entriesOf(objectAt(document, 'schedules')))
    if (isObject(schedule)) yield { as: 'schedule', path: ['schedules', name], value: shortened(schedule) }
  for (const [name, plan] of entriesOf(objectAt(document, 'plans')))
    if (isObject(plan)) yield { as: 'plan', path: ['plans', name], value: withoutSteps(plan) }
  for (const { step, path } of outline(document)) yield { as: 'step', path, value: shortenedStep(step) }
}

const WEBHOOK = { urlTemplate: 'https://crm.example/' }
const SCHEDULE = { hours: [] }
const PLAN = { steps: [] }
const STEP = { type: 'hangup' }

/** `{ [field]: … }` with the objects of its object replaced; nothing for another kind of field. */
function placeholdersAt(holder: JsonObject, field: string, placeholder: JsonObject): JsonObject {
  return isObject(holder[field]) ? { [field]: placeholders(holder[field], placeholder) } : {}
}

function placeholders(named: JsonObject, placeholder: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(named).map(([name, value]) => [name, isObject(value) ? placeholder : value]),
  )
}

/** A copy with no more of each list than can be reported. */
function shortened(value: JsonObject): JsonObject {
  return mapValues(value, shortList)
}

/** Of a plan or a case: shortened, and without its steps. */
function withoutSteps(value: JsonObject): JsonObject {
  return mapValues(shortened(value), (field, key) => (key === 'steps' ? placeholderBranches(field) : field))
}

function shortenedStep(step: JsonObject): JsonObject {
  const { branches = {} } = definitionIfKnown(step) ?? {}
  return mapValues(shortened(step), (value, field) => {
    if (!Object.hasOwn(branches, field)) return value
    if (branches[field] !== 'cases') return placeholderBranches(value)
    return Array.isArray(value) ? value.map(caseWithoutSteps) : value
  })
}

function caseWithoutSteps(one: unknown): unknown {
  return isObject(one) ? withoutSteps(one) : one
}

function shortList(value: unknown): unknown {
  return Array.isArray(value) ? value.slice(0, MOST_FINDINGS + 1) : value
}

/** In place of a list of steps, or of an object of such lists. */
function placeholderBranches(value: unknown): unknown {
  return isObject(value) ? mapValues(value, placeholderSteps) : placeholderSteps(value)
}

function placeholderSteps(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return value.slice(0, MOST_FINDINGS + 1).map((item: unknown) => (isObject(item) ? STEP : item))
}

function mapValues(object: JsonObject, to: (value: unknown, key: string) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, to(value, key)]))
}
