/** What ajv found wrong with the configuration, in sentences that say what to write instead. */
import type { ErrorObject } from 'ajv'
import { escapePointer, type Fault } from './config-source.ts'
import { formats } from './config-schema.ts'

/** One fault for each error. `known` names the keys allowed at a schema path, for the nearest one. */
export function faultOf(error: ErrorObject): Fault {
  const pointer = error.instancePath
  const params = error.params as Record<string, unknown>
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty'])
      const allowed = Object.keys(
        (error.parentSchema as { properties?: object } | undefined)?.properties ?? {},
      )
      return { pointer: `${pointer}/${escapePointer(key)}`, key: true, message: unknownKey(key, allowed) }
    }
    case 'required':
      return { pointer, message: `has no \`${String(params['missingProperty'])}\`, which is required` }
    case 'type':
      return { pointer, message: `must be ${article(String(params['type']))}` }
    case 'enum':
      return {
        pointer,
        message: `must be one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}`,
      }
    case 'minimum':
      return { pointer, message: `must be at least ${String(params['limit'])}` }
    case 'exclusiveMinimum':
      return { pointer, message: `must be more than ${String(params['limit'])}` }
    case 'maximum':
      return { pointer, message: `must be at most ${String(params['limit'])}` }
    case 'minLength':
    case 'minItems':
      return { pointer, message: 'must not be empty' }
    case 'maxLength':
      return { pointer, message: `must be at most ${String(params['limit'])} characters long` }
    case 'format': {
      const fault = formats[String(params['format'])]?.(String(error.data))
      return { pointer, message: fault ?? 'is not valid' }
    }
    case 'pattern':
      return { pointer, message: `must match ${String(params['pattern'])}` }
    default:
      return { pointer, message: error.message ?? 'is not valid' }
  }
}

const article = (type: string): string =>
  ({ integer: 'a whole number', object: 'an object', array: 'a list', string: 'a string' })[type] ??
  `a ${type}`

function unknownKey(key: string, allowed: readonly string[]): string {
  const near = allowed
    .map((name) => ({ name, distance: distance(key.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0]
  if (near !== undefined && near.distance <= Math.max(2, key.length / 3)) {
    return `is not a known key; did you mean \`${near.name}\`?`
  }
  return `is not a known key; known here: ${allowed.join(', ')}`
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
