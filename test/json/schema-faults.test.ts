/** What a JSON Schema finds, in sentences that say what to write instead. */
import { expect, test } from 'vitest'
import { createAjv, faultsOf } from '../../src/json/schema-faults.ts'

const schema = {
  type: 'object',
  properties: {
    name: {
      type: 'string',
      pattern: '^[a-z]+$',
      otherwise: (value: string) => `${value} is no name; write small letters`,
    },
    even: { type: 'string', check: (text: string) => (text.length % 2 === 0 ? undefined : 'must be even') },
    ringSeconds: { type: 'integer', minimum: 1, maximum: 60, description: 'How long it rings.' },
    mode: { enum: ['on', 'off'] },
    day: {
      anyOf: [
        { type: 'string' },
        {
          type: 'object',
          properties: { of: { enum: ['NL', 'BE'] } },
          required: ['of'],
          additionalProperties: false,
        },
      ],
      otherwise: (value: string) => `${value} is no day`,
    },
    answer: {
      anyOf: [
        { enum: ['down', 'ACK'] },
        { type: 'object', properties: { status: { enum: ['ACK', 'NAK'] } }, additionalProperties: false },
      ],
      otherwise: () => 'must be "down" or {"status": "ACK"}',
    },
    length: { anyOf: [{ type: 'number', maximum: 9 }, { const: 'unplayable' }] },
    words: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, maxItems: 2 }] },
  },
  required: ['ringSeconds', 'mode'],
  additionalProperties: false,
}

const good = { ringSeconds: 30, mode: 'on' }

function sentences(value: object, hidden = false): string[] {
  const validate = createAjv({ allErrors: true }).compile(schema)
  validate({ ...good, ...value })
  return [...faultsOf(validate.errors ?? [], { hidden })].map(
    ({ path, message }) => `${path.join('/')} ${message}`,
  )
}

test.each<[object, string, string]>([
  [
    { name: 'A1' },
    'name "A1" is no name; write small letters',
    'name this value is no name; write small letters',
  ],
  [{ even: 'abc' }, 'even must be even', 'even must be even'],
  [{ name: 7 }, 'name must be text in double quotes, not 7', 'name must be text in double quotes'],
  [
    { ringSeconds: 61 },
    'ringSeconds 61 is out of range; write 1 to 60 seconds',
    'ringSeconds must be at most 60 seconds',
  ],
  [
    { ringSeconds: '5' },
    'ringSeconds must be a whole number, in seconds, not "5"',
    'ringSeconds must be a whole number, in seconds',
  ],
  [{ mode: 'onn' }, 'mode "onn" is not known; did you mean "on"?', 'mode must be "on" or "off"'],
  [
    { nam: 'a' },
    'nam unknown field "nam"; did you mean "name"?',
    'nam unknown field "nam"; did you mean "name"?',
  ],
  [{ day: 7 }, 'day 7 is no day', 'day this value is no day'],
  [{ day: { of: 'NLL' } }, 'day/of "NLL" is not known; did you mean "NL"?', 'day/of must be "NL" or "BE"'],
  [{ words: ['a', 'b', 'c'] }, 'words must have 0 to 2 items', 'words must have 0 to 2 items'],
  // Of several forms, what is wrong with the one that was meant.
  [
    { answer: { status: 'OK' } },
    'answer/status "OK" is not known; write "ACK" or "NAK"',
    'answer/status must be "ACK" or "NAK"',
  ],
  [
    { answer: { stauts: 'ACK' } },
    'answer/stauts unknown field "stauts"; did you mean "status"?',
    'answer/stauts unknown field "stauts"; did you mean "status"?',
  ],
  [{ answer: 'ack' }, 'answer "ack" is not known; did you mean "ACK"?', 'answer must be "down" or "ACK"'],
  [{ answer: 7 }, 'answer must be "down" or {"status": "ACK"}', 'answer must be "down" or {"status": "ACK"}'],
  [{ length: 10 }, 'length 10 is out of range; write 0 to 9', 'length must be at most 9'],
  [{ length: 'ever' }, 'length must be "unplayable", not "ever"', 'length must be "unplayable"'],
])('%j: %s; hidden: %s', (value, shown, hidden) => {
  expect(sentences(value)).toEqual([shown])
  expect(sentences(value, true)).toEqual([hidden])
})

test('what is missing is explained by its description, or by what may be written', () => {
  const validate = createAjv({ allErrors: true }).compile(schema)
  validate({})
  expect([...faultsOf(validate.errors ?? [])].map(({ message }) => message)).toEqual([
    '"ringSeconds" is missing here: How long it rings.',
    '"mode" is missing here; write "on" or "off"',
  ])
})

test('what is valid has no faults, and JSON of the schema no functions', () => {
  expect(sentences({ name: 'ab', even: 'ab', words: ['a'] })).toEqual([])
  expect(JSON.stringify(schema)).not.toMatch(/otherwise|check/)
})
