/** Groups as people ring them: delays, times of their own, audio in place of ringing, announcements, confirmation. */
import { expect } from 'vitest'
import type { CallReport, Keyed } from './harness/caller.ts'
import { startTestBed } from './harness/scenario.ts'
import { header, party, type SipMessage } from './harness/sip.ts'
import type { Telephone } from './harness/telephone.ts'

const testBed = await startTestBed()
const { scenario } = testBed

const [music, announcement, missed, behind, before] = [600, 1000, 1400, 1600, 700] as const
const audio = {
  music: `tone_stream://%(800,0,${music})`,
  announcement: `tone_stream://%(1500,0,${announcement})`,
  missed: `tone_stream://%(400,0,${missed})`,
  behind: `tone_stream://%(400,0,${behind})`,
  before: `tone_stream://%(400,0,${before})`,
  gone: 'there/is/none.wav',
}
const onNoAnswer = { noAnswer: [{ type: 'play', audio: 'missed' }] }
const lineTo = (bridge: object, first: readonly object[] = []) =>
  testBed.line({
    audio,
    steps: [...first, { type: 'bridge', on: onNoAnswer, ...bridge }, { type: 'play', audio: 'behind' }],
  })
const answered = [{ type: 'play', audio: 'before' }]

const heard = ({ tones }: CallReport) => tones.map(({ freqHz }) => freqHz)
/** Each once. */
const kinds = (call: CallReport) => [...new Set(heard(call))]
const heardBy = async (phone: Telephone) => (await phone.tones()).map(({ freqHz }) => freqHz)
const sentTo = async (phone: Telephone, method: string) =>
  (await phone.messages()).filter((m) => m.method === method && m.to === Number(phone.number.slice(1)))
const answerOf = async (phone: Telephone) =>
  (await phone.messages()).find((m) => m.status === 200 && header(m, 'cseq')?.endsWith('INVITE'))
const timeBetween = (first: SipMessage | undefined, second: SipMessage | undefined) =>
  (second?.atMs ?? 0) - (first?.atMs ?? 0)
/** The caller heard neither of the tones that the plan has for who is not put through. */
const talked = { status: 200, endedBy: 'switch' }
const presses = (digits: string, afterMs = 700): Keyed[] => [{ afterMs, digits }]

scenario('§5 delays and ring times of their own, on the wire', () => {
  const [bob, eve, dan] = [testBed.telephone(), testBed.telephone(), testBed.telephone()] as const
  const did = lineTo({
    destination: [
      { to: bob.number, ringSeconds: 4 },
      { to: eve.number, delaySeconds: 3 },
      { to: dan.number, delaySeconds: 5 },
    ],
    ringSeconds: 7,
  })
  return async () => {
    await Promise.all([bob.rings(), eve.rings(), dan.answers({ ringMs: 1000, talkMs: 500 })])
    const call = await testBed.call({ did })
    expect(call, call.story).toMatchObject({ status: 200, tones: [] })
    const [[toBob], [toEve], [toDan]] = await Promise.all([bob.invites(), eve.invites(), dan.invites()])
    // FreeSWITCH counts whole seconds: up to one later.
    for (const [later, seconds] of [[toEve, 3], [toDan, 5]] as const) {
      expect(timeBetween(toBob, later)).toBeGreaterThan(1000 * seconds - 100)
      expect(timeBetween(toBob, later)).toBeLessThan(1000 * seconds + 1200)
    } // prettier-ignore
    const [cancelled] = await sentTo(bob, 'CANCEL')
    expect(Math.abs(timeBetween(toBob, cancelled) - 4500)).toBeLessThanOrEqual(700)
    expect(await sentTo(eve, 'CANCEL')).toHaveLength(1)
  }
})

