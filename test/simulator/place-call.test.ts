import { describe, expect, it } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallScript, Party } from '../../src/simulator/script.ts'
import { controller } from './controller.ts'
import { headerOf } from './recordings.ts'
import { place, SET_UP } from './place.ts'

const ID = '5eceac8d-8e47-4397-b3a6-b264fe22c471'
const variable = (event: string, name: string): string | undefined => headerOf(event, `variable_${name}`)

describe('the socket', () => {
  it('sends nothing until a command comes, and no reply to the first', async () => {
    await place({}, async (call) => {
      call.send('linger 5\n\nmyevents\n\nmyevents\n\n')
      expect((await call.reply()).head).toContain('+OK Events Enabled')
      expect((await call.reply()).head).toContain('-ERR aready enabled.')
      expect(call.frames).toHaveLength(2)
      call.send('exit\n\n')
    })
  })

  it('takes commands with either line end, cut anywhere, and answers in order', async () => {
    await place({}, async (call) => {
      const commands = 'connect\r\n\r\nlinger 5\r\n\r\nfilter Unique-ID x\n\nnolinger\n\n'
      for (const character of commands) call.send(character)
      await call.event('CHANNEL_DATA')
      const replies = [await call.reply(), await call.reply(), await call.reply()]
      expect(replies.map(({ head }) => headerOf(head, 'Reply-Text'))).toEqual([
        '+OK will linger 5 seconds',
        '+OK filter added. [Unique-ID]=[x]',
        '+OK will not linger',
      ])
      call.send('exit\n\n')
      expect((await call.reply()).head).toContain('+OK bye')
    })
  })

  it('cuts what it sends into chunks of the size asked for', async () => {
    await place({ chunks: 100 }, async (call) => {
      await call.open()
      expect(Math.max(...call.chunks.map(({ length }) => length))).toBeLessThan(1000)
      expect(call.chunks.length).toBeGreaterThan(20)
      await call.hangUp()
    })
  })

  it('tells no events that were not asked for, nor those that were nixed', async () => {
    await place({ id: ID }, async (call) => {
      call.send('connect\n\n')
      await call.event('CHANNEL_DATA')
      call.execute('set', 'a=b')
      call.send(`filter Unique-ID nobody\n\nmyevents\n\n`)
      call.execute('set', 'a=c')
      expect(await call.api(`uuid_exists ${ID}`)).toBe('true')
      call.execute('hangup')
      await new Promise((resolve) => call.socket.once('close', resolve))
      expect(call.frames.filter(({ head }) => head.includes('text/event-plain'))).toEqual([])
    })
  })

  it('loses the hang-up event without linger', async () => {
    await place({ hangUp: { when: 'prompt' } }, async (call) => {
      call.send('myevents\n\nconnect\n\n')
      call.execute('playback', 'tone_stream://%(1,1,440)')
      await new Promise((resolve) => call.socket.once('close', resolve))
      expect(call.frames.at(-1)!.head).toContain('Content-Disposition: disconnect')
      expect(call.frames.some(({ body }) => body.startsWith('Event-Name: CHANNEL_HANGUP_COMPLETE'))).toBe(
        false,
      )
    })
  })

  it('reports a subscription to the events of every channel, and commands that nobody should send', async () => {
    const { result } = await place({}, async (call) => {
      call.send('event plain CHANNEL_EXECUTE_COMPLETE\n\nconnect\n\n')
      await call.run('set', 'a=b')
      await call.api('system touch /tmp/canary')
      await call.api(`uuid_setvar ${ID} a b`)
      call.send('sendmsg\ncall-command: execute\nexecute-app-name: set\nexecute-app-arg: a=b\nX-Evil: 1\n\n')
      await call.event('CHANNEL_EXECUTE_COMPLETE', 'set')
      call.execute('system', 'touch /tmp/canary')
      await call.hangUp()
    })
    expect(result.violations).toEqual(
      expect.arrayContaining([
        'asks for the events of every channel',
        'executes the API command system touch /tmp/canary',
        expect.stringContaining('executes the API command uuid_setvar'),
        'sendmsg with a header that does not belong there: X-Evil',
        'executes the application system touch /tmp/canary',
      ]),
    )
  })
})

