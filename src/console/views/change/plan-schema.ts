/** The schema of plan documents as an editor asks it: what may stand at a place, and what is to be known of it. */

/** As much of JSON Schema as that of plans has. */
export interface Schema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly type?: string | readonly string[]
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly discriminator?: { readonly propertyName: string }
}

/** Keys and indexes from the root of the document. */
export type Path = readonly (string | number)[]

/** The text at a place, as far as it is there: which of several forms an object has, its `type` says. */
export type TextAt = (path: Path) => string | undefined

/** Those that hold at a place; none where nothing may stand. */
export function schemasAt(root: Schema, path: Path, textAt: TextAt): Schema[] {
  let now = forms(root, root, { at: [], next: path[0], textAt })
  for (const [i, key] of path.entries()) {
    const at = path.slice(0, i + 1)
    now = now
      .flatMap((schema) => below(schema, key))
      .flatMap((schema) => forms(root, schema, { at, next: path[i + 1], textAt }))
  }
  return now
}

interface Place {
  readonly at: Path
  /** Where the way goes on from here. */
  readonly next: string | number | undefined
  readonly textAt: TextAt
}

/** A schema without references and choices: each form that may stand there. */
function forms(root: Schema, schema: Schema, place: Place): Schema[] {
  const { $ref, anyOf, oneOf, discriminator, title, description } = schema
  if ($ref !== undefined) return forms(root, definition(root, $ref), place)
  const choices = oneOf ?? anyOf
  if (!choices) return [schema]
  const property = discriminator?.propertyName
  const chosen = property === undefined ? undefined : place.textAt([...place.at, property])
  const fitting =
    property === undefined || place.next === property
      ? []
      : choices.filter((one) => one.properties?.[property]?.const === chosen)
  // What is said of the field holds for each of its forms.
  const about = { ...(title !== undefined && { title }), ...(description !== undefined && { description }) }
  return (fitting.length > 0 ? fitting : choices).flatMap((one) => forms(root, { ...about, ...one }, place))
}

function definition(root: Schema, ref: string): Schema {
  return root.$defs?.[ref.replace('#/$defs/', '')] ?? {}
}

function below(
  { properties, patternProperties, additionalProperties, items }: Schema,
  key: string | number,
): Schema[] {
  if (typeof key === 'number') return items ? [items] : []
  const own = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined
  if (own) return [own]
  const patterns = Object.entries(patternProperties ?? {}).filter(([pattern]) =>
    new RegExp(pattern, 'u').test(key),
  )
  if (patterns.length > 0) return patterns.map(([, schema]) => schema)
  return typeof additionalProperties === 'object' ? [additionalProperties] : []
}

/** The part of the document that a field names an entry of, as its description says: `webhooks`, `audio`, `plans`. */
export function namesEntryOf({ description = '' }: Schema): string | undefined {
  return /^Name of an entry of `(\w+)`/.exec(description)?.[1]
}

/** Values that may stand there, where they are few. */
export function valuesOf({ enum: values, const: only, type }: Schema): unknown[] {
  if (only !== undefined) return [only]
  if (values) return [...values]
  return type === 'boolean' ? [true, false] : []
}

/** What a field begins with when it is put in, as JSON. */
export function firstValue(schema: Schema): string {
  const { type, examples, default: preset } = schema
  const [value] = valuesOf(schema)
  if (value !== undefined && type !== 'boolean') return JSON.stringify(value)
  if (type === 'boolean') return String(preset !== true)
  if (type === 'array') return '[]'
  if (type === 'object') return '{}'
  if (type === 'number' || type === 'integer') return JSON.stringify(examples?.[0] ?? preset ?? 0)
  return '""'
}
