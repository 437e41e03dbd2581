import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toE164 } from '../../src/plan/index.ts'
import { MAX_HOPS, type HopCount } from '../../src/routing/hops.ts'
import { createRouter } from '../../src/routing/router.ts'
import { compileRoute, type RouteEntry } from '../../src/routing/routes.ts'

const call = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
const router = (entries: readonly RouteEntry[], country: string | undefined = 'NL') =>
  createRouter({
    routes: entries.map(compileRoute),
    country,
    e164Of: (number) => toE164(number, country),
    maxSeconds: 600,
  })
const to = (destinations: readonly string[], domain?: string) => ({
  call,
  hopCount: { hops: 0, legs: 1 },
  permission: { domain, destinations: undefined },
  destinations,
  ringMs: 20_000,
  admitLegs: (wanted: number) => wanted,
  legVariables: {},
})

const routes: RouteEntry[] = [
  { match: '^\\+31(50)(\\d+)$', dial: 'sofia/gateway/north/{1}-{2}' },
  { match: '^\\+31(900|906|909)', deny: 'premium numbers are not allowed' },
  { match: '^[2-4]\\d\\d$', dial: 'user/{destination}@{domain}' },
  { match: '^\\+', dial: 'sofia/gateway/carrier/{destination}' },
  { match: '^\\+315099', deny: 'not that one' },
]

/** What is dialled, or why nothing is. */
function dialled(destinations: string | string[], more: { country?: undefined; domain?: undefined } = {}) {
  const domain = 'domain' in more ? undefined : 'acme.example'
  const { dial, ...rest } = router(routes, 'country' in more ? '' : 'NL').dial(
    to([destinations].flat(), domain),
  )
  if (dial === undefined) return rest
  const onAnswer = /api_on_answer='([^']*)'/.exec(dial)?.[1]
  return { ...rest, onAnswer, endpoints: dial.match(/(?:sofia|user)\/[^,\]]*/g) }
}

describe('when and for how long legs ring', () => {
  const variablesOf = (more: object) => {
    const request = { ...to(['215', '216', '217'], 'acme.example'), ...more }
    const dial: string = router(routes).dial(request).dial!
    return {
      all: /^\{(?:[^}]*,)?(originate_timeout=\d+)?[^}]*\}/.exec(dial)?.[1],
      legs: dial.match(/\[[^\]]*\]/g),
    }
  }

  test('§5 each has its own times, and the rest those of the bridge', () => {
    const own = { '216': { delayMs: 5000 }, '217': { delayMs: 8000, ringMs: 10_000 } }
    expect(variablesOf({ own })).toEqual({
      all: undefined,
      legs: ['[leg_timeout=20]', '[leg_timeout=20,leg_delay_start=5]', '[leg_timeout=10,leg_delay_start=8]'],
    })
  })

  test.each([
    [{ ringMs: 59_000 }, undefined],
    // FreeSWITCH would end it after 60 s.
    [{ ringMs: 60_000 }, 'originate_timeout=62'],
    [{ ringMs: 300_000 }, 'originate_timeout=302'],
    [{ own: { '216': { delayMs: 45_000 } } }, 'originate_timeout=67'],
    // A telephone of the directory has an attempt of its own, which would end with its ring time.
    [{ audio: { confirm: true } }, 'originate_timeout=42'],
    [{ audio: { announce: 'acme/hello.wav' } }, 'originate_timeout=82'],
    [{ audio: { ringback: 'acme/hello.wav' } }, undefined],
  ])('§5 the attempt takes as long as the last of them may: %j', (more, timeout) => {
    expect(variablesOf(more).all).toBe(timeout)
  })
})

