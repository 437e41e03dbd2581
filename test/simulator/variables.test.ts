import { describe, expect, test } from 'vitest'
import { ID, place, variable } from './scripted-controller.ts'

describe('variables', () => {
  test('takes uuid_setvar_multi as mod_commands does', async () => {
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

  test.each([
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
  ])('reports what %s %s would execute', async (application, argument, violation) => {
    const { result } = await place({ id: ID }, async (call) => {
      await call.open()
      call.execute(application, argument)
      await call.hangUp()
    })
    if (violation === undefined) expect(result.violations).toEqual([])
    else expect(result.violations).toContain(violation)
  })
})
