/** Signed checkpoints: only controllers with the secret decide where a call goes on. */
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createSignature, encodeCheckpoint } from '../../src/call/checkpoint.ts'
import { Secret } from '../../src/config/secret.ts'
import { beginAt } from '../../src/plan/state.ts'
import { placeCall } from '../../src/simulator/place-call.ts'
import {
  startCallController,
  type CallController,
  type CallControllerOptions,
} from '../harness/call-controller.ts'

const [NEW, OLD, OTHER] = ['0123456789abcdef', 'fedcba9876543210', 'another-secret-of-16'] as const
const signature = (...secrets: string[]) => createSignature(secrets.map((secret) => new Secret(secret)))
const id = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
const other = '4a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
const text = encodeCheckpoint({
  ...{
    revision: '5f0c3a9be214',
    profileCreated: '1795361967724523',
    operation: 'collect',
    history: ['0:ACK', '1:set'],
  },
  controllers: ['127.0.0.1:8084'],
  state: {
    ...beginAt(3, 'Jane Doe', 'mail'),
    ...{ name: 'ACME BV', nameSet: true, steps: 4 },
    returned: new Map([[0, { destination: '+31502102544', callername: 'ACME BV' }]]),
  },
})

describe('operations a signed checkpoint', () => {
  test('operations is read by whoever has the secret, for the call that it was written for', () => {
    const signed = signature(NEW).sign(text, id)
    expect(signature(NEW).verify(signed, id)).toBe(text)
    expect(signature(NEW).verify(signed, other)).toBeUndefined()
    expect(signature(OTHER).verify(signed, id)).toBeUndefined()
    expect(signature(NEW).verify(text, id)).toBeUndefined()
    expect(signature(NEW).verify('', id)).toBeUndefined()
  })

  test('operations is read with either secret while it is changed', () => {
    expect(signature(NEW, OLD).verify(signature(OLD).sign(text, id), id)).toBe(text)
    expect(signature(OLD, NEW).verify(signature(NEW, OLD).sign(text, id), id)).toBe(text)
    expect(signature(OLD).verify(signature(NEW, OLD).sign(text, id), id)).toBeUndefined()
  })

  test('operations is not read once anything in it was changed', () => {
    const signed = signature(NEW).sign(text, id)
    const changed = fc.tuple(fc.nat(signed.length - 1), fc.constantFrom('0', 'a', 'Z', '~', '!', '-', '_'))
    fc.assert(
      fc.property(changed, ([at, char]) => {
        const forged = signed.slice(0, at) + char + signed.slice(at + 1)
        return forged === signed || signature(NEW).verify(forged, id) === undefined
      }),
    )
    fc.assert(fc.property(fc.string(), (any) => signature(NEW).verify(any, id) === undefined))
  })

  test('operations is under 200 bytes where the plain one is usual, and needs no escaping', () => {
    const signed = signature(NEW).sign(text, id)
    expect(signed.length).toBe(text.length + 17)
    expect(signed.length).toBeLessThan(200)
    expect(signed).toMatch(/^[A-Za-z0-9~!:*#+._-]+$/)
  })

  test('operations is what it always was without a secret', () => {
    expect(createSignature(undefined).sign(text, id)).toBe(text)
    expect(createSignature(undefined).verify(text, id)).toBe(text)
  })
})

const pin = {
  domain: 'acme.example',
  webhooks: { pin: { urlTemplate: 'https://pin.example/{code}', ivr: { startMessage: 'code' } } },
  plans: {
    main: {
      numbers: ['+31502100000'],
      steps: [
        {
          type: 'webhook',
          webhook: 'pin',
          success: [
            { type: 'play', audio: 'hello' },
            { type: 'bridge', destination: '215' },
          ],
        },
        { type: 'bridge', destination: '216' },
      ],
    },
  },
}
const answers = { '215': { outcome: 'answered' }, '216': { outcome: 'answered' } } as const

describe('operations somebody who sets channel variables', () => {
  const controllers: CallController[] = []
  afterEach(() => vi.restoreAllMocks())
  afterEach(() => Promise.all(controllers.splice(0).map((controller) => controller.stop())))
  async function start(more: Partial<CallControllerOptions> = {}): Promise<CallController> {
    const answer: CallControllerOptions['answer'] = ({ values }) => ({
      status: values.code === '1234' ? 'ACK' : 'NAK',
    })
    const controller = await startCallController({ plan: pin, answer, ...more })
    controllers.push(controller)
    return controller
  }

  /** A call with a forged checkpoint behind the PIN. */
  async function jump(controller: CallController, sign = (plain: string, _call: string) => plain) {
    const now = Date.now()
    vi.spyOn(Date, 'now').mockReturnValue(now)
    const behind = encodeCheckpoint({
      ...{ revision: controller.set.revision, profileCreated: String(now * 1000), operation: 'none' },
      ...{ controllers: [], history: [], state: beginAt(3, 'Jane', undefined) },
    })
    const variables = { belplan_ckpt: sign(behind, id) }
    return placeCall(controller, { speed: 50, id, variables, answers, did: '+31502100000' })
  }

  test('operations does not get past a PIN where checkpoints are signed, and the record says so', async () => {
    for (const sign of [
      undefined,
      signature(OTHER).sign,
      (plain: string) => signature(NEW).sign(plain, other),
    ]) {
      const controller = await start({ checkpointSecret: [NEW] })
      const result = await jump(controller, sign)
      expect(result.invites.map(({ destination }) => destination)).toEqual(['216@acme.example'])
      expect(controller.talking[0]).toMatchObject({
        steps: [{ outcome: 'timeout' }, { outcome: 'answered' }],
        notes: [expect.stringContaining('not signed')],
      })
    }
  })

  test('operations gets past it where they are not', async () => {
    const result = await jump(await start())
    expect(result.invites.map(({ destination }) => destination)).toEqual(['215@acme.example'])
  })

  test.each([
    [[NEW], [NEW], 1],
    [[OLD], [NEW, OLD], 1],
    [[OLD], [NEW], 2],
    [undefined, [NEW], 2],
    [[NEW], undefined, 2],
  ])('operations a call goes from a controller with %j to one with %j: asked %i times', async (first, second, asked) => {
    const [a, b] = [await start(first && { checkpointSecret: first }), await start(second && { checkpointSecret: second })]
    let heard = 0
    const result = await placeCall([a, b], {
      ...{ speed: 50, did: '+31502100000', digits: ['1234#', '1234#'], answers },
      observe: (happening) => happening.type === 'audio' && ++heard === 2 && a.kill(),
    })
    expect(result.ended).toBe('talked')
    expect(a.requests.length + b.requests.length).toBe(asked)
  }) // prettier-ignore
})
