/** What the editor proposes, by the schema of plans and by what the document has. */
import { CompletionContext } from '@codemirror/autocomplete'
import { expect, test } from 'vitest'
import { completePlan } from '../../src/console/views/change/complete.ts'
import { pointedAt, textAt } from '../../src/console/views/change/json-place.ts'
import { type Schema, schemasAt } from '../../src/console/views/change/plan-schema.ts'
import { planSchema } from '../../src/plan/index.ts'
import { at } from './marked-text.ts'

const schema = planSchema as unknown as Schema

function proposed(marked: string, explicit = true): string[] {
  const { state, position } = at(marked)
  const result = completePlan(schema)(new CompletionContext(state, position, explicit))
  return (result?.options ?? []).map(({ label }) => label)
}

const plan = (steps: string) =>
  `{"audio": {"welcome": "a.wav", "sorry": "b.wav"}, "webhooks": {"crm": {"urlTemplate": "https://crm.example/"}},
  "plans": {"main": {"steps": [${steps}]}, "night": {"steps": []}}}`

test.each([
  ['fields of the document', '{|}', ['version', 'plans', 'webhooks'], ['steps']],
  ['those that are there are left out', '{"plans": {}, "|"}', ['webhooks'], ['plans']],
  ['fields of a step by its type', plan('{"type": "bridge", "|"}'), ['destination', 'confirm'], ['type', 'startMessage']],
  ['also before others', plan('{"type": "bridge", "|"\n "destination": "215"}'), ['confirm'], ['startMessage']],
  ['whole steps', plan('|'), ['bridge', 'play', 'webhook'], []],
  ['whole steps in a branch', plan('{"type": "webhook", "webhook": "crm", "success": [|]}'), ['bridge', 'play'], []],
  ['types', plan('{"type": "|"}'), ['bridge', 'play'], ['crm']],
  ['another type than the one that is there', plan('{"type": "|bridge"}'), ['play'], []],
  ['names of webhooks', plan('{"type": "webhook", "webhook": "|"}'), ['crm'], ['welcome', 'main']],
  ['names of audio, without quotes yet', plan('{"type": "play", "audio": |}'), ['welcome', 'sorry'], ['crm']],
  ['names of plans', plan('{"type": "goto", "plan": "|"}'), ['main', 'night'], ['crm']],
  ['values that are few', plan('{"type": "bridge", "strategy": "|"}'), ['roundRobin', 'random'], []],
  ['in a text that is not whole', '{"plans": {"main": {"steps": [{"type": "play", "audio": "x", "|"', ['note'], ['audio']],
])('%s', (_, marked, some, none) => {
  const options = proposed(marked)
  expect(options).toEqual(expect.arrayContaining(some))
  for (const name of none) expect(options).not.toContain(name)
}) // prettier-ignore

test('nothing where nothing of it can stand, and no names of a document that has none', () => {
  expect(proposed('{"description": "|"}')).toEqual([])
  expect(proposed('{"plans": {"main": {"steps": [{"type": "play", "audio": "|"}]}}}')).toEqual([])
  expect(proposed('{"description": "done"|}', false)).toEqual([])
  expect(proposed(`{"${'x'.repeat(64)}": {"|"}}`)).toEqual([])
})

test('a field is explained, also one that has several forms', () => {
  const explained = (marked: string) => {
    const { state, position } = at(marked)
    const pointed = pointedAt(state, position)
    return schemasAt(schema, pointed?.path ?? [], (path) => textAt(state, path))[0]
  }
  expect(explained(plan('{"type": "play", "au|dio": "welcome"}'))?.description).toBe(
    'Name of an entry of `audio`.',
  )
  expect(explained(plan('{"type": "bridge", "desti|nation": "215"}'))?.title).toBe('Destination')
  expect(explained(plan('{"type": "bri|dge"}'))?.title).toBe('Type')
})
