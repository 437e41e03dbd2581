/** What the schemas of a plan's parts are made of. */
import { closedObject, type JsonSchema, type ObjectSchema, type Otherwise } from '../json/index.ts'
import { NAME } from '../syntax/index.ts'
import { LONGEST_TEXT, MOST_STEPS } from './caps.ts'

/** Unknown fields are errors, except `x-…`, which are ignored (call-plan format, section 1). */
export function objectSchema<T>(schema: ObjectSchema<T> & { readonly description: string }): JsonSchema {
  return closedObject({ ...schema, patternProperties: { '^x-': {} } })
}

/** For what does not match `NAME`. */
export const noName: Otherwise = (value) =>
  `${value} is no name; write 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first`

export const notTexts: Otherwise = (value) => `must be text or a list of texts, not ${value}`

/** What the controller does not read. */
export function textForPeople(description: string): JsonSchema {
  return { type: 'string', maxLength: LONGEST_TEXT, description }
}

/** A field of every step, behind its type. */
export const id = {
  type: 'string',
  pattern: NAME.source,
  otherwise: noName,
  description:
    "The step's own name in the journal, unique in its document. Default: its path, such as `main/2/success/0`.",
} as const

/** A field of every step, before the steps below it. */
export const note = textForPeople('For people; ignored.')

/** A list of steps: `#/$defs/step` is the union of all step types. */
export const stepList = (description: string): JsonSchema => ({
  type: 'array',
  maxItems: MOST_STEPS,
  items: { $ref: '#/$defs/step' },
  description,
})
