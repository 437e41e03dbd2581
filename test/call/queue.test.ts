/** Queues on the wire: the controller lets go of the call before it waits, and any controller takes it up behind that. */
import { afterEach, describe, expect, test } from 'vitest'
import { decodeCheckpoint } from '../../src/call/checkpoint.ts'
import type { CallScript } from '../../src/simulator/script.ts'
import {
  startCallController,
  type CallController,
  type CallControllerOptions,
} from '../harness/call-controller.ts'
import { observedCall, type Observed } from './observed.ts'

const controllers: CallController[] = []
afterEach(() => Promise.all(controllers.splice(0).map((controller) => controller.stop())))

const did = '+31502100000'
const fast = { did, domain: 'acme.example', tickMs: 1, speed: 50, audioMs: 500 } satisfies CallScript
const queue = (more: object = {}) => ({ type: 'queue', queue: 'sales', ...more })
const ring = { type: 'bridge', destination: '215' }

async function start(steps: object[], more: Partial<CallControllerOptions> = {}): Promise<CallController> {
  const plan = { audio: { hello: 'hello.wav' }, plans: { main: { numbers: [did], steps } } }
  const controller = await startCallController({ plan, ...more })
  controllers.push(controller)
  return controller
}

async function call(
  to: CallController | readonly CallController[],
  script: Partial<CallScript> = {},
): Promise<Observed> {
  const observed = await observedCall(to, { ...fast, ...script })
  expect(observed.result.violations).toEqual([])
  return observed
}

const timeout = { queues: { sales: { outcome: 'waits' } } } as const

