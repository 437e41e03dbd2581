import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanName } from '../../src/plan/clean.ts'
import { readResponse } from '../../src/webhook/response.ts'

const form = (text: string, http = 200) =>
  readResponse(http, 'text/html; charset=utf-8', Buffer.from(text), 'required', [])
const json = (text: string, type = 'application/json') =>
  readResponse(200, type, Buffer.from(text), 'required', [])
const ack = (more: object = {}) => ({ status: 'ACK', warnings: [], ...more })

test.each([
  ['status=ACK', ack()],
  ['status=ack', ack()],
  ['\n  status=Ack\r\n', ack()],
  ['\ufeffstatus=ACK', ack()],
  ['status=ACK&destination=215&callername=ACME+BV', ack({ destination: '215', callername: 'ACME BV' })],
  ['status=ACK&callername=M%C3%BCller', ack({ callername: 'Müller' })],
  ['status=ACK&callername=日本', ack({ callername: '日本' })],
  ['status=ACK&destination=%2B31502102544', ack({ destination: '+31502102544' })],
  ['status=ACK&destination=+31 50 210 25 44', ack({ destination: '+31502102544' })],
  ['destination=%20+31502102544&status=ACK', ack({ destination: '+31502102544' })],
  ['status=ACK&destination= 215', ack({ destination: '215' })],
  ['status=ACK&destination=%20215', ack({ destination: '215' })],
  ['status=ACK&destination=215&destination=216', ack({ destination: '215' })],
  ['status=ACK&status=NAK', ack()],
  ['status=NAK&status=ACK', { status: 'NAK', warnings: [] }],
  ['status=ACK&destination=&callername=', ack()],
  ['status=ACK&colour=red&x-internal=1&__proto__=2', ack()],
  ['status=ACK&callername=a%00b%0Ac', ack({ callername: 'ab c' })],
  ['status=NAK&destination=215&callername=X', { status: 'NAK', warnings: [] }],
  ['status=ERR&destination=215', { status: 'ERR', warnings: [] }],
])('§3 the form reply %j', (text, expected) => {
  expect(form(text)).toEqual(expected)
})

test('§3 a destination that is no number counts as not returned, with a warning', () => {
  const reply = form('status=ACK&destination=reception&callername=X')
  expect(reply).toEqual({
    status: 'ACK',
    callername: 'X',
    warnings: [expect.stringContaining('"reception"')],
  })
})

test.each([
  ['', 'no status'],
  ['OK', 'no status'],
  ['<html><body>ACK</body></html>', 'no status'],
  ['?status=ACK', 'no status'],
  ['status=', 'no status'],
  ['status=YES', 'unknown status "YES"'],
  ['{"status":"ACK"}', 'no status'],
])('§3 the form reply %j is an ERR that says why', (text, error) => {
  expect(form(text)).toMatchObject({ status: 'ERR', error: expect.stringContaining(error) as string })
})

test.each([
  ['{"status":"ACK"}', ack()],
  [
    '{"status":"ack","destination":"+31 50-210","callername":"日本"}',
    ack({ destination: '+3150210', callername: '日本' }),
  ],
  ['{"status":"ACK","destination":215}', ack({ destination: '215' })],
  ['{"status":"ACK","callername":42}', ack({ callername: '42' })],
  ['{"status":"ACK","destination":null,"callername":null}', ack()],
  ['{"status":"ACK","destination":2.5,"callername":["a"]}', ack()],
  ['{"status":"ACK","destination":true,"callername":{"a":1}}', ack()],
  ['{"status":"ACK","destination":123456789012345678901}', ack()],
  ['{"status":"NAK","destination":"215"}', { status: 'NAK', warnings: [] }],
  ['{"status":"ACK","__proto__":{"destination":"215"}}', ack()],
])('§3 the JSON reply %j', (text, expected) => {
  expect(json(text)).toEqual(expected)
  expect(json(text, 'application/vnd.acme+json; charset=utf-8')).toEqual(expected)
})

