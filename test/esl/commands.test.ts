import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  audio,
  type Audio,
  type Collect,
  collectArg,
  type Transfer,
  transferArg,
} from '../../src/esl/applications.ts'
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
import { dialString, type Leg, type LegVariables } from '../../src/esl/dial-string.ts'
import { separateString } from '../../src/simulator/strings.ts'
import { dialTemplateFault } from '../../src/syntax/index.ts'

const ID = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
const refused = (message?: RegExp) =>
  expect.objectContaining({
    code: 'refused',
    ...(message && { message: expect.stringMatching(message) as string }),
  }) as Error

/** Text that runs something on FreeSWITCH, or ends the line it stands in. */
const hostile = [
  '${system touch /tmp/x}',
  'a ${caller_id_name} b',
  '$${base_dir}',
  '$\\{system x}',
  '$\\\\{system x}',
  "$'{system x}",
  "$\\'{system x}",
  '$"{system x}',
  '$$\\${system x}',
  'a\nb',
  'a\r\n\r\napi system touch /tmp/x',
  'a\n\nexit',
  'a\rb',
  'a\0b',
]

describe('commands', () => {
  it.each([
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

  it.each<[string, () => unknown]>([
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

  it.each(hostile)('refuse an argument that got past its type: %j', (arg) => {
    expect(() => execute({ app: 'playback', arg: arg as Audio, id: '1' })).toThrow(refused())
  })
})

describe('setVariables', () => {
  const command = (values: VariableValues) => setVariables(ID, values)

  it('sets and unsets in one command', () => {
    expect(command({ socket_resume: 'false', read_result: undefined, belplan_digits: '' })).toBe(
      `api uuid_setvar_multi ${ID} socket_resume=false;read_result=;belplan_digits=\n\n`,
    )
  })

  it.each(hostile)('refuses %j', (value) => {
    expect(() => command({ effective_caller_id_name: value })).toThrow(refused())
  })

  it('never repeats the value that it refuses', () => {
    expect(() => command({ belplan_ckpt: 'secret-4711${x}' })).toThrow(refused(/^(?!.*4711)/))
  })

  it.each([
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

  it('takes 1 to 63 pairs: with FreeSWITCH the 64th swallows what follows', () => {
    expect(VARIABLES.length).toBeLessThan(64)
    expect(() => command({})).toThrow(refused(/1 to 63/))
    const many = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`x${i}`, '']))
    expect(() => command(many)).toThrow(refused(/1 to 63/))
  })

  it('refuses what is far too long', () => {
    expect(() => command({ belplan_ckpt: 'x'.repeat(8193) })).toThrow(refused(/8192/))
  })

  it('hides the words that make FreeSWITCH unload its event socket, and still delivers them', () => {
    const name = 'reload MOD_event_Socket mod_event_socket'
    const sent = command({ effective_caller_id_name: name })
    expect(sent).not.toMatch(/mod_event_socket/i)
    expect(pairs(sent)).toEqual([`effective_caller_id_name=${name}`])
  })

  it.each([
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

  it('delivers any value that it takes as it is', () => {
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

describe('audio', () => {
  it.each([
    'acme/enter-pin.wav',
    'belplan/en/sorry.wav',
    '8000.wav',
    'tone_stream://%(1000,4000,425);loops=-1',
    'tone_stream://v=-7;%(500,100,440,480);%(>=1;+=.1;10,0,1000)',
    'tone_stream://L=3;%(100,100,350,440)',
    'silence_stream://-1,1400',
    'silence_stream://2000',
    'local_stream://moh',
    'local_stream://moh/8000',
  ])('takes %j', (value) => {
    expect(audio(value)).toBe(value)
  })

  it.each([
    ...hostile,
    '',
    ' ',
    '/etc/passwd',
    '../secret.wav',
    'a/../../b.wav',
    'a/..',
    '..',
    '-x.wav',
    ' a.wav',
    'a.wav ',
    "a'b.wav",
    'a.wav!b.wav',
    'a.wav@@100',
    '{x=y}a.wav',
    'say:hello',
    'phrase:x',
    'http://example.com/a.wav',
    'shout://x',
    'file_string://a!b',
    'vlc://x',
    'tone_stream://path=secret',
    'tone_stream://PATH=secret',
    'tone_stream:///etc/passwd',
    'tone_stream://',
    'TONE_STREAM://$x',
    'silence_stream://x',
    'with blanks/in it.wav',
    'a/./b.wav',
    'a//b.wav',
    'reload/mod_event_socket.wav',
    'local_stream://-x',
    `local_stream://${'x'.repeat(129)}`,
    'local_stream://../x',
    'local_stream://',
    'a\\b.wav',
    '$x.wav',
    'x'.repeat(257),
  ])('refuses %j', (value) => {
    expect(() => audio(value)).toThrow(refused())
  })
})

describe('collectArg', () => {
  const collect: Collect = {
    prompt: audio('a/b.wav'),
    maxDigits: 20,
    terminator: '#',
    timeoutMs: 10_000,
    interDigitMs: 3000,
  }

  /** As play_and_get_digits takes them apart, with its limit. */
  const words = (change: Partial<Collect>) => separateString(collectArg({ ...collect, ...change }), ' ', 11)

  it('gives play_and_get_digits its ten words', () => {
    expect(collectArg(collect)).toBe("1 20 1 10000 # 'a/b.wav' '' belplan_digits '' 3000")
  })

  it.each<[string, Partial<Collect>, string[]]>([
    ['a path with blanks', { prompt: 'a b/c d.wav' as Audio }, ['a b/c d.wav']],
    [
      'a tone',
      { prompt: audio('tone_stream://%(1000,4000,425);loops=2') },
      ['tone_stream://%(1000,4000,425);loops=2'],
    ],
    ['no prompt', { prompt: undefined }, ['']],
  ])('%s is one word for FreeSWITCH', (_, change, [prompt]) => {
    expect(words(change)).toEqual(
      ['1', '20', '1', '10000', '#', prompt, '', 'belplan_digits', '', '3000'], // prettier-ignore
    )
  })

  it('has a terminator that no digit is', () => {
    expect(words({ terminator: 'none' })[4]).not.toMatch(/[0-9*#A-D]/)
  })

  it.each<[string, Partial<Collect>]>([
    ['no digits', { maxDigits: 0 }],
    ['more digits than fit', { maxDigits: 65 }],
    ['another terminator', { terminator: '=#' as '#' }],
    ['a time that is no number', { timeoutMs: Number.NaN }],
    ['half a millisecond', { interDigitMs: 0.5 }],
    ['no time between digits', { interDigitMs: 0 }],
  ])('refuses %s', (_, change) => {
    expect(() => collectArg({ ...collect, ...change })).toThrow(refused())
  })
})

describe('transferArg', () => {
  it('always has extension, dialplan and context', () => {
    expect(transferArg({ extension: '8000', context: 'default' })).toBe('8000 XML default')
    expect(transferArg({ extension: '*97', context: 'my.ctx-1' })).toBe('*97 XML my.ctx-1')
  })

  it.each<Transfer>([
    ...hostile.map((extension) => ({ extension, context: 'default' })),
    ...hostile.map((context) => ({ extension: '8000', context })),
    { extension: 'answer,system:x', context: 'default' },
    { extension: '8000 inline', context: 'default' },
    { extension: '-bleg', context: 'default' },
    { extension: '', context: 'default' },
    { extension: '8000', context: '' },
    { extension: "'8000'", context: 'default' },
  ])('refuses %j', (transfer) => {
    expect(() => transferArg(transfer)).toThrow(refused())
  })
})

describe('dialString', () => {
  const leg = (change: Partial<Leg> = {}): Leg => ({ template: 'user/{destination}@{domain}', destination: '215', domain: 'pbx.example', ...change }) // prettier-ignore

  it('fills templates and rings legs at the same time', () => {
    expect(
      dialString(
        [
          leg({ variables: { leg_timeout: '30' } }),
          leg({ template: 'sofia/gateway/carrier/{1}{2}', destination: '+3150', groups: ['31', undefined] }),
        ],
        { outbound_redirect_fatal: 'true', origination_privacy: 'hide_name:hide_number' },
      ),
    ).toBe(
      '{outbound_redirect_fatal=true,origination_privacy=hide_name:hide_number}[leg_timeout=30]user/215@pbx.example,sofia/gateway/carrier/31',
    )
  })

  it('says what to write in place of a placeholder that there is not', () => {
    expect(() => dialString([leg({ template: 'user/{number}' })])).toThrow(
      refused(/\{number\}.*\{destination\}, \{domain\}/),
    )
  })

  it.each([
    'sofia/gateway/carrier/{destination}',
    'sofia/internal/{destination}@10.0.0.1:5080;transport=tcp',
    'sofia/internal/{destination}%pbx.example',
    'user/{1}@{domain}',
    'group/sales@{domain}',
    'verto.rtc/{destination}@{domain}',
    'loopback/{destination}/default',
    'loopback/8000/{domain}',
    'error/USER_BUSY',
  ])('takes the template %j', (template) => {
    expect(dialTemplateFault(template)).toBeUndefined()
    expect(() => dialString([leg({ template })])).not.toThrow()
  })

  it.each([
    ...hostile.map((text) => `user/${text}`),
    'user/a,user/b',
    'user/a|user/b',
    'user/a:_:user/b',
    '{api_on_originate=x}user/a',
    '[api_on_originate=x]user/a',
    '<x=y>user/a',
    'user/{api_on_originate=x}',
    'user/a b',
    "user/'a'",
    'user/a\\b',
    'user/^^:a',
    'a',
    '',
    '&park()',
    'loopback/app=system:id',
    'loopback/app=system:id/default',
    'loopback/{destination}',
    'loopback/system:id/default/inline',
    'loopback/{destination}/default/inline',
    'Loopback/app=system:id',
    'pickup/sales',
    'null/1',
    'portaudio/auto_answer',
    'sofia/',
    'softia/gateway/carrier/{destination}',
    'sofia.x/gateway/carrier/{destination}',
  ])('refuses the template %j', (template) => {
    expect(dialTemplateFault(template)).toBeDefined()
    expect(() => dialString([leg({ template })])).toThrow(refused())
  })

  it.each([
    ...hostile,
    '1,[api_on_originate=x]loopback/1',
    '1|2',
    '215@evil.example',
    '',
    '+',
    '++1',
    'abc',
    '1'.repeat(33),
  ])('refuses the destination %j', (destination) => {
    expect(() => dialString([leg({ destination })])).toThrow(refused())
    expect(() => dialString([leg({ template: 'user/{1}', groups: [`${destination}x`] })])).toThrow(refused())
  })

  it.each([...hostile, 'a,b', 'a|b', 'a]b', '-', 'a b', '', undefined])('refuses the domain %j', (domain) => {
    expect(() => dialString([leg({ domain })])).toThrow(refused())
  })

  it.each<[string, string]>([
    ...hostile.map((value) => ['leg_timeout', value] as [string, string]),
    ['leg_timeout', '30,api_on_originate=x'],
    ['leg_timeout', '30]user/1'],
    ['leg_timeout', ''],
    ['api_on_originate', 'x'],
    ['api_on_answer', 'x'],
    ['execute_on_answer', 'x'],
    ['toString', 'x'],
  ])('refuses to set %j to %j', (name, value) => {
    const variables = { [name]: value } as LegVariables
    expect(() => dialString([leg()], variables)).toThrow(refused())
    expect(() => dialString([leg({ variables })])).toThrow(refused())
  })

  it('ends the call of whoever is answered, by FreeSWITCH itself', () => {
    expect(dialString([leg()], { outbound_redirect_fatal: 'true' }, { call: ID, seconds: 7200 })).toBe(
      `{api_on_answer='sched_hangup +7200 ${ID}',outbound_redirect_fatal=true}user/215@pbx.example`,
    )
  })

  it.each([
    ...hostile.map((call) => ({ call, seconds: 60 })),
    { call: `${ID}'`, seconds: 60 },
    { call: `${ID},api_on_ring=x`, seconds: 60 },
    { call: 'all', seconds: 60 },
    { call: ID, seconds: 0 },
    { call: ID, seconds: 1.5 },
    { call: ID, seconds: Number.NaN },
    { call: ID, seconds: '60' as unknown as number },
  ])('refuses to end a call by %j', (longest) => {
    expect(() => dialString([leg()], {}, longest)).toThrow(refused())
  })

  it('refuses to ring nobody', () => {
    expect(() => dialString([])).toThrow(refused())
  })
})
