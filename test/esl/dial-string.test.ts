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
