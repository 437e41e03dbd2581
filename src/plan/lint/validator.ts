/** The JSON Schema at work: fills in defaults and turns ajv's errors into faults. */
import { Ajv, type ErrorObject } from 'ajv'
import { planSchema } from '../schema.ts'
import { pathOf, type Fault } from './fault.ts'
import { sentenceOf } from './sentences.ts'

/** Checks a document against the schema and fills in its defaults in place. Empty: it is valid. */
export type Validator = (document: unknown) => Fault[]

/** Compiling takes some 30 ms: once per process or worker. */
export function createValidator(): Validator {
  const ajv = new Ajv({
    allErrors: true,
    discriminator: true,
    useDefaults: true,
    verbose: true, // errors carry the schema they come from: its fields and units go into the sentence
    strict: true,
    strictRequired: false, // `type` is required beside `oneOf`, and a property of each branch
  })
  const validate = ajv.compile(planSchema)
  return (document) => (validate(document) ? [] : withoutEchoes(validate.errors ?? []).map(toFault))
}

/**
 * ajv reports one mistake several times where a value may have several forms: of a number or a list of them,
 * what is said of the form that was meant is kept, and the rest goes.
 */
function withoutEchoes(errors: readonly ErrorObject[]): ErrorObject[] {
  const alternatives = errors.filter((error) => error.keyword === 'anyOf')
  const kept = errors.filter((error) => {
    if (error.keyword === 'propertyNames') return false // the name's own error says more
    if (error.keyword === 'discriminator') return error.params.error === 'mapping' || hasTag(error)
    return true
  })
  return alternatives.reduce(keepMeant, kept)
}

/** Without a tag at all, `required` says so. */
function hasTag(error: ErrorObject): boolean {
  const data: unknown = error.data
  return typeof data === 'object' && data !== null && Object.hasOwn(data, String(error.params.tag))
}

function keepMeant(errors: ErrorObject[], choice: ErrorObject): ErrorObject[] {
  const isBelow = (error: ErrorObject) =>
    error.schemaPath.startsWith(`${choice.schemaPath}/`) &&
    (error.instancePath === choice.instancePath || error.instancePath.startsWith(`${choice.instancePath}/`))
  const isWrongForm = (error: ErrorObject) => error.keyword === 'type' && error.instancePath === choice.instancePath
  const below = errors.filter(isBelow)
  const meant = below.filter((error) => !isWrongForm(error))
  return errors.filter((error) => (meant.length > 0 ? error !== choice && !(below.includes(error) && isWrongForm(error)) : !below.includes(error)))
}

function toFault(error: ErrorObject): Fault {
  const path = pathOf(error.instancePath)
  const message = sentenceOf(error)
  if (error.keyword === 'additionalProperties') {
    return { path: [...path, String(error.params.additionalProperty)], message, onKey: true }
  }
  if (error.propertyName !== undefined) return { path: [...path, error.propertyName], message, onKey: true }
  if (error.keyword === 'discriminator' && hasTag(error)) return { path: [...path, String(error.params.tag)], message }
  if (error.keyword === 'uniqueItems') return { path: [...path, Number(error.params.i)], message }
  return { path, message }
}
