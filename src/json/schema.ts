/** Hand-written JSON Schemas, tied to the TypeScript types that they describe. */

/** The values of our own keywords (`Otherwise`, `Check`) are functions, which JSON.stringify leaves out. */
export type JsonSchema = Readonly<Record<string, unknown>>

type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T]

/** The schema of an object type `T`: a field in one and not the other does not compile. */
export interface ObjectSchema<T> {
  readonly title?: string
  readonly description?: string
  /** Of values, the most usual first. */
  readonly examples?: readonly unknown[]
  readonly properties: { readonly [K in keyof T]-?: JsonSchema }
  /** What the text must have; a field with a `default` may be absent there. */
  readonly required: readonly RequiredKeys<T>[]
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
  readonly default?: object
  readonly minProperties?: number
}

/** Fields that are not among `properties` or `patternProperties` are errors. */
export function closedObject<T>(schema: ObjectSchema<T>): JsonSchema {
  return { type: 'object', ...schema, additionalProperties: false }
}
