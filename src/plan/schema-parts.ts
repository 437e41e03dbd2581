/** What the schemas of a plan's parts are made of. */
import { closedObject, type JsonSchema, type ObjectSchema, type Otherwise } from '../json/index.ts'
import { NAME } from '../syntax/index.ts'
import { LONGEST_NAME, LONGEST_TEXT, MOST_STEPS } from './caps.ts'

/** Unknown fields are errors, except `x-…`, which are ignored (call-plan format, section 1). */
export function objectSchema<T>(schema: ObjectSchema<T> & { readonly description: string }): JsonSchema {
  return closedObject({ ...schema, patternProperties: { '^x-': {} } })
}

type StepSchema<T> = Omit<ObjectSchema<T>, 'title' | 'properties' | 'required'> & {
  /** Its type. */
  readonly title: string
  readonly description: string
  readonly properties: Omit<ObjectSchema<T>['properties'], 'type'>
  readonly required: readonly Exclude<ObjectSchema<T>['required'][number], 'type'>[]
}

/** Of a step: its type comes first, and editors explain it with the step's own description. */
export function stepSchema<T extends { readonly type: string }>(schema: StepSchema<T>): JsonSchema {
  const { title, description, properties, required } = schema
  return objectSchema<Readonly<Record<string, unknown>>>({
    ...schema,
    properties: { type: { const: title, title: 'Type', description }, ...properties },
    required: ['type', ...required] as never[],
  })
}

/** For what does not match `NAME`. */
export const noName: Otherwise = (value) =>
  `${value} is no name; write 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first`

/** For what does not match `VARIABLE`. */
export const noVariable: Otherwise = (value) =>
  `${value} is no name of a variable; write 1 to 32 small letters, digits and underscores, a letter first`

export const notTexts: Otherwise = (value) => `must be text or a list of texts, not ${value}`

/** What the controller does not read. */
export function textForPeople(title: string, description: string): JsonSchema {
  return { type: 'string', maxLength: LONGEST_TEXT, title, description }
}

/** A field that names an entry of a map of the document; `more` is said behind that. */
export const entryName = (
  map: 'audio' | 'plans' | 'schedules' | 'webhooks',
  title: string,
  example: string,
  more = '',
) =>
  ({
    type: 'string',
    maxLength: LONGEST_NAME,
    title,
    examples: [example],
    description: `Name of an entry of \`${map}\`${more}.`,
  }) as const

/** A field of every step, behind its type. */
export const id = {
  type: 'string',
  title: 'Name of the step',
  pattern: NAME.source,
  otherwise: noName,
  description:
    "The step's own name in the journal, unique in its document. Default: its path, such as `main/2/success/0`.",
  examples: ['ring-desk'],
} as const

/** A field of every step, before the steps below it. */
export const note = textForPeople('Note', 'For people; ignored.')

/** The field `on` of a step that has a branch for each outcome. */
export const outcomesField = (
  outcomes: Readonly<Record<string, JsonSchema>>,
  examples: readonly unknown[],
): JsonSchema => ({
  type: 'object',
  title: 'Outcomes',
  examples,
  description: 'What to do for each outcome, before the next step.',
  properties: outcomes,
  patternProperties: { '^x-': {} },
  additionalProperties: false,
})

/** A list of steps: `#/$defs/step` is the union of all step types. */
export const stepList = (title: string, description: string): JsonSchema => ({
  title,
  type: 'array',
  maxItems: MOST_STEPS,
  items: { $ref: '#/$defs/step' },
  description,
})
