/** A JSON Schema at work: ajv's errors as faults, each with a sentence that says what to write instead. */
import { Ajv, type ErrorObject, type Options, type SchemaValidateFunction } from 'ajv'
import { pathOf, type Fault } from './fault.ts'
import { isObject, objectAt, type JsonObject } from './object.ts'
import { allowed, oneOf, suggest } from './suggest.ts'

/**
 * The keyword `otherwise`, beside `pattern`, `const`, `anyOf` or what says which names an object may or must have:
 * the sentence for what does not fit. `value` is JSON, and short.
 */
export type Otherwise = (value: string) => string

/** The keyword `check` of a text: what is wrong with it, or undefined. */
export type Check = (text: string) => string | undefined

/** An Ajv that knows both keywords and fills in defaults. Its errors are what `faultsOf` needs. */
export function createAjv(options: Options): Ajv {
  const ajv = new Ajv({ strict: true, useDefaults: true, verbose: true, ...options })
  ajv.addKeyword('otherwise')
  ajv.addKeyword({ keyword: 'check', type: 'string', errors: true, validate: checkText })
  return ajv
}

const checkText: SchemaValidateFunction = (check: Check, text: string) => {
  const message = check(text)
  checkText.errors = message === undefined ? [] : [{ keyword: 'check', message, params: {} }]
  return message === undefined
}

/**
 * The faults behind `errors`, in their order: ajv reports one mistake several times, and of each group those that
 * say most are kept. With `hidden` no sentence repeats a value, which may be a secret.
 */
export function* faultsOf(errors: readonly ErrorObject[], { hidden = false } = {}): Generator<Fault> {
  const choices = choicesIn(errors)
  for (const error of errors) if (!isEcho(error, choices)) yield faultOf(error, hidden)
}

function isEcho(error: ErrorObject, choices: ReadonlyMap<string, Choice>): boolean {
  if (error.keyword === 'propertyNames') return true // the name's own error says more
  if (error.keyword === 'discriminator') return error.params.error !== 'mapping' && !hasTag(error)
  // Where a value may have one of several forms, what is said of the form that was meant is kept.
  if (error.keyword === 'anyOf') return choices.get(keyOf(error))?.meant === true
  const choice = choiceOf(error, choices)
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
    const choice = choiceOf(error, choices)
    if (choice !== undefined && !isWrongForm(error, choice.error)) choice.meant = true
  }
  return choices
}

function keyOf({ schemaPath, instancePath }: Pick<ErrorObject, 'schemaPath' | 'instancePath'>): string {
  return `${schemaPath} ${instancePath}`
}

/** The choice that an error belongs to, which may be about something within the value. */
function choiceOf(
  { schemaPath, instancePath }: ErrorObject,
  choices: ReadonlyMap<string, Choice>,
): Choice | undefined {
  const path = /^(.*\/anyOf)\/\d+\//.exec(schemaPath)?.[1]
  if (path === undefined) return undefined
  for (let at = instancePath; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const choice = choices.get(keyOf({ schemaPath: path, instancePath: at }))
    if (choice !== undefined || at === '') return choice
  }
}

function isWrongForm({ keyword, instancePath, params, data }: ErrorObject, choice: ErrorObject): boolean {
  if (instancePath !== choice.instancePath) return false
  if (keyword === 'type') return true
  // A form that is a few words is not meant by a value that is no text.
  if (keyword === 'const') return typeof params.allowedValue !== typeof data
  return (
    keyword === 'enum' && (params.allowedValues as unknown[]).every((word) => typeof word !== typeof data)
  )
}

/** Without a tag at all, `required` says so. */
function hasTag(error: ErrorObject): boolean {
  return isObject(error.data) && Object.hasOwn(error.data, String(error.params.tag))
}

function faultOf(error: ErrorObject, hidden: boolean): Fault {
  const { keyword, instancePath, propertyName, params } = error
  const path = pathOf(instancePath)
  const message = ownSentence(error, hidden) ?? sentenceOf(error, hidden)
  if (keyword === 'additionalProperties')
    return { path: [...path, String(params.additionalProperty)], message, onKey: true }
  if (propertyName !== undefined) return { path: [...path, propertyName], message, onKey: true }
  if (keyword === 'discriminator' && hasTag(error)) return { path: [...path, String(params.tag)], message }
  if (keyword === 'uniqueItems') return { path: [...path, Number(params.i)], message }
  return { path, message }
}

