/** What a called party goes through before the talk needs no controller: FreeSWITCH goes on with it alone. */
import { expect } from 'vitest'
import { startTestBed } from './harness/scenario.ts'

const testBed = await startTestBed({ sideBySide: false })
const { scenario } = testBed

const [music, announcement, before] = [600, 1000, 700] as const
const audio = {
  music: `tone_stream://%(800,0,${music})`,
  announcement: `tone_stream://%(1500,0,${announcement})`,
  before: `tone_stream://%(400,0,${before})`,
}

scenario('operations the controller is killed while it rings: who confirms is put through', () => {
  const bob = testBed.telephone()
  const bridge = { confirm: true, announce: 'announcement', ringback: 'music' }
  const did = testBed.line({
    audio,
    steps: [
      { type: 'play', audio: 'before' },
      { type: 'bridge', destination: bob.number, ...bridge },
    ],
  })
  return async () => {
    await bob.answers({ ringMs: 2000, talkMs: 2000, keys: [{ afterMs: 700, digits: '1' }] })
    const calling = testBed.call({ did, hangUpAfterMs: 14_000 })
    await bob.called()
    testBed.controller.signal('SIGKILL')
    const call = await calling
    expect(call, call.story).toMatchObject({ status: 200, endedBy: 'switch' })
    expect([...new Set(call.tones.map(({ freqHz }) => freqHz))]).toEqual([before, music])
    expect((await bob.tones()).map(({ freqHz }) => freqHz)).toEqual([announcement])
    // They talked, and then the call was over: the ringing lasts 2 s, and the key comes 1.5 s later.
    expect(call.connectedMs).toBeGreaterThan(400 + 2000 + 1500 + 1000)
  }
})
