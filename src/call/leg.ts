/**
 * FreeSWITCH's side of one call, as the socket shows it: applications run one at a time, and whatever happens
 * to the channel meanwhile. Knows the protocol's timing; knows nothing of plans.
 */
import {
  breakPlayback,
  type Command,
  type Connection,
  execute,
  type Execution,
  flushDigits,
  type Headers,
  kill,
  LINGER,
  schedHangup,
  setVariables,
  type VariableValues,
} from '../esl/index.ts'
import { UUID } from '../syntax/index.ts'
import { BelplanError } from '../util/errors.ts'
import type { Gone } from '../plan/index.ts'

type WithoutId<T> = T extends unknown ? Omit<T, 'id' | 'locked'> : never

/** An application with its argument; the leg gives it its id and its place. */
export type Application = WithoutId<Execution>

export interface RunOptions {
  /** Called when two parties talk. */
  readonly bridged?: () => void
  /** Drops digits that were keyed before. */
  readonly flush?: boolean
  /** Hangs the call up so many seconds from now, whatever becomes of it and of the controller. */
  readonly maxSeconds?: number
}

/** How the leg and the controller parted. */
export type Parting =
  | 'hungUp' // the channel is gone
  | 'released' // let go on purpose: two parties talk, the call was transferred, or a drain
  | 'lost' // the connection broke while the channel was there

/**
 * FreeSWITCH's event thread sleeps up to 20 ms unless a command wakes it, and the news that the channel is
 * parked is in its queue a millisecond or two after the connect reply (mod_event_socket.c, read_packet).
 */
const POKE_MS = 3

const NO_CALL_ID =
  'the Unique-ID of the call is no UUID; inbound-use-callid-as-uuid must not be set in the SIP profile'

const GONE: Gone = 'gone'

/** A hang-up is reported within a tick or two; past this the connection is closed without the report. */
const REPORT_MS = 2000