test.each([
  '{',
  '',
  '"ACK"',
  '[{"status":"ACK"}]',
  'null',
  '{}',
  '{"status":null}',
  '{"status":1}',
  'status=ACK',
])('§3 the JSON reply %j is an ERR', (text) => {
  expect(json(text)).toMatchObject({ status: 'ERR', error: expect.any(String) as string })
})

test.each([
  [404, 'status=NAK', { status: 'NAK', warnings: [] }],
  [500, 'status=ERR', { status: 'ERR', warnings: [] }],
  [500, 'status=ACK', { status: 'ERR', error: 'HTTP 500', warnings: [] }],
  [404, '<h1>Not found</h1>', { status: 'ERR', error: 'HTTP 404', warnings: [] }],
  [304, '', { status: 'ERR', error: 'HTTP 304', warnings: [] }],
  [201, 'status=ACK', ack()],
])('§3 HTTP %d with %j', (http, text, expected) => {
  expect(form(text, http)).toEqual(expected)
})

test('§3 with reply ignored any 2xx is an ACK without values, and nothing else is', () => {
  const ignored = (http: number, text: string) =>
    readResponse(http, 'application/json', Buffer.from(text), 'ignored', [])
  expect(ignored(200, '{"status":"ERR","destination":"215"}')).toEqual(ack())
  expect(ignored(204, '')).toEqual(ack())
  expect(ignored(500, 'thanks')).toMatchObject({ status: 'ERR' })
})

test('§3 what is not UTF-8 still makes a name', () => {
  expect(
    readResponse(200, '', Buffer.from('status=ACK&callername=J\xe9r', 'latin1'), 'required', []),
  ).toEqual(ack({ callername: 'J\ufffdr' }))
})

test('§4 an echo of the code shows in no error and no warning', () => {
  const read = (text: string) =>
    JSON.stringify(readResponse(200, '', Buffer.from(text), 'required', ['4711']))
  expect(read('status=4711')).not.toContain('4711')
  expect(read('status=ACK&destination=code4711')).not.toContain('4711')
})

test('§3 no bytes make it throw, and what it returns is fit for a call', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.json().map((text) => Buffer.from(text)),
      ),
      fc.constantFrom('application/json', 'text/plain', '', 'a/b+json;x', ';;'),
      fc.integer({ min: 100, max: 999 }),
      (bytes, type, http) => {
        const { destination = '1', callername = 'x' } = readResponse(http, type, bytes, 'required', ['12'])
        expect(destination).toMatch(/^\+?[0-9*#]{1,32}$/)
        expect(callername).toMatch(/^[^\p{Cc}]{1,128}$/u)
      },
    ),
    { seed: 1 },
  )
})

test('§3 keys may be percent-encoded, and only the first 50 pairs are read', () => {
  expect(form('%73tatus=ACK&%63%61%6C%6C%65%72%6E%61%6D%65=X')).toEqual(ack({ callername: 'X' }))
  expect(form(`${'x=1&'.repeat(49)}status=ACK`)).toEqual(ack())
  expect(form(`${'x=1&'.repeat(50)}status=ACK`)).toMatchObject({ error: 'no status in the reply' })
})

test('§3 a value far too long is not taken for its beginning', () => {
  const blanks = ' '.repeat(5000)
  expect(form(`status=ACK${blanks}x`)).toMatchObject({ status: 'ERR' })
  expect(form(`status=ACK&destination=215${blanks}x`)).toMatchObject({ warnings: [expect.any(String)] })
  expect(form(`status=ACK&destination=215${blanks}x`)).not.toHaveProperty('destination')
  expect(form(`status=ACK&callername=${'x'.repeat(5000)}`)).toEqual(ack({ callername: 'x'.repeat(64) }))
  expect(json(JSON.stringify({ status: 'ACK', destination: `215${blanks}` }))).not.toHaveProperty(
    'destination',
  )
})

