/**
 * FreeSWITCH's side of one call, over its socket: applications run one at a time, and events say what happens to the
 * channel meanwhile. Knows the protocol's timing and nothing of plans.
 */
import {
  breakPlayback,
  events,
  type Command,
  type Connection,
  execute,
  type Execution,
  flushDigits,
  type Headers,
  kill,
  listQueue,
  type RecordingChange,
  recordingCommands,
  schedHangup,
  schedWaitOver,
  setVariables,
  unschedule,
  type VariableValues,
} from '../esl/index.ts'
import type { Gone } from '../plan/index.ts'
import { UUID } from '../syntax/index.ts'
import { BelplanError } from '../util/errors.ts'
import type { Time } from '../util/time.ts'

type WithoutId<T> = T extends unknown ? Omit<T, 'id' | 'locked'> : never

/** An application with its argument; the channel gives it its id and its place. */
export type Application = WithoutId<Execution>

interface ExecuteOptions {
  /** Drops digits that were keyed before. */
  readonly flush?: boolean
  /** Hangs the call up so many seconds from now, whatever becomes of it and of the controller. */
  readonly maxSeconds?: number
  /** Called as FreeSWITCH begins with the last of them. It takes one more event of each application from then on. */
  readonly onBegun?: () => void
  readonly recording?: RecordingChange | undefined
}

interface LeaveOptions extends Pick<ExecuteOptions, 'recording'> {
  readonly maxSeconds: number
  /** Undefined: for as long as the application has it. */
  readonly waitSeconds: number | undefined
}

/** How the controller's part in the channel ended. */
type ChannelEnd =
  | 'hungUp' // the channel is gone
  | 'released' // left to FreeSWITCH: two parties talk, the call was transferred, or the controller drains
  | 'lost' // the connection broke while the channel was there

/**
 * FreeSWITCH's event thread sleeps up to 20 ms unless a command wakes it, and the event that the
 * channel is parked is in its queue a millisecond or two after the connect reply (mod_event_socket.c, read_packet).
 */
const POKE_MS = 3

const NO_CALL_ID =
  'the Unique-ID of the call is no UUID; inbound-use-callid-as-uuid must not be set in the SIP profile'

const GONE: Gone = 'gone'

/** A hang-up is reported within a tick or two; past this the connection is closed without the report. */
const REPORT_MS = 2000

