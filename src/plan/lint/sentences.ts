/** What ajv found wrong, as a sentence that says what to write instead. */
import type { ErrorObject } from 'ajv'
import { allowed, isObject, objectAt, oneOf, suggest } from '../../json/index.ts'
import { DESTINATION, EXTENSION, HOST_NAME, NAME } from '../../syntax/index.ts'

/** `error` must come from an Ajv with `verbose`. */
export function sentenceOf(error: ErrorObject): string {
  const field = error.instancePath.split('/').at(-1) ?? ''
  const unit = /Seconds$/.test(field) ? ' seconds' : ''
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownField(error, String(error.params.additionalProperty))
    case 'required':
      return `"${String(error.params.missingProperty)}" is missing here${purpose(error)}`
    case 'type':
      return `must be ${kindOf(String(error.params.type))}${unit && ', in seconds'}, not ${kindOfValue(error.data)}`
    case 'anyOf':
      return `must be text or a list of texts, not ${kindOfValue(error.data)}`
    case 'enum':
      return unknownWord(error.data, error.params.allowedValues as unknown[])
    case 'const':
      return constant(field, error)
    case 'discriminator':
      return unknownWord(tagOf(error), stepTypes(error))
    case 'minimum':
    case 'maximum':
      return `${shown(error.data)} is out of range; write ${range(error)}${unit}`
    case 'minLength':
      return 'must not be empty'
    case 'maxLength':
      return `is too long; at most ${String(error.params.limit)} characters`
    case 'minItems':
    case 'maxItems':
      return `must have ${itemRange(error)} items`
    case 'minProperties':
      return 'must have at least one entry'
    case 'uniqueItems':
      return 'is in the list twice; take one out'
    case 'pattern':
      // Whoever wrote the secret itself does not want to read it in a log.
      if (isSecret(error)) return NO_SECRET
      return `${shown(error.propertyName ?? error.data)} ${wanted(String(error.params.pattern))}`
    default:
      return error.message ?? 'is not valid'
  }
}

function unknownField(error: ErrorObject, name: string): string {
  const known = Object.keys(objectAt(error.parentSchema, 'properties'))
  if (known.length > 0) return `unknown field "${name}"${suggest(name, known)}`
  const pattern = Object.keys(objectAt(error.parentSchema, 'patternProperties')).find((key) => key !== '^x-')
  return `"${name}" ${wanted(pattern ?? '')}`
}

const NO_SECRET =
  'a secret must not stand in a plan; set it in an environment variable, write "env:NAME" here, and have the operator grant NAME in webhooks.env'

function isSecret(error: ErrorObject): boolean {
  return String(error.params.pattern).startsWith('^env:')
}

/** Each pattern of the schema in words. */
function wanted(pattern: string): string {
  if (pattern.includes(NAME.source.slice(1))) {
    return 'is no name; write 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first'
  }
  if (pattern === DESTINATION.source)
    return 'is no destination; write a number such as "+31502102544" or "215"'
  if (pattern.startsWith('^[0-9*#]')) return 'is no choice; write what the caller keys: digits, * and #'
  if (pattern === EXTENSION.source) return 'is no extension; write letters, digits and + * # _ . - only'
  if (pattern.includes('~-]')) return 'is no header name; write letters, digits and dashes'
  if (pattern.includes('x7e')) return 'holds a character that no header can carry; write printable ASCII'
  if (pattern === HOST_NAME.source)
    return 'is no domain; write a host name such as "acme.example", no address, or leave it out for that of FreeSWITCH'
  return `must match ${pattern}`
}

function purpose(error: ErrorObject): string {
  const missing = String(error.params.missingProperty)
  const schema = objectAt(objectAt(error.parentSchema, 'properties'), missing)
  if (Array.isArray(schema.enum)) return `; write ${oneOf(schema.enum)}`
  if (missing === 'type') return '; write what the step does, such as "bridge"'
  return typeof schema.description === 'string' ? `: ${schema.description}` : ''
}

function constant(field: string, error: ErrorObject): string {
  const allowed = JSON.stringify(error.params.allowedValue)
  if (field !== 'version') return `must be ${allowed}, not ${shown(error.data)}`
  const newer = typeof error.data === 'number' && error.data > 1
  return newer
    ? `version ${String(error.data)} is newer than this controller, which reads version ${allowed}`
    : `${shown(error.data)} is no version of this format; write ${allowed}`
}

function unknownWord(data: unknown, words: readonly unknown[]): string {
  return typeof data === 'string'
    ? `${shown(data)} is not known${suggest(data, words.map(String))}`
    : `must be ${allowed(words)}, not ${kindOfValue(data)}`
}

function tagOf(error: ErrorObject): unknown {
  return isObject(error.data) ? error.data[String(error.params.tag)] : undefined
}

function stepTypes(error: ErrorObject): string[] {
  const branches: unknown = error.parentSchema?.oneOf
  return (Array.isArray(branches) ? branches : []).map((branch) =>
    String(objectAt(objectAt(branch, 'properties'), 'type').const),
  )
}

function range(error: ErrorObject): string {
  const { minimum, maximum } = error.parentSchema ?? {}
  return typeof maximum === 'number' ? `${String(minimum)} to ${maximum}` : `${String(minimum)} or more`
}

function itemRange(error: ErrorObject): string {
  const { minItems, maxItems } = error.parentSchema ?? {}
  return minItems === maxItems ? String(minItems) : `${String(minItems ?? 0)} to ${String(maxItems)}`
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

function kindOfValue(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : shown(value)
}

/** Short enough to stand in a sentence. */
function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
