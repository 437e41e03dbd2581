import { describe, expect, test } from 'vitest'
import { headerOf } from '../esl/frames.ts'
import { ID, place, SET_UP, variable } from './scripted-controller.ts'

describe('the channel', () => {
  test('is hung up at once by uuid_kill, whatever it executes', async () => {
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

  test('still runs what was sent before the controller disconnected', async () => {
    const { result, connections } = await place({ id: ID }, async (call) => {
      await call.open()
      call.execute('answer')
      call.execute('transfer', '8000 XML default')
      call.send('exit\n\n')
    })
    expect(connections).toBe(1)
    expect(result).toMatchObject({ ended: 'transferred', answered: true })
  })

  test('is hung up by an application that does not exist, without a completion', async () => {
    const { result } = await place({}, async (call) => {
      await call.open()
      call.execute('no_such_application', 'x', 'last')
      const completed = await call.event('CHANNEL_EXECUTE_COMPLETE')
      expect(headerOf(completed, 'Application')).toBe('socket')
      call.send('exit\n\n')
    })
    expect(result).toMatchObject({ cause: 'DESTINATION_OUT_OF_ORDER', sip: 502, applications: [] })
  })

  test('sleeps a tick before each application', async () => {
    const began = performance.now()
    await place({ tickMs: 20, speed: 1 }, async (call) => {
      await call.open()
      for (let count = 0; count < 5; count += 1) call.execute('set', `a=${count}`)
      await call.hangUp()
    })
    expect(performance.now() - began).toBeGreaterThan(100)
  })
})

describe('the caller', () => {
  test.each([
    ['prompt', 'NORMAL_CLEARING'],
    ['ringing', 'ORIGINATOR_CANCEL'],
    ['request', 'ORIGINATOR_CANCEL'],
    [{ afterMs: 1000 }, 'ORIGINATOR_CANCEL'],
  ] as const)('hangs up: %j', async (when, cause) => {
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

  test('hangs up when the signal of the script aborts', async () => {
    const caller = new AbortController()
    const { result } = await place({ signal: caller.signal }, async (call) => {
      await call.open()
      caller.abort()
    })
    expect(result).toMatchObject({ ended: 'hangup', cause: 'ORIGINATOR_CANCEL', sip: 487 })
  })

  test('hears endless audio until uuid_break', async () => {
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

  test('is gone for good after a transfer', async () => {
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

  test('comes with a name that is not UTF-8, and percent signs that no reader can tell apart', async () => {
    await place({ name: Uint8Array.from(Buffer.from('J\xe9r%250A', 'latin1')) }, async (call) => {
      const connected = await call.open()
      expect(headerOf(connected, 'Caller-Caller-ID-Name')).toBe('J%E9r%0A')
      await call.hangUp()
    })
  })

  // As test/freeswitch/equals-trial.test.ts saw it.
  test.each([
    ['a%41b', 'aAb'],
    ['100% a@b', '100%0A%40b'],
    ['100% sure', '100%25%20sure'],
  ])('decodes the name %s as it comes in', async (name, seen) => {
    await place({ name }, async (call) => {
      expect(headerOf(await call.open(), 'Caller-Caller-ID-Name')).toBe(seen)
      await call.hangUp()
    })
  })
})
