/** What a plan may do to a call, over its channel: as few writes to FreeSWITCH as there can be. */
import {
  audio,
  type Audio,
  collectArg,
  queueArg,
  transferArg,
  voicemailArg,
  WAIT_IS_OVER,
} from '../esl/index.ts'
import {
  type BridgeRequest,
  type BridgeResult,
  type CallControl,
  type Caller,
  type CollectRequest,
  type DigitsInput,
  type Gone,
  queueGrant,
  type QueueGrant,
  type QueueRequest,
  type QueueResult,
  mailboxGrant,
  type MailboxGrant,
  type VoicemailRequest,
  type VoicemailResult,
  type Refused,
  type ShownCaller,
  type TransferGrant,
} from '../plan/index.ts'
import { nextHop, type DialPermission, type HopCount, type Router } from '../routing/index.ts'
import { DOMAIN } from '../syntax/index.ts'
import type { Time } from '../util/time.ts'
import type { Admission } from './admission.ts'
import type { Application, Channel } from './channel.ts'
import { type ChannelVariables, digitsInput, NO_DIGITS, NOTHING_PLAYED } from './channel-variables.ts'
import { bridgeResult, mayHaveRung } from './hangup-causes.ts'
import type { IncomingCall } from './incoming-call.ts'
import { type RecordingPlace, recordingPlace } from './recording-place.ts'
import { exported, listedInQueue, namedInMailbox, shownTo } from './presentation.ts'
import { ringingTone } from './ringing-tone.ts'

interface ChannelControlOptions {
  readonly channel: Channel
  readonly variables: ChannelVariables
  readonly incoming: IncomingCall
  /** Whose plan it is. */
  readonly document: string
  readonly router: Router
  /** What the document may ring. */
  readonly permission: DialPermission
  /** Where the document may transfer calls to. */
  readonly transfers: readonly TransferGrant[]
  /** Which queues the document may use. */
  readonly queues: readonly QueueGrant[]
  /** And which mailboxes. */
  readonly mailboxes: readonly MailboxGrant[]
  readonly admission: Admission
  readonly time: Time
  /** Called as destinations begin to ring, or did so for the controller before; resolves as `TellStep` does. */
  readonly onRinging?: (request: BridgeRequest, atMs: number) => Promise<void>
  /** The folder of all recordings. */
  readonly recordings: string | undefined
}

/** Longer than any webhook may take, at a second a loop. */
const WAIT_LOOPS = 100
const STOP_AGAIN_MS = 200
/** Within this FreeSWITCH knows of destinations that are not registered, or whose gateway is down. */
const AT_ONCE_MS = 200

export class ChannelControl implements CallControl {
  readonly id: string
  readonly caller: Caller
  readonly did: string
  readonly signal: AbortSignal
  readonly #channel: Channel
  readonly #variables: ChannelVariables
  readonly #hopCount: HopCount
  readonly #document: string
  readonly #router: Router
  readonly #permission: DialPermission
  readonly #transfers: readonly TransferGrant[]
  readonly #queues: readonly QueueGrant[]
  readonly #mailboxes: readonly MailboxGrant[]
  readonly #admission: Admission
  readonly #time: Time
  readonly #onRinging: ChannelControlOptions['onRinging']
  readonly #recordingPlace: () => RecordingPlace

  constructor(options: ChannelControlOptions) {
    const { channel, variables, incoming, document, router, permission } = options
    const { transfers, queues, mailboxes, admission, time } = options
    this.id = channel.id
    this.caller = incoming.caller
    this.did = incoming.did
    this.signal = channel.signal
    this.#channel = channel
    this.#variables = variables
    this.#hopCount = incoming.hopCount
    this.#document = document
    this.#router = router
    this.#permission = permission
    this.#transfers = transfers
    this.#queues = queues
    this.#mailboxes = mailboxes
    this.#admission = admission
    this.#time = time
    this.#onRinging = options.onRinging
    this.#recordingPlace = () => recordingPlace(options.recordings, document, channel.id, incoming.arrivedAt)
  }

  get answered(): boolean {
    return this.#channel.answered
  }

