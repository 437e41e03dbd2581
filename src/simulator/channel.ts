/** The caller's channel: its variables, its state, and whoever has to be told what happens to it. */
import type { Audience } from './audience.ts'
import { causeNamed, finalStatus } from './causes.ts'
import { Clock } from './clock.ts'
import type { Command } from './commands.ts'
import { profileOf, renderEvent, type ChannelState, type EventName, type Profile } from './events.ts'
import { acknowledged, arrive, callerLeft, MEDIA } from './headers.ts'
import { identityOf, nowUs, type Identity } from './identity.ts'
import { Keypad } from './keypad.ts'
import { Notes } from './notes.ts'
import { report, timesFrom, type Times } from './report.ts'
import type { CallScript, HangUpBy, Transfer } from './script.ts'
import { isTrue, toBytes } from './text.ts'
import { Variables } from './variables.ts'
import { Waiting, type Interruption } from './waiting.ts'

export class Channel {
  readonly who: Identity
  readonly script: CallScript
  readonly clock: Clock
  readonly notes: Notes
  readonly variables = new Variables()
  readonly times: Times
  readonly profile: Profile
  /** `sendmsg` commands that wait for the channel to be parked. */
  readonly queue: Command[] = []
  readonly keypad: Keypad
  audience: Audience | undefined
  other: Profile | undefined
  cause: string | undefined
  sip: number | undefined
  /** What the channel is doing, for the story: an application's name, `parked` or `talking`. */
  doing = 'connecting'
  talkMs: number | undefined
  transferred: Transfer | undefined
  #sequence = 640
  #answer: ChannelState['answer'] = 'ringing'
  #callState: ChannelState['callState'] = 'RINGING'
  #media = false
  #acknowledge = false
  #reporting = false
  #disposition: string | undefined
  readonly waiting: Waiting
  readonly #cancelTimers: (() => void)[] = []

  constructor(script: CallScript) {
    this.script = script
    this.clock = new Clock(script.speed ?? 1)
    this.waiting = new Waiting(this.clock)
    this.notes = new Notes(this.clock, script.observe)
    this.keypad = new Keypad(script.digits ?? [])
    this.who = identityOf(script)
    this.times = timesFrom(this.who.createdUs)
    this.profile = profileOf(this.who, this.times)
    arrive(this.variables, this.who)
    for (const [name, value] of Object.entries(script.variables ?? {}))
      this.variables.set(name, toBytes(value))
    if (script.answered) this.answer('dialplan')
    const when = script.hangUp?.when
    if (typeof when === 'object') this.#cancelTimers.push(this.clock.alarm(when.afterMs, this.callerHangsUp))
    script.signal?.addEventListener('abort', this.callerHangsUp)
    if (script.signal?.aborted) this.callerHangsUp()
  }

  get down(): boolean {
    return this.cause !== undefined
  }

  get answered(): boolean {
    return this.times.answered > 0
  }

  /** Fires an event; it is only written where somebody asked for it. */
  fire(name: EventName, trailer = ''): void {
    this.#sequence += 1
    this.audience?.fire(name, () => this.render(name, trailer))
  }

  render(name: EventName, trailer: string): string {
    const channel: ChannelState = {
      state: this.#reporting ? 'CS_REPORTING' : 'CS_EXECUTE',
      callState: this.#callState,
      number: this.#reporting ? 11 : this.down ? 10 : 4,
      answer: this.#answer,
      cause: this.cause,
      media: this.#media,
      other: this.other,
    }
    const { profile, variables } = this
    return renderEvent(name, {
      sequence: this.#sequence,
      profile,
      channel,
      variables: variables.text,
      trailer,
    })
  }

  /** 180: the caller hears ringing. */
  ring(): void {
    if (this.times.progress > 0 || this.answered) return
    this.times.progress = nowUs()
    this.variables.set('sip_to_tag', 'platformTag001')
  }

  /** Early media, unless there is audio already. */
  preAnswer(): void {
    if (this.#media) return
    this.#media = true
    this.times.progressMedia = nowUs()
    this.#callState = 'EARLY'
    this.#answer = 'early'
    this.variables.apply(MEDIA)
  }

  answer(by: string): void {
    if (this.answered || this.down) return
    this.preAnswer()
    this.times.answered = nowUs()
    this.#answer = 'answered'
    this.fire('CHANNEL_ANSWER')
    this.#callState = 'ACTIVE'
    this.#acknowledge = true
    this.variables.set('endpoint_disposition', 'ANSWER')
    this.notes.tell({ type: 'answer', by })
  }

  /** The caller's ACK has come. */
  settle(): void {
    if (!this.#acknowledge) return
    this.#acknowledge = false
    this.variables.setAll(acknowledged(this.who))
  }

  hangUp(cause: string, by: HangUpBy): void {
    if (this.down) return
    this.settle()
    const named = causeNamed(cause)
    this.cause = named
    this.#answer = 'hangup'
    this.times.hangup = nowUs()
    if (by === 'caller') this.variables.setAll(callerLeft(this.answered))
    else this.#disposition = this.answered ? 'send_bye' : 'send_refuse'
    this.sip = this.answered ? 200 : by === 'caller' ? 487 : finalStatus(named, this.variables)
    this.notes.tell({ type: 'hangUp', by, cause: named, sip: this.sip })
    this.audience?.channelDown(true)
    this.abandon()
    this.waiting.interrupt('hangUp')
    this.waiting.wake()
  }

  /** Hangs up `ms` from now, unless the call is over by then. */
  hangUpAfter(ms: number, cause: string): void {
    this.#cancelTimers.push(this.clock.alarm(ms, () => this.hangUp(cause, 'platform')))
  }

  /** Nobody waits for this channel any more: no timer stays behind. */
  abandon(): void {
    for (const cancel of this.#cancelTimers) cancel()
    this.script.signal?.removeEventListener('abort', this.callerHangsUp)
  }

  readonly callerHangsUp = (): void => {
    this.hangUp(this.answered ? 'NORMAL_CLEARING' : 'ORIGINATOR_CANCEL', 'caller')
  }

  /** The last event of the channel, with its report, for whoever still listens. */
  finish(): void {
    if (this.audience?.finished !== false) return
    this.#reporting = true
    this.#callState = 'HANGUP'
    const cause = this.cause ?? 'NORMAL_CLEARING'
    const ended = {
      cause,
      digits: isTrue(this.variables.get('sensitive_dtmf')) ? '' : this.keypad.taken,
      lastApplication: this.notes.applications.at(-1),
      callerId: `"${this.who.name || this.who.caller}" <${this.who.caller}>`,
      media: this.#media,
      disposition: this.#disposition,
    }
    for (const [name, value] of report(this.times, ended)) if (value) this.variables.set(name, value)
    this.fire('CHANNEL_HANGUP_COMPLETE')
    this.audience.channelDown(false)
  }

  /** Waits `ms`; resolves with what ended the wait early, if anything did. One wait at a time. */
  pause(ms: number, options: { breakable?: boolean } = {}): Promise<Interruption | undefined> {
    return this.waiting.pause(ms, options.breakable ?? false)
  }

  /** The controller is gone: with `socket_resume` whatever runs ends at once. */
  controllerGone(): void {
    if (this.down || this.transferred) return
    this.notes.tell({ type: 'controllerGone', during: this.doing })
    if (isTrue(this.variables.get('socket_resume'))) this.waiting.interrupt('cut')
    this.waiting.wake()
  }
}
