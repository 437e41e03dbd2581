import { describe, expect, test } from 'vitest'
import { walkPlan, type Script } from './walking.ts'

const hangUp = (cause: string) => [{ type: 'hangup', cause }]

/** Walks a menu of these fields; what was done, and what was keyed. */
const menu = (fields: object, script: Script) => {
  const audio = { start: 'start', wrong: 'wrong', late: 'late' }
  const messages = { startMessage: 'start', errorMessage: 'wrong', timeoutMessage: 'late' }
  return walkPlan(
    { audio, plans: { main: { steps: [{ type: 'ivr', ...messages, attempts: 2, ...fields }] } } },
    script,
  )
}

describe('§5 menu', () => {
  test('§5 terminator is none unless given: # and * are keys like any other', async () => {
    const choices = { '#': hangUp('USER_BUSY'), '*1': hangUp('CALL_REJECTED') }
    expect((await menu({ choices }, { entries: ['#'] })).done).toEqual(['collect start', 'hang up USER_BUSY'])
    const { done, collects } = await menu({ choices }, { entries: ['*', '1'] })
    expect(done.at(-1)).toBe('hang up CALL_REJECTED')
    expect(collects.map(({ terminator }) => terminator)).toEqual(['none', 'none'])
  })

  test('§4 the terminator alone is a wrong entry, in a menu as well', async () => {
    const choices = { '1': hangUp('USER_BUSY') }
    const { done, collects } = await menu({ choices, terminator: '#' }, { entries: ['#', '1'] })
    expect(done).toEqual(['collect start', 'collect wrong', 'hang up USER_BUSY'])
    expect(collects[0]?.terminator).toBe('#')
  })

  test('§5 what was keyed of a longer choice is kept when another controller goes on', async () => {
    const choices = { '12': hangUp('USER_BUSY'), '1': hangUp('CALL_REJECTED') }
    const resumed = { state: (state: { keyed: string }) => void (state.keyed = '1') }
    expect((await menu({ choices }, { entries: ['2'], ...resumed })).done).toEqual([
      'collect -',
      'hang up USER_BUSY',
    ])
    expect((await menu({ choices }, { entries: [''], ...resumed })).done).toEqual([
      'collect -',
      'hang up CALL_REJECTED',
    ])
  })

  test('§4 after the last attempt the message for what went wrong, then failure', async () => {
    const fields = { choices: { '1': [] }, failure: hangUp('NO_USER_RESPONSE') }
    expect((await menu(fields, { entries: ['', '9'] })).done).toEqual([
      'collect start',
      'collect late',
      'play wrong',
      'hang up NO_USER_RESPONSE',
    ])
  })

  test('§5 the choice in a menu is no code: webhooks in its branch get none', async () => {
    const ask = { type: 'webhook', webhook: 'crm' }
    const { questions } = await walkPlan(
      {
        audio: { start: 'start' },
        webhooks: { crm: { urlTemplate: 'https://crm.example/' } },
        plans: { main: { steps: [{ type: 'ivr', startMessage: 'start', choices: { '1': [ask] } }] } },
      },
      { entries: ['1'] },
    )
    expect(questions.map(({ values, kind }) => [values.code, kind])).toEqual([['', 'plain']])
  })
})

test('§5 ivr with success: the defaults are those of section 4', async () => {
  const { collects } = await walkPlan(
    {
      audio: { start: 'start' },
      plans: { main: { steps: [{ type: 'ivr', startMessage: 'start', success: [] }] } },
    },
    { entries: ['', '', '1'] },
  )
  expect(collects).toHaveLength(3)
  expect(collects[2]).toEqual({
    prompt: 'start',
    timeoutMs: 10_000,
    interDigitMs: 3000,
    maxDigits: 20,
    terminator: '#',
    secret: true,
  })
})
