/** Whole calls: the controller's side of the socket against the simulator. */
import { afterEach, describe, expect, test } from 'vitest'
import { decodeCheckpoint } from '../../src/call/checkpoint.ts'
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
const fast = { did, domain: 'acme.example', tickMs: 1, speed: 50, audioMs: 500 } satisfies CallScript
const answered = { outcome: 'answered', talkMs: 500 } as const
const audio = { hello: 'hello.wav', code: 'code.wav', wrong: 'wrong.wav' }
const webhooks = { crm: { urlTemplate: 'https://crm.example/?c={callerid}' } }
const main = (steps: object[], more: object = {}) => ({
  audio,
  webhooks,
  plans: { main: { numbers: [did], steps, ...more } },
})
const ring = (destination: string | string[], more: object = {}) => ({ type: 'bridge', destination, ...more })

describe('a call through FreeSWITCH', () => {
  test('§5 webhook, name and destination: the callee sees both, the channel is released, one record', async () => {
    const ask = {
      type: 'webhook',
      webhook: 'crm',
      success: [
        { type: 'callername', mode: 'webhook' },
        { type: 'bridge', from: 'webhook' },
      ],
    }
    const controller = await start({
      plan: main([ask]),
      answer: () => ({ status: 'ACK', destination: '215', callername: 'ACME BV' }),
    })
    const result = await placeCall(controller, { ...fast, answers: { '215': answered } })
    expect(result).toMatchObject({ ended: 'talked', violations: [] })
    expect(result.invites[0]).toMatchObject({
      destination: '215@acme.example',
      number: '+31612345678',
      name: 'ACME BV',
    })
    expect(controller.calls.count).toBe(0)
    expect(controller.records).toHaveLength(0)
    expect(controller.talking).toHaveLength(1)
    expect(controller.talking[0]).toMatchObject({
      id: result.id,
      ending: 'talked',
      answered: true,
      did,
      document: 'acme',
      plan: 'main',
    })
  })

  test.each([
    ['+31501234567', 14_400, 600],
    ['+31501234567', 60, 60],
    ['215', 14_400, 14_400],
  ])(
    'configuration a conversation with %s, limited to %i s, ends after %i s',
    async (to, maxSeconds, after) => {
      const none = { callsPerMinute: 0, calls: 0 }
      const limits = { ...none, perCaller: none, bridgesPerCall: 20, legsPerSecond: 0, maxSeconds }
      const controller = await start({ plan: main([ring(to)]), limits })
      const answers = { [to]: { ...answered, talkMs: 20_000_000 } }
      const result = await placeCall(controller, { ...fast, speed: Infinity, answers })
      expect(result).toMatchObject({ ended: 'talked', cause: 'ALLOTTED_TIMEOUT', violations: [] })
      expect(result.talkMs).toBe(after * 1000)
    },
  )

  test('§1 no plan found: rejected with the configured cause, and the journal says which forms were tried', async () => {
    const controller = await start({ plan: main([]) })
    const result = await placeCall(controller, { ...fast, did: '0502100009' })
    expect(result).toMatchObject({ ended: 'hangup', cause: 'UNALLOCATED_NUMBER', sip: 404, answered: false })
    expect(controller.records[0]).toMatchObject({
      ending: 'noPlan',
      forms: ['0502100009', '+31502100009'],
      did: '+31502100009',
    })
  })

  test.each([
    ['busy', 'USER_BUSY', 486],
    ['rejected', 'CALL_REJECTED', 603],
    ['noAnswer', 'NO_ANSWER', 480],
  ] as const)('§2 end of list after %s: the caller gets %s', async (outcome, cause, sip) => {
    const controller = await start({ plan: main([ring('215', { ringSeconds: 5 })]) })
    const result = await placeCall(controller, { ...fast, answers: { '215': { outcome } } })
    expect(result).toMatchObject({ cause, sip, answered: false })
    expect(controller.records[0]).toMatchObject({ ending: 'endOfList', cause })
  })

  test('configuration a destination that a route denies, or that none allows, is never dialled', async () => {
    const controller = await start({ plan: main([ring('+31900123456'), ring('999')]) })
    const result = await placeCall(controller, fast)
    expect(result.invites).toEqual([])
    expect(controller.records[0]?.steps).toMatchObject([
      { outcome: 'failed', reason: 'no premium numbers' },
      { outcome: 'failed', reason: 'no route' },
    ])
  })

  test('§5 of a simultaneous list, those that have a route are rung', async () => {
    const controller = await start({ plan: main([ring(['+31900123456', '215'])]) })
    const result = await placeCall(controller, { ...fast, answers: { '215': answered } })
    expect(result.invites.map((invite) => invite.destination)).toEqual(['215@acme.example'])
    expect(result.ended).toBe('talked')
  })

  test('configuration transferContexts: not into one that is not on the list, whatever revision names it', async () => {
    const steps = [{ type: 'transfer', destination: '8000', context: 'inside' }]
    const controller = await start({ plan: main(steps) })
    const result = await placeCall(controller, fast)
    expect(result.transferredTo).toBeUndefined()
    expect(controller.records[0]).toMatchObject({
      ending: 'endOfList',
      cause: 'OUTGOING_CALL_BARRED',
      steps: [{ outcome: 'failed', reason: 'the operator does not allow transfers to the context "inside"' }],
    })
  })

  test('§5 transfer hands the call over and ends the walk', async () => {
    const controller = await start({ plan: main([{ type: 'transfer', destination: '8000' }]) })
    const result = await placeCall(controller, fast)
    expect(result).toMatchObject({
      ended: 'transferred',
      transferredTo: { extension: '8000', dialplan: 'XML', context: 'default' },
      violations: [],
    })
    expect(controller.records[0]).toMatchObject({ ending: 'transferred' })
  })

  test('§4 codes: unset in the channel as soon as the webhook has answered', async () => {
    const vip = {
      ...main([{ type: 'webhook', webhook: 'vip', success: [{ type: 'webhook', webhook: 'crm' }] }]),
      webhooks: {
        ...webhooks,
        vip: {
          urlTemplate: 'https://x.example/{code}',
          ivr: { startMessage: 'code', errorMessage: 'wrong' },
        },
      },
    }
    const heldAt: Record<string, boolean> = {}
    let digits: string | undefined
    const controller = await start({
      plan: vip,
      answer: (request) => {
        heldAt[request.name] = digits !== undefined
        return { status: request.values.code === '1234' || request.name === 'crm' ? 'ACK' : 'NAK' }
      },
    })
    const result = await placeCall(controller, {
      ...fast,
      digits: ['9999#', '1234#'],
      observe: (happening) => {
        if (happening.type === 'digits') digits = happening.keyed
        if (happening.type === 'set' && happening.name === 'belplan_digits') digits = happening.value
      },
    })
    expect(heldAt['vip']).toBe(true)
    expect(digits).toBeUndefined()
    expect(JSON.stringify([result.variables, controller.records])).not.toMatch(/1234(?!5)|9999/)
  })

  test('§2 missed: asked for a caller who gave up while it rang, not for one who talked', async () => {
    const controller = await start({ plan: main([ring('215')], { missed: 'crm' }) })
    await placeCall(controller, { ...fast, hangUp: { when: 'ringing' } })
    expect(controller.missed).toMatchObject([
      { name: 'crm', document: 'acme', values: { did, callerid: '+31612345678', code: '' } },
    ])
    expect(controller.records[0]).toMatchObject({
      ending: 'callerHungUp',
      cause: 'ORIGINATOR_CANCEL',
      answered: false,
    })
    await placeCall(controller, { ...fast, answers: { '215': answered } })
    expect(controller.missed).toHaveLength(1)
  })

  test.each(['prompt', 'request', 'ringing'] as const)(
    '§2 a caller who hangs up in a %s: nothing else is executed, one record',
    async (when) => {
      const steps = {
        prompt: [{ type: 'play', audio: 'hello' }, ring('215')],
        request: [{ type: 'webhook', webhook: 'crm' }, ring('215')],
        ringing: [ring('216'), ring('215')],
      }
      let aborted = false
      const controller = await start({
        plan: main(steps[when]),
        answer: ({ signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              aborted = true
              resolve({ status: 'ERR' })
            })
          }),
      })
      const result = await placeCall(controller, { ...fast, hangUp: { when } })
      expect(result.invites.map((invite) => invite.destination)).not.toContain('215@acme.example')
      expect(controller.records).toHaveLength(1)
      expect(controller.records[0]).toMatchObject({ ending: 'callerHungUp' })
      expect(aborted).toBe(when === 'request')
    },
  )

  test('chunks cut anywhere change nothing', async () => {
    const controller = await start({ plan: main([{ type: 'play', audio: 'hello' }, ring('215')]) })
    for (const chunks of ['random', 'random', 7] as const) {
      expect(await placeCall(controller, { ...fast, chunks, answers: { '215': answered } })).toMatchObject({
        ended: 'talked',
      })
    }
  })
})