  async play(
    name: string,
    { answer, proven = false }: { answer: boolean; proven?: boolean },
  ): Promise<'played' | 'failed' | Gone> {
    if (this.#handedOver()) return 'gone'
    if (this.#variables.wasPlayed(proven)) return 'played'
    const sound = playable(name)
    if (sound === undefined) return 'failed'
    const before = { ...this.#variables.before('play'), ...(proven && NOTHING_PLAYED) }
    const done = await this.#channel.execute(before, [
      ...this.#answer(answer),
      { app: 'playback', arg: sound },
    ])
    if (done === 'gone') return 'gone'
    return done.get('Application-Response') === 'FILE PLAYED' ? 'played' : 'failed'
  }

  async collect(request: CollectRequest): Promise<DigitsInput | Gone> {
    if (this.#handedOver()) return 'gone'
    return (
      this.#variables.collected() ??
      (await this.#collect(request, request.prompt !== undefined)) ??
      (await this.#collect({ ...request, prompt: undefined }, false)) ?? { kind: 'timeout' }
    )
  }

  /** Undefined: the prompt could not be played, and FreeSWITCH then collects nothing. */
  async #collect(
    { prompt, secret: _, ...limits }: CollectRequest,
    flush: boolean,
  ): Promise<DigitsInput | Gone | undefined> {
    const variables = { ...this.#variables.before('collect'), ...NO_DIGITS }
    const arg = collectArg({ ...limits, prompt: prompt === undefined ? undefined : playable(prompt) })
    const collect: Application = { app: 'play_and_get_digits', arg }
    const done = await this.#channel.execute(variables, [...this.#answer(true), collect], { flush })
    return done === 'gone' ? 'gone' : digitsInput(done)
  }

  async bridge(request: BridgeRequest): Promise<BridgeResult | Gone> {
    if (this.#handedOver()) return 'gone'
    const ended = this.#variables.bridged()
    const recorded = request.record ? this.#recordingPlace() : undefined
    const saidOfIt = recorded && (recorded.file === undefined ? recorded : { recording: recorded.file })
    if (ended !== undefined) {
      if (mayHaveRung(ended)) await this.#onRinging?.(request, this.#time.unixMs())
      return { ...bridgeResult(ended), ...saidOfIt }
    }
    const { variables, legVariables } = shownTo(request.shown, this.caller, this.did)
    const to = this.#router.dial({
      call: this.id,
      hopCount: this.#hopCount,
      permission: this.#permission,
      ...request,
      admitLegs: (wanted: number) => this.#admission.admitLegs(this.#document, wanted),
      legVariables,
    })
    if (to.dial === undefined) return { outcome: 'failed', ...to }
    const recording = this.#variables.recordIn(recorded?.file, this.answered)
    const before = { ...this.#variables.before('bridge'), ...variables, ...recording?.variables }
    const ringing = this.#ringing(request)
    const done = await this.#channel.execute(before, [{ app: 'bridge', arg: to.dial }], {
      ...(ringing && { onBegun: ringing.begin }),
      recording: recording?.change,
    })
    if (done === 'gone') ringing?.tell()
    if (done === 'gone')
      return this.#channel.talking ? { outcome: 'answered', cause: 'SUCCESS', ...saidOfIt } : 'gone'
    const result = bridgeResult(done.variable('originate_disposition') ?? 'failure')
    if (result.outcome !== 'failed' && result.outcome !== 'unavailable') ringing?.tell()
    await ringing?.end()
    return { ...result, ...(to.reason !== undefined && { reason: to.reason }), ...saidOfIt }
  }

  async queue({
    queue,
    maxWaitMs,
    exitKey = '',
    shown,
    record = false,
  }: QueueRequest): Promise<QueueResult | 'waiting' | Gone> {
    if (this.#handedOver()) return 'gone'
    const ended = this.#variables.queued()
    if (ended !== undefined) {
      // From here on it is this controller's call, whatever it does next.
      this.save()
      return ended
    }
    const grant = queueGrant(queue, this.#queues)
    if ('refused' in grant) return { outcome: 'failed', reason: grant.refused }
    const { maxWaiting = Infinity } = grant
    if (maxWaiting < Infinity && waitingIn(queue, await this.#channel.listQueue(queue)) >= maxWaiting)
      return { outcome: 'full', reason: `${maxWaiting} callers wait already` }
    const { variables, legVariables } = shownTo(shown, this.caller, this.did)
    const recording = this.#variables.recordIn(
      record ? this.#recordingPlace().file : undefined,
      this.answered,
    )
    const before = {
      ...this.#variables.before('queue'),
      ...variables,
      ...recording?.variables,
      ...exported(legVariables, 'cc_export_vars'),
      ...listedInQueue(shown, this.caller),
      cc_exit_keys: `${WAIT_IS_OVER}${exitKey}`,
      belplan_behind: 'again',
    }
    const left = await this.#channel.leaveTo(before, [{ app: 'callcenter', arg: queueArg(queue) }], {
      maxSeconds: this.#router.maxSeconds,
      waitSeconds: maxWaitMs === undefined ? undefined : maxWaitMs / 1000,
      recording: recording?.change,
    })
    return left === 'gone' ? 'gone' : 'waiting'
  }

  async voicemail({
    mailbox,
    greeting,
    maxMs,
    shown,
  }: VoicemailRequest): Promise<VoicemailResult | 'waiting' | Gone> {
    if (this.#handedOver()) return 'gone'
    const ended = this.#variables.leftMessage()
    if (ended !== undefined) {
      // From here on it is this controller's call, whatever it does next.
      this.save()
      return ended
    }
    const grant = mailboxGrant(mailbox, this.#mailboxes)
    if ('refused' in grant) return { outcome: 'failed', reason: grant.refused }
    const { domain } = this.#permission
    if (domain === undefined)
      return { outcome: 'failed', reason: 'the mailbox needs a domain, and there is none' }
    if (!DOMAIN.test(domain))
      return { outcome: 'failed', reason: 'the domain must be a host name or an address' }
    if (greeting !== undefined && (await this.play(greeting, { answer: true })) === 'gone') return 'gone'
    const { profile = 'default' } = grant
    // What is recorded of the channel would end with it, and say in the same variable that it is of no length.
    const recording = this.#variables.recordIn(undefined, this.answered)
    const before = {
      ...this.#variables.before('voicemail'),
      ...namedInMailbox(shown, this.caller, this.did),
      skip_greeting: 'true',
      skip_instructions: 'true',
      skip_record_check: 'true',
      skip_record_urgent_check: 'true',
      voicemail_skip_goodbye: 'true',
      belplan_behind: 'again',
    }
    const left = await this.#channel.leaveTo(
      before,
      [...this.#answer(true), { app: 'voicemail', arg: voicemailArg({ profile, domain, mailbox }) }],
      {
        maxSeconds: this.#router.maxSeconds,
        waitSeconds: maxMs === undefined ? undefined : maxMs / 1000,
        recording: recording?.change,
      },
    )
    return left === 'gone' ? 'gone' : 'waiting'
  }

  /** FreeSWITCH comes to a bridge, and a moment later may be through with it: then nothing has rung. */
  #ringing(request: BridgeRequest) {
    const onRinging = this.#onRinging
    if (!onRinging) return undefined
    let atMs: number | undefined
    let cancel: (() => void) | undefined
    let told: Promise<void> | undefined
    /** Resolves when what was told is kept. */
    const end = () => {
      cancel?.()
      atMs = undefined
      return told
    }
    const tell = () => {
      if (atMs !== undefined) told = onRinging(request, atMs)
      void end()
    }
    const begin = () => {
      atMs = this.#time.unixMs()
      cancel = this.#time.after(AT_ONCE_MS, tell)
    }
    return { begin, tell, end }
  }

  async transfer(
    extension: string,
    context: string | undefined,
    shown: ShownCaller,
  ): Promise<'transferred' | Refused | Gone> {
    const { maxSeconds } = this.#router
    const grant = this.#router.transfer(extension, context, this.#transfers)
    if ('reason' in grant) return grant
    const { variables, legVariables } = shownTo(shown, this.caller, this.did)
    const recording = this.#variables.recordIn(undefined, this.answered)
    const before = {
      ...this.#variables.before('none'),
      ...variables,
      ...exported({ ...legVariables, ...nextHop(this.#hopCount, 1) }),
      belplan_ckpt: undefined,
    }
    const arg = transferArg({ extension, context: grant.context })
    const done = await this.#channel.execute(before, [{ app: 'transfer', arg }], {
      maxSeconds: Math.min(grant.maxSeconds ?? maxSeconds, maxSeconds),
      recording: recording?.change,
    })
    if (done === 'gone') return 'gone'
    this.#channel.release()
    return 'transferred'
  }

  async hangUp(cause: string): Promise<void> {
    // With a stale status of the last callee, FreeSWITCH would send the caller that one instead of `cause`.
    const stale = { ...this.#variables.staleDigits(), last_bridge_proto_specific_hangup_cause: undefined }
    await this.#channel.hangUp({ ...stale, ...this.#variables.takenOver() }, cause)
  }

  wait(name: string | undefined): () => Promise<void> {
    const sound = playable(name ?? ringingTone(this.#router.country))
    if (sound === undefined) return () => Promise.resolve()
    // A lost connection has to end it, or FreeSWITCH would play on and no controller would stop it.
    const done = this.#channel.execute({ socket_resume: 'true' }, [
      { app: 'playback', arg: sound, loops: WAIT_LOOPS },
    ])
    return async () => {
      let cancel: () => void
      // What has not begun yet cannot be stopped: sent again until it is done.
      const stop = () => {
        this.#channel.stopPlayback()
        cancel = this.#time.after(STOP_AGAIN_MS, stop)
      }
      stop()
      await done
      cancel!()
    }
  }

  save(): void {
    const variables = this.#variables.unsaved()
    if (variables) this.#channel.set(variables)
    if (this.#channel.draining) this.#channel.release()
  }

  /** A controller that drains hands a call over with the response of the webhook, not with the request still to be sent. */
  #handedOver(): boolean {
    if (this.#channel.draining) this.save()
    return this.signal.aborted
  }

  #answer(wanted: boolean): Application[] {
    return wanted && !this.answered ? [{ app: 'answer' }] : []
  }
}

/** Before the last column of a member, its score: a name of a caller whom belplan did not put there may be anything before that. */
const STILL_WAITS = /\|(?:Waiting|Trying)\|[^|]*$/

/** How many wait, of the members of a queue: those who talk are members as well, and so are some who gave up. */
function waitingIn(queue: string, members = ''): number {
  return members.split('\n').filter((line) => line.startsWith(`${queue}|`) && STILL_WAITS.test(line)).length
}

/** Undefined for what the guard refuses: the walk goes on as if it could not be played. */
function playable(name: string): Audio | undefined {
  try {
    return audio(name)
  } catch {
    return undefined
  }
}
