/** Recordings while no controller holds the call: it is killed, or the called party sends the caller elsewhere. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { edit } from './harness/configuration.ts'
import { openParty } from './harness/party.ts'
import { until } from '../harness/until.ts'
import { startTestBed } from './harness/scenario.ts'
import { frequenciesIn, measured } from './harness/sox.ts'

/** What an operator has who lets telephones transfer calls. */
function allowTransfers(conf: string): void {
  edit(conf, 'sip_profiles/external.xml', (text) =>
    text.replace('"disable-transfer" value="true"', '"disable-transfer" value="false"'),
  )
  // `originate` and `uuid_bridge` are what an attended transfer does inside of FreeSWITCH.
  edit(conf, 'autoload_configs/switch.conf.xml', (text) =>
    text.replace(/<interface-allowlist>[\s\S]*<\/interface-allowlist>/, ''),
  )
}

const testBed = await startTestBed({ sideBySide: false, change: allowTransfers })
const { scenario } = testBed

const [CALLER, CALLED, COLLEAGUE] = [1000, 1400, 1800]
const record = { type: 'record' }
const bridge = (destination: string, more: object = {}) => ({
  ...{ type: 'bridge', destination, ringSeconds: 10 },
  ...more,
})

for (const [what, before] of [
  ['before the answer', []],
  ['of an answered caller', [{ type: 'play', audio: 'start' }]],
] as const) {
  scenario(
    `operations a controller that is killed while it rings: the conversation is recorded, ${what}`,
    () => {
      const bob = testBed.telephone()
      const did = testBed.line({ steps: [...before, record, bridge(bob.number)] })
      return async () => {
        await bob.answers({ ringMs: 2500, talkMs: 6000, says: CALLED })
        const calling = testBed.call({ did, says: CALLER })
        await bob.called()
        await testBed.controller.end('SIGKILL')
        await testBed.controller.start()
        await calling
        const said = await testBed.record(did)
        expect(said).toMatchObject({ ending: 'talked', recording: { file: testBed.recordingsOf(did)[0] } })
        const { channels, ms, left, right } = measured(testBed.recordingsOf(did)[0]!)
        expect([channels, frequenciesIn(left), frequenciesIn(right)]).toEqual([2, [CALLER], [CALLED]])
        expect(Math.abs(ms - 6000)).toBeLessThan(400)
        expect(Math.abs(ms - said.recording!.ms!)).toBeLessThan(100)
      }
    },
  )
}

scenario(
  'operations a controller that is killed during the announcement: it is heard once, and the conversation is recorded',
  () => {
    const bob = testBed.telephone()
    const did = testBed.line({ steps: [{ type: 'record', announce: 'start' }, bridge(bob.number)] })
    return async () => {
      await bob.answers({ ringMs: 500, talkMs: 2000, says: CALLED })
      const calling = testBed.call({ did, says: CALLER })
      await until(
        'it is played',
        async () => (await testBed.switch.api('show channels')).includes(',playback,') || undefined,
      )
      await testBed.controller.end('SIGKILL')
      await testBed.controller.start()
      const call = await calling
      expect(
        call.tones.filter(({ freqHz }) => Math.abs(freqHz - 500) < 30),
        call.story,
      ).toHaveLength(1)
      const said = await testBed.record(did)
      expect(said).toMatchObject({ ending: 'talked', recording: { file: testBed.recordingsOf(did)[0] } })
    }
  },
)

scenario(
  'operations a controller that is killed between two bridges: the next one knows what is recorded',
  () => {
    const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
    const did = testBed.line({
      steps: [
        { type: 'play', audio: 'start' },
        bridge(bob.number, { record: true, ringSeconds: 3 }),
        bridge(eve.number),
      ],
    })
    return async () => {
      await bob.rings()
      await eve.answers({ talkMs: 2000, says: CALLED })
      const calling = testBed.call({ did, says: CALLER })
      await bob.called()
      await testBed.controller.end('SIGKILL')
      await testBed.controller.start()
      const call = await calling
      expect(await eve.invites(), call.story).toHaveLength(1)
      const said = await testBed.record(did)
      expect(said).not.toHaveProperty('recording')
      expect(testBed.recordingsOf(did)).toEqual([])
    }
  },
)

scenario('§5 record: who is put through to a colleague after the conversation is recorded on', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = testBed.line({ steps: [record, bridge(bob.number)] })
  return async () => {
    await bob.answers({ talkMs: 12_000, says: CALLED })
    await eve.answers({ talkMs: 3000, says: COLLEAGUE })
    const calling = testBed.call({ did, says: CALLER })
    const file = await until('it is recorded', () => testBed.recordingsOf(did)[0])
    await delay(2000)
    const { api } = testBed.switch
    const asked = await api(`originate sofia/external/${eve.number}@127.0.0.1:${eve.number.slice(1)} &park()`)
    const colleague = /^\+OK ([\w-]{36})/.exec(asked)?.[1]
    expect(await api(`uuid_bridge ${file.slice(-40, -4)} ${colleague}`)).toContain('+OK')
    await calling
    const said = await testBed.record(did)
    const { ms, left, right } = measured(file)
    expect(said.recording).toMatchObject({ file })
    expect(Math.abs(ms - said.recording!.ms!)).toBeLessThan(100)
    expect([frequenciesIn(left), frequenciesIn(right)]).toEqual([[CALLER], [CALLED, COLLEAGUE]])
    expect(ms).toBeGreaterThan(4000)
  }
})

for (const [what, next] of [
  ['is not recorded any more', []],
  ['has a recording of its own where that plan records', [record]],
] as const) {
  scenario(`§5 record: who is sent to another number by the called party ${what}`, () => {
    const eve = testBed.telephone()
    const second = testBed.line({ steps: [...next, bridge(eve.number)] })
    // Its port is known when it listens.
    const plan = { steps: [record] as object[] }
    const first = testBed.line(plan)
    return async () => {
      const referring = await openParty(testBed.switch.ports.externalSip, {
        status: '200 OK',
        then: {
          method: 'REFER',
          afterMs: 1000,
          headers: [`Refer-To: <sip:${second}@127.0.0.1:${testBed.switch.ports.externalSip}>`],
        },
      })
      try {
        testBed.controller.put(
          testBed.documentName(first),
          JSON.stringify({
            version: 1,
            plans: { main: { numbers: [first], steps: [record, bridge(`9${referring.port}`)] } },
          }),
        )
        expect((await testBed.controller.reload()).status).toBe(200)
        await eve.answers({ ringMs: 1000, talkMs: 3000, says: CALLED })
        const call = await testBed.call({ did: first, says: CALLER })
        expect(await eve.invites(), call.story).toHaveLength(1)
        const said = await testBed.record(second)
        const [before] = testBed.recordingsOf(first)
        const [behind] = testBed.recordingsOf(second)
        // Of the first conversation, which the transfer ended, and nothing of the other.
        expect(testBed.recordingsOf(first)).toHaveLength(1)
        expect(measured(before!).ms).toBeLessThan(1500)
        expect(frequenciesIn(measured(before!).right)).toEqual([])
        if (next.length === 0) {
          expect([said.recording, behind]).toEqual([undefined, undefined])
          return
        }
        expect(said.recording?.file).toBe(behind)
        const { ms, left, right } = measured(behind!)
        expect([frequenciesIn(left), frequenciesIn(right)]).toEqual([[CALLER], [CALLED]])
        expect(Math.abs(ms - 3000)).toBeLessThan(400)
      } finally {
        await referring.close()
      }
    }
  })
}
