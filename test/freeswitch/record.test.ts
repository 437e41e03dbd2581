/** Recordings: files of FreeSWITCH's own, measured with sox; the caller is on the left, the called party on the right. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import type { CallRecord } from '../../src/records/index.ts'
import { startTestBed } from './harness/scenario.ts'
import { frequenciesIn, measured } from './harness/sox.ts'

const testBed = await startTestBed()
const { scenario } = testBed

/** What people say, and what the plan plays. */
const [CALLER, CALLED, ANNOUNCED] = [1000, 1400, 500]
const announce = { type: 'record', announce: 'start' }
const record = { type: 'record' }
const stop = { type: 'record', stop: true }
const bridge = (destination: string | readonly string[], more: object = {}) => ({
  ...{ type: 'bridge', destination, ringSeconds: 10 },
  ...more,
})

/** One file with the conversation of `talkMs` and nothing else, which the journal names with its length. */
async function expectRecorded(did: string, talkMs: number): Promise<CallRecord> {
  const said = await testBed.record(did)
  const [file] = testBed.recordingsOf(did)
  expect(testBed.recordingsOf(did)).toEqual([said.recording?.file])
  const { channels, ms, left, right } = measured(file!)
  expect(channels).toBe(2)
  expect(frequenciesIn(left)).toEqual([CALLER])
  expect(frequenciesIn(right)).toEqual([CALLED])
  expect(Math.abs(ms - talkMs), `${ms} ms of ${talkMs}`).toBeLessThan(400)
  expect(Math.abs(ms - said.recording!.ms!), `${ms} ms, said ${said.recording!.ms}`).toBeLessThan(100)
  // All of it is there, from the first word on.
  expect(left[0]!.fromMs).toBeLessThan(400)
  expect(right[0]!.fromMs).toBeLessThan(400)
  expect(said.recording).not.toHaveProperty('failed')
  return said
}

async function expectNone(did: string): Promise<void> {
  const said = await testBed.record(did)
  expect(said).not.toHaveProperty('recording')
  expect(testBed.recordingsOf(did)).toEqual([])
}

scenario(
  '§5 record: the caller hears the announcement before it rings, and only the conversation is recorded',
  () => {
    const bob = testBed.telephone()
    const did = testBed.line({ steps: [announce, bridge(bob.number)] })
    return async () => {
      await bob.answers({ ringMs: 2000, talkMs: 3000, says: CALLED })
      const call = await testBed.call({ did, says: CALLER })
      expect(call).toMatchObject({ exit: 0, status: 200 })
      expect(call.tones[0], call.story).toMatchObject({ freqHz: ANNOUNCED })
      const [invite] = await bob.invites()
      const answered = call.messages.find(({ status, method }) => status === 200 && method === undefined)!
      const announcedMs = answered.atMs + call.tones[0]!.fromMs + call.tones[0]!.ms
      expect(invite!.atMs).toBeGreaterThan(announcedMs - 50)
      const said = await expectRecorded(did, 3000)
      expect(said.recording!.file).toMatch(
        new RegExp(
          `/${testBed.documentName(did)}/\\d{4}-\\d\\d-\\d\\d/\\d\\d-\\d\\d-\\d\\d\\.\\d{3}-${said.id}\\.wav$`,
        ),
      )
      expect(said.steps[0]).toMatchObject({ type: 'record', outcome: 'on', announce: 'start' })
      expect(said.steps[1]).toMatchObject({ outcome: 'answered', recording: said.recording!.file })
    }
  },
)

scenario('§5 record before the answer: it rings as ever, and is recorded from the answer on', () => {
  const bob = testBed.telephone()
  const did = testBed.line({ steps: [record, bridge(bob.number)] })
  return async () => {
    await bob.answers({ ringMs: 1500, talkMs: 2500, says: CALLED })
    const call = await testBed.call({ did, says: CALLER })
    expect(call.rangMs).toBeLessThan(call.answeredMs! - 1000)
    expect(call.messages.filter(({ status }) => status === 183)).toEqual([])
    await expectRecorded(did, 2500)
  }
})

