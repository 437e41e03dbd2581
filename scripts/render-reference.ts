/** The plan reference as Markdown, from the JSON Schema of a plan document. */
import { isObject, objectAt, type JsonObject } from '../src/json/index.ts'
import type { StepDefinition } from '../src/plan/step.ts'
import { definitions } from '../src/plan/steps/index.ts'
import { examples } from './examples.ts'

/** Every object in order, each with its fields, their types, defaults and descriptions, and an example. */
export function renderReference(schema: JsonObject): string {
  const defs = objectAt(schema, '$defs')
  const parts = [
    '# Plan reference',
    'Written by `scripts/plan-reference.ts` from the schema: do not edit it here. What the fields mean together is in [call-plans.md](call-plans.md); editors read [plan.schema.json](plan.schema.json). Fields that begin with `x-` are allowed everywhere and ignored.',
    section('Document', schema, examples.document),
    section('Plan', objectAt(defs, 'plan'), examples.plan),
    section('Webhook', objectAt(defs, 'webhook'), examples.webhook),
    section('Entering digits (`ivr` of a webhook)', objectAt(defs, 'entry'), examples.entry),
    '## Steps',
    ...Object.entries(definitions).map(([name, { schema, example, freeswitch }]) =>
      section(`\`${name}\``, schema, example, '###', needs(freeswitch)),
    ),
  ]
  return `${parts.join('\n\n')}\n`
}

/** What a step needs of FreeSWITCH; nothing for one that needs nothing. */
function needs({ applications, modules }: StepDefinition['freeswitch']): string[] {
  if (modules.length === 0) return []
  const run = applications.length > 0 ? `applications ${list(applications)}; ` : ''
  return [`Needs in FreeSWITCH: ${run}modules ${list(modules)}.`]
}

function list(words: readonly string[]): string {
  return words.map(code).join(', ')
}

function section(
  title: string,
  schema: JsonObject,
  example: unknown,
  level = '##',
  more: readonly string[] = [],
): string {
  return [
    `${level} ${title}`,
    String(schema.description),
    ...more,
    table(schema),
    ...tablesBelow(schema, level),
    `\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\``,
  ].join('\n\n')
}

/** Objects that have no section of their own, such as the outcomes of a bridge, also those in lists. */
function tablesBelow(schema: JsonObject, level: string): string[] {
  return Object.entries(objectAt(schema, 'properties'))
    .map(
      ([name, field]) =>
        [name, objectAt(field, 'items')['type'] === 'object' ? objectAt(field, 'items') : field] as const,
    )
    .filter(([, field]) => Object.keys(objectAt(field, 'properties')).length > 0)
    .map(([name, field]) => `${level}# \`${name}\`\n\n${table(field as JsonObject)}`)
}

function table(schema: JsonObject): string {
  const required = (schema.required ?? []) as readonly string[]
  const rows = Object.entries(objectAt(schema, 'properties')).map(([name, field]) => {
    const { default: fallback, description } = field as JsonObject
    const value = fallback !== undefined ? code(fallback) : required.includes(name) ? 'required' : ''
    return `| \`${name}\` | ${cell(typeOf(field))} | ${value} | ${cell(textOf(description, field))} |`
  })
  return ['| field | type | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

function textOf(description: unknown, field: unknown): string {
  if (typeof description === 'string') return description
  const { $ref } = field as JsonObject
  return $ref === '#/$defs/entry' ? 'The caller must first enter a code: see below.' : ''
}

/** The type of a field in a few words. */
function typeOf(field: unknown): string {
  if (!isObject(field)) return ''
  const { type, items } = field
  if (field.const !== undefined) return code(field.const)
  if (Array.isArray(field.enum)) return choice(field.enum)
  if (Array.isArray(field.anyOf)) return field.anyOf.map(typeOf).join(', or ')
  if (typeof field.$ref === 'string') return `[${named(field.$ref)}](#${anchor(field.$ref)})`
  if (type === 'array')
    return isObject(items) && items.$ref === '#/$defs/step'
      ? 'list of [steps](#steps)'
      : `list of ${atMost(field.maxItems)}${plural(typeOf(items))}`
  if (type === 'object')
    return field.maxProperties === undefined ? 'object' : `object of ${atMost(field.maxProperties)}entries`
  if (type === 'number' || type === 'integer')
    return `${type === 'integer' ? 'whole number' : 'number'}${range(field)}`
  if (type !== 'string') return String(type)
  return field.maxLength === undefined ? 'text' : `text of ${atMost(field.maxLength)}characters`
}

const MANY = 12

function choice(words: readonly unknown[]): string {
  return words.length > MANY ? `one of ${words.map(code).join(', ')}` : words.map(code).join(', ')
}

function plural(type: string): string {
  return type.replace(/^(text|object)\b/, '$1s')
}

function atMost(most: unknown): string {
  return typeof most === 'number' ? `at most ${most} ` : ''
}

function named(ref: string): string {
  return ref === '#/$defs/entry' ? 'entering digits' : ref.split('/').at(-1)!
}

function anchor(ref: string): string {
  return ref === '#/$defs/entry' ? 'entering-digits-ivr-of-a-webhook' : ref.split('/').at(-1)!
}

function range({ minimum, maximum }: JsonObject): string {
  return typeof minimum === 'number' && typeof maximum === 'number' ? ` ${minimum}–${maximum}` : ''
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value || '""' : JSON.stringify(value)}\``
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