describe('the channel', () => {
  it('is killed at once, whatever it does', async () => {
    const { result } = await place({ id: ID }, async (call) => {
      await call.open()
      call.send('event plain CHANNEL_EXECUTE\n\n')
      call.execute('bridge', 'user/200')
      await call.event('CHANNEL_EXECUTE', 'bridge')
      expect(await call.api(`uuid_kill ${ID} USER_BUSY`)).toBe('+OK\n')
      await call.event('CHANNEL_HANGUP_COMPLETE')
      call.send('exit\n\n')
    })
    expect(result).toMatchObject({ ended: 'hangup', cause: 'USER_BUSY', sip: 486 })
  })

  it('still runs what was sent before the controller went', async () => {
    const { result, connections } = await place({ id: ID }, async (call) => {
      await call.open()
      call.execute('answer')
      call.execute('transfer', '8000 XML default')
      call.send('exit\n\n')
    })
    expect(connections).toBe(1)
    expect(result).toMatchObject({ ended: 'transferred', answered: true })
  })

  it('is hung up by an application that does not exist, without a completion', async () => {
    const { result } = await place({}, async (call) => {
      await call.open()
      call.execute('no_such_application', 'x', 'last')
      const completed = await call.event('CHANNEL_EXECUTE_COMPLETE')
      expect(headerOf(completed, 'Application')).toBe('socket')
      call.send('exit\n\n')
    })
    expect(result).toMatchObject({ cause: 'DESTINATION_OUT_OF_ORDER', sip: 502, applications: [] })
  })

  it('sleeps a tick before each application', async () => {
    const began = performance.now()
    await place({ tickMs: 20, speed: 1 }, async (call) => {
      await call.open()
      for (let count = 0; count < 5; count += 1) call.execute('set', `a=${count}`)
      await call.hangUp()
    })
    expect(performance.now() - began).toBeGreaterThan(100)
  })
})

describe('variables', () => {
  it('takes uuid_setvar_multi as mod_commands does', async () => {
    await place({ id: ID, variables: { gone: 'x' } }, async (call) => {
      await call.open()
      await call.api(
        `uuid_setvar_multi ${ID} gone=;a=x\\;y\\\\z\\'q  ;name=J%c3\xfc;two=l1\\nl2;bad=\${x};q='a;b '`,
      )
      const event = await call.run('set', 'done=1')
      const seen = ['gone', 'a', 'name', 'two', 'bad', 'q'].map((name) => variable(event, name))
      expect(seen).toEqual([undefined, "x%3By%5Cz'q", 'J%25c3%FC', 'l1%0Al2', undefined, 'a%3Bb%20'])
      const many = Array.from({ length: 70 }, (_, at) => `v${at}=${at}`).join(';')
      expect(await call.api(`uuid_setvar_multi ${ID} ${many}`)).toBe('+OK\n')
      const after = await call.run('set', 'done=2')
      expect(variable(after, 'v63')).toBe(
        '63%3Bv64%3D64%3Bv65%3D65%3Bv66%3D66%3Bv67%3D67%3Bv68%3D68%3Bv69%3D69',
      )
      expect(variable(after, 'v64')).toBeUndefined()
      expect(await call.api('uuid_setvar_multi nobody a=b')).toBe('-ERR No such channel!\n')
      await call.hangUp()
    })
  })

  it.each([
    ['set', 'a=${system touch /tmp/canary}', 'expands and executes ${system touch /tmp/canary}'],
    ['set', 'a=\\${system x}', 'expands and executes ${system x}'],
    ['playback', '\\${system x}', undefined],
    ['playback', '$${sounds_dir}/x.wav', 'expands and executes $${sounds_dir}'],
    ['set', 'api_hangup_hook=system x', 'sets api_hangup_hook, which is executed: system x'],
    ['set', 'execute_on_answer=system x', 'sets execute_on_answer, which is executed: system x'],
    ['transfer', "'system:touch x' inline", "executes 'system:touch x' inline"],
    [
      'bridge',
      '{api_on_originate=system x}user/1',
      'dials with api_on_originate, which is executed: system x',
    ],
    ['bridge', `{api_on_answer='sched_hangup +60 ${ID}'}user/1`, undefined],
    ['bridge', '{api_on_answer=system x}user/1', 'dials with api_on_answer, which is executed: system x'],
    [
      'bridge',
      `[api_on_answer='sched_hangup +0 ${ID}']user/1`,
      `dials with api_on_answer, which is executed: sched_hangup +0 ${ID}`,
    ],
    [
      'bridge',
      "{api_on_answer='sched_hangup +60 0'}user/1",
      'dials with api_on_answer, which is executed: sched_hangup +60 0',
    ],
    ['bridge', '<execute_on_answer=x>user/1', 'dials with execute_on_answer, which is executed: x'],
    [
      'bridge',
      'sofia/gateway/c/1,[api_on_originate=x]loopback/1',
      'dials with api_on_originate, which is executed: x',
    ],
    ['playback', 'shell_stream://touch x', 'plays shell_stream://touch x'],
    ['playback', '../../etc/passwd', 'plays ../../etc/passwd'],
    ['playback', 'tone_stream://%(1000,4000,425)', undefined],
    ['bridge', '{leg_timeout=1}sofia/gateway/c/1', undefined],
  ])('sees what %s %s would execute', async (application, argument, violation) => {
    const { result } = await place({ id: ID }, async (call) => {
      await call.open()
      call.execute(application, argument)
      await call.hangUp()
    })
    if (violation === undefined) expect(result.violations).toEqual([])
    else expect(result.violations).toContain(violation)
  })
})

