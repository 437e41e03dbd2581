/** Objects in a document that may still be wrong in any way. */

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value of a field that should be an object; an empty one where it is not, which the schema reports. */
export function objectAt(value: unknown, key: string): JsonObject {
  const field = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return isObject(field) ? field : {}
}

/** The entries that mean something: what begins with `x-` is ignored. */
export function entriesOf(value: JsonObject): [string, unknown][] {
  return Object.entries(value).filter(([key]) => !key.startsWith('x-'))
}
