/** The record of a call, and its `missed` webhook. */
import { afterEach, describe, expect, test } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallScript } from '../../src/simulator/script.ts'
import {
  startCallController,
  type CallController,
  type CallControllerOptions,
} from '../harness/call-controller.ts'

const controllers: CallController[] = []
afterEach(async () => {
  for (const controller of controllers.splice(0)) await controller.stop()
})

async function start(options: CallControllerOptions): Promise<CallController> {
  const controller = await startCallController(options)
  controllers.push(controller)
  return controller
}

const did = '+31502100000'
const fast = { did, domain: 'acme.example', name: 'Jane Doe', tickMs: 1, speed: 50 } satisfies CallScript
const answered = { outcome: 'answered', talkMs: 500 } as const
const main = (steps: object[], more: object = {}) => ({
  audio: { hello: 'hello.wav', code: 'code.wav' },
  webhooks: {
    crm: { urlTemplate: 'https://crm.example/' },
    vip: { urlTemplate: 'https://crm.example/{code}', ivr: { startMessage: 'code', attempts: 2 } },
  },
  plans: { main: { numbers: [did], steps, ...more } },
})
const ring = (destination: string) => ({ type: 'bridge', destination, ringSeconds: 5 })
const anyNumber = expect.any(Number) as number

describe('operations the record of a call', () => {
  test('operations has these fields and no others', async () => {
    const success = [
      { type: 'callername', mode: 'webhook' },
      { type: 'bridge', from: 'webhook' },
    ]
    const controller = await start({
      plan: main([{ type: 'webhook', webhook: 'crm', success }]),
      answer: () => ({
        status: 'ACK',
        url: 'https://crm.example/',
        http: 200,
        destination: '215',
        callername: 'ACME BV',
      }),
    })
    const { id } = await placeCall(controller, { ...fast, answers: { '215': answered } })
    expect(controller.talking).toEqual([
      {
        id,
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        did,
        caller: '+31612345678',
        name: 'Jane Doe',
        arrival: { domain: 'acme.example' },
        document: 'acme',
        plan: 'main',
        revision: '5f0c3a9be214',
        controllers: [expect.stringMatching(/^test:\d+$/)],
        steps: [
          {
            step: 'main/0',
            type: 'webhook',
            ms: anyNumber,
            outcome: 'ACK',
            url: 'https://crm.example/',
            http: 200,
            destination: '215',
            callername: 'ACME BV',
          },
          { step: 'main/0/success/0', type: 'callername', ms: anyNumber, outcome: 'set', name: 'ACME BV' },
          {
            step: 'main/0/success/1',
            type: 'bridge',
            ms: anyNumber,
            outcome: 'answered',
            destinations: ['215'],
          },
        ],
        answered: true,
        ringMs: anyNumber,
        ending: 'talked',
      },
    ])
  })

  test('operations a caller who withheld the number has neither number nor name in it', async () => {
    const controller = await start({ plan: main([ring('215')]) })
    await placeCall(controller, { ...fast, privacy: true })
    expect(controller.records[0]).toMatchObject({ caller: '', name: '' })
    expect(JSON.stringify(controller.records)).not.toMatch(/612345678|Jane/)
  })

  test('operations how the call came in is in it, as far as nothing else tells', async () => {
    const controller = await start({ plan: main([]) })
    await placeCall(controller, { ...fast, did: '0502100000' })
    expect(controller.records[0]).toMatchObject({
      did,
      arrival: { dialled: '0502100000', domain: 'acme.example' },
    })
    expect(controller.records[0]!.arrival).not.toHaveProperty('answered')
  })

  test('operations without a plan it names the revision in which none was found', async () => {
    const controller = await start({ plan: main([]) })
    await placeCall(controller, { ...fast, did: '+31502109999' })
    expect(controller.records[0]).toMatchObject({ ending: 'noPlan', revision: '5f0c3a9be214' })
    expect(controller.records[0]).not.toHaveProperty('document')
  })

  test('operations of a caller who hangs up in the middle of a step it says how far the step had come', async () => {
    const controller = await start({
      plan: main([{ type: 'webhook', webhook: 'vip' }]),
      answer: () => ({ status: 'NAK' }),
    })
    await placeCall(controller, { ...fast, digits: ['4711#', ''], hangUp: { when: { afterMs: 2000 } } })
    expect(controller.records[0]).toMatchObject({
      ending: 'callerHungUp',
      steps: [{ step: 'main/0', outcome: 'interrupted', attempts: ['wrong'] }],
    })
  })

  test('operations of a caller who hangs up just as the plan ends it has both causes', async () => {
    const caller = new AbortController()
    const controller = await start({
      plan: main([{ type: 'webhook', webhook: 'crm' }]),
      answer() {
        caller.abort()
        return { status: 'NAK' }
      },
    })
    await placeCall(controller, { ...fast, signal: caller.signal })
    expect(controller.records[0]).toMatchObject({
      ...{ ending: 'endOfList', cause: 'ORIGINATOR_CANCEL', released: 'NO_ANSWER' },
    })
  })

  const loop = [
    { type: 'callername', mode: 'replace', text: 'x' },
    { type: 'goto', plan: 'main' },
  ]
  test.each([
    ['hungUpByPlan', 'USER_BUSY', [{ type: 'hangup', cause: 'USER_BUSY' }]],
    ['endOfList', 'NO_ANSWER', [ring('215')]],
    ['stepBudget', 'EXCHANGE_ROUTING_ERROR', loop],
  ] as const)('operations ending %s, with the cause %s', async (ending, cause, steps) => {
    const controller = await start({ plan: main([...steps], { missed: 'crm' }) })
    expect(await placeCall(controller, fast)).toMatchObject({ ended: 'hangup', cause })
    expect(controller.records).toMatchObject([{ ending, cause, answered: false }])
    // §2: nobody talked to the caller, whoever ended the call.
    expect(controller.missed.map(({ name }) => name)).toEqual(['crm'])
  })

  test('§2 missed is not asked when the call was handed over', async () => {
    const plan = main([{ type: 'transfer', destination: '8000' }], { missed: 'crm' })
    const controller = await start({ plan })
    await placeCall(controller, fast)
    expect(controller.records[0]).toMatchObject({ ending: 'transferred' })
    expect(controller.missed).toEqual([])
  })

  test('§5 audio that cannot be played is a warning in it, and the walk goes on', async () => {
    const controller = await start({ plan: main([{ type: 'play', audio: 'hello' }, ring('215')]) })
    await placeCall(controller, { ...fast, unplayable: ['hello.wav'], answers: { '215': answered } })
    expect(controller.talking[0]?.steps).toMatchObject([
      { type: 'play', outcome: 'failed', audio: 'hello', warnings: ['hello.wav could not be played'] },
      { type: 'bridge', outcome: 'answered' },
    ])
  })

  test('§4 the attempts at a code are in it, the codes are not', async () => {
    const controller = await start({
      plan: main([{ type: 'webhook', webhook: 'vip' }]),
      answer: () => ({ status: 'NAK', url: 'https://crm.example/{code}' }),
    })
    await placeCall(controller, { ...fast, digits: ['4711#', ''] })
    expect(controller.records[0]?.steps).toEqual([
      {
        step: 'main/0',
        type: 'webhook',
        ms: anyNumber,
        outcome: 'NAK',
        attempts: ['wrong', 'timeout'],
        url: 'https://crm.example/{code}',
      },
    ])
  })
})

