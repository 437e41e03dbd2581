import { describe, expect, test } from 'vitest'
import { dialFor } from '../../src/call/dial-string.ts'
import { compileRoute, type RouteEntry } from '../../src/config-routes.ts'

const call = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
const to = (...destinations: string[]) => ({ call, destinations, ringMs: 20_000, legVariables: {} })

const routes: RouteEntry[] = [
  { match: '^\\+31(50)(\\d+)$', dial: 'sofia/gateway/north/{1}-{2}' },
  { match: '^\\+31(900|906|909)', deny: 'premium numbers are not allowed' },
  { match: '^[2-4]\\d\\d$', dial: 'user/{destination}@{domain}' },
  { match: '^\\+', dial: 'sofia/gateway/carrier/{destination}' },
  { match: '^\\+315099', deny: 'not that one' },
]

/** What is dialled, or why nothing is. */
function dialled(destinations: string | string[], more: { country?: undefined; domain?: undefined } = {}) {
  const { dial, ...rest } = dialFor(to(...[destinations].flat()), {
    routes: routes.map(compileRoute),
    country: 'country' in more ? undefined : 'NL',
    domain: 'domain' in more ? undefined : 'acme.example',
    maxSeconds: 600,
  })
  if (dial === undefined) return rest
  const onAnswer = /api_on_answer='([^']*)'/.exec(dial)?.[1]
  return { ...rest, onAnswer, endpoints: dial.match(/(?:sofia|user)\/[^,\]]*/g) }
}

describe('controller §2 routes', () => {
  test.each(['0612345678', '0031612345678', '+31612345678'])(
    'controller §2 %s is normalised as a dialled number is before it meets them',
    (destination) => {
      expect(dialled(destination)).toMatchObject({ endpoints: ['sofia/gateway/carrier/+31612345678'] })
    },
  )

  test('controller §2 a denied number is denied however it is written', () => {
    for (const destination of ['+319008844', '09008844', '00319008844'])
      expect(dialled(destination)).toMatchObject({ reason: 'premium numbers are not allowed' })
  })

  test.each(['+0031900884412', '+09008844', '+3109008844123', '+31*9008844', '+31#09008844', '09008844#1', '090088441234567890', '0031900884412345678901'])(
    'controller §2 nor is it let out as %s, which is no valid number and which a network may take for it',
    (destination) => {
      const all = [...routes, { match: '^0', dial: 'sofia/gateway/carrier/{destination}' }].map(compileRoute)
      const routing = { routes: all, country: 'NL', domain: undefined, maxSeconds: 600 }
      expect(dialFor(to(destination), routing)).toEqual({
        reason: 'premium numbers are not allowed',
        cause: 'OUTGOING_CALL_BARRED',
      })
    },
  ) // prettier-ignore

  test.each(['+31', '+9001234567', '215', '*21*215', '0800123', '+3150123'])(
    'controller §2 %s is not taken for a denied one',
    (destination) => {
      const all = [
        { match: '^\\+31(900|906|909)', deny: 'no' },
        { match: '.', dial: 'user/{destination}' },
      ]
      const routing = { routes: all.map(compileRoute), country: 'NL', domain: undefined, maxSeconds: 600 }
      expect(dialFor(to(destination), routing).reason).toBeUndefined()
    },
  )

  test('controller §2 without a country a national number is no E.164 number, and no route is there for it', () => {
    expect(dialled('0612345678', { country: undefined })).toMatchObject({ reason: 'no route' })
  })

  test('controller §2 every deny is tried first, then the first match dials, with its groups', () => {
    expect(dialled('+31502544000')).toMatchObject({ endpoints: ['sofia/gateway/north/50-2544000'] })
    expect(dialled('+31509912345')).toMatchObject({ reason: 'not that one', cause: 'OUTGOING_CALL_BARRED' })
  })

  test('controller §2 {domain} without a domain is no route', () => {
    expect(dialled('215')).toMatchObject({ endpoints: ['user/215@acme.example'] })
    expect(dialled('215', { domain: undefined })).toMatchObject({ cause: 'NO_ROUTE_DESTINATION' })
  })

  test('§5 what a list rings is what routes allow of it', () => {
    expect(dialled(['215', '09008844', '0612345678'])).toEqual({
      endpoints: ['user/215@acme.example', 'sofia/gateway/carrier/+31612345678'],
      onAnswer: `sched_hangup +600 ${call}`,
      reason: 'premium numbers are not allowed',
    })
  })
})
