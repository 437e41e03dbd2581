import { afterEach, describe, expect, test } from 'vitest'
import { createAdmission, type AdmissionResult } from '../../src/call/admission.ts'
import type { Config } from '../../src/config/config.ts'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallScript } from '../../src/simulator/script.ts'
import { startCallController, type CallController } from '../harness/call-controller.ts'
import { limits } from './limits.ts'

const over = (result: AdmissionResult): string | undefined => ('over' in result ? result.over : undefined)

describe('configuration limits', () => {
  test('none is no limit', () => {
    const { admit } = createAdmission(limits({}))
    for (let i = 0; i < 10_000; i++) expect(over(admit('acme', '+31612345678', false))).toBeUndefined()
  })

  test('calls at one time, per document', () => {
    const { admit } = createAdmission(limits({ calls: 2 }))
    const first = admit('acme', 'a', false)
    admit('acme', 'b', false)
    expect(over(admit('acme', 'c', false))).toBe('document acme: more than 2 calls at one time')
    expect(over(admit('other', 'c', false))).toBeUndefined()
    first.leave?.()
    expect(over(admit('acme', 'c', false))).toBeUndefined()
  })

  test('calls at one time, per caller of a document: a number that somebody calls another one from is not shut out', () => {
    const { admit } = createAdmission(limits({ perCaller: { callsPerMinute: 2, calls: 2 } }))
    for (let i = 0; i < 2; i++) expect(over(admit('evil', '+31612345678', false))).toBeUndefined()
    expect(over(admit('evil', '+31612345678', false))).toMatch(/^caller \+31612345678: more than 2 calls/)
    expect(over(admit('evil', '+31612345679', false))).toBeUndefined()
    const first = admit('acme', '+31612345678', false)
    expect(over(first)).toBeUndefined()
    expect(over(admit('acme', '+31612345678', false))).toBeUndefined()
    expect(over(admit('acme', '+31612345678', false))).toMatch(/^caller \+31612345678: more than 2 calls/)
    first.leave?.()
  })

  test('a caller without a number is under the limits of the document alone', () => {
    const { admit } = createAdmission(limits({ calls: 2, perCaller: { callsPerMinute: 1, calls: 1 } }))
    expect([1, 2, 3].map(() => over(admit('acme', '', false)))).toEqual([
      undefined,
      undefined,
      'document acme: more than 2 calls at one time',
    ])
  })

  test('in no minute, wherever it begins, are there more than callsPerMinute', () => {
    let now = 0
    const { admit } = createAdmission(limits({ callsPerMinute: 3 }), { now: () => now })
    const let_in: number[] = []
    for (; now < 300_000; now += 7_000) if (!over(admit('acme', '', false))) let_in.push(now)
    for (const since of let_in)
      expect(let_in.filter((at) => at >= since && at < since + 60_000).length).toBeLessThanOrEqual(3)
    expect(let_in.length).toBeGreaterThanOrEqual(13)
  })

  test('legs a second, per document: a whole list after a pause, and no more than that in the long run', () => {
    let now = 0
    const { admitLegs } = createAdmission(limits({ legsPerSecond: 10 }), { now: () => now })
    expect([admitLegs('acme', 20), admitLegs('acme', 20), admitLegs('other', 3)]).toEqual([20, 0, 3])
    now = 500
    expect([admitLegs('acme', 3), admitLegs('acme', 3)]).toEqual([3, 2])
    let rung = 0
    for (const end = now + 60_000; now < end; now += 7) rung += admitLegs('acme', 20)
    expect(rung).toBeLessThanOrEqual(600)
    expect(rung).toBeGreaterThan(590)
  })

  test('a call that was refused is not counted', () => {
    let now = 0
    const { admit } = createAdmission(limits({ callsPerMinute: 1, calls: 1 }), { now: () => now })
    admit('acme', '', false).leave?.()
    for (; now < 60_000; now += 100) expect(over(admit('acme', '', false))).toBeDefined()
    expect(over(admit('acme', '', false))).toBeUndefined()
  })

  test('one that another controller admitted is counted and never refused', () => {
    const { admit } = createAdmission(limits({ calls: 1, callsPerMinute: 1 }))
    expect(over(admit('acme', 'a', true))).toBeUndefined()
    expect(over(admit('acme', 'a', true))).toBeUndefined()
    expect(over(admit('acme', 'a', false))).toBe('document acme: more than 1 calls at one time')
  })
})

const did = '+31502100000'
const fast = { did, domain: 'acme.example', tickMs: 1, speed: Infinity } satisfies CallScript
const ring = {
  domain: 'acme.example',
  plans: { main: { numbers: [did], steps: [{ type: 'bridge', destination: '215' }] } },
}

