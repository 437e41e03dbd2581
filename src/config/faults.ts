/** What ajv found wrong with the configuration, in sentences that say what to write instead. */
import type { ErrorObject } from 'ajv'
import { formats } from './schema.ts'
import { allowed, type Fault, objectAt, pathOf, suggest } from '../json/index.ts'

/** `error` must come from an Ajv with `verbose`. No sentence repeats a value: it may be a secret. */
export function faultOf(error: ErrorObject): Fault {
  const path = pathOf(error.instancePath)
  if (error.propertyName !== undefined)
    return { path: [...path, error.propertyName], onKey: true, message: sentenceOf(error) }
  if (error.keyword !== 'additionalProperties') return { path, message: sentenceOf(error) }
  const key = String(error.params['additionalProperty'])
  const known = Object.keys(objectAt(error.parentSchema, 'properties'))
  return { path: [...path, key], onKey: true, message: `is not a known key${suggest(key, known)}` }
}

function sentenceOf(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>
  const limit = String(params['limit'])
  switch (error.keyword) {
    case 'required':
      return `has no \`${String(params['missingProperty'])}\`, which is required`
    case 'type':
      return `must be ${article(String(params['type']))}${example(error)}`
    case 'enum':
      return `must be ${allowed(params['allowedValues'] as unknown[])}`
    case 'minimum':
      return `must be at least ${limit}`
    case 'exclusiveMinimum':
      return `must be more than ${limit}`
    case 'maximum':
      return `must be at most ${limit}`
    case 'minLength':
      return limit === '1' ? 'must not be empty' : `must be at least ${limit} characters long`
    case 'minItems':
      return limit === '1' ? 'must not be empty' : `must have at least ${limit} entries`
    case 'maxItems':
      return `must have at most ${limit} entries`
    case 'maxLength':
      return `must be at most ${limit} characters long`
    case 'format':
      return formats[String(params['format'])]?.(String(error.data)) ?? 'is not valid'
    case 'pattern':
      if (error.propertyName !== undefined)
        return 'must be a document such as `acme`, a folder such as `north/*`, or `*`'
      return `must match ${String(params['pattern'])}`
    default:
      return error.message ?? 'is not valid'
  }
}

function example({ parentSchema }: ErrorObject): string {
  const examples: unknown = parentSchema?.['examples']
  return Array.isArray(examples) ? ` such as ${JSON.stringify(examples[0])}` : ''
}

/** The type, or `a,b` for either. */
const article = (types: string): string => types.split(',').map(oneType).join(' or ')

const oneType = (type: string): string =>
  ({ integer: 'a whole number', object: 'an object', array: 'a list', string: 'a string' })[type] ??
  `a ${type}`