export class Channel {
  #resolveEnded!: (end: ChannelEnd) => void
  /** Resolves once, when no more events of the channel will come. */
  readonly ended = new Promise<ChannelEnd>((resolve) => void (this.#resolveEnded = resolve))
  readonly #connection: Connection
  readonly #time: Time
  readonly #gone = new AbortController()
  /** Aborts as soon as the channel is hung up, lost or released. */
  readonly signal = this.#gone.signal
  /** Resolves when the channel is proven to be parked, or gone; undefined from then on. */
  #parking: PromiseWithResolvers<undefined> | undefined = Promise.withResolvers<undefined>()
  #id = ''
  #poke: (() => void) | undefined
  #answered = false
  #unsent: { readonly variables: VariableValues; readonly command: Command } | undefined
  #runs = 0
  /** CHANNEL_EXECUTE comes. */
  #seesBegins = false
  #draining = false
  #talking = false
  #running:
    | {
        readonly id: string
        readonly bridge: boolean
        readonly done: (event: Headers | Gone) => void
        readonly onBegun: (() => void) | undefined
      }
    | undefined
  #report: (() => void) | undefined
  #cause: string | undefined

  private constructor(connection: Connection, time: Time) {
    this.#connection = connection
    this.#time = time
  }

  /**
   * Takes the channel over; `headers` are the connect reply.
   *
   * @throws BelplanError as `Connection.open` does
   */
  static async open(connection: Connection, time: Time): Promise<{ channel: Channel; headers: Headers }> {
    const channel = new Channel(connection, time)
    const { headers } = await connection.open(channel)
    channel.#id = headers.get('Unique-ID') ?? ''
    if (!UUID.test(channel.#id)) {
      connection.destroy()
      throw new BelplanError('protocol', NO_CALL_ID)
    }
    channel.#answered ||= headers.get('Answer-State') === 'answered'
    if (channel.#parking && !channel.signal.aborted) channel.#wakeIn(POKE_MS)
    return { channel, headers }
  }

  /** FreeSWITCH's Unique-ID of the channel. */
  get id(): string {
    return this.#id
  }

  get answered(): boolean {
    return this.#answered
  }

  /** A bridge was answered, and the channel released. */
  get talking(): boolean {
    return this.#talking
  }

  /** FreeSWITCH's hang-up cause, once it is known. */
  get cause(): string | undefined {
    return this.#cause
  }

  /**
   * Sets variables at once; before the channel is parked they wait for the next command that is sent anyway.
   *
   * @throws BelplanError `refused`, here and not when they are sent: no caller could catch it then
   */
  set(variables: VariableValues): void {
    if (this.signal.aborted) return
    const all = { ...this.#unsent?.variables, ...variables }
    const command = setVariables(this.#id, all)
    if (this.#parking) this.#unsent = { variables: all, command }
    else this.#connection.post(command)
  }

  /**
   * Sets variables and runs applications in order, in one write. Resolves with the event that completes the
   * last one, or 'gone'. A bridge that is answered releases the channel.
   *
   * Waits until the channel is proven to be parked: what is set with the first application decides what a
   * lost connection does to the call, and before the park that would leave the caller in silence.
   */
  async execute(
    variables: VariableValues,
    applications: readonly Application[],
    { flush = false, maxSeconds, onBegun, recording }: ExecuteOptions = {},
  ): Promise<Headers | Gone> {
    if (this.#parking) await this.#parking.promise
    if (this.signal.aborted) return 'gone'
    const id = String(++this.#runs)
    const { promise, resolve } = Promise.withResolvers<Headers | Gone>()
    this.#running = { id, bridge: applications.at(-1)?.app === 'bridge', done: resolve, onBegun }
    const locked = applications.length > 1
    const commands = applications.map((application, i) =>
      execute({ ...application, id: i === applications.length - 1 ? id : `${id}-${i}`, locked }),
    )
    if (flush) commands.unshift(flushDigits(this.#id))
    if (maxSeconds !== undefined) commands.unshift(schedHangup(this.#id, maxSeconds, 'ALLOTTED_TIMEOUT'))
    if (onBegun && !this.#seesBegins) {
      this.#seesBegins = true
      commands.unshift(events(['CHANNEL_EXECUTE']))
    }
    if (recording) commands.unshift(...recordingCommands(this.#id, recording))
    this.#connection.post(setVariables(this.#id, variables, recording), ...commands)
    return promise
  }

  /**
   * Sets variables, starts applications and releases the channel, all at once: another connection takes the channel up
   * behind the last of them. `waitSeconds`: how long that may wait, or listen.
   */
  async leaveTo(
    variables: VariableValues,
    applications: readonly Application[],
    { maxSeconds, waitSeconds, recording }: LeaveOptions,
  ): Promise<'left' | Gone> {
    if (this.#parking) await this.#parking.promise
    if (this.signal.aborted) return 'gone'
    const recorded = recording ? recordingCommands(this.#id, recording) : []
    // What is begun needs the variables, and what is ended leaves some that are not of the application.
    const isBegun = recording?.start !== undefined
    this.#connection.post(
      ...(isBegun ? [] : recorded),
      setVariables(this.#id, variables, recording),
      ...(isBegun ? recorded : []),
      schedHangup(this.#id, maxSeconds, 'ALLOTTED_TIMEOUT'),
      ...(waitSeconds === undefined ? [] : [schedWaitOver(this.#id, waitSeconds)]),
      ...applications.map((application) =>
        execute({ ...application, id: String(++this.#runs), locked: applications.length > 1 }),
      ),
    )
    this.release()
    return 'left'
  }

  /** Takes back what was scheduled when the channel was left to an application. */
  unschedule(): void {
    if (!this.signal.aborted) this.#connection.post(unschedule(this.#id))
  }

  /** The members of a queue, a line each; undefined: FreeSWITCH does not say. */
  async listQueue(queue: string): Promise<string | undefined> {
    if (this.signal.aborted) return undefined
    const [reply] = await this.#connection.send(listQueue(queue)).catch(() => [])
    return reply?.ok ? reply.text : undefined
  }

  /** Stops what is played; the event that completes it still comes. */
  stopPlayback(): void {
    if (!this.signal.aborted) this.#connection.post(breakPlayback(this.#id))
  }

  /** Hangs the channel up and waits until FreeSWITCH reports that it is done. */
  async hangUp(variables: VariableValues, cause: string): Promise<void> {
    if (!this.signal.aborted) {
      const all = { ...this.#unsent?.variables, ...variables }
      const before = Object.keys(all).length > 0 ? [setVariables(this.#id, all)] : []
      this.#connection.post(...before, kill(this.#id, cause))
    }
    await this.ended
  }

  /** Leaves the channel to FreeSWITCH: what runs goes on, and then the dialplan does. */
  release(): void {
    if (this.signal.aborted) return
    this.#flush()
    void this.#connection.end()
    this.#end('released')
  }

  /** Releases the channel at once where an application runs; else the walk soon saves its state and releases it. */
  drain(): void {
    if (this.#running) this.release()
    else this.#draining = true
  }

  get draining(): boolean {
    return this.#draining
  }

  /** For the connection alone, as `lingering` and `closed` are. */
  event(name: string, event: Headers): void {
    if (event.get('Answer-State') === 'answered') this.#answered = true
    switch (name) {
      case 'CHANNEL_PARK':
        return this.#onPark()
      case 'CHANNEL_EXECUTE':
        if (event.get('Application-UUID') === this.#running?.id) this.#running?.onBegun?.()
        return
      case 'CHANNEL_BRIDGE':
        // With early media the legs are bridged before anybody answers.
        if (!this.#answered || !this.#running?.bridge) return
        this.#talking = true
        return this.release()
      case 'CHANNEL_EXECUTE_COMPLETE':
        return this.#onComplete(event)
      case 'CHANNEL_HANGUP_COMPLETE':
        this.#cause = event.get('Hangup-Cause')
        void this.#connection.end()
        return this.#end('hungUp')
    }
  }

  lingering(): void {
    this.#abort()
    this.#report ??= this.#time.after(REPORT_MS, () => {
      void this.#connection.end()
      this.#end('hungUp')
    })
  }

  closed(): void {
    this.#end(this.signal.aborted ? 'hungUp' : 'lost')
  }

  #onComplete(event: Headers): void {
    this.#onPark()
    const running = this.#running
    if (!running || event.get('Application-UUID') !== running.id) return
    this.#running = undefined
    running.done(event.get('Answer-State') === 'hangup' ? 'gone' : event)
  }

  #onPark(): void {
    if (!this.#parking) return
    this.#endParking()
    this.#flush()
  }

  /** Again after twice the time, in case FreeSWITCH is slow. */
  #wakeIn(ms: number): void {
    this.#poke = this.#time.after(ms, () => {
      if (!this.#flush()) this.#connection.wake()
      this.#wakeIn(2 * ms)
    })
  }

  #flush(): boolean {
    const unsent = this.#unsent
    if (unsent === undefined) return false
    this.#unsent = undefined
    this.#connection.post(unsent.command)
    return true
  }

  #end(end: ChannelEnd): void {
    this.#report?.()
    this.#abort()
    this.#resolveEnded(end)
  }

  /** Ends the wait for the park, and drops what it needed: calls are held for minutes, and there are thousands. */
  #endParking(): void {
    this.#poke?.()
    this.#poke = undefined
    this.#parking?.resolve(undefined)
    this.#parking = undefined
  }

  #abort(): void {
    this.#endParking()
    // Without a reason AbortController makes one: an exception with its stack, for every call.
    this.#gone.abort(GONE)
    this.#running?.done('gone')
    this.#running = undefined
  }
}
