/** Bridges: every outcome has its branch, lists ring at once or one after the other. */
import { expect } from 'vitest'
import type { CallReport } from './harness/caller.ts'
import { startTestBed } from './harness/scenario.ts'
import { header, type SipMessage } from './harness/sip.ts'
import type { Telephone } from './harness/telephone.ts'

const testBed = await startTestBed()
const { scenario } = testBed

const outcomes = { busy: 600, rejected: 800, noAnswer: 1000, unavailable: 1200, failed: 1400 } as const
const behind = 1600
type Outcome = keyof typeof outcomes

const audio = {
  ...Object.fromEntries(Object.entries(outcomes).map(([name, hz]) => [name, `tone_stream://%(400,0,${hz})`])),
  behind: `tone_stream://%(400,0,${behind})`,
}
/** A tone for each outcome. */
const on = Object.fromEntries(Object.keys(outcomes).map((name) => [name, [{ type: 'play', audio: name }]]))
const lineTo = (bridge: object) =>
  testBed.line({
    audio,
    steps: [
      { type: 'bridge', on, ...bridge },
      { type: 'play', audio: 'behind' },
    ],
  })

const heard = ({ tones }: CallReport) => tones.map(({ freqHz }) => freqHz)
const sentTo = (phone: Telephone, method: string) => async () =>
  (await phone.messages()).filter((m) => m.method === method && m.to === Number(phone.number.slice(1)))
const timeBetween = (first: SipMessage | undefined, second: SipMessage | undefined) =>
  (second?.atMs ?? 0) - (first?.atMs ?? 0)

scenario('§5 answered: they talk, and the call is over when they are done', () => {
  const bob = testBed.telephone()
  const did = lineTo({ destination: bob.number })
  return async () => {
    await bob.answers({ ringMs: 500, talkMs: 800 })
    const call = await testBed.call({ did })
    expect(call).toMatchObject({ exit: 0, status: 200, endedBy: 'switch', tones: [] })
    expect(call.rangMs).toBeLessThan(call.answeredMs! - 300)
    expect(call.connectedMs).toBeGreaterThan(600)
    expect(await bob.done()).toBe(0)
    expect(await bob.invites()).toHaveLength(1)
  }
})

const refusals: readonly (readonly [status: number, outcome: Outcome, extra?: string])[] = [
  [486, 'busy'],
  [600, 'busy'],
  [603, 'rejected'],
  [403, 'rejected'],
  [480, 'unavailable'],
  [404, 'unavailable'],
  [410, 'unavailable'],
  [408, 'unavailable'],
  [500, 'unavailable'],
  [503, 'unavailable'],
  [302, 'failed', 'Contact: <sip:8000@127.0.0.1>'],
  [484, 'failed'],
  [488, 'failed'],
]
for (const [status, outcome, extra] of refusals) {
  scenario(`§5 ${status}: ${outcome}, then the next step`, () => {
    const bob = testBed.telephone()
    const did = lineTo({ destination: bob.number })
    return async () => {
      await bob.refuses(status, extra)
      const call = await testBed.call({ did })
      expect(heard(call), call.story).toEqual([outcomes[outcome], behind])
      expect(await bob.invites()).toHaveLength(1)
    }
  })
}

scenario('§5 no answer: the ring time is kept within a second', () => {
  const bob = testBed.telephone()
  const did = lineTo({ destination: bob.number, ringSeconds: 3 })
  return async () => {
    await bob.rings()
    const call = await testBed.call({ did })
    expect(heard(call), call.story).toEqual([outcomes.noAnswer, behind])
    const [[invite], [cancel]] = await Promise.all([sentTo(bob, 'INVITE')(), sentTo(bob, 'CANCEL')()])
    expect(Math.abs(timeBetween(invite, cancel) - 3000)).toBeLessThanOrEqual(1000)
  }
})

for (const [what, destination, outcome] of [
  ['a telephone that is not registered', '219', 'unavailable'],
  ['a number that is denied', '+31900123456', 'failed'],
  ['a number without a route', '77', 'failed'],
  ['a gateway that does not exist', '88', 'failed'],
] as const) {
  scenario(`§5 ${what}: ${outcome}`, () => {
    const did = lineTo({ destination })
    return async () => {
      const call = await testBed.call({ did })
      expect(heard(call), call.story).toEqual([outcomes[outcome], behind])
    }
  })
}

scenario('§5 nothing listens there: unavailable', () => {
  const bob = testBed.telephone()
  const did = lineTo({ destination: bob.number })
  return async () => {
    await bob.unplugged()
    const call = await testBed.call({ did })
    expect(heard(call), call.story).toEqual([outcomes.unavailable, behind])
  }
})

scenario('§5 a simultaneous list: all ring, the first to answer has the caller, the others stop', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = lineTo({ destination: [bob.number, eve.number] })
  return async () => {
    await Promise.all([bob.rings(), eve.answers({ ringMs: 800, talkMs: 500 })])
    const call = await testBed.call({ did })
    expect(call).toMatchObject({ status: 200, endedBy: 'switch', tones: [] })
    const [[toBob], [toEve]] = await Promise.all([bob.invites(), eve.invites()])
    expect(Math.abs(timeBetween(toBob, toEve))).toBeLessThan(300)
    expect(await sentTo(bob, 'CANCEL')()).toHaveLength(1)
    expect([await bob.done(), await eve.done()]).toEqual([0, 0])
  }
})

