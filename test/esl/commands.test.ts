import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { audio, type Audio } from '../../src/esl/applications.ts'
import {
  breakPlayback,
  connect,
  type Execution,
  events,
  execute,
  exit,
  kill,
  linger,
  myEvents,
  nixEvents,
  resume,
  schedHangup,
  setVariables,
  VARIABLES,
  type VariableValues,
} from '../../src/esl/commands.ts'
import { separateString } from '../../src/simulator/strings.ts'
import { hostile, ID, refused } from './hostile-text.ts'

describe('commands', () => {
  test.each([
    [connect(), 'connect\n\n'],
    [myEvents(), 'myevents\n\n'],
    [nixEvents(['ALL']), 'nixevent ALL\n\n'],
    [events(['CHANNEL_PARK', 'CHANNEL_BRIDGE']), 'event CHANNEL_PARK CHANNEL_BRIDGE\n\n'],
    [linger(5), 'linger 5\n\n'],
    [resume(), 'resume\n\n'],
    [exit(), 'exit\n\n'],
    [kill(ID, 'USER_BUSY'), `api uuid_kill ${ID} USER_BUSY\n\n`],
    [breakPlayback(ID), `api uuid_break ${ID}\n\n`],
    [schedHangup(ID, 7200, 'ALLOTTED_TIMEOUT'), `api sched_hangup +7200 ${ID} ALLOTTED_TIMEOUT\n\n`],
    [
      execute({ app: 'answer', id: '1', locked: true }),
      'sendmsg\ncall-command: execute\nexecute-app-name: answer\nevent-lock: true\nEvent-UUID: 1\n\n',
    ],
    [
      execute({ app: 'playback', arg: audio('acme/sorry.wav'), id: 'a-1' }),
      'sendmsg\ncall-command: execute\nexecute-app-name: playback\nEvent-UUID: a-1\nexecute-app-arg: acme/sorry.wav\n\n',
    ],
    [
      execute({ app: 'playback', arg: audio('belplan/en/you-reach-us-at-é.wav'), id: '2' }),
      'sendmsg\ncall-command: execute\nexecute-app-name: playback\nEvent-UUID: 2\ncontent-type: text/plain\ncontent-length: 33\n\nbelplan/en/you-reach-us-at-é.wav',
    ],
  ])('%j', (command, wire) => {
    expect(command).toBe(wire)
  })

  test.each<[string, () => unknown]>([
    ['a call id that is none', () => breakPlayback('all')],
    ['a call id with more behind it', () => breakPlayback(`${ID} both`)],
    ['a call id with a line behind it', () => kill(`${ID}\n\napi x`, 'USER_BUSY')],
    ['a cause in small letters', () => kill(ID, 'user_busy')],
    ['a cause with more behind it', () => kill(ID, 'USER_BUSY\n\nexit')],
    [
      'an application that is not on the list',
      () => execute({ app: 'system', arg: 'x', id: '1' } as unknown as Execution),
    ],
    [
      'an application named as what objects have',
      () => execute({ app: 'toString', id: '1' } as unknown as Execution),
    ],
    ['an id with a line in it', () => execute({ app: 'answer', id: '1\nexecute-app-name: system' })],
    ['an empty id', () => execute({ app: 'answer', id: '' })],
    ['event names with a line in them', () => events(['ALL\n\nexit' as 'ALL'])],
    ['no event names', () => events([])],
    ['half a second', () => linger(0.5)],
    ['no time', () => schedHangup(ID, 0, 'ALLOTTED_TIMEOUT')],
    ['a time that is no number', () => schedHangup(ID, Number.NaN, 'ALLOTTED_TIMEOUT')],
  ])('refuse %s', (_, build) => {
    expect(build).toThrow(refused())
  })

  test.each(hostile)('refuse an argument that got past its type: %j', (arg) => {
    expect(() => execute({ app: 'playback', arg: arg as Audio, id: '1' })).toThrow(refused())
  })
})

describe('setVariables', () => {
  const command = (values: VariableValues) => setVariables(ID, values)

  test('sets and unsets in one command', () => {
    expect(command({ socket_resume: 'false', read_result: undefined, belplan_digits: '' })).toBe(
      `api uuid_setvar_multi ${ID} socket_resume=false;read_result=;belplan_digits=\n\n`,
    )
  })

  test.each(hostile)('refuses %j', (value) => {
    expect(() => command({ effective_caller_id_name: value })).toThrow(refused())
  })

  test('never repeats the value that it refuses', () => {
    expect(() => command({ belplan_ckpt: 'secret-4711${x}' })).toThrow(refused(/^(?!.*4711)/))
  })

  test.each([
    'execute_on_answer',
    'api_hangup_hook',
    'exec_after_bridge_app',
    'a=b;api_hangup_hook',
    '',
    'toString',
    '__proto__',
  ])('refuses to set %j', (name) => {
    expect(() => command(JSON.parse(JSON.stringify({ [name]: 'x' })) as VariableValues)).toThrow(refused())
  })

  test('takes 1 to 63 pairs: with FreeSWITCH the 64th swallows what follows', () => {
    expect(VARIABLES.length).toBeLessThan(64)
    expect(() => command({})).toThrow(refused(/1 to 63/))
    const many = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`x${i}`, '']))
    expect(() => command(many)).toThrow(refused(/1 to 63/))
  })

  test('refuses what is far too long', () => {
    expect(() => command({ belplan_ckpt: 'x'.repeat(8193) })).toThrow(refused(/8192/))
  })

  test('hides the words that make FreeSWITCH unload its event socket, and still delivers them', () => {
    const name = 'reload MOD_event_Socket mod_event_socket'
    const sent = command({ effective_caller_id_name: name })
    expect(sent).not.toMatch(/mod_event_socket/i)
    expect(pairs(sent)).toEqual([`effective_caller_id_name=${name}`])
  })

  test.each([
    'Müller',
    '日本',
    `O'Brien, "Bob" <x>`,
    'a;b=c',
    'back\\slash',
    '\\n',
    '\\',
    "'",
    "''",
    'x  ',
    '  x',
    '100% & $5 {x}',
    '^^:a',
  ])('delivers %j as it is', (value) => {
    expect(pairs(command({ effective_caller_id_name: value, read_result: 'x' }))).toEqual([
      `effective_caller_id_name=${value}`,
      'read_result=x',
    ])
  })

  test('delivers any value that it takes as it is', () => {
    const piece = fc.constantFrom(
      '\\',
      ';',
      "'",
      ' ',
      '=',
      'n',
      's',
      '$',
      '{',
      '^^',
      'mod_event_socket',
      'é',
      '"',
    )
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (parts) => {
        const value = parts.join('')
        fc.pre(!/\$[\\'"$]*\{/.test(value))
        const sent = command({ effective_caller_id_name: value, read_result: 'x' })
        expect(pairs(sent)).toEqual([`effective_caller_id_name=${value}`, 'read_result=x'])
      }),
      { numRuns: 5000, seed: 3 },
    )
  })

  /** As uuid_setvar_multi takes them apart, with its limit. */
  const pairs = (sent: string) =>
    separateString(sent.slice(`api uuid_setvar_multi ${ID} `.length, -2), ';', 64)
})
