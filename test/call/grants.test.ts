/** What a document may do in a call: transfers and destinations that the operator granted, and no others. */
import { afterEach, describe, expect, test } from 'vitest'
import type { GrantEntries } from '../../src/plan/grants.ts'
import { placeCall } from '../../src/stand-in/place-call.ts'
import type { CallScript } from '../../src/stand-in/script.ts'
import { startController, type Controller } from './controller.ts'

const controllers: Controller[] = []
afterEach(() => Promise.all(controllers.splice(0).map((controller) => controller.stop())))

const did = '+31502100000'
const fast = { did, domain: 'acme.example', tickMs: 1, speed: 50, audioMs: 500 } satisfies CallScript

async function call(steps: object[], grants: GrantEntries, answer?: object) {
  const webhooks = { crm: { urlTemplate: 'https://crm.example/' } }
  const plan = { webhooks, plans: { main: { numbers: [did], steps } } }
  const controller = await startController({ plan, grants, answer: () => ({ status: 'ACK', ...answer }) })
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

describe('controller §2 owners: destinations', () => {
  const entry = { numbers: ['*'], domains: [], env: [], transferContexts: [], privateNetworks: [] }
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

  test('one of them is, and a denial comes before', async () => {
    expect((await call([variable], owners, { destination: '215' })).result.ended).toBe('talked')
    const all = { ...owners, owners: { acme: { ...entry, destinations: [''] } } }
    expect((await call([variable], all, { destination: '0900123456' })).steps?.[1]).toMatchObject({
      reason: 'no premium numbers',
    })
  })
})
