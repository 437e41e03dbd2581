/** The `voicemail` application (mod_voicemail.c, voicemail_leave_main), as far as a message is left. */
import type { Channel } from './channel.ts'
import type { Mailbox } from './script.ts'
import { separateString, toText } from './strings.ts'
import type { VoicemailEntry } from './timeline.ts'

const DEFAULT_MS = 3000
const LEFT: Mailbox = { outcome: 'left' }
/** What is shorter is no message. */
const LEAST_MS = 2000

export async function voicemail(channel: Channel, argument: string): Promise<void> {
  const { variables, clock, timeline } = channel
  const [profile = '', domain = '', name = ''] = separateString(argument, ' ', 6)
  if (/^(check|auth|auth_only)$/i.test(profile)) timeline.violation(`opens a mailbox: ${argument}`)
  const mailbox = toText(name)
  const { mailboxes = {} } = channel.script
  const { outcome, messageMs = DEFAULT_MS } = Object.hasOwn(mailboxes, mailbox) ? mailboxes[mailbox]! : LEFT
  variables.setAll({
    skip_greeting: undefined,
    skip_instructions: undefined,
    skip_record_urgent_check: undefined,
    voicemail_skip_goodbye: undefined,
  })
  const done = (end: VoicemailEntry['end'], ms: number) =>
    timeline.add({ type: 'voicemail', mailbox, end, ms })
  if (outcome === 'missing') return done('missing', 0)
  channel.preAnswer()
  channel.activity = 'recording'
  const began = clock.now()
  // Any key ends it.
  channel.onKey = () => clock.interrupt('break')
  await clock.pause(outcome === 'left' ? messageMs : 0, { breakable: true })
  channel.onKey = undefined
  const ms = clock.now() - began
  variables.set('record_ms', String(Math.round(ms)))
  if (outcome !== 'left' || ms < LEAST_MS) return done('none', ms)
  variables.setAll({
    voicemail_message_len: '00:00:01',
    voicemail_file_path: `/voicemail/${domain}/${name}/msg_${channel.profile.id}.wav`,
  })
  done('left', ms)
}
