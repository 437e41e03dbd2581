import type { PlanDocument } from '../document.ts'

/**
 * Takes out, in place, what means nothing to a call: every field that begins with `x-` (a menu must not offer one
 * as a choice), and what is for people. Names of request headers are no fields, nor are those of audio, webhooks
 * and plans.
 */
export function withoutIgnored(document: PlanDocument): PlanDocument {
  strip(document, 'root')
  return document
}

/** `names` are objects whose keys are names, of webhooks or of anything else. */
type Place = 'root' | 'names' | 'webhooks' | 'webhook' | 'other'

/** A webhook has one always. */
const FOR_PEOPLE = new Set(['$schema', 'description', 'note'])

function strip(value: unknown, place: Place): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) strip(item, 'other')
    return
  }
  const fields = value as Record<string, unknown>
  const isNames = place === 'names' || place === 'webhooks'
  for (const key of Object.keys(fields)) {
    if (key.startsWith('x-') || (!isNames && FOR_PEOPLE.has(key))) Reflect.deleteProperty(fields, key)
    else if (place !== 'webhook' || key !== 'headers') strip(fields[key], below(place, key))
  }
  if (place === 'webhook') fields['description'] = ''
}

function below(place: Place, key: string): Place {
  if (place === 'webhooks') return 'webhook'
  if (place !== 'root') return 'other'
  return key === 'webhooks' ? 'webhooks' : 'names'
}