scenario('§2 early media of one does not win a simultaneous list, and is not heard', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = lineTo({ destination: [bob.number, eve.number] })
  return async () => {
    await Promise.all([
      bob.answers({ earlyMedia: true, ringMs: 60_000 }),
      eve.answers({ ringMs: 1000, talkMs: 500 }),
    ])
    const call = await testBed.call({ did })
    expect(call.status).toBe(200)
    expect(await eve.done()).toBe(0)
    expect(call.messages.some(({ status }) => status === 183)).toBe(false)
  }
})

scenario('§2 early media does not stop the ring time', () => {
  const bob = testBed.telephone()
  const did = lineTo({ destination: bob.number, ringSeconds: 2 })
  return async () => {
    await bob.answers({ earlyMedia: true, ringMs: 60_000 })
    const call = await testBed.call({ did })
    expect(heard(call), call.story).toEqual([outcomes.noAnswer, behind])
    const [[invite], [cancel]] = await Promise.all([sentTo(bob, 'INVITE')(), sentTo(bob, 'CANCEL')()])
    expect(Math.abs(timeBetween(invite, cancel) - 2000)).toBeLessThanOrEqual(1000)
  }
})

const carried = (invite: SipMessage | undefined) => invite && header(invite, 'x-belplan-legs')

scenario('configuration legs that ring together carry how many they are', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = lineTo({ destination: [bob.number, eve.number] })
  return async () => {
    await Promise.all([bob.refuses(486), eve.refuses(486)])
    await testBed.call({ did })
    const [[one], [two]] = await Promise.all([bob.invites(), eve.invites()])
    expect([carried(one), carried(two)]).toEqual(['2', '2'])
  }
})

scenario('configuration of a list, a call that rings many already rings the first', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = lineTo({ destination: [bob.number, eve.number] })
  return async () => {
    await Promise.all([bob.refuses(486), eve.refuses(486)])
    await testBed.call({ did, headers: ['X-Belplan-Hops: 2', 'X-Belplan-Legs: 20'] })
    const [[one], none] = await Promise.all([bob.invites(), eve.invites()])
    expect(carried(one)).toBe('20')
    expect(none).toEqual([])
  }
})

scenario('§5 a simultaneous list in which nobody answers is noAnswer', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = lineTo({ destination: [bob.number, eve.number], ringSeconds: 2 })
  return async () => {
    await Promise.all([bob.rings(), eve.rings()])
    const call = await testBed.call({ did })
    expect(heard(call), call.story).toEqual([outcomes.noAnswer, behind])
    expect([await bob.done(), await eve.done()]).toEqual([0, 0])
  }
})

scenario('§5 a sequential list: one after the other until one answers', () => {
  const [bob, eve, dan] = [testBed.telephone(), testBed.telephone(), testBed.telephone()] as const
  const did = lineTo({
    destination: [bob.number, eve.number, dan.number],
    strategy: 'sequential',
    ringSeconds: 2,
  })
  return async () => {
    await Promise.all([bob.refuses(486), eve.rings(), dan.answers({ talkMs: 500 })])
    const call = await testBed.call({ did })
    expect(call).toMatchObject({ status: 200, endedBy: 'switch', tones: [] })
    const [[toBob], [toEve], [toDan]] = await Promise.all([bob.invites(), eve.invites(), dan.invites()])
    expect(timeBetween(toBob, toEve)).toBeGreaterThan(0)
    expect(Math.abs(timeBetween(toEve, toDan) - 2000)).toBeLessThanOrEqual(1200)
    expect(await eve.done()).toBe(0)
  }
})

scenario(
  '§5 the outcome of a sequential list is the first in order that any had: busy before noAnswer',
  () => {
    const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
    const did = lineTo({ destination: [bob.number, eve.number], strategy: 'sequential', ringSeconds: 2 })
    return async () => {
      await Promise.all([bob.rings(), eve.refuses(486)])
      const call = await testBed.call({ did })
      expect(heard(call), call.story).toEqual([outcomes.busy, behind])
    }
  },
)

scenario(
  '§2 before answer the caller hears ringing as soon as a destination rings: 180, and no media',
  () => {
    const bob = testBed.telephone()
    const did = lineTo({ destination: bob.number })
    return async () => {
      await bob.answers({ ringMs: 1500, talkMs: 300 })
      const call = await testBed.call({ did })
      expect(call.rangMs).toBeLessThan(1000)
      expect(call.tones).toEqual([])
    }
  },
)

scenario('§2 after answer the caller hears the ringing tone of the country while a destination rings', () => {
  const bob = testBed.telephone()
  const did = testBed.line({
    audio,
    steps: [
      { type: 'play', audio: 'behind' },
      { type: 'bridge', destination: bob.number },
    ],
  })
  return async () => {
    await bob.answers({ ringMs: 1500, talkMs: 300 })
    const call = await testBed.call({ did })
    expect(heard(call), call.story).toEqual([behind, 425])
  }
})
