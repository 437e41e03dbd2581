/** What a call that is recorded has on the wire, whoever holds it. */
import { expect, test } from 'vitest'
import type { CallScript } from '../../src/simulator/script.ts'
import { startCallController, type CallController } from '../harness/call-controller.ts'
import { observedCall } from './observed.ts'

const did = '+31502100000'
const record = { type: 'record' }
const announced = { type: 'record', announce: 'recorded' }
const stop = { type: 'record', stop: true }
const play = { type: 'play', audio: 'recorded' }
const ring = (destination: string, more: object = {}) => ({
  ...{ type: 'bridge', destination, ringSeconds: 2 },
  ...more,
})
const start = (steps: object[], more: object = {}) =>
  startCallController({
    plan: {
      audio: { recorded: 'acme/recorded.wav' },
      plans: { main: { numbers: [did], steps } },
    },
    ...more,
  })

const FILE = /^\/recordings\/acme\/\d{4}-\d\d-\d\d\/\d\d-\d\d-\d\d\.\d{3}-[0-9a-f-]{36}\.wav$/

const answers: NonNullable<CallScript['answers']> = {
  '215': { outcome: 'answered', talkMs: 500 },
  '216': { outcome: 'busy' },
  '217': { outcome: 'noAnswer' },
}

async function call(controllers: CallController | readonly CallController[], more: Partial<CallScript> = {}) {
  const {
    result,
    timeline,
    commands: sent,
  } = await observedCall(controllers, {
    ...{ did, answers, domain: 'acme.example', tickMs: 1, speed: 100 },
    ...more,
  })
  const files = timeline.flatMap((entry) => (entry.type === 'recorded' ? [entry] : []))
  return { result, files, sent, commands: sent.filter((command) => command.includes('uuid_record')) }
}

test('§5 record: a caller who is not answered is recorded from the answer on, in one write with the bridge', async () => {
  const controller = await start([record, ring('215')])
  const { result, files, sent } = await call(controller)
  await controller.stop()
  expect(result.violations).toEqual([])
  expect(files).toEqual([expect.objectContaining({ file: expect.stringMatching(FILE) as string, ms: 500 })])
  expect(sent.filter((command) => command.startsWith('api uuid_record'))).toEqual([])
  const [said] = controller.talking
  expect(said!.recording).toEqual({ file: files[0]!.file })
  expect(said!.steps[1]).toMatchObject({ outcome: 'answered', recording: files[0]!.file })
})

test('§5 record: whom nobody told is not recorded, also where the controller is lost as the announcement fails', async () => {
  const steps = [play, announced, ring('215')]
  const [first, second] = [await start(steps), await start(steps)]
  let plays = 0
  const { result, files } = await call([first, second], {
    unplayable: ['acme/recorded.wav'],
    observe(entry) {
      if (entry.type === 'application' && entry.name === 'playback' && ++plays === 2) first.kill()
    },
  })
  await Promise.all([first.stop(), second.stop()])
  expect(result.violations).toEqual([])
  expect(second.talking[0]!.steps).toMatchObject([
    {},
    { type: 'record', outcome: 'failed' },
    { outcome: 'answered' },
  ])
  expect(files).toEqual([])
})

test('§5 record: an answered caller, behind the announcement', async () => {
  const controller = await start([announced, ring('215')])
  const { result, files } = await call(controller)
  await controller.stop()
  expect(result.violations).toEqual([])
  expect(result.applications.map(({ name }) => name)).toEqual(['answer', 'playback', 'bridge'])
  expect(files.map(({ ms }) => ms)).toEqual([500])
})

test('§5 record: what was begun for a bridge that nobody answered ends before one that is not recorded', async () => {
  for (const first of [record, announced]) {
    const controller = await start([first, ring('216'), stop, ring('215')])
    const { result, files } = await call(controller)
    await controller.stop()
    expect([result.ended, result.violations, files]).toEqual(['talked', [], []])
    expect(controller.talking[0]).not.toHaveProperty('recording')
  }
})

test('§5 record: answered between two bridges, it is one recording', async () => {
  const controller = await start([record, ring('216'), play, ring('217'), ring('215')])
  const { result, files, commands } = await call(controller)
  await controller.stop()
  expect(result.violations).toEqual([])
  expect(files.map(({ ms }) => ms)).toEqual([500])
  // Set once, with the first bridge.
  expect(commands.filter((command) => command.includes('uuid_setvar_multi'))).toHaveLength(1)
})

test('§5 record: a transfer into the dialplan takes no recording with it', async () => {
  for (const first of [record, announced]) {
    const controller = await start([first, ring('216'), { type: 'transfer', destination: '8000' }])
    const { result, files } = await call(controller)
    await controller.stop()
    expect([result.ended, result.violations, files]).toEqual(['transferred', [], []])
    expect(result.variables).not.toHaveProperty('api_on_answer_belplan')
    expect(result.variables).not.toHaveProperty('belplan_recording')
  }
})

test('operations a controller that takes a call over knows what is recorded, and ends it', async () => {
  for (const [steps, recorded] of [
    [[announced, ring('217', { id: 'first' }), ring('215')], [500]],
    [[play, ring('217', { id: 'first', record: true }), ring('215')], []],
  ] as const) {
    const [first, second] = [await start([...steps]), await start([...steps])]
    const calling = call([first, second], {
      speed: 10,
      answers: (destination) => {
        const isFirst = destination.startsWith('217')
        if (isFirst) setTimeout(() => first.kill(), 20)
        return isFirst ? { outcome: 'noAnswer' } : { outcome: 'answered', talkMs: 500 }
      },
    })
    const { result, files } = await calling
    await second.stop()
    expect(result.violations).toEqual([])
    expect(files.length, JSON.stringify(result.applications)).toBe(recorded.length)
    expect(second.talking[0]?.controllers).toHaveLength(2)
  }
})

test('§5 record: without a folder, and in one that FreeSWITCH would read otherwise, the call goes on unrecorded', async () => {
  for (const [recordings, reason] of [
    [undefined, 'the operator has no folder for recordings'],
    ['/recordings/${x}', 'a recording must be a path of letters, digits and . _ - that ends in .wav'],
  ] as const) {
    const controller = await start([record, ring('215')], { recordings })
    const { result, commands } = await call(controller)
    await controller.stop()
    expect([result.ended, result.violations, commands]).toEqual(['talked', [], []])
    const [said] = controller.talking
    expect(said).not.toHaveProperty('recording')
    expect(said!.steps[1]).toMatchObject({ outcome: 'answered', unrecorded: reason })
  }
})

test('a call that is not recorded has not a byte for it', async () => {
  const controller = await start([play, ring('216'), ring('215')])
  const { sent } = await call(controller)
  await controller.stop()
  expect(sent.filter((command) => /record/i.test(command.replaceAll('acme/recorded.wav', '')))).toEqual([])
})
