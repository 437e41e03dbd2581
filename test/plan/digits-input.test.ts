import { describe, expect, test } from 'vitest'
import { walkPlan, type Script } from './walking.ts'

const audio = { start: 'start', wrong: 'wrong', late: 'late', menu: 'menu' }
const messages = { startMessage: 'start', errorMessage: 'wrong', timeoutMessage: 'late' }
const success = [{ type: 'hangup', cause: 'USER_BUSY' }]
const failure = [{ type: 'hangup', cause: 'NO_ANSWER' }]

function vip(entry: object = {}, script: Script = {}) {
  const set = {
    audio,
    webhooks: { vip: { urlTemplate: 'https://x.example/{code}', ivr: { ...messages, ...entry } } },
    plans: { main: { steps: [{ type: 'webhook', webhook: 'vip', success, failure }] } },
  }
  const good = (digits: string) => ({ status: digits === '1234' ? ('ACK' as const) : ('NAK' as const) })
  return walkPlan(set, { answers: ({ values }) => good(values.code), ...script })
}

describe('§4 digits input for a webhook', () => {
  test('§4 right at once: one prompt, one request, the success branch', async () => {
    const { done, requests, steps } = await vip({}, { keyed: ['1234#'] })
    expect(done).toEqual(['collect start', 'ask vip', 'hang up USER_BUSY'])
    expect(requests[0]).toMatchObject({ values: { code: '1234' }, kind: 'codes' })
    expect(steps[0]).toMatchObject({ outcome: 'ACK', attempts: ['good'] })
  })

  test('§4 the defaults: 10 s to the first digit, 3 s between, 3 attempts, 1 to 20 digits, ended by #', async () => {
    const { collects } = await vip()
    expect(collects).toHaveLength(3)
    expect(collects[0]).toMatchObject({
      timeoutMs: 10_000,
      interDigitMs: 3000,
      maxDigits: 20,
      terminator: '#',
      secret: true,
    })
  })

  test('§4 a wrong entry is followed by the error message, a timeout by the timeout message', async () => {
    const { done } = await vip({}, { keyed: ['9999#', '', '1234'] })
    expect(done).toEqual([
      'collect start',
      'ask vip',
      'collect wrong',
      'collect late',
      'ask vip',
      'hang up USER_BUSY',
    ])
  })

  test('§4 where there is no message, the start message prompts again', async () => {
    const { done } = await vip(
      { errorMessage: undefined, timeoutMessage: undefined },
      { keyed: ['9999#', '', '9999'] },
    )
    expect(done.filter((what) => what.startsWith('collect'))).toEqual([
      'collect start',
      'collect start',
      'collect start',
    ])
    expect(done).not.toContain('play wrong')
  })

  test('§4 after the last attempt the matching message is played once more, then the failure branch', async () => {
    const wrong = await vip({ attempts: 2 }, { keyed: ['1', '2'] })
    expect(wrong.done.slice(-2)).toEqual(['play wrong', 'hang up NO_ANSWER'])
    const late = await vip({ attempts: 2 }, { keyed: ['1', ''] })
    expect(late.done.slice(-2)).toEqual(['play late', 'hang up NO_ANSWER'])
    expect(late.steps[0]).toMatchObject({ outcome: 'NAK', attempts: ['wrong', 'timeout'] })
  })

  test('§4 a timeout uses an attempt up', async () => {
    const { collects } = await vip({ attempts: 2 }, { keyed: ['', ''] })
    expect(collects).toHaveLength(2)
  })

  test('§4 fewer than minDigits is a wrong entry and asks no server', async () => {
    const { done, requests } = await vip({ minDigits: 4 }, { keyed: ['12#', '1234#'] })
    expect(done).toEqual(['collect start', 'collect wrong', 'ask vip', 'hang up USER_BUSY'])
    expect(requests).toHaveLength(1)
  })

  test('§4 the terminator alone is a wrong entry, while silence is a timeout', async () => {
    const { done } = await vip({}, { keyed: ['#', '', '1234'] })
    expect(done.slice(0, 3)).toEqual(['collect start', 'collect wrong', 'collect late'])
  })

  test('§3 NAK gives another attempt, ERR takes the failure branch at once', async () => {
    const { done } = await vip({}, { keyed: ['1', '2'], answers: { vip: { status: 'ERR' } } })
    expect(done).toEqual(['collect start', 'ask vip', 'hang up NO_ANSWER'])
  })

  test('§3 each attempt is a request of its own', async () => {
    const { requests } = await vip({}, { keyed: ['1', '2', '3'] })
    expect(new Set(requests.map(({ key }) => key)).size).toBe(3)
  })

  test('§4 codes are in no journal: an echo in a reply is masked; a destination is dialled as it was', async () => {
    const set = {
      audio,
      webhooks: { vip: { urlTemplate: 'https://x.example/{code}', ivr: messages } },
      plans: {
        main: {
          steps: [
            {
              type: 'webhook',
              webhook: 'vip',
              success: [
                { type: 'callername', mode: 'webhook' },
                { type: 'bridge', from: 'webhook' },
              ],
            },
          ],
        },
      },
    }
    const echo = {
      status: 'ACK',
      destination: '4711',
      callername: 'code 4711',
      warnings: ['4711 is odd'],
      error: 'saw 4711',
    } as const
    const { steps, bridges } = await walkPlan(set, { keyed: ['4711#'], answers: { vip: echo } })
    expect(steps).toHaveLength(3)
    expect(JSON.stringify(steps)).not.toContain('4711')
    expect(bridges[0]?.destinations).toEqual(['4711'])
    // Telephones, FreeSWITCH's log and the checkpoint show the name.
    expect(bridges[0]?.shown.name).toBe('code •••')
  })

  test('§4 a resumed walk neither gives an attempt away nor takes one', async () => {
    const { done } = await vip(
      {},
      { keyed: ['', ''], state: (state) => Object.assign(state, { attempt: 1, prompt: 'wrong' }) },
    )
    expect(done).toEqual(['collect wrong', 'collect late', 'play late', 'hang up NO_ANSWER'])
  })
})
