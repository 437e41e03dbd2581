import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { layOut, readJson } from '../../src/json/index.ts'
import { isTestFile } from '../../src/plan/index.ts'
import { planSchema } from '../../src/plan/schema.ts'
import { caseFileSchema } from '../../src/trial/index.ts'

const root = join(import.meta.dirname, '../..')
const lay = (text: string) => layOut(text, planSchema)
const read = (text: string): unknown => JSON.parse(text)

/** As the schema has them, and others. */
const names = fc.constantFrom(
  ...['$schema', 'version', 'description', 'audio', 'webhooks', 'plans', 'numbers', 'steps', 'type', 'id', 'note', 'on'],
  ...['destination', 'urlTemplate', 'choices', 'success', 'failure', 'busy', 'x-ours', '1', '#', '1.5', 'toString'],
) // prettier-ignore

const documents = fc
  .letrec<{ value: unknown; object: object }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6, depthSize: 'medium' },
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('webhook', 'bridge', 'ivr', 'play')),
      fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
      tie('object'),
      fc.array(tie('value'), { maxLength: 4 }),
    ),
    object: fc.dictionary(names, tie('value'), { maxKeys: 6 }),
  }))
  .object.map((object) => JSON.stringify(object))
  .filter((text) => readJson(Buffer.from(text)).value !== undefined)

test('command-line fmt: whatever a document holds, its meaning stays, and a second time changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(documents, async (text) => {
      const once = await lay(text)
      expect(canonicalize(read(once))).toBe(canonicalize(read(text)))
      expect(await lay(once)).toBe(once)
    }),
  )
})

test.each(globSync(['examples/plans/*.json', 'test/fixtures/plans/{good,warned}/*.json'], { cwd: root }))(
  'command-line fmt: %s keeps its meaning and is then laid out',
  async (file) => {
    const text = await readFile(join(root, file), 'utf8')
    const schema = isTestFile(file) ? caseFileSchema : planSchema
    const once = await layOut(text, schema)
    expect(read(once)).toEqual(read(text))
    expect(await layOut(once, schema)).toBe(once)
    // What is shipped is laid out.
    if (file.startsWith('examples/')) expect(once).toBe(text)
  },
)

test('command-line fmt: fields in the order of the schema, those of yours last, names as they are', async () => {
  const step =
    '{"x-mine": 1, "success": [{"cause": "USER_BUSY", "type": "hangup"}], "webhook": "b", "type": "webhook"}'
  const text = `{"x-a": 1, "plans": {"z": {"steps": [${step}], "numbers": ["215"]}, "a": {"steps": []}}, "version": 1}`
  expect(await lay(text)).toBe(`{
  "version": 1,
  "plans": {
    "z": {
      "numbers": ["215"],
      "steps": [
        {
          "type": "webhook",
          "webhook": "b",
          "success": [{ "type": "hangup", "cause": "USER_BUSY" }],
          "x-mine": 1
        }
      ]
    },
    "a": { "steps": [] }
  },
  "x-a": 1
}
`)
})

test('command-line fmt: lines of 100 columns', async () => {
  const before = '  "x-a": { "b": "'
  const linesOf = async (columns: number) => {
    const value = { plans: { main: { steps: [] } }, 'x-a': { b: 'b'.repeat(columns - before.length - 3) } }
    const lines = (await lay(JSON.stringify(value))).split('\n')
    return lines.slice(2, -2).map((line) => line.length)
  }
  expect(await linesOf(100)).toEqual([100])
  expect(await linesOf(101)).toEqual([10, 92, 3])
})

test('command-line fmt: numbers and texts are written as they were', async () => {
  const text = '{ "plans": {}, "x-a": [1.0, -0, 12345678901234567890, 1e2, "\\u00a0\\u202e", "\\/", "é"] }\n'
  expect(await lay(text)).toBe(text)
})

test('command-line fmt: tests in the order of their own schema, whichever form a webhook or a destination has', async () => {
  const given = `{
    "destinations": {"216": {"talkSeconds": 9, "outcome": "answered"}, "215": "busy"},
    "webhooks": {"b": [{"afterSeconds": 1, "status": "ACK"}, "down"], "a": {"callername": "Jane", "status": "ACK"}},
    "digits": ["1"]
  }`
  const expected = '{"ends": "talked", "asks": [{"b": {"url": "http://x", "code": "1"}}, "a"]}'
  const text = `{"cases": [{"expect": ${expected}, "given": ${given}, "call": {"callerid": "1", "did": "2"}, "name": "n"}]}`
  expect(await layOut(text, caseFileSchema)).toBe(`{
  "cases": [
    {
      "name": "n",
      "call": { "did": "2", "callerid": "1" },
      "given": {
        "digits": ["1"],
        "webhooks": {
          "b": [{ "status": "ACK", "afterSeconds": 1 }, "down"],
          "a": { "status": "ACK", "callername": "Jane" }
        },
        "destinations": { "215": "busy", "216": { "outcome": "answered", "talkSeconds": 9 } }
      },
      "expect": { "asks": [{ "b": { "code": "1", "url": "http://x" } }, "a"], "ends": "talked" }
    }
  ]
}
`)
})