scenario('§5 who is delayed rings at once where nobody else rings any more, for as long as it would', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = lineTo({
    destination: [bob.number, { to: eve.number, delaySeconds: 10, ringSeconds: 3 }],
    ringSeconds: 20,
  })
  return async () => {
    await Promise.all([bob.refuses(486), eve.rings()])
    const call = await testBed.call({ did })
    const [[toBob], [toEve], [cancelled]] = await Promise.all([bob.invites(), eve.invites(), sentTo(eve, 'CANCEL')])
    expect(timeBetween(toBob, toEve), call.story).toBeLessThan(1500)
    expect(Math.abs(timeBetween(toEve, cancelled) - 3500)).toBeLessThanOrEqual(1200)
  }
}) // prettier-ignore

scenario('§5 a telephone that would ring later is not rung where one answers before', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = lineTo({ destination: [bob.number, { to: eve.number, delaySeconds: 2 }] })
  return async () => {
    await Promise.all([bob.answers({ ringMs: 300, talkMs: 3500 }), eve.rings()])
    expect((await testBed.call({ did })).status).toBe(200)
    expect(await eve.invites()).toEqual([])
  }
})

scenario('§5 a ring time of more than a minute, past which FreeSWITCH ends an attempt by itself', () => {
  const bob = testBed.telephone()
  const did = lineTo({ destination: bob.number, ringSeconds: 63 })
  return async () => {
    await bob.rings()
    await testBed.call({ did })
    const [[invite], [cancelled]] = await Promise.all([bob.invites(), sentTo(bob, 'CANCEL')])
    expect(Math.abs(timeBetween(invite, cancelled) - 63_500)).toBeLessThanOrEqual(1000)
  }
})

scenario('§5 ringback before the answer: early media from the first moment, again and again', () => {
  const bob = testBed.telephone()
  const did = lineTo({ destination: bob.number, ringback: 'music' })
  return async () => {
    await bob.answers({ ringMs: 3000, talkMs: 500 })
    const call = await testBed.call({ did })
    // The audio lasts 0.8 s, and begins again a quarter of a second later.
    expect(heard(call), call.story).toEqual([music, music, music])
    expect(call.messages.some(({ status }) => status === 183)).toBe(true)
    expect(call.answeredMs).toBeGreaterThan(2800)
  }
})

scenario('§5 ringback of a caller who is answered, and the ringing tone again by the next bridge', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = testBed.line({
    audio,
    steps: [
      ...answered,
      { type: 'bridge', destination: bob.number, ringback: 'music', ringSeconds: 2 },
      { type: 'bridge', destination: eve.number },
    ],
  })
  return async () => {
    await Promise.all([bob.rings(), eve.answers({ ringMs: 2000, talkMs: 500 })])
    const call = await testBed.call({ did })
    expect(kinds(call), call.story).toEqual([before, music, 425])
  }
})

scenario('§5 ringback from a file below the sounds folder', () => {
  const bob = testBed.telephone()
  const did = testBed.line({
    audio: { music: 'belplan/en/sorry.wav' },
    steps: [{ type: 'bridge', destination: bob.number, ringback: 'music' }],
  })
  return async () => {
    await bob.answers({ ringMs: 8000, talkMs: 500 })
    const call = await testBed.call({ did })
    expect(call.status).toBe(200)
    expect(
      call.prompt('belplan/en/sorry.wav').likeness,
      JSON.stringify(call.prompt('belplan/en/sorry.wav')),
    ).toBeGreaterThan(0.8)
  }
})

scenario('§5 ringback that cannot be played: it rings, and they talk', () => {
  const bob = testBed.telephone()
  const did = lineTo({ destination: bob.number, ringback: 'gone' })
  return async () => {
    await bob.answers({ ringMs: 1000, talkMs: 500 })
    expect(await testBed.call({ did })).toMatchObject({ status: 200, tones: [] })
  }
})

