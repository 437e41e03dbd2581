/** FreeSWITCH's side: what callers hear when no controller can be reached. */
import { expect } from 'vitest'
import { startTestBed } from './harness/scenario.ts'
import { until } from '../harness/until.ts'

const testBed = await startTestBed({ sideBySide: false })

testBed.scenario('install §4 without a controller the caller hears an announcement, not silence', () => {
  const did = testBed.line({ steps: [{ type: 'play', audio: 'other' }] })
  return async () => {
    await testBed.controller.end()
    const call = await testBed.call({ did })
    const { fromMs, likeness } = call.prompt('belplan/en/sorry.wav')
    expect(likeness).toBeGreaterThan(0.95)
    expect(fromMs).toBeLessThan(4000)
    expect(call).toMatchObject({ exit: 0, status: 503, answeredMs: undefined })
    await until('no channel is left', async () =>
      (await testBed.switch.api('show channels count')).includes('0 total') ? true : undefined,
    )
  }
})