test('§3 a form is read as the URL Standard says', () => {
  const piece = fc.constantFrom(
    'status',
    'destination',
    'callername',
    '=',
    '&',
    '%',
    '%20',
    '+',
    ' ',
    '%73',
    '%',
    'ACK',
    '215',
    '?',
    'ü',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('').trim()
      const standard = new URLSearchParams(`&${text}`)
      if (standard.get('status')?.trim() !== 'ACK') return
      expect(form(text)).toMatchObject({ status: 'ACK' })
      expect(form(text).callername ?? '').toBe(cleanName(standard.get('callername') ?? ''))
    }),
    { seed: 1, numRuns: 5000 },
  )
})

/** 64 KiB of each. */
const hostile: [string, string, string?][] = [
  ['&', '&'], ['=', '='], ['%', '%'], ['%41', '%41'], ['&=', '&='], ['pairs', '&a=b'], ['encoded keys', '&%41=b'],
  ['one status', 'A', 'status='], ['one status, encoded', '%41', 'status='], ['one status of ß', 'ß', 'status='],
  ['one name', 'A', 'status=ACK&callername='], ['a name of blanks', '+a', 'status=ACK&callername='], ['a name of controls', '%01', 'status=ACK&callername='],
  ['one destination', '1', 'status=ACK&destination='], ['separators', '-1', 'status=ACK&destination='], ['brackets', '(', 'status=ACK&destination='],
  ['deep JSON', '['], ['deep objects', '{"a":'], ['small objects', '{},', '{"a":['], ['small arrays', '[],', '{"a":['], ['numbers', '1e9,', '{"a":['],
  ['one key', '"a":1,', '{'], ['a JSON name', '\\u0001', '{"status":"ACK","callername":"'],
  ['many keys', Array.from({ length: 9000 }, (_, i) => `"${i.toString(36)}":1,`).join(''), '{'],
  ['objects with a key each', Array.from({ length: 7000 }, (_, i) => `{"${i.toString(36)}":1},`).join(''), '{"a":['],
] // prettier-ignore

test.each(hostile)('no reply holds up the calls of others: 64 KiB of %s', (_, unit, before = '') => {
  const size = 64 * 1024
  const body = Buffer.from(before + unit.repeat(Math.ceil(size / unit.length))).subarray(0, size - 2)
  const whole = before.startsWith('{')
    ? Buffer.concat([body.subarray(0, body.lastIndexOf(',')), Buffer.from(before.includes('[') ? ']}' : '}')])
    : body
  const type =
    before.startsWith('{') || unit.startsWith('[') || unit.startsWith('{') ? 'application/json' : 'text/plain'
  let shortest = Infinity
  for (let i = 0; i < 20; i++) {
    const from = performance.now()
    readResponse(200, type, whole, 'required', ['4711'])
    shortest = Math.min(shortest, performance.now() - from)
  }
  expect(shortest).toBeLessThan(1)
})

const say = (fields: object) => json(JSON.stringify({ status: 'ACK', ...fields }))

test.each<[object, object]>([
  [{ variables: { tier: 'gold', n: 5, vip: true } }, { variables: { tier: 'gold', n: '5', vip: 'true' } }],
  [{ variables: { tier: ' two\n words\u0000 ', gone: '' } }, { variables: { tier: 'two words', gone: '' } }],
  [{ variables: { tier: null } }, {}],
  [{ variables: null, destinations: null }, {}],
  [
    { destinations: ['215', 216, '+31 50 210 25 44', '215'] },
    { destinations: ['215', '216', '+31502102544'] },
  ],
  [{ destinations: [] }, {}],
])('§3 the JSON reply %j returns variables and destinations', (fields, expected) => {
  expect(say(fields)).toEqual(ack(expected))
})

