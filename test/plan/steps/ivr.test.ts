import { describe, expect, test } from 'vitest'
import { walkPlan, type Script } from '../walking.ts'

const audio = { start: 'start', wrong: 'wrong', late: 'late' }
const messages = { startMessage: 'start', errorMessage: 'wrong', timeoutMessage: 'late' }
const success = [{ type: 'hangup', cause: 'USER_BUSY' }]
const failure = [{ type: 'hangup', cause: 'NO_ANSWER' }]
const hangUp = (cause: string) => [{ type: 'hangup', cause }]

/** Walks one `ivr` step of these fields. */
function menu(fields: object, script: Script) {
  return walkPlan({ audio, plans: { main: { steps: [{ type: 'ivr', ...messages, ...fields }] } } }, script)
}

describe('§5 menu', () => {
  test('§5 terminator is none unless given: # and * are keys like any other', async () => {
    const choices = { '#': hangUp('USER_BUSY'), '*1': hangUp('CALL_REJECTED') }
    expect((await menu({ choices, attempts: 2 }, { keyed: ['#'] })).done).toEqual([
      'collect start',
      'hang up USER_BUSY',
    ])
    const { done, collects } = await menu({ choices, attempts: 2 }, { keyed: ['*', '1'] })
    expect(done.at(-1)).toBe('hang up CALL_REJECTED')
    expect(collects.map(({ terminator }) => terminator)).toEqual(['none', 'none'])
  })

  test('§4 the terminator alone is a wrong entry, in a menu as well', async () => {
    const choices = { '1': hangUp('USER_BUSY') }
    const { done, collects } = await menu({ choices, attempts: 2, terminator: '#' }, { keyed: ['#', '1'] })
    expect(done).toEqual(['collect start', 'collect wrong', 'hang up USER_BUSY'])
    expect(collects[0]?.terminator).toBe('#')
  })

  test('§5 what was keyed of a longer choice is kept when another controller goes on', async () => {
    const choices = { '12': hangUp('USER_BUSY'), '1': hangUp('CALL_REJECTED') }
    const resumed = { state: (state: { keyed: string }) => void (state.keyed = '1') }
    expect((await menu({ choices, attempts: 2 }, { keyed: ['2'], ...resumed })).done).toEqual([
      'collect -',
      'hang up USER_BUSY',
    ])
    expect((await menu({ choices, attempts: 2 }, { keyed: [''], ...resumed })).done).toEqual([
      'collect -',
      'hang up CALL_REJECTED',
    ])
  })

  test('§4 after the last attempt the message for what went wrong, then failure', async () => {
    const fields = { attempts: 2, choices: { '1': [] }, failure: hangUp('NO_USER_RESPONSE') }
    expect((await menu(fields, { keyed: ['', '9'] })).done).toEqual([
      'collect start',
      'collect late',
      'play wrong',
      'hang up NO_USER_RESPONSE',
    ])
  })

  test('§5 the choice in a menu is no code: webhooks in its branch get none', async () => {
    const ask = { type: 'webhook', webhook: 'crm' }
    const { requests } = await walkPlan(
      {
        audio: { start: 'start' },
        webhooks: { crm: { urlTemplate: 'https://crm.example/' } },
        plans: { main: { steps: [{ type: 'ivr', startMessage: 'start', choices: { '1': [ask] } }] } },
      },
      { keyed: ['1'] },
    )
    expect(requests.map(({ values, kind }) => [values.code, kind])).toEqual([['', 'plain']])
  })
})