describe('§3 the values of a webhook request', () => {
  const plan = {
    ...main([{ type: 'webhook', webhook: 'crm' }]),
    plans: { main: { numbers: [did, '300', '*'], steps: [{ type: 'webhook', webhook: 'crm' }] } },
  }

  test.each([
    [
      { did: '0502100000', caller: '0612345678' },
      { did: '+31502100000', callerid: '+31612345678' },
    ],
    [
      { did: '300', caller: '215' },
      { did: '300', callerid: '215' },
    ],
    [
      { did: '0502', caller: '06123' },
      { did: '0502', callerid: '06123' },
    ],
    [
      { caller: 'anonymous', name: 'Jane Doe' },
      { callerid: '', callername: '' },
    ],
    [
      { privacy: true, name: 'Jane Doe' },
      { callerid: '', callername: '' },
    ],
    [{ name: '0612345678', caller: '0612345678' }, { callername: '' }],
  ])('§3 of %j they are %j', async (script, values) => {
    const controller = await start({ plan })
    await placeCall(controller, { ...fast, ...script })
    expect(controller.requests[0]?.values).toMatchObject({ code: '', ...values })
  })

  test('§3 a destination that was not taken is a warning in the record', async () => {
    const warnings = ['destination "sales" is not a number and was not taken']
    const controller = await start({ plan, answer: () => ({ status: 'ACK', warnings }) })
    await placeCall(controller, fast)
    expect(controller.records[0]?.steps).toMatchObject([{ outcome: 'ACK', warnings }])
  })
})

describe('§1 domains', () => {
  const steps = [{ type: 'bridge', destination: '215', ringSeconds: 1 }]
  const plan = { domain: 'tenant.example', plans: { main: { numbers: [did, '300'], steps } } }

  test('§1 an internal number is found in the domain of its document alone', async () => {
    const controller = await start({ plan })
    expect(await placeCall(controller, { ...fast, did: '300' })).toMatchObject({
      cause: 'UNALLOCATED_NUMBER',
    })
    const inside = { ...fast, did: '300', domain: 'tenant.example', answers: { '215': answered } }
    expect(await placeCall(controller, inside)).toMatchObject({ ended: 'talked' })
  })

  test('§1 domain fills {domain} in routes, whatever FreeSWITCH says', async () => {
    const controller = await start({ plan })
    const { invites } = await placeCall(controller, fast)
    expect(invites.map(({ destination }) => destination)).toEqual(['215@tenant.example'])
  })
})