test.each<[object, object, RegExp]>([
  [
    { variables: { Tier: 'x', constructor: 'own' } },
    { variables: { constructor: 'own' } },
    /"Tier" has a name that no/,
  ],
  [{ variables: { tier: { a: 1 } } }, { variables: { tier: '' } }, /"tier" is neither text nor/],
  [{ variables: { tier: 1.5 } }, { variables: { tier: '' } }, /"tier" is neither text nor/],
  [
    { variables: { tier: 'x'.repeat(257) } },
    { variables: { tier: '' } },
    /"tier" is longer than 256 characters/,
  ],
  [{ variables: ['tier'] }, {}, /variables is no object/],
  [{ destinations: '215' }, {}, /destinations is no list/],
  [{ destinations: ['sales', '215'] }, { destinations: ['215'] }, /destination "sales" is not a number/],
  [{ destinations: [null] }, {}, /destination "that is no text" is not a number/],
  [
    { destination: '1', destinations: ['215'] },
    { destinations: ['215'] },
    /destination was not taken: the list/,
  ],
  [
    { variables: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`v${i}`, 'x'])) },
    { variables: { v19: 'x', v20: '' } },
    /more than 20 entries/,
  ],
  [{ destinations: Array.from({ length: 21 }, (_, i) => String(i)) }, {}, /more than 20 entries/],
])(
  '§3 of the JSON reply %j what cannot be used is not taken, with a warning',
  (fields, expected, warning) => {
    const reply = say(fields)
    expect(reply).toMatchObject({
      status: 'ACK',
      ...expected,
      warnings: [expect.stringMatching(warning) as string],
    })
    expect((reply.destinations ?? []).length).toBeLessThanOrEqual(20)
  },
)

test('§3 a form and a NAK return neither', () => {
  expect(form('status=ACK&variables=x&destinations=215')).toEqual(ack())
  expect(say({ status: 'NAK', variables: { tier: 'gold' } })).toEqual({ status: 'NAK', warnings: [] })
})

describe('§3 a secret that is longer than what may be shown of it', () => {
  const token = Array.from({ length: 100 }, (_, i) => i.toString(36)).join('')
  const answer = (fields: object, secrets: string[], names: string[] = []) => {
    const body = Buffer.from(JSON.stringify({ status: 'ACK', ...fields }))
    return readResponse(200, 'application/json', body, 'required', secrets, new Set(names))
  }

  test.each([
    ['callername', { callername: token }],
    ['a warning of a destination', { destination: token }],
    ['a warning of a list', { destinations: [token] }],
    ['a warning of a variable', { variables: { [token]: '1' } }],
  ])('is masked before it is cut: in %s', (_, fields) => {
    expect(JSON.stringify(answer(fields, [token]))).not.toContain(token.slice(0, 6))
    expect(JSON.stringify(answer(fields, [token]))).toContain('•••')
  })

  test('and in a status that is none', () => {
    expect(answer({ status: token }, [token]).error).toBe('unknown status "•••"')
  })

  test('also where this answer returns it, taken or not', () => {
    for (const secret of [token, token.repeat(3)]) {
      const { variables: _, ...said } = answer(
        { callername: secret, destination: secret, variables: { t: secret } },
        [],
        ['t'],
      )
      expect(JSON.stringify(said)).not.toContain(token.slice(0, 6))
      expect(said.callername).toMatch(/^•+$/)
    }
  })
})

test('§3 of many faults in one answer the first few are told', () => {
  const destinations = Array.from({ length: 20 }, () => 'nobody')
  const { warnings } = json(JSON.stringify({ status: 'ACK', destinations }))
  expect(warnings).toHaveLength(5)
  expect(warnings[4]).toBe('16 more such faults in this answer')
})

test('§3 of the variables of one answer no more is taken than a call may have', () => {
  const long = '😀'.repeat(200)
  const answer = { status: 'ACK', variables: { a: long, b: long, c: long, d: '1', e: 'x'.repeat(256) } }
  const { variables, warnings } = json(JSON.stringify(answer))
  expect(variables).toEqual({ ...answer.variables, c: '' })
  expect(warnings).toEqual([
    'variable "c" is more than fits: the variables of an answer have at most 2048 bytes in all, and was not taken',
  ])
})
