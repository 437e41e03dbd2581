import type { Recording } from './audio.ts'
import { record } from './audio.ts'
import type { Run } from '../../harness/processes.ts'
import type { Likeness } from './prompts.ts'
import { findPrompt } from './prompts.ts'
import type { SipMessage } from './sip.ts'
import { audioPort, header } from './sip.ts'
import { startSipp } from './sipp.ts'
import { saysTone } from './spoken-tone.ts'
import type { Tone } from './tones.ts'
import type { Switch } from './switch.ts'
import { tonesIn } from './tones.ts'
import type { Wire } from './wire.ts'

/** What is keyed: `afterMs` since the answer, or since the entry before it began; the first digit goes 0.8 s later. */
export interface Keyed {
  readonly afterMs: number
  readonly digits: string
  /** RFC 2833 (each digit takes 0.4 s) or SIP INFO (0.2 s, and no delay before the first). */
  readonly by?: 'rtp' | 'info'
}

export interface CallOptions {
  readonly did: string
  /** Number and display name in From. */
  readonly number?: string
  readonly name?: string
  /** From as it is, in place of the two. */
  readonly from?: string
  readonly headers?: readonly string[]
  readonly keys?: readonly Keyed[]
  /** Since the answer, or since the last entry began. */
  readonly hangUpAfterMs?: number
  /** Gives up when nothing new came for so long before the answer. */
  readonly cancelAfterMs?: number
  /** A tone that the caller says from the answer on, in Hz. */
  readonly says?: number
  /** Where it comes in [the first]. */
  readonly to?: Switch
}

/** How a call went for the caller, by SIPp and the wire. Times are milliseconds since the INVITE. */
export interface CallReport {
  /** SIPp's exit code: 0 when the call went the way of the scenario. */
  readonly exit: number
  /** Final answer to the INVITE. */
  readonly status: number | undefined
  readonly rangMs: number | undefined
  readonly answeredMs: number | undefined
  /** Who sent BYE. */
  readonly endedBy: 'caller' | 'switch' | undefined
  /** From answer to BYE. */
  readonly connectedMs: number | undefined
  /** What was said in SIP, and when, for the message of a test that fails. */
  readonly story: string
  /** Everything between the caller and FreeSWITCH. */
  readonly messages: readonly SipMessage[]
  /** Tones the caller heard; times since the answer where there was one. */
  readonly tones: readonly Tone[]
  /** Looks for a prompt file in what the caller heard. */
  prompt(name: string): Likeness
}

export interface CallerOptions {
  readonly wire: Wire
  readonly switchPort: number
  readonly port: number
  readonly mediaPort: number
  /** Makes the two ports free to be bound. */
  readonly release: () => Promise<void>
  readonly folder: string
  readonly run: Run
  readonly callId: string
}

/** As the scenarios of SIPp take them. */
export const entriesOf = (keys: readonly Keyed[]): string =>
  keys.map(({ afterMs, digits, by = 'rtp' }) => `${afterMs}:${by}:${digits},`).join('')
/** Of the scenario `caller`. */
const BEHIND_ACK = '<label id="entry"/>'

/** Places one call with SIPp; resolves when it is over. */
export async function placeCall(options: CallOptions, caller: CallerOptions): Promise<CallReport> {
  const { did, number = '+31612345678', name } = options
  const display = name === undefined ? '' : `"${name.replace(/["\\]/g, '\\$&')}" `
  const from = options.from ?? `${display}<sip:${number}@127.0.0.1>`
  const keys = { did, from, headers: options.headers?.join('\r\n') ?? 'Subject: test' }
  const { hangUpAfterMs = 20_000, cancelAfterMs, says } = options
  await caller.release()
  const sipp = startSipp({
    scenario: cancelAfterMs === undefined ? 'caller' : 'caller-cancels',
    to: `127.0.0.1:${caller.switchPort}`,
    port: caller.port,
    mediaPort: caller.mediaPort,
    calls: 1,
    ...(says !== undefined && { replace: { [BEHIND_ACK]: `${saysTone(says, caller.folder)}${BEHIND_ACK}` } }),
    keys,
    folder: caller.folder,
    run: caller.run,
    more: [
      ...['-cid_str', `${caller.callId}-%u`, '-recv_timeout', String(cancelAfterMs ?? hangUpAfterMs)],
      ...(cancelAfterMs === undefined ? ['-set', 'entries', entriesOf(options.keys ?? [])] : []),
    ],
  })
  const exit = await sipp.exit
  await caller.wire.sync()
  const callId = `${caller.callId}-1`
  const messages = caller.wire.sip().filter((message) => header(message, 'call-id') === callId)
  return report(exit, messages, caller)
}

function report(exit: number, messages: readonly SipMessage[], { wire, port }: CallerOptions): CallReport {
  const invite = messages.find(({ method }) => method === 'INVITE')
  const answers = messages.filter(
    (m) => m.status !== undefined && m.to === port && header(m, 'cseq') === '1 INVITE',
  )
  const final = answers.find(({ status }) => status! >= 200)
  const answered = final?.status === 200 ? final : undefined
  const bye = messages.find(({ method }) => method === 'BYE')
  const since = (message: SipMessage | undefined) =>
    message === undefined || invite === undefined ? undefined : Math.round(message.atMs - invite.atMs)
  const originMs = answered?.atMs ?? invite?.atMs ?? 0
  const mediaPort = invite === undefined ? undefined : audioPort(invite)
  const recording: Recording | undefined = mediaPort === undefined ? undefined : record(wire.media(mediaPort))
  return {
    exit,
    status: final?.status,
    rangMs: since(answers.find(({ status }) => status === 180)),
    answeredMs: since(answered),
    endedBy: bye === undefined ? undefined : bye.from === port ? 'caller' : 'switch',
    connectedMs:
      bye === undefined || answered === undefined ? undefined : Math.round(bye.atMs - answered.atMs),
    story: messages.map((m) => `${since(m)} ms ${m.from === port ? '→' : '←'} ${m.start}`).join('\n'),
    messages,
    tones: tonesIn(recording, originMs),
    prompt: (name) => findPrompt(recording, name, originMs),
  }
}