for (const [who, first, tone] of [
  ['who is not answered yet', [], undefined],
  ['who is answered', answered, 425],
] as const) {
  scenario(`§5 an announcement: the called party hears it, and a caller ${who} hears it ring on`, () => {
    const bob = testBed.telephone()
    const did = lineTo({ destination: bob.number, announce: 'announcement' }, first)
    return async () => {
      await bob.answers({ ringMs: 500, talkMs: 4000 })
      const call = await testBed.call({ did })
      expect(await heardBy(bob)).toEqual([announcement])
      expect(heard(call), call.story).toEqual(tone === undefined ? [] : [before, tone])
      if (tone === undefined) {
        const caller = call.messages.find(({ status }) => status === 200)
        expect(timeBetween(await answerOf(bob), caller)).toBeGreaterThan(1300)
      }
      expect(call.status).toBe(200)
    }
  })
}

scenario('§5 an announcement that cannot be played is none', () => {
  const bob = testBed.telephone()
  const did = lineTo({ destination: bob.number, announce: 'gone' })
  return async () => {
    await bob.answers({ talkMs: 1000 })
    expect((await testBed.call({ did })).status).toBe(200)
  }
})

for (const announce of ['announcement', 'gone', undefined] as const) {
  scenario(`§5 confirm: who presses 1 talks, and the caller is answered then (announce ${announce ?? 'none'})`, () => {
    const bob = testBed.telephone()
    const did = lineTo({ destination: bob.number, confirm: true, ringback: 'music', ...(announce && { announce }) })
    return async () => {
      await bob.answers({ ringMs: 300, talkMs: 2000, keys: presses('1', 1500) })
      const call = await testBed.call({ did })
      expect(call, call.story).toMatchObject(talked)
      expect(timeBetween(await answerOf(bob), call.messages.find(({ status }) => status === 200))).toBeGreaterThan(2000)
      expect(kinds(call)).toEqual([music])
      expect(await heardBy(bob)).toEqual(announce === 'announcement' ? [announcement] : [])
    }
  }) // prettier-ignore
}

for (const [what, keys] of [
  ['presses nothing', []],
  ['presses other keys', presses('2*')],
] as const) {
  scenario(`§5 confirm: who ${what} is not talked to, and the walk goes on as without an answer`, () => {
    const bob = testBed.telephone()
    const did = lineTo({ destination: bob.number, confirm: true, announce: 'announcement' })
    return async () => {
      await bob.answers({ ringMs: 300, talkMs: 40_000, keys })
      const call = await testBed.call({ did, hangUpAfterMs: 35_000 })
      expect(heard(call), call.story).toEqual([missed, behind])
      const [bye] = await sentTo(bob, 'BYE')
      expect(Math.abs(timeBetween(await answerOf(bob), bye) - 20_500)).toBeLessThanOrEqual(1000)
      expect((await heardBy(bob)).every((hz) => hz === announcement)).toBe(true)
    }
  })
}

scenario('§5 confirm: a voicemail that hangs up by itself does not end the call', () => {
  const bob = testBed.telephone()
  const did = lineTo({ destination: bob.number, confirm: true, announce: 'announcement' })
  return async () => {
    await bob.answers({ ringMs: 300, talkMs: 2500 })
    const call = await testBed.call({ did })
    expect(heard(call), call.story).toEqual([missed, behind])
  }
})

