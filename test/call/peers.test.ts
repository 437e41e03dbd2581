/** Whoever reaches the port can pretend to be FreeSWITCH: nonsense ends that connection and harms no other call. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import { apiReply, event } from '../esl/frames.ts'
import { Peer } from '../esl/peer.ts'
import {
  startCallController,
  type CallController,
  type CallControllerOptions,
} from '../harness/call-controller.ts'

const did = '+31502100000'
const plan = {
  domain: 'acme.example',
  webhooks: { crm: { urlTemplate: 'https://crm.example/' } },
  plans: {
    main: {
      numbers: [did],
      steps: [{ type: 'webhook', webhook: 'crm', failure: [{ type: 'bridge', destination: '215' }] }],
    },
  },
}
const uuid = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'

const controllers: CallController[] = []
afterEach(async () => {
  for (const controller of controllers.splice(0)) await controller.stop()
})
async function start(options: Partial<CallControllerOptions> = {}): Promise<CallController> {
  const controller = await startCallController({ plan, ...options })
  controllers.push(controller)
  return controller
}

/** Hands a call over with headers of one's own. */
async function handOver(port: number, headers: Readonly<Record<string, string>>): Promise<Peer> {
  const peer = await Peer.connect(port)
  await peer.handOver('async', 'full', {
    'Unique-ID': uuid,
    'Caller-Destination-Number': did,
    ...headers,
  })
  return peer
}

describe('a peer that pretends to be FreeSWITCH', () => {
  test.each(['', 'x', `${uuid} all`, `${uuid}\n\napi system id`, '../../etc/passwd'])(
    'with %j for the id of its call is disconnected, and other calls go on',
    async (id) => {
      const parked = Promise.withResolvers<undefined>()
      const controller = await start({ answer: () => parked.promise.then(() => ({})) })
      const call = placeCall(controller, { did, speed: 50, domain: 'acme.example' })
      // Variables that wait for the park are set as soon as the channel is parked, and by a timer until then.
      const peer = await handOver(controller.port, { 'Unique-ID': id })
      await vi.waitFor(() => expect(controller.requests).not.toEqual([]))
      peer.say(event('CHANNEL_PARK', { 'Unique-ID': id }), apiReply('+OK'), apiReply('+OK'))
      await peer.closed
      parked.resolve(undefined)
      // None of its text is in the frames that it got.
      expect(peer.commands.join('\n')).not.toMatch(/system|passwd| all$/m)
      expect(await call).toMatchObject({ violations: [], invites: [{ destination: '215@acme.example' }] })
      expect(controller.calls.count).toBe(0)
    },
  )

  test.each(['', 'x', '1e400', '-1', '99999999999999999999999'])(
    'with %j for the time at which its call came in has a record like any other',
    async (created) => {
      const controller = await start()
      const peer = await handOver(controller.port, { 'Caller-Channel-Created-Time': created })
      await vi.waitFor(() => expect(controller.calls.live()).toHaveLength(1))
      expect(controller.calls.live()[0]?.at).toMatch(/^\d{4}-/)
      peer.say(event('CHANNEL_HANGUP_COMPLETE', { 'Hangup-Cause': 'NORMAL_CLEARING' }))
      await vi.waitFor(() => expect(controller.records).toHaveLength(1))
      expect(controller.records[0]?.at).toMatch(/^\d{4}-/)
      peer.socket.destroy()
    },
  )

  test.each([
    ['a webhook that is no webhook', (fields: string[]) => (fields[11] = 'constructor')],
    ['a place that is no step', (fields: string[]) => (fields[3] = 'zzzz')],
    ['more attempts than there are', (fields: string[]) => (fields[5] = 'zzzzzzzz')],
    ['a prompt that is none', (fields: string[]) => (fields[4] = 'nxxx')],
  ])('with a checkpoint of %s breaks nothing', async (_, change) => {
    const controller = await start()
    const fields = [
      '1',
      controller.set.revision,
      '0',
      '0',
      'nsc',
      '0',
      '0',
      '0',
      '',
      '',
      '',
      '',
      '',
      'a:1',
      '',
    ]
    change(fields)
    const peer = await handOver(controller.port, { variable_belplan_ckpt: fields.join('~') })
    peer.say(event('CHANNEL_PARK'))
    peer.say(event('CHANNEL_HANGUP_COMPLETE', { 'Hangup-Cause': 'NORMAL_CLEARING' }))
    await vi.waitFor(() => expect(controller.records).toHaveLength(1))
    expect(controller.records[0]?.ending).not.toBe('failed')
    expect(controller.missed).toEqual([])
    peer.socket.destroy()
  })
})

describe('webhooks that return the longest answers there are', () => {
  const name = '\u{1f600}'.repeat(64)
  const ask = { type: 'webhook', webhook: 'crm' }
  const bridge = { type: 'bridge', from: 'webhook' }
  const renamed = { ...ask, success: [{ type: 'callername', mode: 'webhook' }] }
  const nested = (depth: number): object => ({
    ...ask,
    success: depth === 0 ? [...renamed.success, bridge] : [nested(depth - 1)],
  })
  const destinations = ['215', ...Array.from({ length: 19 }, (_, i) => `${'9'.repeat(30)}${10 + i}`)]
  /** Until all of a call are full, by names and values that take most in a checkpoint. */
  const variables = (asked: number) =>
    Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [
        `${'abcdefghij'[i % 10]!}${asked * 2 + Math.floor(i / 10)}`,
        '1',
      ]),
    )

  describe.each([
    ['a destination', () => ({ destination: '215' })],
    [
      'a list of destinations and variables',
      (asked: number) => ({ destinations, variables: variables(asked) }),
    ],
  ])('%s and names', (_, said) => {
    test.each([
      ['one after the other', [...Array<object>(20).fill(renamed), { ...ask, success: [bridge] }]],
      ['one within the other', [nested(10)]],
      ['one within the other, as deep as may be', [nested(45)]],
    ])('%s: the call goes on', async (_, steps) => {
      let asked = 0
      const controller = await start({
        plan: { ...plan, plans: { main: { numbers: [did], steps } } },
        answer: () => ({ status: 'ACK', callername: name, ...said(asked++) }),
      })
      const result = await placeCall(controller, { did, speed: Infinity, domain: 'acme.example' })
      expect(result).toMatchObject({ violations: [], invites: [{ destination: '215@acme.example' }] })
      expect(controller.records[0]?.ending).toBe('endOfList')
    })
  })
})