describe('what the called party sees', () => {
  async function invited(set: string, dial: string, script: Partial<CallScript> = {}) {
    const { result } = await place({ id: ID, name: 'Jane Doe', ...script }, async (call) => {
      await call.open()
      await call.api(`uuid_setvar_multi ${ID} ${SET_UP}${set}`)
      await call.run('bridge', dial)
      await call.hangUp()
    })
    return { invite: result.invites[0], violations: result.violations }
  }

  it('leaks the caller where nothing is set', async () => {
    const { invite } = await invited('', 'user/1@a')
    expect(invite).toMatchObject({
      number: '+31612345678',
      name: 'Jane Doe',
      privacy: false,
      destination: '1@a',
    })
    expect(invite!.headers['Remote-Party-ID']).toContain('+31612345678')
  })

  it('decodes the display name and reads it as a quoted string', async () => {
    const name = Buffer.from('effective_caller_id_name=Müller 日本 100%25 a%3Ab %5C%5C%5C%5C').toString(
      'latin1',
    )
    const { invite, violations } = await invited(`;effective_caller_id_number=+31502;${name}`, 'user/1')
    expect(invite).toMatchObject({ number: '+31502', name: 'Müller 日本 100% a:b \\\\' })
    expect(violations).toEqual([])
  })

  it.each([
    ['a%0d%0aX-Evil%3a 1', 'forged header'],
    ['Bob %22 x', 'cannot be sent'],
    ['Bob %5C', 'cannot be sent'],
  ])('sees what the name %s does to the INVITE', async (name, violation) => {
    const { violations } = await invited(`;effective_caller_id_name=${name}`, 'user/1')
    expect(violations.join()).toContain(violation)
  })

  it.each([
    ['NL Sales: Jane', ' Jane'],
    ['Jane@home', 'Jane'],
    ['Robert "Bob" Smith', 'Bob'],
  ])('cuts the name %s as an address', async (name, shown) => {
    const { invite } = await invited(`;effective_caller_id_name=${name}`, 'user/1')
    expect(invite!.name).toBe(shown)
  })

  it('shows nothing of the caller with the leg variables that hide it', async () => {
    const hidden = '{sip_h_Privacy=id,origination_privacy=hide_name:hide_number,sip_cid_type=none}'
    const set =
      ';effective_caller_id_number=anonymous;effective_caller_id_name=Anonymous;sip_copy_custom_headers=false'
    const { invite } = await invited(set, `${hidden}sofia/gateway/carrier/+31502102544`, {
      variables: { 'sip_h_X-Account': '+31612345678' },
    })
    expect(invite).toEqual({
      destination: '+31502102544',
      endpoint: 'sofia/gateway/carrier/+31502102544',
      number: 'anonymous',
      name: 'Anonymous',
      privacy: true,
      headers: { Privacy: 'id' },
    })
  })

  it('copies the headers of the caller unless that is switched off', async () => {
    const script = { variables: { 'sip_h_X-Account': '4711' } }
    expect((await invited('', 'user/1', script)).invite!.headers).toHaveProperty('X-Account', '4711')
    expect(
      (await invited(';sip_copy_custom_headers=false', 'user/1', script)).invite!.headers,
    ).not.toHaveProperty('X-Account')
  })
})

