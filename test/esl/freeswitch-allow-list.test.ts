/** freeswitch/ lets only the applications and commands exist that are needed: all of those, though. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { APPLICATIONS } from '../../src/esl/applications.ts'
import {
  breakPlayback,
  flushDigits,
  kill,
  listQueue,
  schedHangup,
  schedWaitOver,
  setVariables,
  unschedule,
} from '../../src/esl/commands.ts'
import { recordingCommands, recordingFile } from '../../src/esl/recording.ts'

/** What FreeSWITCH runs by itself as a recorded conversation ends by a transfer. */
const STOPS_RECORDING = 'stop_record_session'

const folder = new URL('../../freeswitch/', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, folder), 'utf8')
const allowed = [
  ...read('autoload_configs/switch.conf.xml').matchAll(/<allow name="mod_\w+\.(\w+\.\w+)"/g),
].map((match) => match[1])

describe('security: the allow-list of freeswitch/ has', () => {
  test.each([...Object.keys(APPLICATIONS), STOPS_RECORDING])(
    'the application %s, which is run for calls',
    (application) => {
      expect(allowed).toContain(`${application}.app`)
    },
  )

  const file = recordingFile('/recordings/x.wav')
  const uuid = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
  test.each([
    setVariables(uuid, { continue_on_fail: 'true' }),
    kill(uuid, 'NORMAL_CLEARING'),
    breakPlayback(uuid),
    flushDigits(uuid),
    // Sent by the inbound link.
    `api uuid_exists ${uuid}`,
    schedHangup(uuid, 60, 'ALLOTTED_TIMEOUT'),
    ...recordingCommands(uuid, { stop: file, start: { file, answered: true } }),
    schedWaitOver(uuid, 60),
    // What that runs.
    `api uuid_recv_dtmf ${uuid} w`,
    unschedule(uuid),
    listQueue('sales'),
    'api module_exists mod_callcenter',
  ])('the command of %j', (command) => {
    expect(allowed).toContain(`${/^api (\w+)/.exec(command)?.[1]}.api`)
  })

  test.each(readdirSync(new URL('dialplan', folder)))('every application that dialplan/%s uses', (file) => {
    const used = [...read(`dialplan/${file}`).matchAll(/<action application="(\w+)"/g)].map(
      (match) => `${match[1]}.app`,
    )
    expect(used.length).toBeGreaterThan(0)
    expect(allowed).toEqual(expect.arrayContaining(used))
  })
})