describe('another controller goes on', () => {
  const two = async (options: CallControllerOptions) => [await start(options), await start(options)] as const

  test('killed while it rings: the callee is rung once, the outcome counts, and the walk goes on after it', async () => {
    const [a, b] = await two({ plan: main([ring('215', { ringSeconds: 20 }), ring('216')]) })
    const result = await placeCall([a, b], {
      ...fast,
      answers: { '215': { outcome: 'busy', afterMs: 5000 }, '216': answered },
      observe: (happening) => happening.type === 'ringing' && a.kill(),
    })
    expect(result).toMatchObject({ ended: 'talked', violations: [] })
    expect(result.invites.map(({ destination }) => destination)).toEqual([
      '215@acme.example',
      '216@acme.example',
    ])
    expect([...a.records, ...a.talking]).toHaveLength(0)
    expect(b.talking).toHaveLength(1)
    expect(b.talking[0]?.steps).toMatchObject([{ outcome: 'busy' }, { outcome: 'answered' }])
    // Whether FreeSWITCH was lost as well, the one whose connection broke cannot know.
    expect(a.lost).toMatchObject([
      { core: '201eb592-ce49-4609-9509-7f334eae4c2d', record: { id: b.talking[0]!.id, ending: 'lost' } },
    ])
    expect(a.missed).toHaveLength(0)
  })

  test('killed while it rings, and answered: they talk, and nobody is rung again', async () => {
    const [a, b] = await two({ plan: main([ring('215'), ring('216')]) })
    const result = await placeCall([a, b], {
      ...fast,
      answers: { '215': { outcome: 'answered', afterMs: 3000, talkMs: 500 } },
      observe: (happening) => happening.type === 'ringing' && a.kill(),
    })
    expect(result).toMatchObject({ ended: 'talked', violations: [] })
    expect(result.invites).toHaveLength(1)
  })

  test('killed while it collects digits: what FreeSWITCH collected is used, and not asked for again', async () => {
    const plan = {
      ...main([{ type: 'webhook', webhook: 'vip', success: [ring('215')] }]),
      webhooks: { vip: { urlTemplate: 'https://x.example/{code}', ivr: { startMessage: 'code' } } },
    }
    const [a, b] = await two({
      plan,
      answer: ({ values }) => ({ status: values.code === '1234' ? 'ACK' : 'NAK' }),
    })
    const result = await placeCall([a, b], {
      ...fast,
      digits: ['1234#'],
      answers: { '215': answered },
      observe: (happening) => happening.type === 'audio' && a.kill(),
    })
    expect(result.ended).toBe('talked')
    expect(a.requests).toHaveLength(0)
    expect(b.requests.map(({ values }) => values.code)).toEqual(['1234'])
    expect(result.applications.filter(({ name }) => name === 'play_and_get_digits')).toHaveLength(1)
  })

  test('killed during a webhook request: sent again with the same Idempotency-Key', async () => {
    let victim: CallController | undefined
    const options: CallControllerOptions = {
      plan: main([
        { type: 'play', audio: 'hello' },
        { type: 'webhook', webhook: 'crm', success: [ring('215')] },
      ]),
      answer: async ({ signal }) => {
        if (victim === undefined) {
          victim = a
          a.kill()
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
        }
        return { status: 'ACK' }
      },
    }
    const [a, b] = await two(options)
    const result = await placeCall([a, b], { ...fast, answers: { '215': answered } })
    expect(result.ended).toBe('talked')
    expect(result.applications.filter(({ name }) => name === 'playback')).toHaveLength(1)
    expect(b.requests.map(({ key }) => key)).toEqual(a.requests.map(({ key }) => key))
  })

  const drained = async (answerAfterMs: number) => {
    const plan = main([{ type: 'webhook', webhook: 'crm', success: [ring('216')] }, ring('215')])
    const [a, b] = await two({
      plan,
      answer: ({ signal }) =>
        new Promise((resolve) => {
          const timer = setTimeout(resolve, answerAfterMs, { status: 'NAK' })
          signal.addEventListener('abort', () => {
            clearTimeout(timer)
            resolve({ status: 'ERR' })
          })
        }),
    })
    const call = placeCall([a, b], { ...fast, answers: { '215': answered } })
    while (a.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const began = performance.now()
    await a.stop()
    const tookMs = performance.now() - began
    expect(await call).toMatchObject({ ended: 'talked', violations: [] })
    expect(a.records).toHaveLength(0)
    expect(b.talking[0]?.controllers).toHaveLength(2)
    return { a, b, tookMs }
  }

  test('a drain hands a call over with the response that it waited for: no request is sent twice', async () => {
    const { b, tookMs } = await drained(100)
    expect(tookMs).toBeLessThan(900)
    expect(b.requests).toHaveLength(0)
    expect(b.talking[0]?.steps).toMatchObject([{ outcome: 'NAK' }, { outcome: 'answered' }])
  })

  test('a drain does not wait long: a request without a response is sent again with the same key', async () => {
    const { a, b, tookMs } = await drained(2000)
    expect(tookMs).toBeLessThan(1500)
    expect(b.requests.map(({ key }) => key)).toEqual(a.requests.map(({ key }) => key))
  })

  test('the record of a call that was taken over says how many of its first steps are not known', async () => {
    const names = Array.from({ length: 8 }, (_, i) => ({ type: 'callername', mode: 'replace', text: `${i}` }))
    const [a, b] = await two({ plan: main([...names, ring('215')]) })
    const ringing = Promise.withResolvers<undefined>()
    const call = placeCall([a, b], {
      ...fast,
      observe: (happening) => happening.type === 'ringing' && ringing.resolve(undefined),
    })
    await ringing.promise
    await a.stop()
    await call
    const [record] = b.records
    expect(record).toMatchObject({ unknownSteps: 2 })
    expect(record!.steps.map(({ step }) => step)).toEqual([2, 3, 4, 5, 6, 7, 8].map((i) => `main/${i}`))
  })

  test('a drain releases a call that rings at once', async () => {
    const [a, b] = await two({ plan: main([ring('215')]) })
    const ringing = Promise.withResolvers<undefined>()
    const call = placeCall([a, b], {
      ...fast,
      answers: { '215': { ...answered, afterMs: 10_000 } },
      observe: (happening) => happening.type === 'ringing' && ringing.resolve(undefined),
    })
    await ringing.promise
    const began = performance.now()
    await a.stop()
    expect(performance.now() - began).toBeLessThan(500)
    expect(await call).toMatchObject({ ended: 'talked', violations: [] })
  })

  test('§2 the call keeps the revision it began with, which the next controller finds', async () => {
    const plan = main([ring('215', { ringSeconds: 20 }), ring('216')])
    const a = await start({ plan })
    const b = await start({ plan: main([ring('219')]), revision: 'bbbbbbbbbbbb', others: [a.set] })
    const result = await placeCall([a, b], {
      ...fast,
      answers: { '215': { outcome: 'busy', afterMs: 3000 }, '216': answered },
      observe: (happening) => happening.type === 'ringing' && a.kill(),
    })
    expect(result.invites.map(({ destination }) => destination)).toEqual([
      '215@acme.example',
      '216@acme.example',
    ])
    expect(b.talking[0]?.revision).toBe(a.set.revision)
  })

  test('a revision that is not here: the plan begins anew if nothing was rung yet, and the journal says so', async () => {
    const [plan, other] = [main([{ type: 'play', audio: 'hello' }, ring('215')]), main([ring('219')])]
    const a = await start({ plan })
    const b = await start({ plan: other, revision: 'bbbbbbbbbbbb' })
    const result = await placeCall([a, b], {
      ...fast,
      answers: { '219': answered },
      observe: (happening) => happening.type === 'audio' && a.kill(),
    })
    expect(result).toMatchObject({ ended: 'talked' })
    expect(b.talking[0]).toMatchObject({
      revision: 'bbbbbbbbbbbb',
      notes: [expect.stringContaining('not here')],
    })
  })

  test('a revision that is not here, after a bridge was tried: NORMAL_TEMPORARY_FAILURE, and nobody is rung again', async () => {
    const a = await start({ plan: main([ring('215'), ring('216')]) })
    const b = await start({ plan: main([ring('215')]), revision: 'bbbbbbbbbbbb' })
    const result = await placeCall([a, b], {
      ...fast,
      answers: { '215': { outcome: 'busy', afterMs: 3000 } },
      observe: (happening) => happening.type === 'ringing' && a.kill(),
    })
    expect(result).toMatchObject({ cause: 'NORMAL_TEMPORARY_FAILURE' })
    expect(result.invites).toHaveLength(1)
    expect(b.records[0]).toMatchObject({ ending: 'failed' })
  })

  test('operations a call that another controller ends says so: the one before may be back, and would write a record of it as well', async () => {
    const plan = main([ring('215')])
    const [a, b] = [await start({ plan }), await start({ plan })]
    const result = await placeCall([a, b], {
      ...fast,
      answers: { '215': { outcome: 'busy', afterMs: 3000 } },
      observe: (happening) => happening.type === 'ringing' && a.kill(),
    })
    expect(b.records[0]).toMatchObject({ ending: 'endOfList' })
    expect(decodeCheckpoint(result.variables['belplan_ckpt']!, '')?.controllers).toEqual(
      b.records[0]?.controllers,
    )
  })

  test("a checkpoint of another caller profile is not followed: a callee's REFER brings the caller back under the same id", async () => {
    const a = await start({ plan: main([ring('215')]) })
    const checkpoint = '1~5f0c3a9be214~1~~nsc~0~5~2~~~USER_BUSY~~~test:9~'
    const result = await placeCall(a, {
      ...fast,
      variables: { belplan_ckpt: checkpoint },
      answers: { '215': answered },
    })
    expect(result).toMatchObject({ ended: 'talked' })
    expect(a.talking[0]?.controllers).toHaveLength(1)
  })
})
