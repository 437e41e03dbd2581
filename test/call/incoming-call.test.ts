import { describe, expect, test } from 'vitest'
import { createSignature } from '../../src/call/checkpoint.ts'
import { readIncomingCall } from '../../src/call/incoming-call.ts'
import { EncodedHeaders } from '../../src/esl/headers.ts'

function caller(number: string | undefined, name: string | undefined, more: Record<string, string> = {}) {
  const fields = { 'Caller-Caller-ID-Number': number, 'Caller-Caller-ID-Name': name, ...more }
  const lines = Object.entries(fields).map(
    ([key, value]) => `${key}: ${value === undefined ? '_undef_' : encodeURIComponent(value)}\n`,
  )
  const headers = new EncodedHeaders(Buffer.from(`Event-Name: CHANNEL_DATA\n${lines.join('')}\n`))
  return readIncomingCall(headers, { country: 'NL', signature: createSignature(undefined) }).caller
}

describe('§3 who calls', () => {
  test.each([
    ['+31612345678', '+31612345678'],
    ['0612345678', '+31612345678'],
    ['0031612345678', '+31612345678'],
    ['215', '215'],
    ['bob', 'bob'],
  ])('§3 %s is %s: E.164 where it is valid, else as delivered', (delivered, number) => {
    expect(caller(delivered, 'Jane')).toMatchObject({ number, withheld: false })
  })

  test.each([undefined, 'anonymous', 'Anonymous', 'unknown', 'restricted', 'private', 'unavailable'])(
    '§3 %s is withheld, and so is the name',
    (number) => {
      expect(caller(number, 'Jane')).toEqual({ number: '', name: '', withheld: true })
    },
  )

  test('§3 a number that is longer than any is cut, since it goes into records and URLs', () => {
    expect(caller('x'.repeat(60_000), undefined).number).toBe('x'.repeat(128))
  })

  test('§3 privacy asked for: withheld', () => {
    expect(caller('+31612345678', 'Jane', { 'Caller-Privacy-Hide-Number': 'true' })).toEqual({
      number: '',
      name: '',
      withheld: true,
    })
  })

  test('§3 a hidden name is none', () => {
    expect(caller('+31612345678', 'Jane', { 'Caller-Privacy-Hide-Name': 'true' }).name).toBe('')
  })

  test.each(['+31612345678', '0612345678', '+31 6 12345678', '', undefined])(
    '§3 the name %j says nothing but the number: none',
    (name) => {
      expect(caller('+31612345678', name).name).toBe('')
    },
  )

  test.each([
    ['Jane Doe', 'Jane Doe'],
    ['Müller', 'Müller'],
    [`O'Brien, \\"Bob\\" <x>`, `O'Brien, "Bob" <x>`],
    ['back\\\\slash', 'back\\slash'],
    ['a\r\nb', 'a b'],
  ])('the name %j is read as %j', (delivered, name) => {
    expect(caller('+31612345678', delivered).name).toBe(name)
  })
})
