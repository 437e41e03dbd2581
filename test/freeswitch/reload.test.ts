/** Plan sets that change while calls run. */
import { expect } from 'vitest'
import type { CallReport } from './harness/caller.ts'
import { startTestBed } from './harness/scenario.ts'
import { until } from '../harness/until.ts'
import { documentOf, prompts } from './harness/plan-set.ts'

// One plan set: one after the other.
const testBed = await startTestBed({ sideBySide: false })
const { scenario } = testBed
const { start, sorry, other } = prompts

const play = (audio: string) => ({ type: 'play', audio })
const heard = ({ tones }: CallReport) => tones.map(({ freqHz }) => freqHz)
const did = testBed.line({ steps: [play('start')] })
const setWith = (steps: readonly unknown[]) => ({ 'line-1': documentOf({ steps }, did) })

scenario('api POST /plans/reload between two calls: the second one goes the new way', () => async () => {
  expect(heard(await testBed.call({ did }))).toEqual([start])
  testBed.controller.write(setWith([play('other')]))
  const response = await testBed.controller.reload()
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ changed: true, documents: 1, plans: 1, numbers: 1 })
  expect(heard(await testBed.call({ did }))).toEqual([other])
})

scenario('operations SIGHUP reloads as POST /plans/reload does', () => async () => {
  const revision = async () =>
    ((await (await fetch(`${testBed.controller.apiUrl}/plans`)).json()) as { revision: string }).revision
  const before = await revision()
  testBed.controller.write(setWith([play('sorry')]))
  testBed.controller.signal('SIGHUP')
  await until('a new revision serves', async () => ((await revision()) === before ? undefined : true))
  expect(heard(await testBed.call({ did }))).toEqual([sorry])
})

scenario('§2 a call keeps the revision that it began with', () => async () => {
  const audio = { long: `tone_stream://%(2500,0,${start})` }
  testBed.controller.write({ 'line-1': documentOf({ audio, steps: [play('long'), play('other')] }, did) })
  expect((await testBed.controller.reload()).status).toBe(200)

  const running = testBed.call({ did })
  await until('the call is held', async () => {
    const calls = (await (await fetch(`${testBed.controller.apiUrl}/calls?state=live`)).json()) as
      { calls: unknown[] } | unknown[]
    return (Array.isArray(calls) ? calls : calls.calls).length === 1 ? true : undefined
  })
  testBed.controller.write(setWith([play('sorry')]))
  expect((await testBed.controller.reload()).status).toBe(200)
  expect(heard(await running)).toEqual([start, other])
  expect(heard(await testBed.call({ did }))).toEqual([sorry])
})

scenario(
  'api a set that does not validate is refused, and the one before goes on serving',
  () => async () => {
    testBed.controller.write(setWith([play('no-such-audio')]))
    const response = await testBed.controller.reload()
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({
      error: { code: expect.any(String) as string, message: expect.any(String) as string },
    })
    expect(heard(await testBed.call({ did }))).toEqual([sorry])
    expect((await fetch(`${testBed.controller.apiUrl}/readyz`)).status).toBe(200)
  },
)
