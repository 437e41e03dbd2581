/** JSON laid out for people: fields in the order of their schema, one item a line, what is short on one line. */
import type { Options } from 'prettier'
import { isObject, type JsonObject, objectAt } from './object.ts'
import type { JsonSchema } from './schema.ts'

const LAYOUT: Options = { parser: 'json', printWidth: 100, objectWrap: 'collapse' }

/**
 * The text of a document that `readJson` has no fault of, laid out. Its meaning stays: numbers and texts are written
 * as they were, and fields that the schema does not know follow those that it does.
 */
export async function layOut(text: string, schema: JsonSchema): Promise<string> {
  const ordered = createOrder(schema)(JSON.parse(text, asWritten))
  // Only now: no call waits for a formatter.
  const { format } = await import('prettier')
  return format(JSON.stringify(ordered), LAYOUT)
}

/** Of ECMAScript, and of Node.js 22: TypeScript's library does not know them yet. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(source: string): object
  isRawJSON(value: unknown): boolean
}

/** Stands for `1.0` or `"\u00a0"` in what JSON.stringify gets, which would write the former shorter and the latter bare. */
function asWritten(
  this: unknown,
  _key: string,
  value: unknown,
  { source }: { source?: string } = {},
): unknown {
  return source === undefined || source === JSON.stringify(value) ? value : rawJSON(source)
}

/** Copies values with their fields in the order in which `root` lists them. */
function createOrder(root: JsonSchema): (value: unknown) => unknown {
  function resolved(schema: JsonObject, value: unknown): JsonObject {
    const { $ref, oneOf, anyOf } = schema
    if (typeof $ref === 'string')
      return resolved(objectAt(objectAt(root, '$defs'), $ref.split('/').at(-1)!), value)
    if (Array.isArray(oneOf) && isObject(value))
      return (oneOf as JsonObject[]).find((one) => isMeant(one, value)) ?? {}
    // One form of several: that for a list, or that for an object.
    if (Array.isArray(anyOf)) {
      const wanted = Array.isArray(value) ? 'array' : 'object'
      return (anyOf as JsonObject[]).find(({ type }) => type === wanted) ?? {}
    }
    return schema
  }

  function ordered(value: unknown, schema: JsonObject): unknown {
    if (Array.isArray(value)) {
      const items = objectAt(resolved(schema, value), 'items')
      return value.map((item) => ordered(item, items))
    }
    if (!isObject(value) || isRawJSON(value)) return value
    const known = resolved(schema, value)
    const properties = objectAt(known, 'properties')
    const names = [
      ...Object.keys(properties).filter((name) => Object.hasOwn(value, name)),
      ...Object.keys(value).filter((name) => !Object.hasOwn(properties, name)),
    ]
    return Object.fromEntries(names.map((name) => [name, ordered(value[name], schemaOf(known, name))]))
  }

  return (value) => ordered(value, root)
}

/** Of a step, whose `type` says which of them it is. */
function isMeant(schema: JsonObject, { type }: JsonObject): boolean {
  return objectAt(objectAt(schema, 'properties'), 'type').const === type
}

function schemaOf(schema: JsonObject, name: string): JsonObject {
  const own = objectAt(schema, 'properties')
  if (Object.hasOwn(own, name)) return own[name] as JsonObject
  const pattern = Object.entries(objectAt(schema, 'patternProperties')).find(([source]) =>
    new RegExp(source).test(name),
  )
  return pattern ? (pattern[1] as JsonObject) : objectAt(schema, 'additionalProperties')
}
