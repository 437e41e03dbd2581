import type { Run, Running } from '../../harness/processes.ts'
import { record } from './audio.ts'
import { entriesOf, type Keyed } from './caller.ts'
import type { SipMessage } from './sip.ts'
import { header } from './sip.ts'
import type { SippOptions } from './sipp.ts'
import { listening, startSipp } from './sipp.ts'
import { saysTone } from './spoken-tone.ts'
import type { Switch } from './switch.ts'
import { until } from '../../harness/until.ts'
import { tonesIn, type Tone } from './tones.ts'
import type { Wire } from './wire.ts'

interface AnswerOptions {
  readonly ringMs?: number
  readonly talkMs?: number
  readonly calls?: number
  readonly earlyMedia?: boolean
  /** Once it has answered. */
  readonly keys?: readonly Keyed[]
  /** A tone that is said from the answer on, in Hz. */
  readonly says?: number
}

/** Somebody who can be called. One scenario at a time. */
export interface Telephone {
  /** What a plan dials to reach it. */
  readonly number: string
  /** Registers as a user of FreeSWITCH's directory. */
  registers(user: string): Promise<void>
  /** Rings, answers, and hangs up after talking unless the other side was first. Resolves when it can be called. */
  answers(options?: AnswerOptions): Promise<void>
  /** Does not ring but answers with that status, such as 486. */
  refuses(status: number, extraHeader?: string): Promise<void>
  /** Nothing listens where it was. */
  unplugged(): Promise<void>
  /** Rings until the other side gives up. */
  rings(): Promise<void>
  /** Resolves with SIPp's exit code when its calls are over. */
  done(): Promise<number>
  /** The INVITEs that came, one for each call. */
  invites(): Promise<readonly SipMessage[]>
  /** Resolves when it was called that many times. */
  called(times?: number): Promise<void>
  /** Everything it sent and got. */
  messages(): Promise<readonly SipMessage[]>
  /** What it heard; times since it answered. */
  tones(): Promise<readonly Tone[]>
}

export interface TelephoneOptions {
  readonly wire: () => Wire
  readonly switch: () => Switch
  readonly number: string
  readonly port: number
  readonly mediaPort: number
  readonly folder: string
  readonly run: Run
  /** Makes the two ports free to be bound. */
  readonly release: () => Promise<void>
}

const isOfInvite = (message: SipMessage) => header(message, 'cseq')?.endsWith('INVITE') === true
/** Of the scenario `callee`. */
const ACK = '<recv request="ACK" timeout="32000"/>'

export function createTelephone(options: TelephoneOptions): Telephone {
  let process: Running | undefined
  const mine = () =>
    options
      .wire()
      .sip()
      .filter(({ from, to }) => from === options.port || to === options.port)
  const invites = () => {
    const seen = new Set<string>()
    return mine().filter((message) => {
      const id = header(message, 'call-id') ?? ''
      if (message.method !== 'INVITE' || message.to !== options.port || seen.has(id)) return false
      seen.add(id)
      return true
    })
  }
  const start = async (scenario: Pick<SippOptions, 'scenario' | 'calls' | 'keys' | 'replace' | 'more'>) => {
    const { port, mediaPort, folder, run } = options
    const to = `127.0.0.1:${options.switch().ports.externalSip}`
    await options.release()
    process = startSipp({ ...scenario, to, port, mediaPort, folder, run })
    await listening(port)
  }
  return {
    number: options.number,
    answers: ({ ringMs = 0, talkMs = 1000, calls = 1, earlyMedia = false, keys = [], says } = {}) =>
      start({
        scenario: earlyMedia ? 'callee-early-media' : 'callee',
        calls,
        ...(says !== undefined && { replace: { [ACK]: `${ACK}${saysTone(says, options.folder)}` } }),
        more: [
          ...['-d', String(ringMs), '-recv_timeout', String(talkMs)],
          ...(earlyMedia ? [] : ['-set', 'entries', entriesOf(keys)]),
        ],
      }),
    refuses: (status, extra = 'Subject: test') =>
      start({
        scenario: 'callee-final',
        calls: 1,
        keys: { reason: 'No', extra },
        replace: { CODE: String(status), 'SIP/2.0 CODE': `SIP/2.0 ${status}` },
      }),
    async registers(user) {
      const { domain, password, ports } = options.switch()
      await options.release()
      const sipp = startSipp({
        scenario: 'register',
        to: `127.0.0.1:${ports.internalSip}`,
        port: options.port,
        mediaPort: options.mediaPort,
        calls: 1,
        keys: { user, domain, contact_port: String(options.port) },
        more: ['-au', user, '-ap', password],
        folder: options.folder,
        run: options.run,
      })
      if ((await sipp.exit) !== 0) throw new Error(`${user} could not register:\n${sipp.tail(20)}`)
    },
    unplugged: () => options.release(),
    rings: () => start({ scenario: 'callee-rings', calls: 1 }),
    async done() {
      if (process === undefined) throw new Error('this telephone does nothing')
      return process.exit
    },
    async invites() {
      await options.wire().sync()
      return invites()
    },
    async called(times = 1) {
      await until(`${options.number} is called`, () => (invites().length >= times ? true : undefined), {
        withinMs: 30_000,
      })
    },
    async messages() {
      await options.wire().sync()
      return mine()
    },
    async tones() {
      await options.wire().sync()
      const answer = mine().find((m) => m.from === options.port && m.status === 200 && isOfInvite(m))
      return tonesIn(record(options.wire().media(options.mediaPort)), answer?.atMs ?? 0)
    },
  }
}
