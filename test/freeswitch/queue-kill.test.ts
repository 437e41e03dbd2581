/** Calls that wait in a queue while their controller is killed, and while they are transferred. */
import { expect } from 'vitest'
import { until } from '../harness/until.ts'
import { allow, letWait } from './harness/configuration.ts'
import { startTestBed } from './harness/scenario.ts'

const MAX_WAIT_SECONDS = 10
/** Together far longer than the longest wait. */
const TRANSFERS = 12

function patient(conf: string): void {
  letWait(conf)
  allow(conf, 'mod_commands.uuid_transfer.api')
}

const testBed = await startTestBed({ sideBySide: false, change: patient })
const { scenario } = testBed

scenario(
  'operations a controller that is killed while callers wait is not noticed once another one is there',
  () => {
    const did = testBed.line({
      steps: [
        { type: 'queue', queue: 'sales', maxWaitSeconds: 20, exitKey: '1' },
        { type: 'play', audio: 'sorry' },
      ],
    })
    return async () => {
      const calling = testBed.call({ did, keys: [{ afterMs: 6000, digits: '1', by: 'info' }] })
      await testBed.queued('sales')
      testBed.controller.signal('SIGKILL')
      await testBed.controller.start()
      const call = await calling
      expect(call, call.story).toMatchObject({ status: 200, endedBy: 'switch' })
      expect(Math.round(call.tones.at(-1)!.freqHz / 100)).toBe(11)
    }
  },
)

scenario('§5 queue: a caller who is transferred back to the number twelve times waits anew each time', () => {
  const did = testBed.line({
    steps: [
      { type: 'queue', queue: 'sales', maxWaitSeconds: MAX_WAIT_SECONDS },
      { type: 'play', audio: 'sorry' },
    ],
  })
  return async () => {
    const api = (command: string) => testBed.switch.api(command)
    const calling = testBed.call({ did, hangUpAfterMs: 120_000 })
    const id = await testBed.channel(did)
    const members = new Set<string>()
    const waitsAnew = () =>
      until(
        'the caller is in the queue',
        async () => {
          const member = await api(`uuid_getvar ${id} cc_member_uuid`)
          const isNew = /^[0-9a-f-]{36}$/.test(member.trim()) && !members.has(member)
          return isNew ? members.add(member) : undefined
        },
        { withinMs: 20_000, everyMs: 100 },
      )
    await waitsAnew()
    const forwards = Number(await api(`uuid_getvar ${id} max_forwards`))
    for (let i = 0; i < TRANSFERS; i++) {
      await api(`uuid_transfer ${id} ${did} XML inbound`)
      await waitsAnew()
    }
    // One for each transfer, and none for what is between them.
    expect(Number(await api(`uuid_getvar ${id} max_forwards`))).toBe(forwards - TRANSFERS)
    const call = await calling
    expect(call, call.story).toMatchObject({ status: 200, endedBy: 'switch' })
    expect(Math.round(call.tones.at(-1)!.freqHz / 100)).toBe(11)
    // No time of an earlier wait cut the last one short, and the call has one record.
    const { steps } = await testBed.record(did)
    expect(testBed.records(did)).toHaveLength(1)
    expect(steps).toMatchObject([{ outcome: 'timeout' }, { outcome: 'played' }])
    expect(steps[0]!['waitMs']).toBeGreaterThanOrEqual((MAX_WAIT_SECONDS - 1) * 1000)
  }
})
