import { afterEach, describe, expect, test } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallScript, Party } from '../../src/simulator/script.ts'
import { transcript, transcripts } from '../esl/transcripts.ts'
import { eventOf, headerOf, takeFrames, type Frame } from '../esl/frames.ts'
import { scriptedController, type ScriptedController } from './scripted-controller.ts'

const NAMES = transcripts.map(({ name }) => name)

/** What the people on the telephone did in each transcript. */
const PEOPLE: Record<string, Partial<CallScript>> = {
  'answer-play-hangup': {},
  'digits-entered': { digits: ['1234'] },
  'digits-timeout': {},
  'digits-too-short': { digits: ['1234#'], lingerNotice: 'first' },
  'bridge-answered': { answers: callee({ outcome: 'answered', talkMs: 2000 }) },
  'bridge-busy': { answers: callee({ outcome: 'busy' }) },
  'bridge-no-answer': { answers: callee({ outcome: 'noAnswer' }) },
  'bridge-unreachable': { answers: callee({ outcome: 'failed', cause: 'INVALID_GATEWAY' }) },
  'caller-hangs-up-in-prompt': { hangUp: { when: 'prompt' }, audioMs: 2000 },
  'caller-cancels-while-ringing': { hangUp: { when: 'ringing' }, lingerNotice: 'first' },
  'unknown-application': {},
}

function callee(party: Party): Record<string, Party> {
  return { '200': party, '200@127.0.0.1:5090': party, '200@127.0.0.1:5091': party }
}

let listening: ScriptedController | undefined
afterEach(async () => {
  await listening?.close()
  listening = undefined
})

describe('the simulator against transcripts of a real FreeSWITCH', () => {
  test('has a script for every transcript', () => {
    expect(Object.keys(PEOPLE).sort()).toEqual(NAMES.toSorted())
  })

  for (const chunks of ['whole', 'random', 1000] as const) {
    test.each(NAMES)(`%s: the same frames in the same order, chunks ${chunks}`, async (name) => {
      const { recorded, played } = await replay(name, chunks)
      expect(played.map(outline)).toEqual(recorded.map(outline))
    })
  }

  test.each(NAMES)('%s: the same header names in every event, in the same order', async (name) => {
    const { recorded, played } = await replay(name, 'whole')
    const events = (frames: readonly Frame[]): string[] => frames.flatMap((frame) => eventOf(frame) ?? [])
    for (const [at, event] of events(recorded).entries()) {
      const label = `${headerOf(event, 'Event-Name')!} ${headerOf(event, 'Application') ?? ''}`
      const names = headerNames(events(played)[at] ?? '')
      expect(names.toSorted(), label).toEqual(headerNames(event).toSorted())
      expect(names, label).toEqual(headerNames(event))
    }
  })
})

/** Sends the controller's side of a transcript, each chunk after as many frames as in the transcript. */
async function replay(
  name: string,
  chunks: 'whole' | 'random' | number,
): Promise<{ recorded: Frame[]; played: Frame[] }> {
  const { lines, received } = transcript(name)
  const recorded = takeFrames(received.toString('latin1')).frames
  const id = headerOf(recorded[0]!.head, 'Unique-ID')!
  const connections: Frame[][] = []
  listening = await scriptedController(async (call) => {
    let before = ''
    let expected = 0
    for (const { from, data } of lines) {
      if (from === 'freeswitch') {
        before += data
        const count = takeFrames(before).frames.length
        for (; expected < count; expected += 1) await call.frame(() => true)
      } else if (from === 'controller') call.send(data)
    }
    connections.push([...call.frames])
  })
  await placeCall(listening, {
    did: '31502100000',
    name: 'Jane Doe',
    id,
    variables: { socket_resume: 'true', continue_on_fail: 'true', hangup_after_bridge: 'false' },
    tickMs: 1,
    speed: 100,
    chunks,
    ...PEOPLE[name],
  })
  return { recorded, played: connections[0]! }
}

function headerNames(event: string): string[] {
  return event.split('\n').map((line) => line.slice(0, line.indexOf(': ')))
}

/** One frame in a line, without what differs from call to call. */
function outline(frame: Frame): string {
  const event = eventOf(frame)
  if (event !== undefined) {
    const parts = ['Event-Name', 'Application', 'Application-Response', 'Answer-State', 'Hangup-Cause']
    return parts.map((part) => headerOf(event, part) ?? '-').join(' ')
  }
  return `${frame.head} | ${frame.body}`
    .replace(/sofia\/\w+\//, 'sofia/PROFILE/')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
}
