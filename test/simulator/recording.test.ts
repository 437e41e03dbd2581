import { expect, test } from 'vitest'
import { ID, place, SET_UP, type ScriptedCall } from './scripted-controller.ts'

const FILE = '/recordings/acme/x.wav'
const RECORDED = `${SET_UP};RECORD_STEREO=true;RECORD_BRIDGE_REQ=true`
const script = { id: ID, answers: { '215': { outcome: 'answered', talkMs: 2000 } } } as const

/** A call whose controller sets variables, runs commands, and bridges; what was recorded, and its last variables. */
async function recorded(variables: string, commands: readonly string[], { answer = true } = {}) {
  const { result, timeline } = await place(script, async (call: ScriptedCall) => {
    await call.open()
    await call.api(`uuid_setvar_multi ${ID} ${variables}`)
    if (answer) await call.run('answer')
    for (const command of commands) await call.api(command)
    call.execute('bridge', 'user/215')
    await call.event('CHANNEL_HANGUP_COMPLETE')
    call.socket.end()
  })
  const files = timeline.flatMap((one) => (one.type === 'recorded' ? [[one.file, one.ms]] : []))
  return { files, violations: result.violations, ms: result.variables['record_ms'] }
}

test('an answered channel: the conversation, and what it came to is on the channel at its end', async () => {
  expect(await recorded(RECORDED, [`uuid_record ${ID} start ${FILE}`])).toEqual({
    ...{ files: [[FILE, 2000]], violations: [], ms: '2000' },
  })
})

test('one that is answered by the bridge: from then on', async () => {
  const hook = `api_on_answer_belplan=uuid_record ${ID} start ${FILE}`
  expect(await recorded(`${RECORDED};${hook}`, [], { answer: false })).toEqual({
    ...{ files: [[FILE, 2000]], violations: [], ms: '2000' },
  })
})

test('what is ended before the conversation leaves no file', async () => {
  const commands = [`uuid_record ${ID} start ${FILE}`, `uuid_record ${ID} stop ${FILE}`]
  expect(await recorded(RECORDED, commands)).toMatchObject({ files: [], violations: [], ms: '0' })
})

test.each<[string, string, readonly string[], object, RegExp]>([
  [
    'before the answer',
    RECORDED,
    [`uuid_record ${ID} start ${FILE}`],
    { answer: false },
    /before the answer/,
  ],
  ['what is no conversation', SET_UP, [`uuid_record ${ID} start ${FILE}`], {}, /no conversation/],
  ['out of the folder', RECORDED, [`uuid_record ${ID} start /a/../../x.wav`], {}, /records in start/],
  ['in another format', RECORDED, [`uuid_record ${ID} start {x=y}/a.wav`], {}, /records in start/],
  [
    'another channel',
    `${RECORDED};api_on_answer_belplan=uuid_record other start ${FILE}`,
    [],
    {},
    /is executed/,
  ],
  ['with another command', `${RECORDED};api_on_answer_belplan=system touch ${FILE}`, [], {}, /is executed/],
  ['by another variable', `${RECORDED};api_on_answer=uuid_record ${ID} start ${FILE}`, [], {}, /is executed/],
  ['with another end', `${RECORDED};execute_on_blind_transfer_belplan=system ${FILE}`, [], {}, /is executed/],
])('a controller must not record %s', async (_, variables, commands, more, violation) => {
  const { violations } = await recorded(variables, commands, more)
  expect(violations.filter((one) => violation.test(one))).not.toEqual([])
})
