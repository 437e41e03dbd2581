/** The schema in an editor: the JSON language server of VS Code, as it is shipped, reads it and completes plans. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import {
  getLanguageService,
  TextDocument,
  type CompletionItem,
  type LanguageService,
} from 'vscode-json-languageservice'
import { isObject, type JsonObject } from '../../src/json/index.ts'
import { planSchema } from '../../src/plan/schema.ts'
import { definitions } from '../../src/plan/steps/index.ts'

const FILE = join(import.meta.dirname, '../../docs/plan.schema.json')
const CONTROLLER = 'http://127.0.0.1:8080/plans/schema'

/** Of one document; `|` is where the cursor is. */
function editor(text: string, schema = CONTROLLER) {
  const offset = text.indexOf('|')
  const written = text.replace('|', '').replace('{', `{ "$schema": "${schema}", `)
  const document = TextDocument.create('file:///plans/acme.json', 'json', 1, written)
  const service: LanguageService = getLanguageService({
    schemaRequestService: (uri) => {
      if (uri === CONTROLLER) return Promise.resolve(JSON.stringify(planSchema))
      if (uri === pathToFileURL(FILE).href) return readFile(FILE, 'utf8')
      return Promise.reject(new Error(`no schema at ${uri}`))
    },
    workspaceContext: { resolveRelativePath: (path, from) => new URL(path, from).href },
  })
  service.configure({ validate: true })
  const parsed = service.parseJSONDocument(document)
  const position = document.positionAt(offset + written.length - text.length + 1)
  return {
    findings: () => service.doValidation(document, parsed),
    async completions(): Promise<CompletionItem[]> {
      return (await service.doComplete(document, position, parsed))?.items ?? []
    },
    async hover(): Promise<string> {
      return JSON.stringify((await service.doHover(document, position, parsed))?.contents ?? '')
    },
  }
}

const inStep = (step: string) => `{ "plans": { "main": { "steps": [${step}] } } }`

describe('an editor with the schema of the controller, or of a file', () => {
  test.each([CONTROLLER, pathToFileURL(FILE).href])('finds what is wrong: %s', async (schema) => {
    expect(await editor(inStep('{ "type": "bridge", "destination": "215" }|'), schema).findings()).toEqual([])
    const [finding, ...more] = await editor(
      inStep('{ "type": "bridge", "ringSeconds": 500 }|'),
      schema,
    ).findings()
    expect(more).toEqual([])
    expect(finding?.message).toContain('300')
  })

  test.each(['examples/plans/menu.json', 'examples/plans/crm-name.json', 'examples/plans/vip-code.json'])(
    'has nothing to say of %s',
    async (file) => {
      const text = await readFile(join(import.meta.dirname, '../..', file), 'utf8')
      const bare = text.replace(/\n {2}"\$schema".*/, '')
      expect(await editor(`${bare}|`).findings()).toEqual([])
    },
  )

  test('offers each type of step, with what it does', async () => {
    const items = await editor(inStep('{ "type": | }')).completions()
    for (const [type, { schema }] of Object.entries(definitions)) {
      const item = items.find(({ label }) => label === `"${type}"`)
      expect(JSON.stringify(item?.documentation ?? '')).toContain(
        JSON.stringify(schema.description).slice(1, -1),
      )
    }
  })

  test('offers whole steps, as the reference shows them', async () => {
    const items = await editor(inStep('|')).completions()
    const inserted = items.map(({ insertText = '' }) => insertText.replaceAll(/\s/g, ''))
    for (const { example } of Object.values(definitions)) {
      const whole = JSON.stringify(example).replaceAll(/\s/g, '')
      expect(inserted.map((text) => text.replaceAll(/\\(.)/g, '$1'))).toContain(whole)
    }
  })

  test('offers the fields that a step has, and no others', async () => {
    const labels = (await editor(inStep('{ "type": "bridge", "|" }')).completions()).map(({ label }) => label)
    expect(labels).toEqual(expect.arrayContaining(['destination', 'ringSeconds', 'strategy', 'on', 'note']))
    expect(labels).not.toContain('audio')
  })

  test('offers values: the default, and examples', async () => {
    const labels = async (text: string) => (await editor(text).completions()).map(({ label }) => label)
    expect(await labels(inStep('{ "type": "bridge", "ringSeconds": | }'))).toEqual(
      expect.arrayContaining(['20', '30']),
    )
    expect(await labels('{ "webhooks": { "crm": { "method": | } } }')).toEqual(
      expect.arrayContaining(['"GET"', '"POST"']),
    )
  })

  test.each([
    [
      inStep('{ "type": "bridge", "ring|Seconds": 20 }'),
      'Seconds to ring',
      'How long each destination rings',
    ],
    [inStep('{ "type": "web|hook" }'), 'Type', 'Asks a server of yours'],
    ['{ "webhooks": { "crm": { "wait|Audio": "a" } } }', 'Audio while waiting', 'longer than 2 s'],
  ])('explains what the cursor is on: %s', async (text, title, description) => {
    const said = await editor(text).hover()
    expect(said).toContain(title)
    expect(said).toContain(description)
  })
})

/** Every field of the schema, with its path. */
function* fieldsIn(schema: unknown, path: string): Generator<[string, JsonObject]> {
  if (Array.isArray(schema)) for (const [i, one] of schema.entries()) yield* fieldsIn(one, `${path}/${i}`)
  if (!isObject(schema)) return
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'examples') continue
    if (key === 'properties')
      for (const [name, field] of Object.entries(value as JsonObject))
        yield [`${path}/${name}`, field as JsonObject]
    yield* fieldsIn(value, `${path}/${key}`)
  }
}

test('every field has a title and a description, and an example where its values are not known anyway', () => {
  const fields = [...fieldsIn(planSchema, '')].filter(([, field]) => field.$ref === undefined)
  expect(fields.length).toBeGreaterThan(60)
  const poor = fields.filter(([, { title, description, examples, type, items, ...field }]) => {
    const isKnown =
      field.const !== undefined ||
      type === 'boolean' ||
      items !== undefined ||
      /note|description/.test(String(title).toLowerCase())
    return (
      typeof title !== 'string' || typeof description !== 'string' || (!isKnown && !Array.isArray(examples))
    )
  })
  expect(poor.map(([path]) => path)).toEqual([])
})