/** What the schema itself has for this error. */
function ownSentence(error: ErrorObject, hidden: boolean): string | undefined {
  const { keyword, params, propertyName, data, parentSchema } = error
  const otherwise = parentSchema?.otherwise as Otherwise | undefined
  if (otherwise === undefined) return undefined
  switch (keyword) {
    case 'additionalProperties':
      return otherwise(shown(params.additionalProperty))
    case 'required':
      return otherwise(shown(params.missingProperty))
    case 'pattern':
    case 'const':
    case 'anyOf':
      if (propertyName !== undefined) return otherwise(shown(propertyName))
      return otherwise(hidden ? 'this value' : shown(data))
    default:
      return undefined
  }
}

function sentenceOf(error: ErrorObject, hidden: boolean): string {
  const { keyword, instancePath, message = 'is not valid' } = error
  const params = error.params as JsonObject
  const schema = (error.parentSchema ?? {}) as JsonObject
  const data: unknown = error.data
  const limit = String(params.limit)
  const unit = instancePath.endsWith('Seconds') ? ' seconds' : ''
  const not = () => (hidden ? '' : `, not ${shown(data)}`)
  switch (keyword) {
    case 'additionalProperties':
      return unknownField(schema, String(params.additionalProperty))
    case 'required':
      return missingField(schema, String(params.missingProperty))
    case 'type': {
      const kinds = String(params.type).split(',').map(kindOf).join(' or ')
      return `must be ${kinds}${exampleIn(schema)}${unit && ', in seconds'}${not()}`
    }
    case 'enum':
      return unknownWord(data, params.allowedValues as unknown[], hidden)
    case 'discriminator':
      return unknownWord(
        isObject(data) ? data[String(params.tag)] : undefined,
        tagsIn(schema, String(params.tag)),
        hidden,
      )
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
      if (hidden) return `must be ${BOUNDS[keyword]} ${limit}${unit}`
      return `${shown(data)} is out of range; write ${span(schema, 'minimum', 'maximum')}${unit}`
    case 'minLength':
      return limit === '1' ? 'must not be empty' : `must be at least ${limit} characters long`
    case 'maxLength':
      return `is too long; at most ${limit} characters`
    case 'minItems':
    case 'maxItems':
      return `must have ${span(schema, 'minItems', 'maxItems')} items`
    case 'minProperties':
      return 'must have at least one entry'
    case 'uniqueItems':
      return 'is in the list twice; take one out'
    case 'pattern':
      return `must match ${String(params.pattern)}`
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}${not()}`
    default:
      return message
  }
}

const BOUNDS = { minimum: 'at least', maximum: 'at most', exclusiveMinimum: 'more than' }

function unknownField(schema: unknown, name: string): string {
  return `unknown field "${name}"${suggest(name, Object.keys(objectAt(schema, 'properties')))}`
}

function missingField(schema: unknown, name: string): string {
  const { enum: words, description } = objectAt(objectAt(schema, 'properties'), name)
  const more = Array.isArray(words)
    ? `; write ${oneOf(words)}`
    : typeof description === 'string'
      ? `: ${description}`
      : ''
  return `"${name}" is missing here${more}`
}

function unknownWord(data: unknown, words: readonly unknown[], hidden: boolean): string {
  if (hidden) return `must be ${allowed(words)}`
  return typeof data === 'string'
    ? `${shown(data)} is not known${suggest(data, words.map(String))}`
    : `must be ${allowed(words)}, not ${shown(data)}`
}

/** What the tag of a discriminated union may be. */
function tagsIn({ oneOf: branches }: JsonObject, tag: string): string[] {
  return (Array.isArray(branches) ? branches : []).map((branch) =>
    String(objectAt(objectAt(branch, 'properties'), tag).const),
  )
}

function exampleIn({ examples }: JsonObject): string {
  return Array.isArray(examples) ? ` such as ${JSON.stringify(examples[0])}` : ''
}

/** What the two keywords of a schema allow. */
function span(schema: JsonObject, least: string, most: string): string {
  const [from, to] = [schema[least] ?? 0, schema[most]] as [number, number | undefined]
  if (to === undefined) return `${from} or more`
  return from === to ? `${from}` : `${from} to ${to}`
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text in double quotes',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list in [ ]',
  object: 'an object in { }',
}

function kindOf(type: string): string {
  return KINDS[type] ?? type
}

/** Short enough for a sentence. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (isObject(value)) return 'an object'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
