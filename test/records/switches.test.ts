import { describe, expect, test } from 'vitest'
import { createSwitches } from '../../src/records/switches.ts'

const NO_LINK = new Error('no link')

/** A link with a FreeSWITCH that has been started as each of `cores`, the last of which it is now. */
function link(name: string, cores: readonly string[], { connected = true, calls = [] as string[] } = {}) {
  const answer = (yes: boolean) => (connected ? Promise.resolve(yes) : Promise.reject(NO_LINK))
  return {
    name,
    state: () => ({ connected, since: '2026-11-22T15:30:02.140Z' }),
    knows: (core: string) => cores.includes(core),
    exists: (id: string) => answer(calls.includes(id)),
    isStill: (core: string) => answer(core === cores.at(-1)),
  }
}

describe('operations whom to ask of a call', () => {
  const [a, b] = [link('a', ['a1', 'a2']), link('b', ['b1'], { connected: false })]
  const switches = createSwitches([a, b])

  test.each([
    ['the one that has its Core-UUID', { core: 'b1' }, b],
    ['the one that had it', { core: 'a1' }, a],
    ['the one that had it, whatever another controller calls it', { core: 'a1', freeswitch: 'b' }, a],
    ['the one of its name, where it was started since', { core: 'b0', freeswitch: 'b' }, b],
    ['nobody, where it is in the list of another controller', { core: 'c1', freeswitch: 'c' }, undefined],
    ['nobody, where it is not known which it was', { core: 'c1' }, undefined],
  ])('%s', (_, call, whom) => {
    expect(switches.of(call)).toBe(whom)
  })

  test('it is certain that none has it only where all of them can be seen', () => {
    expect(switches.haveNot({ core: 'c1' })).toBe(false)
    const seen = createSwitches([a])
    expect(seen.haveNot({ core: 'c1' })).toBe(true)
    expect(seen.haveNot({ core: 'a1' })).toBe(false)
    expect(seen.haveNot({ core: 'c1', freeswitch: 'c' })).toBe(false)
    expect(createSwitches([]).haveNot({ core: 'c1' })).toBe(false)
  })

  test('all, of a call that an earlier release kept, which one of them may have', async () => {
    const all = createSwitches([a, link('c', ['c1'], { calls: ['x'] })]).of({})!
    expect(await all.exists('x')).toBe(true)
    expect(await all.exists('y')).toBe(false)
    expect([await all.isStill('a2'), await all.isStill('c1'), await all.isStill('a1')]).toEqual([
      ...[true, true, false],
    ])
    // As long as one cannot say, nobody knows.
    await expect(switches.of({})!.exists('y')).rejects.toBe(NO_LINK)
    expect(createSwitches([]).of({})).toBeUndefined()
  })
})
