import { describe, expect, test } from 'vitest'
import type { CallScript } from '../../src/simulator/script.ts'
import { ID, place, variable } from './scripted-controller.ts'

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

  test.each([
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

  test.each([
    ['stays', false, [undefined, '%23']],
    ['is flushed', true, ['5678', '%23']],
  ])('what was keyed beyond the last digit %s for the next prompt', async (_, flush, expected) => {
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
