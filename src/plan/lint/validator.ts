/** The JSON Schema at work: fills in defaults and turns ajv's errors into faults. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { planSchema } from '../schema.ts'
import { type Fault, type JsonObject, pathOf, type Report } from '../../json/index.ts'
import { piecesOf, type Piece } from './pieces.ts'
import { sentenceOf } from './sentences.ts'

export interface Validator {
  /** Whether a document is valid; fills in its defaults in place. */
  validate(document: unknown): boolean
  /** Reports what is wrong with one that is not. Its size must be within the caps. */
  explain(document: JsonObject, report: Report): void
}

/** Compiling takes some 15 ms: once per process. */
export function createValidator(): Validator {
  const first = newAjv(false).compile(planSchema)
  let all: Ajv | undefined
  return {
    validate: (document) => first(document),
    explain(document, report) {
      if (all === undefined) (all = newAjv(true)).addSchema(planSchema, SCHEMA)
      for (const { as, value, path } of piecesOf(document)) {
        const validate = all.getSchema(REFERENCES[as]) as ValidateFunction
        if (validate(value)) continue
        for (const error of withoutEchoes(validate.errors ?? [])) {
          const fault = toFault(error)
          report([...path, ...fault.path], fault.message, fault.onKey)
        }
      }
    },
  }
}

const SCHEMA = 'plan'
const REFERENCES: Readonly<Record<Piece['as'], string>> = {
  document: SCHEMA,
  webhook: `${SCHEMA}#/$defs/webhook`,
  plan: `${SCHEMA}#/$defs/plan`,
  step: `${SCHEMA}#/$defs/step`,
}

function newAjv(allErrors: boolean): Ajv {
  return new Ajv({
    allErrors,
    discriminator: true,
    useDefaults: true,
    verbose: true, // errors carry the schema they come from: its fields and units go into the sentence
    strict: true,
    strictRequired: false, // `type` is required beside `oneOf`, and a property of each branch
  })
}

/** ajv reports one mistake several times: of each group the errors that say most are kept. */
function* withoutEchoes(errors: readonly ErrorObject[]): Generator<ErrorObject> {
  const choices = choicesIn(errors)
  for (const error of errors) if (!isEcho(error, choices)) yield error
}

function isEcho(error: ErrorObject, choices: ReadonlyMap<string, Choice>): boolean {
  if (error.keyword === 'propertyNames') return true // the name's own error says more
  if (error.keyword === 'discriminator') return error.params.error !== 'mapping' && !hasTag(error)
  // Where a value may have one of several forms, what is said of the form that was meant is kept.
  if (error.keyword === 'anyOf') return choices.get(keyOf(error))?.meant === true
  const choice = choices.get(choiceOf(error) ?? '')
  return choice !== undefined && !(choice.meant && !isWrongForm(error, choice.error))
}

interface Choice {
  readonly error: ErrorObject
  /** One of the forms was meant, and something in it is wrong. */
  meant: boolean
}

function choicesIn(errors: readonly ErrorObject[]): ReadonlyMap<string, Choice> {
  const choices = new Map<string, Choice>()
  for (const error of errors)
    if (error.keyword === 'anyOf') choices.set(keyOf(error), { error, meant: false })
  if (choices.size === 0) return choices
  for (const error of errors) {
    const choice = choices.get(choiceOf(error) ?? '')
    if (choice !== undefined && !isWrongForm(error, choice.error)) choice.meant = true
  }
  return choices
}

function keyOf({ schemaPath, instancePath }: Pick<ErrorObject, 'schemaPath' | 'instancePath'>): string {
  return `${schemaPath} ${instancePath}`
}

/** The key of the choice that an error belongs to; an error in a list's item is one level below it. */
function choiceOf({ schemaPath, instancePath }: ErrorObject): string | undefined {
  const [, path, items] = /^(.*\/anyOf)\/\d+\/(items\/)?/.exec(schemaPath) ?? []
  if (path === undefined) return undefined
  const at = items === undefined ? instancePath : instancePath.slice(0, instancePath.lastIndexOf('/'))
  return keyOf({ schemaPath: path, instancePath: at })
}

function isWrongForm(error: ErrorObject, choice: ErrorObject): boolean {
  return error.keyword === 'type' && error.instancePath === choice.instancePath
}

/** Without a tag at all, `required` says so. */
function hasTag(error: ErrorObject): boolean {
  const data: unknown = error.data
  return typeof data === 'object' && data !== null && Object.hasOwn(data, String(error.params.tag))
}

function toFault(error: ErrorObject): Fault {
  const path = pathOf(error.instancePath)
  const message = sentenceOf(error)
  if (error.keyword === 'additionalProperties') {
    return { path: [...path, String(error.params.additionalProperty)], message, onKey: true }
  }
  if (error.propertyName !== undefined) return { path: [...path, error.propertyName], message, onKey: true }
  if (error.keyword === 'discriminator' && hasTag(error))
    return { path: [...path, String(error.params.tag)], message }
  if (error.keyword === 'uniqueItems') return { path: [...path, Number(error.params.i)], message }
  return { path, message }
}
