import { describe, expect, test } from 'vitest'
import { placeCall } from '../../src/simulator/place-call.ts'
import type { CallScript, Party } from '../../src/simulator/script.ts'
import { headerOf } from '../esl/frames.ts'
import { scriptedController, ID, place, SET_UP } from './scripted-controller.ts'

describe('when the controller disconnects', () => {
  const talk: Record<string, Party> = { '200': { outcome: 'answered', afterMs: 40, talkMs: 400 } }
  const RESUME = 'socket_resume=true;hangup_after_bridge=true;continue_on_fail=true'

  /** The first controller sets up, begins something and disconnects; the second hangs up. */
  async function lost(
    set: string,
    during: string,
    begin: [string, string?] | undefined,
    script: Partial<CallScript> = {},
  ) {
    const disconnect = Promise.withResolvers<undefined>()
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
          if (reached) setImmediate(() => disconnect.resolve(undefined))
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
        await disconnect.promise
        call.socket.destroy()
      },
    )
    return placed
  }

  test.each([SET_UP, RESUME])(
    'parked, %s: the next controller gets the call with its variables',
    async (set) => {
      const { result, connections } = await lost(set, 'parked', undefined)
      expect(connections).toBe(2)
      expect(result).toMatchObject({ ended: 'hangup', cause: 'USER_BUSY', violations: [] })
      expect(result.variables['mark']).toBe('1')
    },
  )

  test('in a conversation it goes on, and the call ends with it', async () => {
    const { result, connections } = await lost(SET_UP, 'talking', ['bridge', 'user/200'])
    expect(connections).toBe(1)
    expect(result).toMatchObject({ ended: 'talked', talkMs: 400, violations: [] })
  })

  test('in a conversation with socket_resume it is cut', async () => {
    const { result, connections } = await lost(RESUME, 'talking', ['bridge', 'user/200'])
    expect(connections).toBe(2)
    expect(result.violations.join()).toContain('a conversation is cut')
  })

  test('while ringing it rings on, and they talk', async () => {
    const { result } = await lost(SET_UP, 'ringing', ['bridge', 'user/200'])
    expect(result).toMatchObject({ ended: 'talked', talkMs: 400 })
  })

  test('while ringing with socket_resume the ringing is cut', async () => {
    const { result, connections } = await lost(RESUME, 'ringing', ['bridge', 'user/200'])
    expect(connections).toBe(2)
    expect(result).toMatchObject({ ended: 'hangup', cause: 'USER_BUSY', answered: false })
  })

  test('during digit entry it is finished, and the next controller finds the digits', async () => {
    const collect: [string, string] = ['play_and_get_digits', '1 9 1 1000 # a.wav b.wav code .* 100']
    const { result } = await lost(SET_UP, 'digits', collect, { digits: ['12'] })
    expect(result.variables).toMatchObject({ code: '12', read_result: 'timeout' })
  })

  test('during digit entry with socket_resume it is cut', async () => {
    const collect: [string, string] = ['play_and_get_digits', '1 9 1 60000 # a.wav b.wav code .* 60000']
    const { result, connections } = await lost(RESUME, 'digits', collect, { digits: ['12'] })
    expect(connections).toBe(2)
    expect(result.variables).not.toHaveProperty('read_result')
  })

  test('before connect the dialplan goes on with socket_resume, and the caller is stuck without', async () => {
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

  test('goes to the next host where one refuses, and plays an announcement when none is left', async () => {
    const dead = await scriptedController(() => undefined)
    await dead.close()
    const alive = await scriptedController(async (call) => {
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
