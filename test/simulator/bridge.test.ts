import { describe, expect, test } from 'vitest'
import type { CallScript, Party } from '../../src/simulator/script.ts'
import type { TimelineEntry } from '../../src/simulator/timeline.ts'
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

  // As test/freeswitch/groups.test.ts saw it.
  describe('groups', () => {
    const setTones = `${SET_UP};transfer_ringback=tone_stream://%(1000,4000,425)`
    const unanswered = (dial: string, answers: Record<string, Party> = {}, script: Partial<CallScript> = {}) =>
      place({ id: ID, answers, ...script }, async (call) => {
        await call.open()
        await call.api(`uuid_setvar_multi ${ID} ${SET_UP}`)
        await call.run('bridge', dial)
        await call.hangUp()
      })
    const startsOf = (timeline: readonly TimelineEntry[]) =>
      timeline.flatMap((entry) =>
        entry.type === 'invite' ? [[entry.invite.destination, entry.at - begunAt(timeline)]] : [],
      )
    const begunAt = (timeline: readonly TimelineEntry[]) =>
      timeline.find(({ type }) => type === 'application')!.at
    const endedAt = (timeline: readonly TimelineEntry[]) =>
      timeline.find(({ type }) => type === 'bridge')!.at - begunAt(timeline)
    const audioIn = (timeline: readonly TimelineEntry[]) =>
      timeline.flatMap((entry) => (entry.type === 'audio' ? [[entry.audio, entry.ms, entry.early, entry.end]] : []))

    test('legs begin when they are to, and each rings for its own time', async () => {
      const dial = '[leg_timeout=20]user/200,[leg_timeout=4,leg_delay_start=3]user/201,[leg_timeout=30,leg_delay_start=5]user/202'
      const { timeline } = await unanswered(dial)
      expect(startsOf(timeline)).toEqual([['200', 0], ['201', 3000], ['202', 5000]])
      expect(endedAt(timeline)).toBe(35_000)
    })

    test('one that is to begin later begins at once where none rings any more, and those behind it are nearer', async () => {
      const dial = '[leg_timeout=20]user/200,[leg_timeout=10,leg_delay_start=6]user/201,[leg_timeout=10,leg_delay_start=9]user/202'
      const { timeline } = await unanswered(dial, { '200': { outcome: 'busy', afterMs: 2000 } })
      expect(startsOf(timeline)).toEqual([['200', 0], ['201', 2000], ['202', 3000]])
    })

    test('who is there before rings alone', async () => {
      const dial = 'user/200,[leg_delay_start=3]user/201'
      const { timeline, result } = await bridged(dial, { '200': { outcome: 'answered', afterMs: 2000 } })
      expect([result.ended, startsOf(timeline)]).toEqual(['talked', [['200', 0]]])
    })

    test.each([['', 60_000], ['originate_timeout=90', 90_000]])('an attempt ends by itself: {%s}', async (variables, ms) => {
      const { timeline } = await unanswered(`{${variables}}[leg_timeout=100]user/200`)
      expect(endedAt(timeline)).toBe(ms)
      expect(timeline).toContainEqual(expect.objectContaining({ type: 'bridge', disposition: 'NO_ANSWER' }))
    })

    test('a ringback is early media from the first moment, and gone with the application', async () => {
      const scope = "%[ringback='file_string://tone_stream://%(1,2,3)',transfer_ringback='file_string://b.wav']"
      const { timeline } = await unanswered(`${scope}{instant_ringback=true}[leg_timeout=3]user/200`)
      expect(audioIn(timeline)).toEqual([['tone_stream://%(1,2,3)', 3000, true, 'played']])
    })

    test('an answered caller hears the other one, and with one that cannot be played nothing', async () => {
      const scope = "%[ringback='file_string://a.wav',transfer_ringback='file_string://b.wav']"
      for (const [unplayable, heard] of [[[], ['b.wav', 3000, false, 'played']], [['b.wav'], ['b.wav', 0, false, 'failed']]] as const) {
        const { timeline } = await place({ id: ID, unplayable }, async (call) => {
          await call.open()
          await call.api(`uuid_setvar_multi ${ID} ${setTones}`)
          await call.run('answer')
          await call.run('bridge', `${scope}{instant_ringback=true}[leg_timeout=3]user/200`)
          await call.hangUp()
        })
        expect(audioIn(timeline)).toEqual([heard])
      }
    })

    test.each<[string, Pick<Party, 'confirms' | 'talkMs'>, string, number]>([
      // 0.5 s of a prompt, which the key follows.
      ['group_confirm_key=1,group_confirm_file=a.wav,group_confirm_timeout=20', {}, 'SUCCESS', 1500],
      ['group_confirm_key=1,group_confirm_timeout=20', {}, 'SUCCESS', 1000],
      ['group_confirm_key=1,group_confirm_timeout=20', { confirms: false }, 'ALLOTTED_TIMEOUT', 21_000],
      ['group_confirm_key=1,group_confirm_timeout=20', { confirms: false, talkMs: 3000 }, 'NORMAL_CLEARING', 4000],
      ['group_confirm_key=exec,group_confirm_file=playback a.wav,group_confirm_timeout=20', {}, 'SUCCESS', 1500],
      ['group_confirm_key=exec,group_confirm_file=playback local_stream://x,group_confirm_timeout=20', {}, 'ALLOTTED_TIMEOUT', 21_000],
    ])('{%s}: %j comes to %s', async (variables, party, disposition, ms) => {
      const answers = { '200': { outcome: 'answered', afterMs: 1000, ...party } as const }
      const dial = `{${variables}}[leg_timeout=3]user/200`
      const { timeline } = await (disposition === 'SUCCESS'
        ? bridged(dial, answers, SET_UP, { audioMs: 500 })
        : unanswered(dial, answers, { audioMs: 500 }))
      expect(timeline).toContainEqual(expect.objectContaining({ type: 'bridge', disposition }))
      expect(endedAt(timeline)).toBe(ms)
    })

    test.each([
      '{group_confirm_key=exec,group_confirm_file=system touch x}user/200',
      '{group_confirm_key=1,group_confirm_file=/etc/passwd}user/200',
      "%[ringback='file_string:///etc/passwd']user/200",
      '%[api_hangup_hook=x]user/200',
      '{api_before_bridge=system touch x}user/200',
    ])('what no controller may have run or played is a violation: %s', async (dial) => {
      const { result } = await unanswered(dial, { '200': { outcome: 'busy' } })
      expect(result.violations.length).toBeGreaterThan(0)
    })
  }) // prettier-ignore

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
