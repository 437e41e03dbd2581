import type { PlanDocument } from './document.ts'

/**
 * Takes out, in place, every field that begins with `x-`: they mean nothing, and a menu must not offer one
 * as a choice. Names of request headers are no fields.
 */
export function withoutIgnored(document: PlanDocument): PlanDocument {
  strip(document, 'root')
  return document
}

/** `place` tells the names of `webhooks`, the fields of one `webhook`, and everything else apart. */
type Place = 'root' | 'webhooks' | 'webhook' | 'other'

function strip(value: unknown, place: Place): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) strip(item, 'other')
    return
  }
  const fields = value as Record<string, unknown>
  for (const key of Object.keys(fields)) {
    if (key.startsWith('x-')) Reflect.deleteProperty(fields, key)
    else if (place !== 'webhook' || key !== 'headers') strip(fields[key], below(place, key))
  }
}

function below(place: Place, key: string): Place {
  if (place === 'webhooks') return 'webhook'
  return place === 'root' && key === 'webhooks' ? 'webhooks' : 'other'
}