describe('configuration routes', () => {
  test.each(['0612345678', '0031612345678', '+31612345678'])(
    'configuration %s is normalised as a dialled number is before it meets them',
    (destination) => {
      expect(dialled(destination)).toMatchObject({ endpoints: ['sofia/gateway/carrier/+31612345678'] })
    },
  )

  test('configuration a denied number is denied however it is written', () => {
    for (const destination of ['+319008844', '09008844', '00319008844'])
      expect(dialled(destination)).toMatchObject({ reason: 'premium numbers are not allowed' })
  })

  test.each([
    '+0031900884412',
    '+09008844',
    '+3109008844123',
    '+31*9008844',
    '+31#09008844',
    '09008844#1',
    '090088441234567890',
    '0031900884412345678901',
  ])(
    'configuration nor is it let out as %s, which is no valid number and which a network may take for it',
    (destination) => {
      const all = [...routes, { match: '^0', dial: 'sofia/gateway/carrier/{destination}' }]
      expect(router(all).dial(to([destination]))).toEqual({
        reason: 'premium numbers are not allowed',
        cause: 'OUTGOING_CALL_BARRED',
      })
    },
  )

  test.each(['+31', '+9001234567', '215', '*21*215', '0800123', '+3150123'])(
    'configuration %s is not taken for a denied one',
    (destination) => {
      const all = [
        { match: '^\\+31(900|906|909)', deny: 'no' },
        { match: '.', dial: 'user/{destination}' },
      ]
      expect(router(all).dial(to([destination])).reason).toBeUndefined()
    },
  )

  test('configuration without a country a national number is no E.164 number, and no route is there for it', () => {
    expect(dialled('0612345678', { country: undefined })).toMatchObject({ reason: 'no route' })
  })

  test('configuration every deny is tried first, then the first match dials, with its groups', () => {
    expect(dialled('+31502544000')).toMatchObject({ endpoints: ['sofia/gateway/north/50-2544000'] })
    expect(dialled('+31509912345')).toMatchObject({ reason: 'not that one', cause: 'OUTGOING_CALL_BARRED' })
  })

  test('configuration {domain} without a domain is no route', () => {
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

describe('configuration a call that goes round', () => {
  const all = router([{ match: '.', dial: 'user/{destination}' }], '')
  const header = (dial: string, name: string) =>
    Number(new RegExp(`sip_h_${name}=(\\d+)`).exec(dial)?.[1] ?? 1)

  /** Legs that ring at one time at each hop, when each comes back to a plan that rings so many. */
  function legsAtEachHop(ring: (hop: number) => number): number[] {
    let calls: HopCount[] = [{ hops: 0, legs: 1 }]
    const rung: number[] = []
    while (calls.length > 0) {
      const next = calls.flatMap((hopCount) => {
        const destinations = Array.from({ length: ring(hopCount.hops) }, (_, i) => String(200 + i))
        const { dial = '' } = all.dial({ ...to(destinations), hopCount })
        const carried = { hops: header(dial, 'X-Belplan-Hops'), legs: header(dial, 'X-Belplan-Legs') }
        return Array.from(dial.matchAll(/user\//g), () => carried)
      })
      rung.push(next.length)
      calls = next.filter(({ hops }) => hops <= MAX_HOPS)
    }
    return rung
  }

  test('configuration rings no more than 32 legs at any hop, however many each plan has', () => {
    expect(legsAtEachHop(() => 20)).toEqual([20, 20, 20, 20, 20, 20])
    expect(legsAtEachHop(() => 2)).toEqual([2, 4, 8, 16, 32, 32])
    const plans = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 6, maxLength: 6 })
    fc.assert(fc.property(plans, (sizes) => legsAtEachHop((hop) => sizes[hop]!).every((legs) => legs <= 32)))
  })

  test('configuration hands on to a group as usual: a group of five whose first is a group of five', () => {
    expect(legsAtEachHop((hop) => [1, 5, 1, 1, 1, 1][hop]!)).toEqual([1, 5, 5, 5, 5, 5])
    expect(legsAtEachHop((hop) => [5, 5, 1, 1, 1, 1][hop]!)).toEqual([5, 25, 25, 25, 25, 25])
  })
})