export class Leg {
  #tellParted!: (parting: Parting) => void
  /** Resolves once, when the leg and the controller have parted and nothing more will be heard. */
  readonly parted = new Promise<Parting>((resolve) => void (this.#tellParted = resolve))
  readonly #connection: Connection
  readonly #gone = new AbortController()
  /** Resolves when the channel is proven to be parked, or gone; undefined from then on. */
  #parking: PromiseWithResolvers<undefined> | undefined = Promise.withResolvers<undefined>()
  #id = ''
  #poke: NodeJS.Timeout | undefined
  #answered = false
  #unsent: { readonly variables: VariableValues; readonly command: Command } | undefined
  #runs = 0
  #draining = false
  #running:
    | { readonly id: string; readonly bridged: () => void; readonly done: (event: Headers | Gone) => void }
    | undefined
  #report: NodeJS.Timeout | undefined
  #cause: string | undefined

  private constructor(connection: Connection) {
    this.#connection = connection
  }

  /**
   * Takes a call over; `headers` are the connect reply.
   *
   * @throws BelplanError as `Connection.open` does
   */
  static async open(connection: Connection): Promise<{ leg: Leg; headers: Headers }> {
    const leg = new Leg(connection)
    const { headers } = await connection.open({
      event: (name, event) => leg.#onEvent(name, event),
      lingering: () => leg.#onHangUp(),
      closed: () => leg.#part(leg.#gone.signal.aborted ? 'hungUp' : 'lost'),
    })
    leg.#id = headers.get('Unique-ID') ?? ''
    if (!UUID.test(leg.#id)) {
      connection.destroy()
      throw new BelplanError('protocol', NO_CALL_ID)
    }
    leg.#answered ||= headers.get('Answer-State') === 'answered'
    if (leg.#parking && !leg.signal.aborted) leg.#wakeIn(POKE_MS)
    return { leg, headers }
  }

  /** FreeSWITCH's Unique-ID of the channel. */
  get id(): string {
    return this.#id
  }

  /** Aborts as soon as the channel is hung up, lost or let go. */
  get signal(): AbortSignal {
    return this.#gone.signal
  }

  get answered(): boolean {
    return this.#answered
  }

  /** FreeSWITCH's hang-up cause, once it is known. */
  get cause(): string | undefined {
    return this.#cause
  }

  /**
   * Sets variables at once; before the channel is parked they wait for the next thing that is sent anyway.
   *
   * @throws BelplanError `refused`, here and not when they are sent: nobody is there to be told then
   */
  tell(variables: VariableValues): void {
    if (this.signal.aborted) return
    const all = { ...this.#unsent?.variables, ...variables }
    const command = setVariables(this.#id, all)
    if (this.#parking) this.#unsent = { variables: all, command }
    else this.#connection.post(command)
  }

  /**
   * Sets variables and runs applications in order, in one write. Resolves with the event that completes the
   * last one, or 'gone'.
   *
   * Waits until the channel is proven to be parked: what is set with the first application decides what a
   * lost connection does to the call, and before the park that would leave the caller in silence.
   */
  async run(
    variables: VariableValues,
    applications: readonly Application[],
    { bridged = () => undefined, flush = false, maxSeconds }: RunOptions = {},
  ): Promise<Headers | Gone> {
    if (this.#parking) await this.#parking.promise
    if (this.signal.aborted) return 'gone'
    const id = String(++this.#runs)
    const { promise, resolve } = Promise.withResolvers<Headers | Gone>()
    this.#running = { id, bridged, done: resolve }
    const locked = applications.length > 1
    const commands = applications.map((application, i) =>
      execute({ ...application, id: i === applications.length - 1 ? id : `${id}-${i}`, locked }),
    )
    if (flush) commands.unshift(flushDigits(this.#id))
    if (maxSeconds !== undefined) commands.unshift(schedHangup(this.#id, maxSeconds, 'ALLOTTED_TIMEOUT'))
    this.#connection.post(setVariables(this.#id, variables), ...commands)
    return promise
  }

  /** Stops the application that is running; its completion still comes. */
  stop(): void {
    if (!this.signal.aborted) this.#connection.post(breakPlayback(this.#id))
  }

  /** Hangs the channel up and waits until FreeSWITCH says that it is done. */
  async hangUp(variables: VariableValues, cause: string): Promise<void> {
    if (!this.signal.aborted) {
      const told = { ...this.#unsent?.variables, ...variables }
      const before = Object.keys(told).length > 0 ? [setVariables(this.#id, told)] : []
      this.#connection.post(...before, kill(this.#id, cause))
    }
    await this.parted
  }

  /** Leaves the channel to FreeSWITCH: what runs goes on, and then the dialplan does. */
  release(): void {
    if (this.signal.aborted) return
    this.#flush()
    this.#leave()
    this.#part('released')
  }

  /** Lets go at once where an application runs; else the walk is soon at the place where it can be handed over. */
  drain(): void {
    if (this.#running) this.release()
    else this.#draining = true
  }

  get draining(): boolean {
    return this.#draining
  }

  #onEvent(name: string, event: Headers): void {
    if (event.get('Answer-State') === 'answered') this.#answered = true
    switch (name) {
      case 'CHANNEL_PARK':
        return this.#onPark()
      case 'CHANNEL_BRIDGE':
        // With early media the legs are bridged before anybody answers.
        return this.#answered ? this.#running?.bridged() : undefined
      case 'CHANNEL_EXECUTE_COMPLETE':
        return this.#onComplete(event)
      case 'CHANNEL_HANGUP_COMPLETE':
        this.#cause = event.get('Hangup-Cause')
        this.#leave()
        return this.#part('hungUp')
    }
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
    this.#parkedOrGone()
    this.#flush()
  }

  /** Again after twice the time, in case FreeSWITCH is slow. */
  #wakeIn(ms: number): void {
    this.#poke = setTimeout(() => {
      if (!this.#flush()) this.#connection.post(LINGER)
      this.#wakeIn(2 * ms)
    }, ms)
  }

  #flush(): boolean {
    const unsent = this.#unsent
    if (unsent === undefined) return false
    this.#unsent = undefined
    this.#connection.post(unsent.command)
    return true
  }

  #onHangUp(): void {
    this.#abort()
    this.#report ??= setTimeout(() => {
      this.#leave()
      this.#part('hungUp')
    }, REPORT_MS)
  }

  #leave(): void {
    void this.#connection.end()
  }

  #part(parting: Parting): void {
    clearTimeout(this.#report)
    this.#abort()
    this.#tellParted(parting)
  }

  /** What was needed for the wait is forgotten: calls are held for minutes, and there are thousands. */
  #parkedOrGone(): void {
    clearTimeout(this.#poke)
    this.#poke = undefined
    this.#parking?.resolve(undefined)
    this.#parking = undefined
  }

  #abort(): void {
    this.#parkedOrGone()
    // Without a reason it would make one: an exception with its stack, for every call.
    this.#gone.abort(GONE)
    this.#running?.done('gone')
    this.#running = undefined
  }
}
