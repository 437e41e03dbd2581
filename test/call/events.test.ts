/** Events of calls on the wire: when each is told, and by whom. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type CallEvent, EVENTS } from '../../src/plan/call-event.ts'
import { play as playStep } from '../../src/plan/steps/play.ts'
import { placeCall, type CallScript } from '../../src/simulator/index.ts'
import {
  startCallController,
  type CallController,
  type CallControllerOptions,
} from '../harness/call-controller.ts'
import { until } from '../harness/until.ts'
import { observedCall } from './observed.ts'

const did = '+31502100000'
const ALL = Object.fromEntries(EVENTS.map((event) => [event, 'crm']))
const webhooks = { crm: { urlTemplate: 'https://crm.example/' } }
const planOf = (steps: readonly object[]) => ({
  ...{ domain: 'acme.example', audio: { hello: 'hello.wav' }, webhooks, events: ALL },
  plans: { main: { numbers: [did], steps } },
})
const ring = { type: 'bridge', destination: '215', ringSeconds: 5 }
const play = { type: 'play', audio: 'hello' }
const script: CallScript = { did, domain: 'acme.example', tickMs: 1, speed: 10 }

async function controller(
  plan: object,
  options: Pick<CallControllerOptions, 'limits' | 'keeping'> = {},
): Promise<CallController> {
  const started = await startCallController({ plan, ...options })
  onTestFinished(() => started.stop())
  return started
}

const names = (told: readonly CallEvent[]) => told.map(({ event }) => event)
const bodyOf = ({ body }: CallEvent) => JSON.parse(body) as Record<string, unknown>

test('events: each bridge rings once, each destination of a list in turn too', async () => {
  const inTurn = { ...ring, destination: ['215', '216'], strategy: 'sequential' }
  const acme = await controller(planOf([ring, inTurn]))
  const busy = { outcome: 'busy' } as const
  await placeCall(acme, { ...script, answers: { '215': busy, '216': { outcome: 'answered' } } })
  expect(names(acme.told)).toEqual(['started', 'ringing', 'ringing', 'ringing', 'answered'])
  expect(acme.told.slice(1, 4).map((event) => bodyOf(event)['destinations'])).toEqual([
    ['215'],
    ['215'],
    ['216'],
  ])
  expect(new Set(acme.told.map(({ id }) => id)).size).toBe(5)
  expect(acme.told.every(({ holders }) => holders === undefined)).toBe(true)
})

test('events: of a caller who is let go of for a queue there is what tells of their end, and no time that they waited', async () => {
  const acme = await controller(planOf([{ type: 'queue', queue: 'sales' }]))
  let kept: unknown
  await placeCall(acme, {
    ...{ ...script, queues: { sales: { outcome: 'timeout', afterMs: 2000 } } },
    observe(entry) {
      if (entry.type === 'queue') kept = [...acme.waiting.values()].map(({ watch }) => watch)
    },
  })
  expect(kept).toEqual([{ events: ALL, profileCreated: expect.any(String) as string, callername: '' }])
})

test('events: the next destination is not rung before it is kept that the last one rang', async () => {
  const inTurn = { ...ring, destination: ['215', '216'], strategy: 'sequential' }
  const kept = Promise.withResolvers<undefined>()
  const acme = await controller(planOf([inTurn]), {
    keeping: ({ event }) => (event === 'ringing' ? kept.promise : Promise.resolve(undefined)),
  })
  const answers = { '215': { outcome: 'busy', afterMs: 400 }, '216': { outcome: 'answered' } } as const
  let bridges = 0
  const call = placeCall(acme, {
    ...{ ...script, answers },
    observe(entry) {
      if (entry.type === 'application' && entry.name === 'bridge') bridges++
    },
  })
  // Longer than all of it takes, and shorter than a call waits for a disk.
  await delay(300)
  expect(bridges).toBe(1)
  kept.resolve(undefined)
  await call
  expect(bridges).toBe(2)
  expect(names(acme.told)).toEqual(['started', 'ringing', 'ringing', 'answered'])
})

test('events: a bridge that rings nobody is none, and neither is one that a caller did not wait for', async () => {
  const acme = await controller(planOf([{ ...ring, destination: '9' }, play]))
  await placeCall(acme, { ...script, hangUp: { when: 'prompt' } })
  expect(names(acme.told)).toEqual(['started', 'missed', 'ended'])
  expect(bodyOf(acme.told[2]!)).toMatchObject({ outcome: 'callerHungUp', rang: [{ outcome: 'failed' }] })
})

test('events: nor one whose destinations cannot be reached, as FreeSWITCH knows at once', async () => {
  const acme = await controller(planOf([ring, { ...ring, destination: '216' }]))
  const [unavailable, busy] = [{ outcome: 'unavailable' }, { outcome: 'busy' }] as const
  await placeCall(acme, { ...script, answers: { '215': { ...unavailable, afterMs: 0 }, '216': { ...busy, afterMs: 0 } } })
  expect(names(acme.told)).toEqual(['started', 'ringing', 'missed', 'ended'])
  expect(bodyOf(acme.told[1]!)).toMatchObject({ destinations: ['216'] })
}) // prettier-ignore

test('events: who hangs up while it rings has missed it', async () => {
  const acme = await controller(planOf([ring]))
  await placeCall(acme, { ...script, hangUp: { when: 'ringing' } })
  expect(names(acme.told)).toEqual(['started', 'ringing', 'missed', 'ended'])
})

test('events: of a call that is taken over each has the same id, and says who held it', async () => {
  const plan = planOf([ring, play])
  const [a, b] = [await controller(plan), await controller(plan)]
  await placeCall([a, b], {
    ...script,
    answers: { '215': { outcome: 'busy', afterMs: 4000 } },
    observe({ type }) {
      if (type === 'ringing') setTimeout(a.kill, 350)
    },
  })
  expect(names(a.told)).toEqual(['started', 'ringing'])
  expect(names(b.told)).toEqual(['started', 'ringing', 'missed', 'ended'])
  expect(b.told.slice(0, 2).map(({ id }) => id)).toEqual(a.told.map(({ id }) => id))
  expect(b.told.every(({ holders }) => holders?.length === 1)).toBe(true)
})

test('events: of a call past a limit, and of a document that names none, nothing is told', async () => {
  const { events: _, ...silent } = planOf([play])
  const acme = await controller(silent)
  await placeCall(acme, script)
  expect(acme.told).toEqual([])
  const past = { callsPerMinute: 0, calls: 1, perCaller: { callsPerMinute: 0, calls: 0 } }
  const full = await controller(planOf([ring]), {
    limits: {
      ...past,
      bridgesPerCall: 20,
      legsPerSecond: 0,
      maxSeconds: 60,
    },
  })
  const first = placeCall(full, { ...script, answers: { '215': { outcome: 'busy', afterMs: 2000 } } })
  await until('the first one is there', () => full.told[0])
  await placeCall(full, { ...script, caller: '+31612345679' })
  const { id } = await first
  expect(full.records.map(({ ending }) => ending)).toContain('limited')
  expect(full.told.every(({ call }) => call === id)).toBe(true)
})

test('events: FreeSWITCH says when it begins to ring, once for each call that wants it, and for no other', async () => {
  const commandsOf = async (events: object) => {
    const acme = await controller({ ...planOf([play, ring, ring]), events })
    const answers = { '215': { outcome: 'busy', afterMs: 1 } } as const
    const { commands } = await observedCall(acme, { ...script, answers })
    return commands.filter((command) => command.startsWith('event'))
  }
  const [opening, ...more] = await commandsOf({ ringing: 'crm' })
  expect(more).toEqual(['event CHANNEL_EXECUTE'])
  expect(await commandsOf({ started: 'crm', answered: 'crm', ended: 'crm' })).toEqual([opening])
})

describe('events of steps', () => {
  afterEach(() => vi.restoreAllMocks())

  test('are told as they happen, in their order, and again with the same id by a controller that takes the step over', async () => {
    const plan = planOf([play, { ...ring, destination: '216' }, play])
    const [a, b] = [await controller(plan), await controller(plan)]
    vi.spyOn(playStep, 'run').mockImplementation(async ({ spec }, { call, tell }) => {
      if ((await call.play(spec.audio, { answer: true })) === 'gone') return 'gone'
      await tell({ event: 'message', details: { mailbox: spec.audio, ms: 4200 } })
      // Once, before the step is through.
      a.kill()
      return { go: 'on', outcome: 'left' }
    })
    await placeCall([a, b], { ...script, answers: { '216': { outcome: 'busy', afterMs: 1 } } })
    expect(names(a.told)).toEqual(['started', 'message'])
    const told = [...a.told, ...b.told]
    const ids = new Set(told.filter(({ event }) => event === 'message').map(({ id }) => id))
    expect(names(b.told)).toEqual(['started', 'message', 'ringing', 'message', 'missed', 'ended'])
    expect(ids.size).toBe(2)
    const places = b.told.map(({ place }) => place)
    expect(places).toEqual([...places].sort((one, other) => one - other))
    expect(bodyOf(b.told[1]!)).toMatchObject({ event: 'message', mailbox: 'hello', ms: 4200, callername: '' })
  })
})
