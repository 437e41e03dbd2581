/** What is set on the caller's channel, whatever the operator's dialplan set. */
import { expect, onTestFinished, test } from 'vitest'
import { ChannelVariables } from '../../src/call/channel-variables.ts'
import { createSignature, decodeCheckpoint, type Operation } from '../../src/call/checkpoint.ts'
import { beginAt } from '../../src/plan/state.ts'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallScript } from '../../src/simulator/script.ts'
import type { TimelineEntry } from '../../src/simulator/timeline.ts'
import { startCallController } from '../harness/call-controller.ts'

const did = '+31502100000'
const ring = { type: 'bridge', destination: '215', ringSeconds: 5 }
const play = { type: 'play', audio: 'hello' }

async function call(steps: object[], script: Partial<CallScript> = {}) {
  const plan = { audio: { hello: 'hello.wav' }, plans: { main: { numbers: [did], steps } } }
  const controller = await startCallController({ plan })
  onTestFinished(() => controller.stop())
  const heard: string[] = []
  const observe = (entry: TimelineEntry): void => {
    if (entry.type === 'ringing') heard.push(entry.heard)
  }
  const fast = { did, domain: 'acme.example', tickMs: 1, speed: 50, observe }
  return { ...(await placeCall(controller, { ...fast, ...script })), heard }
}

test('§2 before answer the caller hears ringing, after answer the ringing tone of the default country', async () => {
  expect((await call([ring])).heard).toEqual(['ringing'])
  const answered = await call([play, ring])
  expect(answered.heard).toEqual(['ringback'])
  expect(answered.variables['transfer_ringback']).toBe('tone_stream://%(1000,4000,425);loops=-1')
})

test.each([
  ['§2 early media of the called side is not passed on', 'ignore_early_media', 'true'],
  ['§2 a call goes on when a destination does not answer', 'continue_on_fail', 'true'],
  ['§2 a call is over when the parties are done', 'hangup_after_bridge', 'true'],
  ['§4 digits are sensitive', 'sensitive_dtmf', 'true'],
  ['§5 play plays to the end, whatever is keyed', 'playback_terminators', 'none'],
  ['§5 headers of the caller do not reach the called party', 'sip_copy_custom_headers', 'false'],
])('%s: %s', async (_, name, value) => {
  expect((await call([ring])).variables[name]).toBe(value)
  expect((await call([ring], { variables: { [name]: 'other' } })).variables[name]).toBe(value)
})

test('§5 hangup: before answer the cause becomes the SIP status, and not what the last callee answered', async () => {
  const busy = { answers: { '215': { outcome: 'busy' } } } as const
  expect(await call([ring, { type: 'hangup', cause: 'CALL_REJECTED' }], busy)).toMatchObject({
    cause: 'CALL_REJECTED',
    sip: 603,
  })
})

test('operations the end of a call is seen by the inbound link from its first checkpoint on, in front of any application', async () => {
  const steps = [
    { type: 'webhook', webhook: 'crm' },
    { type: 'hangup', cause: 'USER_BUSY' },
  ]
  const plan = {
    webhooks: { crm: { urlTemplate: 'https://crm.example/' } },
    plans: { main: { numbers: [did], steps } },
  }
  const controller = await startCallController({ plan })
  onTestFinished(() => controller.stop())
  const { variables } = await placeCall(controller, { did, tickMs: 1, speed: 50 })
  expect(Object.keys(variables)).toContain('belplan_ckpt')
  expect(variables).toMatchObject({ belplan_node: '1' })
})

test.each([
  ['mod_voicemail', { skip_record_check: 'true' }],
  ['mod_callcenter', { cc_exit_keys: 'w1' }],
])('§5 what the dialplan sets for %s is not taken for the end of a step', async (_, variables) => {
  const commands: string[] = []
  const observe = (entry: TimelineEntry): void => {
    if (entry.type === 'command') commands.push(entry.command)
  }
  const result = await call([ring], { variables, observe })
  // Which would take away what was scheduled for the call.
  expect(commands.filter((command) => command.includes('sched_del'))).toEqual([])
  expect(result.variables).toMatchObject(variables)
})

const CLEARED = { originate_disposition: undefined, last_bridge_proto_specific_hangup_cause: undefined }

function variables(hasBridgeResult: boolean): ChannelVariables {
  const ends = { disposition: undefined, queueEnd: undefined, voicemailEnd: undefined }
  const nothing = {
    ...ends,
    digits: undefined,
    hasPlayed: false,
    recording: undefined,
    hasRecordingResult: false,
  }
  const found = { settings: {}, hasDigits: false, hasBridgeResult, ...nothing }
  const state = beginAt(0, 'Jane', undefined)
  const checkpoint = { revision: 'r', profileCreated: '0', controllers: [], history: [], state }
  return new ChannelVariables(found, { ...checkpoint, operation: 'none' }, createSignature(undefined), 'id')
}

test('a bridge clears what an earlier one left, by this controller or another, and nothing that is not there', () => {
  const fresh = variables(false)
  const { belplan_ckpt, ...rest } = fresh.before('bridge')
  expect(decodeCheckpoint(belplan_ckpt!, '')?.operation).toBe('bridge' satisfies Operation)
  expect(rest).toEqual({ socket_resume: 'false' })
  expect(Object.keys(fresh.before('bridge'))).toEqual(expect.arrayContaining(Object.keys(CLEARED)))
  expect(Object.keys(variables(true).before('bridge'))).toEqual(expect.arrayContaining(Object.keys(CLEARED)))
  expect(Object.keys(variables(true).before('play'))).not.toContain('originate_disposition')
})
