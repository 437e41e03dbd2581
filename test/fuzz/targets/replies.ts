import fc from 'fast-check'
import { readResponse } from '../../../src/webhook/response.ts'
import { hostileBytes, hostileJson, hostileText } from '../arbitraries.ts'
import { target } from '../target.ts'

const CODE = '4711'
const TOKEN = 'T0p-5ecret'.repeat(8)

const some = hostileJson(
  ['status', 'destination', 'destinations', 'callername', 'variables', 'tier', 'token', '__proto__', 'x-a'],
  ['ACK', 'NAK', 'ERR', '+31501234567', 'Jane', CODE, TOKEN],
)
/** With what is read of an `ACK`, of any shape. */
const echo = fc.oneof(
  hostileText.map((text) => text + CODE),
  hostileText.map((text) => text + TOKEN),
)
const value = fc.oneof(echo, hostileText, fc.constantFrom(true, false, 0, 215, 1e300, null), some)
const ack = fc.record(
  {
    status: fc.constant('ACK'),
    destination: value,
    destinations: fc.oneof(fc.array(value, { maxLength: 30 }), value),
    callername: value,
    variables: fc.oneof(
      fc.dictionary(fc.oneof(fc.constantFrom('tier', 'token', 'a', 'b9_', 'constructor'), echo), value, {
        maxKeys: 25,
      }),
      value,
    ),
  },
  { requiredKeys: ['status'] },
)
const json = fc.oneof(some, ack).map((value) => Buffer.from(JSON.stringify(value)))
const form = fc
  .array(fc.tuple(fc.constantFrom('status', 'destination', 'callername', 'x', ''), hostileText), {
    maxLength: 5,
  })
  .map((pairs) => Buffer.from(pairs.map(([key, value]) => `${key}=${value}`).join('&')))

/** Of a warning, what the server has said. */
const quoted = (text: string) => /"(.*)"/s.exec(text)?.[1] ?? text

export const replies = target({
  name: 'replies of webhooks',
  few: 3000,
  many: 300_000,
  pure: true,
  inputs: fc.tuple(
    fc.oneof(fc.constantFrom(200, 204, 302, 404, 500), fc.nat(999)),
    fc.oneof(fc.constantFrom('application/json', 'text/html', 'application/x+json; charset=x'), hostileText),
    fc.oneof(json, form, hostileBytes),
    fc.constantFrom('required' as const, 'ignored' as const),
  ),
  open: () => ({
    attempt([http, type, body, mode]) {
      const reply = readResponse(http, type, body, mode, [CODE], new Set(['token', 'a']))
      const { status, destination, callername, error, warnings } = reply
      if (!['ACK', 'NAK', 'ERR'].includes(status)) throw new Error(`status ${status}`)
      if (status === 'ACK' && (http < 200 || http > 299)) throw new Error('an ACK that is none')
      if (destination !== undefined && !/^\+?[0-9*#]{1,32}$/.test(destination))
        throw new Error('no destination')
      if (callername !== undefined && (/\p{Cc}/u.test(callername) || Array.from(callername).length > 64))
        throw new Error('no name')
      const { destinations = [], variables = {} } = reply
      if (destinations.length > 20 || !destinations.every((one) => /^\+?[0-9*#]{1,32}$/.test(one)))
        throw new Error('no destinations')
      for (const [name, value] of Object.entries(variables))
        if (!/^[a-z][a-z0-9_]{0,31}$/.test(name) || /\p{Cc}/u.test(value) || Array.from(value).length > 256)
          throw new Error('no variable')
      const hidden = [CODE, variables['token'], variables['a']].filter(
        (text) => text !== undefined && text.length > 3,
      )
      for (const text of [error ?? '', callername ?? '', ...warnings]) {
        if (/\p{Cc}/u.test(text)) throw new Error(`a record with ${text}`)
        for (const secret of hidden)
          if (quoted(text).includes(secret!)) throw new Error(`${text} has ${secret!}`)
      }
      if (warnings.length > 5) throw new Error('a long record')
    },
  }),
})
