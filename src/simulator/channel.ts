/** The caller's channel: its state, its variables, and the connection that controls it. */
import { realTime } from '../util/time.ts'
import { runCommandsOn } from './api-commands.ts'
import { causeNamed, finalStatus } from './causes.ts'
import { Clock } from './clock.ts'
import { callerProfile, type CallerProfile } from './caller-profile.ts'
import { DtmfQueue } from './dtmf-queue.ts'
import type { EventName } from './event-origin.ts'
import { setHangupVariables } from './hangup-variables.ts'
import { type Recording, stopRecordings } from './recording.ts'
import type { CallScript } from './script.ts'
import { BYE_RECEIVED, CANCEL_RECEIVED, MEDIA, setAcknowledged, setInvited } from './sip-variables.ts'
import { isTrue, toBytes } from './strings.ts'
import { Timeline, type HangUpBy, type Transfer } from './timeline.ts'
import { Variables } from './variables.ts'
import type { Command } from './wire.ts'

/** What the channel needs of the controller's connection. */
interface ChannelSocket {
  readonly finished: boolean
  fire(name: EventName, trailer: string): void
  channelDown(lingers: boolean): void
}

export class Channel {
  readonly script: CallScript
  readonly clock: Clock
  readonly timeline: Timeline
  readonly variables = new Variables()
  readonly profile: CallerProfile
  readonly dtmf: DtmfQueue
  /** By the file. */
  readonly recordings = new Map<string, Recording>()
  /** `sendmsg` commands that wait for the channel to be parked. */
  readonly queue: Command[] = []
  /** The controller's connection, which gets the channel's events. */
  socket: ChannelSocket | undefined
  /** The leg that this one is or was bridged with. */
  otherLeg: CallerProfile | undefined
  /** What the channel is busy with, for the timeline: an application's name, `ringing`, `parked`, `talking`. */
  activity = 'connecting'
  /** Arguments expanded, one character per byte. */
  lastApplication: { readonly name: string; readonly argument: string } | undefined
  /** How often the application that runs is to be repeated. */
  loops = 1
  talkMs: number | undefined
  /** Takes a key that comes while a caller waits in a queue. */
  onKey: ((key: string) => void) | undefined
  transferred: Transfer | undefined
  /** The cause of the hang-up; undefined while the channel is up. */
  cause: string | undefined
  /** The final SIP status that the caller got. */
  sip: number | undefined
  /** SIP's word for how the leg ended, where the caller did not end it. */
  disposition: 'send_bye' | 'send_refuse' | undefined
  callState: 'RINGING' | 'EARLY' | 'ACTIVE' | 'HANGUP' = 'RINGING'
  answerState: 'ringing' | 'early' | 'answered' | 'hangup' = 'ringing'
  media = false
  /** In CS_REPORTING, the state in which the last event is fired. */
  reporting = false
  eventSequence = 640
  #acknowledgePending = false
  #wake: () => void = () => undefined
  readonly #cancelAlarms: (() => void)[] = []
  readonly #scheduled: (() => void)[] = []

  constructor(script: CallScript) {
    this.script = script
    this.clock = new Clock(script.speed ?? 1, script.time ?? realTime)
    this.timeline = new Timeline(this.clock, script.observe)
    this.dtmf = new DtmfQueue(script.digits ?? [])
    this.profile = callerProfile(script, this.clock.unixUs())
    setInvited(this.variables, this.profile, script.domain === undefined ? undefined : toBytes(script.domain))
    for (const [name, value] of Object.entries(script.variables ?? {}))
      this.variables.set(name, toBytes(value))
    const when = script.hangUp?.when
    if (typeof when === 'object') this.#cancelAlarms.push(this.clock.alarm(when.afterMs, this.callerHangsUp))
    script.signal?.addEventListener('abort', this.callerHangsUp)
    if (script.signal?.aborted) this.callerHangsUp()
  }

  get down(): boolean {
    return this.cause !== undefined
  }

  get answered(): boolean {
    return this.profile.times.answered > 0
  }

  /** Fires an event; `trailer` are its last lines. */
  fire(name: EventName, trailer = ''): void {
    this.eventSequence += 1
    this.socket?.fire(name, trailer)
  }

