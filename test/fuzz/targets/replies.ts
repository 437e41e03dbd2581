import fc from 'fast-check'
import { readResponse } from '../../../src/webhook/response.ts'
import { hostileBytes, hostileJson, hostileText } from '../arbitraries.ts'
import { target } from '../target.ts'

const CODE = '4711'

const json = hostileJson(
  ['status', 'destination', 'destinations', 'callername', 'variables', 'tier', '__proto__', 'x-a'],
  ['ACK', 'NAK', 'ERR', '+31501234567', 'Jane', CODE],
).map((value) => Buffer.from(JSON.stringify(value)))
const form = fc
  .array(fc.tuple(fc.constantFrom('status', 'destination', 'callername', 'x', ''), hostileText), {
    maxLength: 5,
  })
  .map((pairs) => Buffer.from(pairs.map(([key, value]) => `${key}=${value}`).join('&')))

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
      const reply = readResponse(http, type, body, mode, [CODE])
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
      for (const text of [error ?? '', ...warnings])
        if (/\p{Cc}/u.test(text) || text.includes(CODE)) throw new Error(`a record with ${text}`)
    },
  }),
})