test('§5 ivr with success: the defaults are those of section 4', async () => {
  const { collects } = await walkPlan(
    {
      audio: { start: 'start' },
      plans: { main: { steps: [{ type: 'ivr', startMessage: 'start', success: [] }] } },
    },
    { keyed: ['', '', '1'] },
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

describe('§5 ivr', () => {
  const choices = { '1': success, '2': failure, '12': [{ type: 'hangup', cause: 'CALL_REJECTED' }] }

  test('§5 menu: the entry picks the branch; the choice is no code and is in the journal', async () => {
    const { done, steps, collects } = await menu(
      { choices: { '1': success, '2': failure } },
      { keyed: ['2'] },
    )
    expect(done).toEqual(['collect start', 'hang up NO_ANSWER'])
    expect(steps[0]).toMatchObject({ outcome: '2' })
    expect(collects[0]).toMatchObject({ maxDigits: 1, terminator: 'none', secret: false })
  })

  test('§5 menu: an entry that is no choice is a wrong one', async () => {
    const { done } = await menu({ choices, failure }, { keyed: ['9', '8', '7'] })
    expect(done).toEqual([
      'collect start',
      'collect wrong',
      'collect wrong',
      'play wrong',
      'hang up NO_ANSWER',
    ])
  })

  test('§5 menu: an entry that no longer choice begins with is taken at once, another may grow', async () => {
    expect((await menu({ choices }, { keyed: ['2'] })).done).toEqual(['collect start', 'hang up NO_ANSWER'])
    expect((await menu({ choices }, { keyed: ['1', '2'] })).done).toEqual([
      'collect start',
      'collect -',
      'hang up CALL_REJECTED',
    ])
    expect((await menu({ choices }, { keyed: ['1', ''] })).done).toEqual([
      'collect start',
      'collect -',
      'hang up USER_BUSY',
    ])
  })

  test('§5 menu: the pause after a digit that may grow is the inter-digit time', async () => {
    const { collects } = await menu(
      { choices, interDigitSeconds: 2, timeoutSeconds: 7 },
      { keyed: ['1', '2'] },
    )
    expect(collects.map(({ timeoutMs }) => timeoutMs)).toEqual([7000, 2000])
  })

  test('§5 menu: what grew into no choice is a wrong entry, and the next one begins anew', async () => {
    const { done } = await menu({ choices }, { keyed: ['1', '9', '2'] })
    expect(done).toEqual(['collect start', 'collect -', 'collect wrong', 'hang up NO_ANSWER'])
  })

  test('§5 menu: a terminator that is named ends a choice that may grow', async () => {
    const { done } = await menu({ choices, terminator: '#' }, { keyed: ['1', '#'] })
    expect(done).toEqual(['collect start', 'collect -', 'hang up USER_BUSY'])
  })

  test('§5 with success: webhooks in that branch get the code, and those behind it do not', async () => {
    const set = {
      audio,
      webhooks: { a: { urlTemplate: 'https://x.example/{code}' } },
      plans: {
        main: {
          steps: [
            {
              type: 'ivr',
              ...messages,
              success: [{ type: 'webhook', webhook: 'a', success: [{ type: 'webhook', webhook: 'a' }] }],
            },
            { type: 'webhook', webhook: 'a' },
          ],
        },
      },
    }
    const { requests, steps } = await walkPlan(set, { keyed: ['77#'], answers: { a: { status: 'ACK' } } })
    expect(requests.map(({ values, kind }) => [values.code, kind])).toEqual([
      ['77', 'codes'],
      ['77', 'codes'],
      ['', 'plain'],
    ])
    expect(JSON.stringify(steps)).not.toContain('77')
  })

  test('§5 a code lost with a controller is asked for again', async () => {
    const set = {
      audio,
      webhooks: { a: { urlTemplate: 'https://x.example/{code}' } },
      plans: {
        main: { steps: [{ type: 'ivr', ...messages, success: [{ type: 'webhook', webhook: 'a' }] }] },
      },
    }
    const resumed = (keyed: string[]) =>
      walkPlan(set, { keyed, state: (state) => Object.assign(state, { at: 1, steps: 1 }) })
    const again = await resumed(['88#'])
    expect(again.done.slice(0, 2)).toEqual(['collect start', 'ask a'])
    expect(again.requests[0]?.values.code).toBe('88')
    expect((await resumed([])).done).not.toContain('ask a')
  })

  test('§5 no good entry takes the failure branch', async () => {
    const { done } = await menu({ success, failure, attempts: 1 }, { keyed: [''] })
    expect(done).toEqual(['collect start', 'play late', 'hang up NO_ANSWER'])
  })
})
