import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { examples } from '../../scripts/examples.ts'
import { renderReference } from '../../scripts/render-reference.ts'
import { planSchema } from '../../src/plan/schema.ts'
import { definitions } from '../../src/plan/steps/index.ts'

const docs = join(import.meta.dirname, '../../docs')
const ajv = new Ajv({ discriminator: true, strict: true, strictRequired: false })
ajv.addSchema(planSchema, 'plan')

describe('the plan reference', () => {
  test('docs/ holds what the schema says', async () => {
    expect(await readFile(join(docs, 'plan-reference.md'), 'utf8')).toBe(renderReference(planSchema))
    expect(JSON.parse(await readFile(join(docs, 'plan.schema.json'), 'utf8'))).toEqual(planSchema)
  })

  test.for(['plan', 'webhook', 'entry'])('the example of a %s is valid', (name) => {
    expect(ajv.validate(`plan#/$defs/${name}`, examples[name]), ajv.errorsText()).toBe(true)
  })

  test('the example of a document is valid', () => {
    expect(ajv.validate('plan', examples.document), ajv.errorsText()).toBe(true)
  })

  test.for(Object.entries(definitions))(
    'the example of a %s step is valid',
    ([type, { schema, example }]) => {
      expect({ title: schema.title, type: example.type }).toEqual({ title: type, type })
      expect(ajv.validate('plan#/$defs/step', example), ajv.errorsText()).toBe(true)
    },
  )
})