describe('calls past a limit', () => {
  const controllers: CallController[] = []
  afterEach(() => Promise.all(controllers.splice(0).map((controller) => controller.stop())))
  async function start(more: Partial<Config['limits']>, plan: object = ring): Promise<CallController> {
    const controller = await startCallController({ plan, limits: limits(more) })
    controllers.push(controller)
    return controller
  }

  test('configuration they are rejected as busy, execute no step, and end as limited', async () => {
    const webhooks = { mail: { urlTemplate: 'https://crm.example/' } }
    const plan = { ...ring, webhooks, plans: { main: { ...ring.plans.main, missed: 'mail' } } }
    const controller = await start({ perCaller: { callsPerMinute: 1, calls: 0 } }, plan)
    await placeCall(controller, { ...fast, answers: { '215': { outcome: 'answered' } } })
    const second = await placeCall(controller, fast)
    expect(second).toMatchObject({ cause: 'USER_BUSY', sip: 486, invites: [], violations: [] })
    expect(controller.records).toMatchObject([
      {
        ending: 'limited',
        cause: 'USER_BUSY',
        document: 'acme',
        steps: [],
        notes: ['caller +31612345678: more than 1 calls in a minute'],
      },
    ])
    expect(controller.missed).toEqual([])
  })

  test('configuration a call that has ended makes room for the next', async () => {
    const controller = await start({ calls: 1 })
    for (let i = 0; i < 3; i++)
      expect(await placeCall(controller, { ...fast, answers: { '215': { outcome: 'busy' } } })).toMatchObject(
        {
          invites: [{ destination: '215@acme.example' }],
        },
      )
    expect(controller.records.map(({ ending }) => ending)).toEqual(Array(3).fill('endOfList'))
  })
})

describe('a call that comes back to the platform', () => {
  const controllers: CallController[] = []
  afterEach(() => Promise.all(controllers.splice(0).map((controller) => controller.stop())))
  async function start(plan: object = ring): Promise<CallController> {
    const controller = await startCallController({ plan })
    controllers.push(controller)
    return controller
  }
  const header = 'sip_h_X-Belplan-Hops'

  test.each([
    [undefined, '1'],
    ['4', '5'],
    ['a,b', '1'],
    ['-99', '1'],
    ['1\r\nX-Evil: 1', '1'],
    ['${system touch /tmp/x}', '1'],
  ])('with %j as its count its legs carry %s', async (came, expected) => {
    const controller = await start()
    const variables = came === undefined ? {} : { [header]: came }
    const result = await placeCall(controller, { ...fast, variables })
    expect(result.invites.map(({ headers }) => headers['X-Belplan-Hops'])).toEqual([expected])
    expect(result.violations).toEqual([])
  })

  test.each(['6', '007', '999999'])('with %s it is in a loop and is ended', async (came) => {
    const controller = await start()
    const result = await placeCall(controller, { ...fast, variables: { [header]: came } })
    expect(result).toMatchObject({ cause: 'EXCHANGE_ROUTING_ERROR', invites: [], violations: [] })
    expect(controller.records).toMatchObject([
      { ending: 'limited', cause: 'EXCHANGE_ROUTING_ERROR', document: 'acme', steps: [] },
    ])
  })

  const LEGS = 'sip_h_X-Belplan-Legs'
  const five = ['201', '202', '203', '204', '205']
  const group = (destination: string[]) => ({
    plans: { main: { numbers: [did], steps: [{ type: 'bridge', destination }] } },
  })

  test.each([
    [undefined, 5, '5'],
    ['1', 5, '5'],
    ['5', 5, '25'],
    ['6', 5, '30'],
    ['7', 4, '28'],
    ['32', 1, '32'],
    ['999999', 1, '999999'],
    ['0', 5, '5'],
    ['-1', 5, '5'],
    ['1\r\nX-Evil: 1', 5, '5'],
  ])('with %j legs so far a group of five rings %i, which carry %s', async (came, rung, carried) => {
    const controller = await start(group(five))
    const variables: Record<string, string> = came === undefined ? {} : { [LEGS]: came }
    const result = await placeCall(controller, { ...fast, variables })
    expect(result.invites.map(({ headers }) => headers['X-Belplan-Legs'])).toEqual(
      Array(rung).fill(carried === '1' ? undefined : carried),
    )
    expect(result.invites.map(({ destination }) => destination.slice(0, 3))).toEqual(five.slice(0, rung))
    expect(result.violations).toEqual([])
    const reason = rung < 5 ? { reason: expect.stringMatching(/^the first \d of 5: \d+ legs/) as string } : {}
    expect(controller.records[0]?.steps).toMatchObject([{ outcome: 'noAnswer', ...reason }])
  })

  test('one leg at a time carries no count of legs', async () => {
    const controller = await start()
    const result = await placeCall(controller, fast)
    expect(result.invites.map(({ headers }) => headers)).toEqual([
      expect.not.objectContaining({ 'X-Belplan-Legs': expect.anything() as string }),
    ])
  })

  test('through the operator’s dialplan, it is counted too', async () => {
    const transfer = { type: 'transfer', destination: '8000' }
    const controller = await start({ plans: { main: { numbers: [did], steps: [transfer] } } })
    const { variables } = await placeCall(controller, fast)
    expect(variables).toMatchObject({ [header]: '1', export_vars: header })
  })
})