describe('§5 queue', () => {
  test('the call is let go of in the same write, and taken up behind the queue', async () => {
    const controller = await start([{ type: 'play', audio: 'hello' }, queue({ maxWaitSeconds: 30 }), ring])
    let held: number | undefined
    const { result, commands } = await call(controller, {
      ...timeout,
      observe(entry) {
        if (entry.type === 'queue') held = controller.calls.count
      },
    })
    expect(result).toMatchObject({ ended: 'hangup', answered: true })
    const at = commands.findIndex((command) => command.startsWith('api sched_api'))
    expect(commands[at]).toBe(`api sched_api +30 ${result.id} uuid_recv_dtmf ${result.id} w`)
    expect(commands.slice(at - 2, at + 3)).toEqual([
      expect.stringContaining('cc_exit_keys=w;belplan_behind=again'),
      `api sched_hangup +14400 ${result.id} ALLOTTED_TIMEOUT`,
      expect.stringContaining('sched_api'),
      'sendmsg',
      'exit',
    ])
    expect(held).toBe(0)
    // What was scheduled is taken back by whoever takes the call up, before anything else.
    expect(commands.slice(at + 3)).toContain(`api sched_del ${result.id}`)
    expect(controller.waiting.size).toBe(0)
    expect(controller.records).toMatchObject([
      {
        steps: [
          { type: 'play', outcome: 'played', ms: expect.any(Number) as number },
          { type: 'queue', outcome: 'timeout', queue: 'sales', waitMs: expect.any(Number) as number },
          { type: 'bridge', outcome: 'noAnswer' },
        ],
        ending: 'endOfList',
      },
    ])
    expect(controller.records[0]).not.toHaveProperty('unknownSteps')
  })

  test('another controller takes it up: of the steps before it knows the outcomes', async () => {
    const steps = [{ type: 'play', audio: 'hello' }, queue({ maxWaitSeconds: 5 }), { type: 'hangup' }]
    const [first, second] = [await start(steps), await start(steps)]
    const { result } = await call([first, second], {
      ...timeout,
      observe(entry) {
        // Killed while it does not hold the call.
        if (entry.type === 'application' && entry.name === 'callcenter') first.kill()
      },
    })
    expect(result.ended).toBe('hangup')
    expect(second.records).toMatchObject([
      {
        controllers: [expect.any(String), expect.any(String)],
        steps: [
          { type: 'play', outcome: 'played' },
          { type: 'queue', outcome: 'timeout' },
          { type: 'hangup' },
        ],
      },
    ])
  })

  test.each([
    ['timeout', { outcome: 'timeout' }],
    ['noAgents', { outcome: 'noAgents' }],
    ['exitKey', { outcome: 'exitKey' }],
    ['failed', { outcome: 'missing' }],
    ['full', { outcome: 'full' }],
  ] as const)('is left as %s', async (outcome, script) => {
    const on = { [outcome]: [{ type: 'hangup', cause: 'USER_BUSY' }] }
    const controller = await start([queue({ queue: 'narrow', exitKey: '1', on }), ring])
    await call(controller, { queues: { narrow: script } })
    expect(controller.records).toMatchObject([
      {
        steps: [
          { type: 'queue', outcome },
          { type: 'hangup', step: `main/0/on/${outcome}/0` },
        ],
      },
    ])
  })

  test('one that FreeSWITCH does not have has a warning in the journal', async () => {
    const controller = await start([queue()])
    await call(controller, { queues: { sales: { outcome: 'missing' } } })
    expect(controller.records[0]!.steps).toMatchObject([
      { outcome: 'failed', warnings: ['FreeSWITCH has no such queue'] },
    ])
  })

  test('one that the operator does not grant is not entered', async () => {
    const controller = await start([queue({ queue: 'vip-1' })])
    const { commands } = await call(controller)
    expect(commands.join()).not.toContain('callcenter')
    expect(controller.records[0]!.steps).toMatchObject([
      { outcome: 'failed', reason: 'the operator does not allow the queue "vip-1"' },
    ])
  })

  test('a caller whom an agent answers talks, and no controller holds the call', async () => {
    const controller = await start([queue(), ring])
    const { result, timeline } = await call(controller, {
      name: 'Jane Doe',
      queues: { sales: { outcome: 'answered', afterMs: 5000, talkMs: 3000 } },
    })
    expect(result).toMatchObject({ ended: 'talked', talkMs: 3000 })
    expect(controller.records).toEqual([])
    expect([...controller.waiting.values()]).toMatchObject([
      { record: { ending: 'lost', steps: [{ type: 'queue', outcome: 'waiting' }] }, missed: undefined },
    ])
    expect(timeline.find(({ type }) => type === 'queue')).toMatchObject({
      end: 'answered',
      shown: { number: '+31612345678', name: 'Jane Doe' },
    })
  })

  test('an agent sees nothing of a suppressed caller, nor does anybody see less behind the queue', async () => {
    const hidden = { type: 'call', plan: 'hidden' }
    const plan = {
      plans: {
        main: { numbers: [did], steps: [hidden, ring] },
        hidden: { steps: [{ type: 'callerid', presentation: 'suppressed' }, queue({ maxWaitSeconds: 5 })] },
      },
    }
    const controller = await start([], { plan })
    const shown = await call(controller, { queues: { sales: { outcome: 'answered' } } })
    expect(shown.timeline.find(({ type }) => type === 'queue')).toMatchObject({
      shown: { number: 'anonymous', name: 'Anonymous', privacy: true, headers: {} },
    })
    const { result } = await call(controller, timeout)
    expect(result.invites).toMatchObject([{ number: '+31612345678', privacy: false }])
    expect(result.variables).not.toHaveProperty('cc_exit_keys')
    expect(result.variables).not.toHaveProperty('cc_export_vars')
  })

  test('an agent may transfer a caller to a plan: nothing of the queue before is there in it', async () => {
    const controller = await start([queue()])
    // As mod_callcenter leaves them, where the dialplan has taken the checkpoint away.
    const before = {
      ...{ belplan_node: '1', cc_exit_keys: 'w', cc_queue: 'sales', cc_cause: 'answered', cc_agent: '215' },
      ...{ cc_export_vars: 'sip_h_Privacy,origination_privacy,sip_cid_type', sip_h_Privacy: 'id' },
      ...{ origination_privacy: 'hide_number', sip_cid_type: 'none' },
    }
    const { timeline, commands, result } = await call(controller, {
      variables: before,
      queues: { sales: { outcome: 'answered' } },
    })
    expect(timeline.find(({ type }) => type === 'queue')).toMatchObject({
      shown: { number: '+31612345678', privacy: false },
    })
    // The time that they could wait there would end the wait here.
    expect(commands).toContain(`api sched_del ${result.id}`)
  })

  test('more queues than the dialplan has attempts are come back from', async () => {
    const round = { type: 'goto', plan: 'main' }
    const controller = await start([queue({ maxWaitSeconds: 1 }), round])
    const { result } = await call(controller, timeout)
    expect(result).toMatchObject({ ended: 'hangup', cause: 'EXCHANGE_ROUTING_ERROR' })
    const { steps, ending, unknownSteps } = controller.records[0]!
    expect(ending).toBe('stepBudget')
    expect(steps).toHaveLength(100)
    expect(unknownSteps).toBeUndefined()
  })

  test('the checkpoint grows by nothing, and says which step has the call', async () => {
    const controller = await start([queue({ maxWaitSeconds: 5 })])
    const { timeline } = await call(controller, timeout)
    const written = timeline.flatMap((entry) =>
      entry.type === 'set' && entry.name === 'belplan_ckpt' && entry.value !== undefined ? [entry.value] : [],
    )
    expect(decodeCheckpoint(written[0]!, '')).toMatchObject({ operation: 'queue', state: { at: 0 } })
    expect(written[0]!.length).toBeLessThan(70)
  })
})