scenario('§5 confirm: a voicemail answers first, and another telephone that confirms has the caller', () => {
  const [mobile, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = lineTo({ destination: [mobile.number, eve.number], confirm: true, announce: 'announcement' })
  return async () => {
    await Promise.all([
      mobile.answers({ ringMs: 200, talkMs: 15_000 }),
      eve.answers({ ringMs: 3000, talkMs: 1500, keys: presses('1') }),
    ])
    const call = await testBed.call({ did })
    expect(call, call.story).toMatchObject(talked)
    expect(call.answeredMs).toBeGreaterThan(3500)
    expect(await sentTo(mobile, 'BYE')).toHaveLength(1)
  }
})

scenario('§5 confirm: the caller who hangs up meanwhile ends it', () => {
  const bob = testBed.telephone()
  const did = lineTo({ destination: bob.number, confirm: true, announce: 'announcement' })
  return async () => {
    await bob.answers({ ringMs: 200, talkMs: 20_000 })
    await testBed.call({ did, cancelAfterMs: 4000 })
    const [bye] = await sentTo(bob, 'BYE')
    expect(timeBetween(await answerOf(bob), bye)).toBeLessThan(7000)
  }
})

const shortly = ({ number }: Telephone) => number.replace(/^9/, '7')

scenario(
  '§5 who did not confirm does not shorten a later conversation; who did has the time of the route',
  () => {
    const [mobile, eve, dan] = [testBed.telephone(), testBed.telephone(), testBed.telephone()] as const
    const did = testBed.line({
      audio,
      steps: [
        { type: 'bridge', destination: shortly(mobile), confirm: true, announce: 'announcement' },
        { type: 'bridge', destination: eve.number },
      ],
    })
    const limited = lineTo({ destination: shortly(dan), confirm: true, announce: 'announcement' })
    return async () => {
      await Promise.all([
        mobile.answers({ talkMs: 1500 }),
        eve.answers({ talkMs: 6000 }),
        dan.answers({ talkMs: 12_000, keys: presses('1', 3000) }),
      ])
      const [long, short] = await Promise.all([testBed.call({ did }), testBed.call({ did: limited })])
      expect(long.connectedMs, long.story).toBeGreaterThan(5500)
      expect(short, short.story).toMatchObject({ status: 200, endedBy: 'switch' })
      expect(short.connectedMs, short.story).toBeGreaterThan(1900)
      expect(short.connectedMs, short.story).toBeLessThan(5000)
    }
  },
)

scenario('§5 the name of one bridge is shown by that one alone', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const name = 'Büro "${system touch /tmp/x}", 100%'
  const did = testBed.line({
    audio,
    steps: [
      { type: 'bridge', destination: bob.number, callerName: name },
      { type: 'bridge', destination: eve.number },
    ],
  })
  return async () => {
    await Promise.all([bob.refuses(486), eve.refuses(486)])
    await testBed.call({ did, name: 'Jane Doe' })
    const [[toBob], [toEve]] = await Promise.all([bob.invites(), eve.invites()])
    const shown = (invite: SipMessage | undefined) => invite && party(header(invite, 'from'))?.name
    expect(shown(toBob)).toBe("Büro '$ {system touch /tmp/x}', 100%")
    expect(shown(toEve)).toBe('Jane Doe')
  }
})

scenario('§5 random and round robin ring each of a list once', () => {
  const phones = [testBed.telephone(), testBed.telephone(), testBed.telephone()]
  const destination = phones.map(({ number }) => number)
  const did = lineTo({ destination, strategy: 'random' })
  return async () => {
    await Promise.all(phones.map((phone) => phone.refuses(486)))
    const call = await testBed.call({ did })
    expect(heard(call), call.story).toEqual([behind])
    for (const phone of phones) expect(await phone.invites()).toHaveLength(1)
  }
})

for (const list of [false, true]) {
  scenario(`§5 confirm, ringback and delays at telephones of the directory, ${list ? 'some' : 'one alone'}`, () => {
    const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
    const destination = list ? ['215', { to: '216', delaySeconds: 2 }] : ['217']
    const did = lineTo({ destination, confirm: true, announce: 'announcement', ringback: 'music', ringSeconds: 5 })
    return async () => {
      await bob.registers(list ? '215' : '217')
      if (list) await eve.registers('216')
      if (list) await eve.rings()
      await bob.answers({ ringMs: 300, talkMs: 2500, keys: presses('1', 6000) })
      const call = await testBed.call({ did })
      expect(call, call.story).toMatchObject(talked)
      expect(call.answeredMs).toBeGreaterThan(6000)
      expect(kinds(call)).toEqual([music])
      expect([...new Set(await heardBy(bob))]).toEqual([announcement])
      if (!list) return
      const [[toBob], [toEve]] = await Promise.all([bob.invites(), eve.invites()])
      expect(timeBetween(toBob, toEve)).toBeGreaterThan(1900)
    }
  }) // prettier-ignore
}
