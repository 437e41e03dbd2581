/** What a document may do in a call: transfers and destinations that the operator granted, and no others. */
import { afterEach, describe, expect, test } from 'vitest'
import type { GrantEntries } from '../../src/plan/grants.ts'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallScript } from '../../src/simulator/script.ts'
import { startCallController, type CallController } from '../harness/call-controller.ts'

const controllers: CallController[] = []
afterEach(() => Promise.all(controllers.splice(0).map((controller) => controller.stop())))

const did = '+31502100000'
const fast = { did, domain: 'acme.example', tickMs: 1, speed: 50, audioMs: 500 } satisfies CallScript

async function call(steps: object[], grants: GrantEntries, answer?: object) {
  const webhooks = { crm: { urlTemplate: 'https://crm.example/' } }
  const plan = { webhooks, plans: { main: { numbers: [did], steps } } }
  const controller = await startCallController({ plan, grants, answer: () => ({ status: 'ACK', ...answer }) })
  controllers.push(controller)
  const log: string[] = []
  const result = await placeCall(controller, {
    ...fast,
    answers: { '215': { outcome: 'answered' } },
    observe(happening) {
      if (happening.type === 'command') log.push(happening.command)
      if (happening.type === 'application') log.push(happening.name)
    },
  })
  return { result, done: log.join('\n'), steps: controller.records[0]?.steps }
}

const NOTHING = { numbers: [], domains: [], env: [], transferContexts: [], privateNetworks: [] }
const grant = (extensions: string, more: object = {}) => ({
  transferContexts: [{ context: 'default', extensions, ...more }],
  env: {},
})
const transfer = (destination: string) => ({ type: 'transfer', destination })

describe('§5 transfer', () => {
  // Whatever the pattern lets through: 779 is eavesdropping in the dialplan that FreeSWITCH comes with.
  test.each([
    ['779', '8\\d{3}', /does not allow transfers to "779"/],
    ['0900123456', '.*', /^no premium numbers$/],
    ['+31900123456', '.*', /^no premium numbers$/],
    ['0031900123456', '.*', /^no premium numbers$/],
  ])('to %s by %s does not leave the controller', async (extension, extensions, reason) => {
    const { result, steps } = await call([transfer(extension)], grant(extensions))
    expect(result).toMatchObject({ cause: 'OUTGOING_CALL_BARRED', violations: [] })
    expect(result.transferredTo).toBeUndefined()
    expect(steps).toMatchObject([
      { type: 'transfer', outcome: 'failed', reason: expect.stringMatching(reason) as string },
    ])
  })

  test('the plan goes on behind one that is refused', async () => {
    const { result } = await call([transfer('779'), { type: 'bridge', destination: '215' }], grant('8000'))
    expect(result.ended).toBe('talked')
  })

  test.each([
    [{}, 14_400],
    [{ maxSeconds: 600 }, 600],
    [{ maxSeconds: 99_999 }, 14_400],
  ])('lasts no longer than is allowed: %j', async (more, seconds) => {
    const { result, done } = await call([transfer('8000')], grant('8000', more))
    expect(result).toMatchObject({ ended: 'transferred', violations: [] })
    // Before the application: the controller may be gone right behind it.
    expect(done).toMatch(new RegExp(`sched_hangup \\+${seconds} .* ALLOTTED_TIMEOUT\\s(.*\\s)*transfer`))
  })
})

