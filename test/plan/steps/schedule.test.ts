import { describe, expect, test } from 'vitest'
import { realTime } from '../../../src/util/time.ts'
import { plan, play, ring, walkPlan } from '../walking.ts'

const office = { hours: [{ days: 'mon-fri', from: '09:00', to: '17:30' }], closedOn: [{ holidays: 'NL' }] }
const at = (moment: string) => ({ time: { ...realTime, unixMs: () => Date.parse(moment) } })
const branches = { open: [ring('215')], closed: [play] }

describe('§5 schedule', () => {
  const walked = (step: object, more: object, moment: string) =>
    walkPlan({ ...plan([{ type: 'schedule', ...branches, ...step }, ring('216')]), ...more }, at(moment))

  test.for<[string, object, object, string[], object]>([
    [
      '2026-11-25T08:30Z',
      office,
      { timezone: 'Europe/Amsterdam' },
      ['bridge 215', 'bridge 216'],
      { outcome: 'open', why: 'hours', clock: '2026-11-25T09:30+01:00[Europe/Amsterdam]' },
    ],
    [
      '2026-11-25T08:30Z',
      office,
      {},
      ['play hello.wav', 'bridge 216'],
      { outcome: 'closed', why: 'hours', clock: '2026-11-25T08:30+00:00[UTC]' },
    ],
    [
      '2026-04-27T10:00Z',
      { schedule: 'office' },
      { schedules: { office } },
      ['play hello.wav', 'bridge 216'],
      { outcome: 'closed', schedule: 'office', why: 'holiday Koningsdag', clock: '2026-04-27T10:00+00:00[UTC]' },
    ],
    [
      '2026-11-25T00:30Z',
      { schedule: 'office' },
      { schedules: { office: { ...office, timezone: 'Asia/Tokyo' } }, timezone: 'Europe/Amsterdam' },
      ['bridge 215', 'bridge 216'],
      { outcome: 'open', schedule: 'office', why: 'hours', clock: '2026-11-25T09:30+09:00[Asia/Tokyo]' },
    ],
  ])('at %s %j %j', async ([moment, step, more, did, record]) => {
    const { done, steps } = await walked(step, more, moment)
    expect(done.slice(0, -1)).toEqual(did)
    expect(steps[0]).toEqual({ step: 'main/0', type: 'schedule', ms: expect.any(Number) as number, ...record })
  }) // prettier-ignore

  test('a branch that is not there is passed over', async () => {
    const steps = [{ type: 'schedule', hours: [] }, ring('216')]
    expect((await walkPlan(plan(steps))).done[0]).toBe('bridge 216')
  })
})
