import { describe, expect, test } from 'vitest'
import { dialString, type Leg, type LegVariables } from '../../src/esl/dial-string.ts'
import { dialTemplateFault } from '../../src/syntax/index.ts'
import { hostile, ID, refused } from './hostile-text.ts'

describe('dialString', () => {
  const leg = (change: Partial<Leg> = {}): Leg => ({
    template: 'user/{destination}@{domain}',
    destination: '215',
    domain: 'pbx.example',
    ...change,
  })

  test('fills templates and rings legs at the same time', () => {
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

  const longest = { call: ID, seconds: 600 }
  const greeting = { announce: 'acme/press-1.wav', confirm: false, seconds: 60 }

  test('without audio nothing is said of it, and the conversation is limited from the answer on', () => {
    expect(dialString([leg()], {}, longest)).toBe(
      `{api_on_answer='sched_hangup +600 ${ID}'}user/215@pbx.example`,
    )
  })

  test('a ringback holds for the application alone, and without an end', () => {
    expect(dialString([leg()], {}, undefined, { ringback: 'tone_stream://%(800,0,600)' })).toBe(
      "%[ringback='file_string://tone_stream://%(800,0,600)',transfer_ringback='file_string://tone_stream://%(800,0,600)']{instant_ringback=true}user/215@pbx.example",
    )
  })

  test.each([
    [
      greeting,
      "group_confirm_key=exec,group_confirm_file='playback acme/press-1.wav',group_confirm_timeout=60",
    ],
    [
      { ...greeting, confirm: true, seconds: 20 },
      "group_confirm_key=1,group_confirm_file='file_string://acme/press-1.wav!silence_stream://500',group_confirm_timeout=20",
    ],
    [{ confirm: true, seconds: 20 }, 'group_confirm_key=1,group_confirm_timeout=20'],
  ])(
    'who answers is greeted, %j, and the conversation is limited from its begin on',
    (greeting, variables) => {
      expect(dialString([leg()], {}, longest, { greeting })).toBe(
        `{api_before_bridge='sched_hangup +600 ${ID}',${variables}}user/215@pbx.example`,
      )
    },
  )

  test.each([...hostile, 'a.wav!b.wav', "a.wav',api_on_answer='x", 'shout://x', '/etc/passwd', '../x.wav', 'a.wav]{x=y}'])(
    'refuses the audio %j',
    (audio) => {
      for (const played of [{ ringback: audio }, { greeting: { ...greeting, announce: audio } }])
        expect(() => dialString([leg()], {}, undefined, played)).toThrow(refused(/audio/))
    },
  ) // prettier-ignore

  test('refuses a time to confirm that is none', () => {
    for (const seconds of [0, -1, 1.5, Infinity, NaN, 601])
      expect(() => dialString([leg()], {}, undefined, { greeting: { ...greeting, seconds } })).toThrow(
        refused(/the time to confirm/),
      )
  })

  test('says what to write in place of a placeholder that there is not', () => {
    expect(() => dialString([leg({ template: 'user/{number}' })])).toThrow(
      refused(/\{number\}.*\{destination\}, \{domain\}/),
    )
  })

  test.each([
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

  test.each([
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

  test.each([
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

  test.each([...hostile, 'a,b', 'a|b', 'a]b', '-', 'a b', '', undefined])(
    'refuses the domain %j',
    (domain) => {
      expect(() => dialString([leg({ domain })])).toThrow(refused())
    },
  )

  test.each<[string, string]>([
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

  test('ends the call of whoever is answered, by FreeSWITCH itself', () => {
    expect(dialString([leg()], { outbound_redirect_fatal: 'true' }, { call: ID, seconds: 7200 })).toBe(
      `{api_on_answer='sched_hangup +7200 ${ID}',outbound_redirect_fatal=true}user/215@pbx.example`,
    )
  })

  test.each([
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

  test('refuses to ring nobody', () => {
    expect(() => dialString([])).toThrow(refused())
  })
})
