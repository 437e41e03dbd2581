/** Messages in mailboxes of mod_voicemail, measured with sox; no controller holds the call while they are left. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { CallRecord } from '../../src/records/index.ts'
import { allow, edit } from './harness/configuration.ts'
import { startTestBed } from './harness/scenario.ts'

/** FreeSWITCH calls itself, with a tone as the caller's voice; and messages lie in a folder of the test. */
function speaking(conf: string): void {
  allow(conf, 'mod_commands.originate.api')
  allow(conf, 'mod_voicemail.vm_list.api')
  const storage = `<param name="storage-dir" value="${join(conf, 'messages')}"/>`
  edit(conf, 'autoload_configs/voicemail.conf.xml', (text) =>
    text.replace('<param name="file-ext', `${storage}\n      $&`),
  )
}

const testBed = await startTestBed({ change: speaking, sideBySide: false })
const { scenario } = testBed

const VOICE_HZ = 440

/** Calls a number and speaks for so long; resolves as soon as the call is answered. */
const speak = (did: string, seconds: number, more = '') =>
  testBed.switch.api(
    `originate {origination_caller_id_number=+31612345678${more}}sofia/external/${did}@127.0.0.1:${testBed.switch.ports.externalSip} &playback(tone_stream://%(${seconds * 1000},0,${VOICE_HZ}))`,
  )

const recordOf = (did: string) => testBed.record(did, 20_000)

/** By sox. */
function measured(file: string): { seconds: number; hz: number } {
  const seconds = Number(execFileSync('soxi', ['-D', file], { encoding: 'utf8' }))
  // The middle of it: in front of the voice and behind it there may be silence.
  const stat = execFileSync('sh', ['-c', 'sox "$0" -n trim 1 1 stat 2>&1', file], { encoding: 'utf8' })
  return { seconds, hz: Number(/Rough\s+frequency:\s+(\d+)/.exec(stat)?.[1]) }
}

scenario('§5 voicemail: a message is recorded until its time is over, and the plan goes on behind it', () => {
  const did = testBed.line({
    steps: [
      { type: 'voicemail', mailbox: '215', greeting: 'start', maxSeconds: 5 },
      { type: 'play', audio: 'sorry' },
    ],
  })
  return async () => {
    await speak(did, 20)
    const { steps, ending } = await recordOf(did)
    expect(steps).toMatchObject([
      { type: 'voicemail', outcome: 'left', mailbox: '215' },
      { type: 'play', outcome: 'played' },
    ])
    expect(ending).toBe('endOfList')
    const { seconds, hz } = measured(steps[0]!['file'] as string)
    expect(seconds).toBeGreaterThan(2.5)
    expect(seconds).toBeLessThan(6)
    expect(Math.abs(seconds * 1000 - (steps[0]!['messageMs'] as number))).toBeLessThan(300)
    expect(Math.abs(hz - VOICE_HZ)).toBeLessThan(25)
  }
})

scenario('§5 voicemail: who hangs up has left what they said', () => {
  const did = testBed.line({
    steps: [
      { type: 'voicemail', mailbox: '216' },
      { type: 'play', audio: 'sorry' },
    ],
  })
  return async () => {
    await speak(did, 5)
    const { steps, ending } = await recordOf(did)
    expect(ending).toBe('callerHungUp')
    expect(steps).toMatchObject([{ type: 'voicemail', outcome: 'left', mailbox: '216' }])
    const { seconds, hz } = measured(steps[0]!['file'] as string)
    // As long as the call was there, which is longer than the voice.
    expect(seconds).toBeGreaterThan(3)
    expect(Math.abs(seconds * 1000 - (steps[0]!['messageMs'] as number))).toBeLessThan(300)
    expect(Math.abs(hz - VOICE_HZ)).toBeLessThan(25)
  }
})

scenario('§5 voicemail: a message is as long as it is where conversations are to be recorded as well', () => {
  const bob = testBed.telephone()
  const nobody = { type: 'bridge', destination: '299' }
  const box = { type: 'voicemail', mailbox: '216' }
  const hungUp = testBed.line({ steps: [{ type: 'record' }, nobody, box] })
  const goesOn = testBed.line({
    steps: [
      { type: 'record', announce: 'start' },
      nobody,
      { ...box, mailbox: '299' },
      { ...box, maxSeconds: 4 },
      { type: 'bridge', destination: bob.number },
    ],
  })
  return async () => {
    await bob.answers({ ringMs: 500, talkMs: 2000 })
    await speak(hungUp, 5)
    await speak(goesOn, 30)
    const expectLeft = ({ steps }: CallRecord) => {
      const { file, messageMs } = steps.find(({ outcome }) => outcome === 'left')!
      expect(Math.abs(measured(file as string).seconds * 1000 - (messageMs as number))).toBeLessThan(300)
    }
    const first = await recordOf(hungUp)
    expectLeft(first)
    expect(first.ending).toBe('callerHungUp')
    const second = await recordOf(goesOn)
    expectLeft(second)
    expect(second.steps[2]).toMatchObject({ type: 'voicemail', outcome: 'failed' })
    expect(second).toMatchObject({ ending: 'talked', recording: { file: testBed.recordingsOf(goesOn)[0] } })
    expect(Math.abs(second.recording!.ms! - 2000)).toBeLessThan(400)
    expect(testBed.recordingsOf(hungUp)).toEqual([])
  }
})

scenario('§5 voicemail: a mailbox that there is not is a failure, with a warning in the journal', () => {
  const did = testBed.line({
    steps: [
      { type: 'voicemail', mailbox: '299' },
      { type: 'play', audio: 'sorry' },
    ],
  })
  return async () => {
    await speak(did, 5)
    const { steps } = await recordOf(did)
    expect(steps).toMatchObject([
      { outcome: 'failed', warnings: [expect.stringContaining('no such mailbox')] },
      { outcome: 'played' },
    ])
  }
})

scenario(
  '§5 voicemail: the mailbox names the caller as called parties see them, whatever a bridge before it showed',
  () => {
    const box = { type: 'voicemail', maxSeconds: 4 }
    const hidden = testBed.line({ steps: [{ ...box, mailbox: '215' }] })
    const named = testBed.line({
      steps: [
        { type: 'callername', mode: 'replace', text: 'Jane 50% a/b "c" $ {x}: @' },
        { type: 'bridge', destination: '299', callerName: 'Sales' },
        { ...box, mailbox: '216' },
      ],
    })
    return async () => {
      await speak(hidden, 6, ',origination_privacy=hide_name:hide_number,sip_cid_type=pid')
      await speak(named, 6)
      expect((await recordOf(hidden)).caller).toBe('')
      await recordOf(named)
      const listOf = (user: string) => testBed.switch.api(`vm_list ${user}@belplan.test`)
      const lists = `${await listOf('215')}\n${await listOf('216')}`
      expect(lists).toContain('Anonymous:anonymous')
      expect(lists).toContain(`Jane 50% a/b 'c' $ {x}: @:+31612345678`)
      expect(lists).not.toContain('Sales')
    }
  },
)