  /** 180: the caller hears ringing. */
  ring(): void {
    if (this.profile.times.progress > 0 || this.answered) return
    this.profile.times.progress = this.clock.unixUs()
    this.variables.set('sip_to_tag', 'platformTag001')
  }

  /** Early media, unless there is audio already. */
  preAnswer(): void {
    if (this.media) return
    this.media = true
    this.profile.times.progressMedia = this.clock.unixUs()
    this.callState = 'EARLY'
    this.answerState = 'early'
    this.variables.apply(MEDIA)
  }

  answer(by: string): void {
    if (this.answered || this.down) return
    this.preAnswer()
    this.profile.times.answered = this.clock.unixUs()
    this.answerState = 'answered'
    this.fire('CHANNEL_ANSWER')
    this.callState = 'ACTIVE'
    this.#acknowledgePending = true
    this.variables.set('endpoint_disposition', 'ANSWER')
    runCommandsOn('api_on_answer', this, this.variables)
    this.timeline.add({ type: 'answer', by })
  }

  /** The caller's ACK has come. */
  acknowledge(): void {
    if (!this.#acknowledgePending) return
    this.#acknowledgePending = false
    setAcknowledged(this.variables, this.profile)
  }

  hangUp(cause: string, by: HangUpBy): void {
    if (this.down) return
    this.acknowledge()
    stopRecordings(this)
    const named = causeNamed(cause)
    this.cause = named
    this.answerState = 'hangup'
    this.profile.times.hangup = this.clock.unixUs()
    if (by === 'caller') this.variables.apply(this.answered ? BYE_RECEIVED : CANCEL_RECEIVED)
    else this.disposition = this.answered ? 'send_bye' : 'send_refuse'
    this.sip = this.answered ? 200 : by === 'caller' ? 487 : finalStatus(named, this.variables)
    this.timeline.add({ type: 'hangUp', by, cause: named, sip: this.sip })
    this.socket?.channelDown(true)
    this.cancelAlarms()
    this.clock.interrupt('hangUp')
    this.notify()
  }

  /** Hangs up `ms` from now, unless the call is over by then. */
  hangUpAfter(ms: number, cause: string): void {
    this.schedule(ms, () => this.hangUp(cause, 'platform'))
  }

  /** Runs a task `ms` from now, unless the call is over by then, or `unschedule` is called. */
  schedule(ms: number, task: () => void): void {
    this.#scheduled.push(this.clock.alarm(ms, task))
  }

  unschedule(): void {
    for (const cancel of this.#scheduled.splice(0)) cancel()
  }

  /** Takes a key that FreeSWITCH was told to take for one of the caller's. */
  receiveKey(key: string): void {
    if (this.onKey) this.onKey(key)
    // Who talks does not hear it, and digits that were keyed before a prompt are dropped.
    else if (this.activity === 'play_and_get_digits')
      this.timeline.violation(`the key ${key} is received among the caller's digits`)
  }

  readonly callerHangsUp = (): void => {
    this.hangUp(this.answered ? 'NORMAL_CLEARING' : 'ORIGINATOR_CANCEL', 'caller')
  }

  /** No timer hangs up any more, and none keeps the process alive. */
  cancelAlarms(): void {
    for (const cancel of this.#cancelAlarms) cancel()
    this.unschedule()
    this.script.signal?.removeEventListener('abort', this.callerHangsUp)
  }

  /** Fires the last event of the channel, if a controller is still connected. */
  report(): void {
    if (this.socket?.finished !== false) return
    this.reporting = true
    this.callState = 'HANGUP'
    setHangupVariables(this, this.cause ?? 'NORMAL_CLEARING')
    this.fire('CHANNEL_HANGUP_COMPLETE')
    this.socket.channelDown(false)
  }

  /** The connection is closed: with `socket_resume` whatever runs ends at once. */
  controllerGone(): void {
    if (this.down || this.transferred) return
    this.timeline.add({ type: 'controllerGone', during: this.activity })
    if (isTrue(this.variables.get('socket_resume'))) this.clock.interrupt('controllerGone')
    this.notify()
  }

  /** Resolves at the next `notify`. */
  notified(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }

  /** Wakes the channel's own thread: a command came, or the channel or the controller went. */
  notify(): void {
    this.#wake()
  }
}
