/** Ties a hand-written JSON Schema to its TypeScript type: a field in one and not the other does not compile. */
import { NAME } from '../syntax/index.ts'
import { LONGEST_TEXT, MOST_STEPS } from './lint/caps.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T]

/** The schema of an object type `T`. Fields with a `default` may be absent in the file and are not `required`. */
export interface ObjectSchema<T> {
  readonly title?: string
  readonly description: string
  readonly properties: { readonly [K in keyof T]-?: JsonSchema }
  readonly required: readonly RequiredKeys<T>[]
}

/** Unknown fields are errors, except `x-…`, which are ignored (call-plan format, section 1). */
export function objectSchema<T>(schema: ObjectSchema<T>): JsonSchema {
  return { type: 'object', ...schema, patternProperties: { '^x-': {} }, additionalProperties: false }
}

/** What the controller does not read. */
export function textForPeople(description: string): JsonSchema {
  return { type: 'string', maxLength: LONGEST_TEXT, description }
}

/** Fields that every step may carry. */
export const stepFields = {
  id: {
    type: 'string',
    pattern: NAME.source,
    description:
      "The step's own name in the journal, unique in its document. Default: its path, such as `main/2/success/0`.",
  },
  note: textForPeople('For people; ignored.'),
} as const

/** A list of steps: `#/$defs/step` is the union of all step types. */
export const stepList = (description: string): JsonSchema => ({
  type: 'array',
  maxItems: MOST_STEPS,
  items: { $ref: '#/$defs/step' },
  description,
})