scenario('§5 bridge: `record` records this conversation, and no other', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = testBed.line({ steps: [bridge(bob.number, { record: true }), bridge(eve.number)] })
  const other = testBed.line({ steps: [bridge(eve.number)] })
  const own = testBed.line({ steps: [bridge(bob.number, { record: true })] })
  return async () => {
    await Promise.all([bob.refuses(486), eve.answers({ talkMs: 1500, calls: 2, says: CALLED })])
    await testBed.call({ did, says: CALLER })
    await expectNone(did)
    await testBed.call({ did: other, says: CALLER })
    await expectNone(other)
    await bob.done()
    await bob.answers({ talkMs: 2000, says: CALLED })
    await testBed.call({ did: own, says: CALLER })
    await expectRecorded(own, 2000)
  }
})

scenario('§5 record: nothing is recorded behind `stop`, also where it was begun and nobody answered', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = testBed.line({ steps: [announce, bridge(bob.number), stop, bridge(eve.number)] })
  return async () => {
    await Promise.all([bob.refuses(486), eve.answers({ talkMs: 1500, says: CALLED })])
    const call = await testBed.call({ did, says: CALLER })
    expect(call.connectedMs).toBeGreaterThan(1500)
    await expectNone(did)
  }
})

scenario('§5 record: of a list, busy first, the one conversation', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = testBed.line({
    steps: [record, bridge([bob.number, eve.number], { strategy: 'sequential' })],
  })
  return async () => {
    await Promise.all([bob.refuses(486), eve.answers({ ringMs: 500, talkMs: 2500, says: CALLED })])
    await testBed.call({ did, says: CALLER })
    await expectRecorded(did, 2500)
  }
})

scenario('§5 record: of telephones that ring at the same time, the one that answers', () => {
  const [bob, eve, user] = [testBed.telephone(), testBed.telephone(), testBed.telephone()] as const
  const did = testBed.line({ steps: [announce, bridge([bob.number, '215', eve.number])] })
  return async () => {
    await user.registers('215')
    await Promise.all([bob.rings(), user.rings(), eve.answers({ ringMs: 1500, talkMs: 2500, says: CALLED })])
    await testBed.call({ did, says: CALLER })
    await expectRecorded(did, 2500)
  }
})

scenario('§5 record: of a registered telephone that rings beside another one', () => {
  const [bob, user] = [testBed.telephone(), testBed.telephone()] as const
  const did = testBed.line({ steps: [record, bridge([bob.number, '216'])] })
  return async () => {
    await user.registers('216')
    await Promise.all([bob.rings(), user.answers({ ringMs: 1500, talkMs: 2500, says: CALLED })])
    const call = await testBed.call({ did, says: CALLER })
    expect(call.messages.filter(({ status }) => status === 183)).toEqual([])
    await expectRecorded(did, 2500)
  }
})

scenario('§5 record: a file that cannot be written costs no call, and the journal says so', () => {
  const [bob, eve] = [testBed.telephone(), testBed.telephone()] as const
  const did = testBed.line({ steps: [announce, bridge(bob.number)] })
  const unanswered = testBed.line({ steps: [record, bridge(eve.number)] })
  return async () => {
    // A file where the document's folder would be.
    for (const number of [did, unanswered]) {
      mkdirSync(testBed.recordings, { recursive: true })
      writeFileSync(join(testBed.recordings, testBed.documentName(number)), '')
    }
    await Promise.all([
      bob.answers({ talkMs: 1500, says: CALLED }),
      eve.answers({ talkMs: 1500, says: CALLED }),
    ])
    for (const number of [did, unanswered]) {
      const call = await testBed.call({ did: number, says: CALLER })
      expect(call, call.story).toMatchObject({ exit: 0, status: 200 })
      expect(frequenciesIn(call.tones)).toContain(CALLED)
      const { recording } = await testBed.record(number)
      expect(recording).toEqual({
        file: expect.stringContaining(testBed.documentName(number)) as string,
        failed: 'uri-failure',
      })
      expect(existsSync(dirname(recording!.file))).toBe(false)
    }
  }
})

scenario('§5 record: hung up while it rings, there is no file', () => {
  const bob = testBed.telephone()
  const did = testBed.line({ steps: [announce, bridge(bob.number)] })
  return async () => {
    await bob.rings()
    await testBed.call({ did, says: CALLER, hangUpAfterMs: 2500 })
    await expectNone(did)
  }
})