describe('configuration owners: numbers and domains', () => {
  const own = (more: object) => ({ ...NOTHING, ...more })
  const called = async (dialled: string, numbers: string[], owners: object, more: object = {}) => {
    const steps = [{ type: 'bridge', destination: '215' }]
    const plan = { plans: { main: { numbers, steps } }, ...more }
    const grants = { transferContexts: [], env: {}, owners: owners as GrantEntries['owners'] & object }
    const controller = await startCallController({ plan, grants })
    controllers.push(controller)
    const answers = { '215': { outcome: 'answered' } } as const
    const result = await placeCall(controller, { ...fast, did: dialled, answers })
    return { result, record: controller.records[0] ?? controller.talking[0] }
  }

  // Kept revisions may hold what the operator has given to somebody else since, and a prefix may hold other numbers.
  test.each([
    ["a number that is another's by now", [did], { acme: own({}), bank: own({ numbers: [did] }) }],
    ["another's number within a prefix", ['+3150210*'], { acme: own({ numbers: ['+3150210*'] }), bank: own({ numbers: [did] }) }],
    ["another's prefix within a shorter one", ['+315021*'], { acme: own({ numbers: ['+315021*'] }), bank: own({ numbers: ['+3150210*'] }) }],
    ["nobody's number", [did], { acme: own({}) }],
    ['everything else', ['*'], { acme: own({ numbers: ['*'] }), bank: own({ numbers: [did] }) }],
  ])('%s leads to no plan', async (_, numbers, owners) => {
    for (const dialled of [did, '0502100000', '0031502100000']) {
      const { result, record } = await called(dialled, numbers, owners)
      expect(result).toMatchObject({ cause: 'UNALLOCATED_NUMBER', invites: [] })
      expect(record).toMatchObject({ ending: 'noPlan', ungranted: 'acme' })
    }
  }) // prettier-ignore

  test('its own does, and an internal one within its own domain', async () => {
    const owners = {
      acme: own({ numbers: ['+3150210*'], domains: ['acme.example'] }),
      bank: own({ numbers: ['*'] }),
    }
    expect((await called(did, [did], owners)).result.ended).toBe('talked')
    const domain = { domain: 'acme.example' }
    expect((await called('280', ['280'], owners, domain)).result.ended).toBe('talked')
    expect((await called('280', ['280'], owners)).result.cause).toBe('UNALLOCATED_NUMBER')
  })

  test.each([
    ['no domain of its own', { numbers: ['*'], domains: ['other.example'] }, {}, undefined],
    ['no domain of its own, and the owner has none', { numbers: ['*'] }, {}, undefined],
    ['any', { numbers: ['*'], domains: ['*'] }, {}, '215@acme.example'],
    ['the one that was called in, which is its own', { numbers: ['*'], domains: ['acme.example'] }, {}, '215@acme.example'],
    ["another's, in a kept revision", { numbers: ['*'] }, { domain: 'acme.example' }, undefined],
  ])('telephones of a domain ring for whom it is granted to: %s', async (_, entry, more, rung) => {
    const { result } = await called(did, [did], { acme: own(entry) }, more)
    expect(result.invites.map(({ destination }) => destination)).toEqual(rung === undefined ? [] : [rung])
  }) // prettier-ignore
})

describe('configuration owners: destinations', () => {
  const entry = { ...NOTHING, numbers: ['*'], domains: ['*'] }
  const owners = { transferContexts: [], env: {}, owners: { acme: { ...entry, destinations: ['^215$'] } } }
  const variable = { type: 'webhook', webhook: 'crm', success: [{ type: 'bridge', from: 'webhook' }] }

  test('what a webhook returns beside them is never dialled, though a route would', async () => {
    const { result, steps } = await call([variable], owners, { destination: '216' })
    expect(result.invites).toEqual([])
    expect(steps?.[1]).toMatchObject({
      outcome: 'failed',
      cause: 'OUTGOING_CALL_BARRED',
      reason: "not among its owner's destinations",
    })
  })

  test.each(['+3100491701234567', '+31*00*491701234567', '+3100882161234567', '#31#00491701234567'])(
    '%s may be taken for a number beside them, and is not dialled',
    async (destination) => {
      const some = { ...owners, owners: { acme: { ...entry, destinations: ['^\\+31', '^#31#'] } } }
      const { result } = await call([variable], some, { destination })
      expect(result.invites).toEqual([])
    },
  )

  test('one of them is, and a denial comes before', async () => {
    expect((await call([variable], owners, { destination: '215' })).result.ended).toBe('talked')
    const all = { ...owners, owners: { acme: { ...entry, destinations: [''] } } }
    expect((await call([variable], all, { destination: '0900123456' })).steps?.[1]).toMatchObject({
      reason: 'no premium numbers',
    })
  })
})