describe('play_and_get_digits', () => {
  async function collected(argument: string, script: Partial<CallScript>) {
    let seen: (string | undefined)[] = []
    await place(script, async (call) => {
      await call.open()
      const event = await call.run('play_and_get_digits', argument)
      seen = ['code', 'code_invalid', 'read_result', 'read_terminator_used'].map((name) =>
        variable(event, name),
      )
      await call.hangUp()
    })
    return seen
  }

  it.each([
    [
      '1 4 1 5000 # a.wav b.wav code \\d+ 3000',
      { digits: ['1234'] },
      ['1234', undefined, 'success', undefined],
    ],
    ['1 9 1 5000 # a.wav b.wav code \\d+ 3000', { digits: ['1234#'] }, ['1234', undefined, 'success', '%23']],
    [
      '1 9 1 5000 # a.wav b.wav code \\d+ 3000',
      { digits: ['1234'] },
      ['1234', undefined, 'timeout', undefined],
    ],
    [
      '1 9 1 5000 # a.wav b.wav code \\d+ 3000',
      { digits: [''] },
      [undefined, undefined, 'failure', undefined],
    ],
    ['1 9 1 5000 # a.wav b.wav code \\d+ 3000', { digits: ['#'] }, [undefined, undefined, 'failure', '%23']],
    ['6 9 1 5000 # a.wav b.wav code \\d+ 3000', { digits: ['1234#'] }, ['1234', undefined, 'failure', '%23']],
    ['1 9 1 5000 # a.wav b.wav code ^9+$ 3000', { digits: ['12#'] }, [undefined, '12', 'success', '%23']],
    ['1 9 2 5000 # a.wav b.wav code ^9+$ 3000', { digits: ['12#', '9#'] }, ['9', '12', 'success', '%23']],
    [
      '1 9 1 5000 none a.wav b.wav code .* 3000',
      { digits: ['12#'] },
      ['12%23', undefined, 'timeout', undefined],
    ],
    [
      '1 9 1 5000 # a.wav b.wav code .* 3000',
      { digits: ['12#'], unplayable: ['a.wav'] },
      [undefined, undefined, undefined, undefined],
    ],
    [
      "1 9 1 5000 # 'my prompt.wav' b.wav code .* 3000",
      { digits: ['12#'] },
      ['12', undefined, 'success', '%23'],
    ],
    ['^^|1|9|1|5000|#|a.wav|b.wav|code|.*|3000', { digits: ['12#'] }, ['12', undefined, 'success', '%23']],
  ])('%s with %j', async (argument, script, expected) => {
    expect(await collected(argument, script)).toEqual(expected)
  })

  it.each([
    ['stays', false, [undefined, '%23']],
    ['is flushed', true, ['5678', '%23']],
  ])('what was keyed too much %s for the next prompt', async (_, flush, expected) => {
    await place({ id: ID, digits: ['1234#', '5678#'] }, async (call) => {
      await call.open()
      await call.run('play_and_get_digits', '1 4 1 5000 # a.wav b.wav first .* 3000')
      if (flush) expect(await call.api(`uuid_flush_dtmf ${ID}`)).toBe('+OK\n')
      const event = await call.run('play_and_get_digits', '1 9 1 5000 # a.wav b.wav second .* 3000')
      expect(variable(event, 'first')).toBe('1234')
      expect([variable(event, 'second'), variable(event, 'read_terminator_used')]).toEqual(expected)
      await call.hangUp()
    })
  })
})

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

  it.each<[Party, string]>([
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

  it('lets the first who answers talk, and ends with the conversation', async () => {
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

  it('hangs up on failure unless told to go on', async () => {
    const { result } = await bridged('user/200', { '200': { outcome: 'busy' } }, 'socket_resume=false')
    expect(result).toMatchObject({ ended: 'hangup', cause: 'USER_BUSY', sip: 486, answered: false })
  })

  it('refuses the caller with what the other leg left behind', async () => {
    const { result } = await place({ id: ID, answers: { '200': { outcome: 'busy' } } }, async (call) => {
      await call.open()
      await call.api(`uuid_setvar_multi ${ID} ${SET_UP}`)
      await call.run('bridge', 'user/200')
      await call.hangUp('CALL_REJECTED')
    })
    expect(result).toMatchObject({ cause: 'CALL_REJECTED', sip: 486 })
  })

  it('sees a redirect that takes the caller out of the walk', async () => {
    const answers: Record<string, Party> = { '200': { outcome: 'failed', sip: 302 } }
    const followed = await bridged('user/200', answers, 'socket_resume=false')
    expect(followed.result.violations.join()).toContain('follows a redirect')
    const fatal = await bridged('{outbound_redirect_fatal=true}user/200', answers, 'socket_resume=false')
    expect(fatal.result).toMatchObject({ violations: [], cause: 'REQUESTED_CHAN_UNAVAIL' })
  })

  const END = `sched_hangup +5 ${ID}`
  it.each([
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

describe('when the controller goes away', () => {
  const talk: Record<string, Party> = { '200': { outcome: 'answered', afterMs: 40, talkMs: 400 } }
  const RESUME = 'socket_resume=true;hangup_after_bridge=true;continue_on_fail=true'

  /** The first controller sets up, begins something and goes; the second hangs up. */
  async function lost(
    set: string,
    during: string,
    begin: [string, string?] | undefined,
    script: Partial<CallScript> = {},
  ) {
    const gone = Promise.withResolvers<undefined>()
    const placed = await place(
      {
        id: ID,
        answers: talk,
        audioMs: 400,
        speed: 1,
        ...script,
        observe: (entry) => {
          const reached =
            during === 'parked'
              ? entry.type === 'set'
              : during === 'talking'
                ? entry.type === 'bridge'
                : entry.type === 'ringing' || (entry.type === 'application' && begin?.[0] !== 'bridge')
          if (reached) setImmediate(() => gone.resolve(undefined))
        },
      },
      async (call, index) => {
        const connected = await call.open()
        if (index > 0) {
          expect(headerOf(connected, 'Unique-ID')).toBe(ID)
          await call.hangUp('USER_BUSY')
          return
        }
        await call.api(`uuid_setvar_multi ${ID} ${set};mark=1`)
        if (begin) call.execute(...begin)
        await gone.promise
        call.socket.destroy()
      },
    )
    return placed
  }

  it.each([SET_UP, RESUME])(
    'parked, %s: the next controller gets the call with its variables',
    async (set) => {
      const { result, connections } = await lost(set, 'parked', undefined)
      expect(connections).toBe(2)
      expect(result).toMatchObject({ ended: 'hangup', cause: 'USER_BUSY', violations: [] })
      expect(result.variables['mark']).toBe('1')
    },
  )

  it('in a conversation it goes on, and the call ends with it', async () => {
    const { result, connections } = await lost(SET_UP, 'talking', ['bridge', 'user/200'])
    expect(connections).toBe(1)
    expect(result).toMatchObject({ ended: 'talked', talkMs: 400, violations: [] })
  })

  it('in a conversation with socket_resume it is cut', async () => {
    const { result, connections } = await lost(RESUME, 'talking', ['bridge', 'user/200'])
    expect(connections).toBe(2)
    expect(result.violations.join()).toContain('a conversation is cut')
  })

  it('while ringing it rings on, and they talk', async () => {
    const { result } = await lost(SET_UP, 'ringing', ['bridge', 'user/200'])
    expect(result).toMatchObject({ ended: 'talked', talkMs: 400 })
  })

  it('while ringing with socket_resume the ringing is cut', async () => {
    const { result, connections } = await lost(RESUME, 'ringing', ['bridge', 'user/200'])
    expect(connections).toBe(2)
    expect(result).toMatchObject({ ended: 'hangup', cause: 'USER_BUSY', answered: false })
  })

  it('during digit entry it is finished, and the next controller finds the digits', async () => {
    const collect: [string, string] = ['play_and_get_digits', '1 9 1 1000 # a.wav b.wav code .* 100']
    const { result } = await lost(SET_UP, 'digits', collect, { digits: ['12'] })
    expect(result.variables).toMatchObject({ code: '12', read_result: 'timeout' })
  })

  it('during digit entry with socket_resume it is cut', async () => {
    const collect: [string, string] = ['play_and_get_digits', '1 9 1 60000 # a.wav b.wav code .* 60000']
    const { result, connections } = await lost(RESUME, 'digits', collect, { digits: ['12'] })
    expect(connections).toBe(2)
    expect(result.variables).not.toHaveProperty('read_result')
  })

  it('before connect the dialplan goes on with socket_resume, and the caller is stuck without', async () => {
    const first = (resume: string) =>
      place({ variables: { socket_resume: resume } }, async (call, index) => {
        if (index === 0) call.socket.destroy()
        else {
          await call.open()
          await call.hangUp()
        }
      })
    expect((await first('true')).result).toMatchObject({ ended: 'hangup', violations: [] })
    expect((await first('false')).result.ended).toBe('stuck')
  })

  it('goes to the next host where one refuses, and apologises when none is left', async () => {
    const dead = await controller(() => undefined)
    await dead.close()
    const alive = await controller(async (call) => {
      await call.open()
      await call.hangUp()
    })
    const script: CallScript = { did: '215', tickMs: 0, speed: Infinity }
    expect(await placeCall([dead, alive], script)).toMatchObject({ ended: 'hangup' })
    await alive.close()
    expect(await placeCall([dead, alive], script)).toMatchObject({
      ended: 'lost',
      cause: 'NORMAL_TEMPORARY_FAILURE',
      sip: 503,
      answered: false,
    })
  })
})

describe('the caller', () => {
  it.each([
    ['prompt', 'NORMAL_CLEARING'],
    ['ringing', 'ORIGINATOR_CANCEL'],
    ['request', 'ORIGINATOR_CANCEL'],
    [{ afterMs: 1000 }, 'ORIGINATOR_CANCEL'],
  ] as const)('gives up: %j', async (when, cause) => {
    const { result } = await place({ id: ID, hangUp: { when } }, async (call) => {
      await call.open()
      await call.api(`uuid_setvar_multi ${ID} ${SET_UP}`)
      if (when === 'prompt') {
        call.execute('answer')
        call.execute('playback', 'a.wav')
      } else if (when !== 'request') call.execute('bridge', 'user/200')
      const ended = await call.event('CHANNEL_HANGUP_COMPLETE')
      expect(variable(ended, 'hangup_cause')).toBe(cause)
      call.send('exit\n\n')
    })
    expect(result).toMatchObject({ ended: 'hangup', cause, answered: when === 'prompt' })
  })

  it('gives up when the test says so', async () => {
    const caller = new AbortController()
    const { result } = await place({ signal: caller.signal }, async (call) => {
      await call.open()
      caller.abort()
    })
    expect(result).toMatchObject({ ended: 'hangup', cause: 'ORIGINATOR_CANCEL', sip: 487 })
  })

  it('hears endless audio until it is broken off', async () => {
    const { timeline } = await place({ id: ID }, async (call) => {
      await call.open()
      call.send('event plain CHANNEL_EXECUTE\n\n')
      call.execute('playback', 'tone_stream://%(1000,4000,425);loops=-1')
      await call.event('CHANNEL_EXECUTE', 'playback')
      call.execute('set', 'flushed=1')
      await call.api(`uuid_break ${ID} all`)
      const event = await call.event('CHANNEL_EXECUTE_COMPLETE', 'playback')
      expect(headerOf(event, 'Application-Response')).toBe('FILE%20PLAYED')
      expect(variable(await call.run('set', 'a=b'), 'flushed')).toBeUndefined()
      await call.hangUp()
    })
    expect(timeline).toContainEqual(
      expect.objectContaining({ type: 'audio', end: 'interrupted', early: true }),
    )
  })

  it('is handed over for good by a transfer', async () => {
    const { result } = await place({}, async (call) => {
      await call.open()
      await call.run('transfer', '8000 XML default')
      call.send('exit\n\n')
    })
    expect(result).toMatchObject({
      ended: 'transferred',
      transferredTo: { extension: '8000', dialplan: 'XML', context: 'default' },
    })
  })

  it('comes with a name that is not UTF-8, and percent signs that nobody can tell apart', async () => {
    await place({ name: Uint8Array.from(Buffer.from('J\xe9r%0A', 'latin1')) }, async (call) => {
      const connected = await call.open()
      expect(headerOf(connected, 'Caller-Caller-ID-Name')).toBe('J%E9r%0A')
      await call.hangUp()
    })
  })
})
