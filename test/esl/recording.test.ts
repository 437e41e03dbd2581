import { describe, expect, test } from 'vitest'
import { setVariables } from '../../src/esl/commands.ts'
import { recordingCommands, recordingFile, type RecordingFile } from '../../src/esl/recording.ts'
import { recordingsFault } from '../../src/syntax/recording.ts'
import { hostile, ID as uuid, refused } from './hostile-text.ts'

const file = recordingFile('/var/rec/north/acme/2026-11-25/23-19-39.834-x.wav')
const other = recordingFile('/var/rec/other.wav')

test('a caller who is not answered yet is recorded from the answer on, by FreeSWITCH itself', () => {
  const change = { stop: undefined, start: { file, answered: false } }
  expect(setVariables(uuid, {}, change)).toBe(
    `api uuid_setvar_multi ${uuid} belplan_recording=${file};RECORD_STEREO=true;RECORD_BRIDGE_REQ=true;` +
      `api_on_answer_belplan=uuid_record ${uuid} start ${file};` +
      `execute_on_blind_transfer_belplan=stop_record_session ${file}\n\n`,
  )
  expect(recordingCommands(uuid, change)).toEqual([])
})

test('an answered caller is recorded from now on, and what was recorded before no more', () => {
  const change = { stop: other, start: { file, answered: true } }
  expect(setVariables(uuid, {}, change)).toContain(`;api_on_answer_belplan=;execute_on_blind`)
  expect(recordingCommands(uuid, change)).toEqual([
    `api uuid_record ${uuid} stop ${other}\n\n`,
    `api uuid_record ${uuid} start ${file}\n\n`,
  ])
})

test('what is recorded no more leaves nothing that would begin it again', () => {
  const change = { stop: file, start: undefined }
  expect(setVariables(uuid, { socket_resume: 'false' }, change)).toBe(
    `api uuid_setvar_multi ${uuid} socket_resume=false;belplan_recording=;api_on_answer_belplan=;execute_on_blind_transfer_belplan=\n\n`,
  )
  expect(recordingCommands(uuid, change)).toEqual([`api uuid_record ${uuid} stop ${file}\n\n`])
})

test('without a change the command is the one that it always was', () => {
  expect(setVariables(uuid, { socket_resume: 'false' })).toBe(
    `api uuid_setvar_multi ${uuid} socket_resume=false\n\n`,
  )
})

describe('security: no file of a recording', () => {
  test.each([
    '',
    'relative.wav',
    '/a/../../etc/x.wav',
    '/a/.hidden/x.wav',
    '/a//x.wav',
    '/a/x.mp3',
    '/a/x.wav ',
    '/a b/x.wav',
    '/a/x.wav\n',
    '/a/${x}.wav',
    '/a/x;y.wav',
    "/a/'x'.wav",
    '/a/{x=y}z.wav',
    '/a/mod_event_socket/x.wav',
    `/a/${'x'.repeat(1000)}.wav`,
    ...hostile.map((text) => `/recordings/${text}.wav`).filter((text) => !/^[\w/.-]+$/.test(text)),
  ])('is %j', (value) => {
    expect(() => recordingFile(value)).toThrow(refused())
    const change = { stop: undefined, start: { file: value as RecordingFile, answered: true } }
    expect(() => setVariables(uuid, {}, change)).toThrow(refused())
    expect(() => recordingCommands(uuid, change)).toThrow(refused())
  })
})

describe('configuration recordings', () => {
  test.each(['/var/lib/freeswitch/recordings', '/r', '/srv/belplan_2/rec-1.d'])('takes %j', (folder) => {
    expect(recordingsFault(folder)).toBeUndefined()
  })
  test.each([
    '',
    '/',
    'recordings',
    './r',
    '/a/',
    '/a/../b',
    '/a b',
    '/a\n',
    '/${x}',
    '/a;b',
    '/mod_event_socket',
  ])('refuses %j', (folder) => {
    expect(recordingsFault(folder)).toMatch(/^must /)
  })
})
