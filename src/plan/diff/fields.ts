/** What differs in fields of two objects, by the names that the plan reference gives them. */
import { isObject, type JsonObject } from '../../json/index.ts'
import { listed } from '../../util/listed.ts'
import { named } from './change.ts'

/** In characters; a URL template may have 2,000. */
const LONGEST_VALUE = 200

/** Such as "`timeoutSeconds` is now 5, no longer 3", sorted by field; those of inner objects as `headers.x-key`. */
export function fieldChanges(before: JsonObject, after: JsonObject, path = ''): string[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return fields.flatMap((field) => {
    const [was, is] = [before[field], after[field]]
    if (isObject(was) && isObject(is)) return fieldChanges(was, is, `${path}${field}.`)
    if (JSON.stringify(was) === JSON.stringify(is)) return []
    return [fieldChange(path + field, was, is)]
  })
}

function fieldChange(field: string, was: unknown, is: unknown): string {
  if (is === undefined) return `${named(field)} is gone (it was ${shown(was)})`
  if (was === undefined) return `${named(field)} is new: ${shown(is)}`
  return `${named(field)} is now ${shown(is)}, no longer ${shown(was)}`
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return listed(value.map(shown))
  if (isObject(value)) return listed(Object.entries(value).map(([key, inner]) => `${key} ${shown(inner)}`))
  const text = typeof value === 'string' ? `"${value}"` : String(value)
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text
}
