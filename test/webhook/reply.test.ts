import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readReply } from '../../src/webhook/reply.ts'

const form = (text: string, http = 200) =>
  readReply(http, 'text/html; charset=utf-8', Buffer.from(text), 'required', '')
const json = (text: string, type = 'application/json') =>
  readReply(200, type, Buffer.from(text), 'required', '')
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
    readReply(http, 'application/json', Buffer.from(text), 'ignored', '')
  expect(ignored(200, '{"status":"ERR","destination":"215"}')).toEqual(ack())
  expect(ignored(204, '')).toEqual(ack())
  expect(ignored(500, 'thanks')).toMatchObject({ status: 'ERR' })
})

test('§3 what is not UTF-8 still makes a name', () => {
  expect(readReply(200, '', Buffer.from('status=ACK&callername=J\xe9r', 'latin1'), 'required', '')).toEqual(
    ack({ callername: 'J\ufffdr' }),
  )
})

test('§4 an echo of the code shows in no error and no warning', () => {
  const read = (text: string) => JSON.stringify(readReply(200, '', Buffer.from(text), 'required', '4711'))
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
        const { destination = '1', callername = 'x' } = readReply(http, type, bytes, 'required', '12')
        expect(destination).toMatch(/^\+?[0-9*#]{1,32}$/)
        expect(callername).toMatch(/^[^\p{Cc}]{1,128}$/u)
      },
    ),
    { seed: 1 },
  )
})
