import { describe, expect, test } from 'vitest'
import type { CallScript, Party } from '../../src/simulator/script.ts'
import { headerOf } from '../esl/frames.ts'
import { ID, place, SET_UP, variable } from './scripted-controller.ts'

describe('bridge', () => {
  async function bridged(
    dial: string,
    answers: Record<string, Party>,
    set = SET_UP,
    script: Partial<CallScript> = {},
  ) {
    return place({ id: ID, answers, ...script }, async (call) => {
      await call.open()
      await call.api(`uuid_setvar_multi ${ID} ${set}`)
      call.execute('bridge', dial)
    })
  }

  test.each<[Party, string]>([
    [{ outcome: 'busy' }, 'USER_BUSY'],
    [{ outcome: 'busy', sip: 600 }, 'USER_BUSY'],
    [{ outcome: 'rejected' }, 'CALL_REJECTED'],
    [{ outcome: 'rejected', sip: 403 }, 'CALL_REJECTED'],
    [{ outcome: 'noAnswer' }, 'ALLOTTED_TIMEOUT'],
    [{ outcome: 'answered', afterMs: 3001 }, 'ALLOTTED_TIMEOUT'],
    [{ outcome: 'unavailable' }, 'NO_USER_RESPONSE'],
    [{ outcome: 'unavailable', sip: 404 }, 'UNALLOCATED_NUMBER'],
    [{ outcome: 'unavailable', sip: 503 }, 'NORMAL_TEMPORARY_FAILURE'],
    [{ outcome: 'unavailable', cause: 'USER_NOT_REGISTERED' }, 'USER_NOT_REGISTERED'],
    [{ outcome: 'failed' }, 'INCOMPATIBLE_DESTINATION'],
  ])('%j reads %s', async (party, disposition) => {
    const { timeline } = await place({ id: ID, answers: { '200': party } }, async (call) => {
      await call.open()
      await call.api(`uuid_setvar_multi ${ID} ${SET_UP}`)
      const event = await call.run('bridge', '[leg_timeout=3]sofia/gateway/c/200')
      expect(variable(event, 'originate_disposition')).toBe(disposition)
      expect(headerOf(event, 'Answer-State')).toBe('ringing')
      await call.hangUp()
    })
    expect(timeline).toContainEqual(expect.objectContaining({ type: 'bridge', disposition }))
  })

  test('lets the first who answers talk, and ends with the conversation', async () => {
    const { result } = await bridged('user/200,user/201', {
      '200': { outcome: 'answered', afterMs: 200 },
      '201': { outcome: 'answered', afterMs: 100, talkMs: 5000 },
    })
    expect(result).toMatchObject({
      ended: 'talked',
      talkMs: 5000,
      answered: true,
      sip: 200,
      cause: 'NORMAL_CLEARING',
    })
    expect(result.variables['last_sent_callee_id_number']).toBe('201')
    expect(result.invites).toHaveLength(2)
  })

  // As test/freeswitch/equals-trial.test.ts saw it.
  test.each<[Party, Party, string]>([
    [{ outcome: 'busy' }, { outcome: 'noAnswer' }, 'USER_BUSY'],
    [{ outcome: 'noAnswer' }, { outcome: 'busy' }, 'ALLOTTED_TIMEOUT'],
    [{ outcome: 'rejected', afterMs: 900 }, { outcome: 'busy', afterMs: 100 }, 'CALL_REJECTED'],
    [{ outcome: 'unavailable', cause: 'USER_NOT_REGISTERED' }, { outcome: 'busy' }, 'USER_BUSY'],
  ])('has the cause of the first leg that came to be: %j, %j', async (first, second, disposition) => {
    const { timeline } = await place({ id: ID, answers: { '200': first, '201': second } }, async (call) => {
      await call.open()
      await call.api(`uuid_setvar_multi ${ID} ${SET_UP}`)
      const event = await call.run('bridge', '[leg_timeout=1]user/200,[leg_timeout=1]user/201')
      expect(variable(event, 'originate_disposition')).toBe(disposition)
      await call.hangUp()
    })
    expect(timeline).toContainEqual(expect.objectContaining({ type: 'bridge', disposition }))
  })

  test('hangs up on failure without continue_on_fail', async () => {
    const { result } = await bridged('user/200', { '200': { outcome: 'busy' } }, 'socket_resume=false')
    expect(result).toMatchObject({ ended: 'hangup', cause: 'USER_BUSY', sip: 486, answered: false })
  })

  test('refuses the caller with the SIP status of the leg that failed', async () => {
    const { result } = await place({ id: ID, answers: { '200': { outcome: 'busy' } } }, async (call) => {
      await call.open()
      await call.api(`uuid_setvar_multi ${ID} ${SET_UP}`)
      await call.run('bridge', 'user/200')
      await call.hangUp('CALL_REJECTED')
    })
    expect(result).toMatchObject({ cause: 'CALL_REJECTED', sip: 486 })
  })

  test('reports a redirect that is followed', async () => {
    const answers: Record<string, Party> = { '200': { outcome: 'failed', sip: 302 } }
    const followed = await bridged('user/200', answers, 'socket_resume=false')
    expect(followed.result.violations.join()).toContain('follows a redirect')
    const fatal = await bridged('{outbound_redirect_fatal=true}user/200', answers, 'socket_resume=false')
    expect(fatal.result).toMatchObject({ violations: [], cause: 'REQUESTED_CHAN_UNAVAIL' })
  })

  const END = `sched_hangup +5 ${ID}`
  test.each([
    ['before', '', END],
    ['as a leg is answered', `{api_on_answer='${END}'}`, undefined],
  ])('ends a conversation at the time that was scheduled %s', async (_, variables, first) => {
    const { result } = await place(
      { id: ID, answers: { '200': { outcome: 'answered', afterMs: 1000, talkMs: 9000 } } },
      async (call) => {
        await call.open()
        await call.api(`uuid_setvar_multi ${ID} ${SET_UP}`)
        if (first) await call.api(first)
        call.execute('bridge', `${variables}user/200`)
      },
    )
    expect(result).toMatchObject({ ended: 'talked', cause: 'ALLOTTED_TIMEOUT', violations: [] })
    if (first) expect(result.talkMs).toBeLessThan(4100)
    else expect(result.talkMs).toBeGreaterThanOrEqual(4900)
  })
})
