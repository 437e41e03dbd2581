/** One call as long as this controller holds it. */
import type { Logger } from 'pino'
import type { Config } from '../config/index.ts'
import type { Connection, Headers } from '../esl/index.ts'
import {
  type Calendar,
  type CallEvent,
  type CallWatch,
  type CompiledDocument,
  type CompiledStep,
  END,
  type EventName,
  type Grants,
  type MissedCall,
  type NoteStep,
  type PlanStore,
  type Progress,
  ringEndMs,
  ringMsOf,
  type RingOrder,
  type SendWebhook,
  START,
  type StepRecord,
  walk,
  type WalkEnd,
} from '../plan/index.ts'
import type { CallLine, CallRecord, Ending } from '../records/index.ts'
import { MAX_HOPS, type Router } from '../routing/index.ts'
import type { Time } from '../util/time.ts'
import type { Admission } from './admission.ts'
import { eventOf, type EventsOfCall, lastEvents } from './call-events.ts'
import { missedCall, recordHead, recordingOf } from './call-record.ts'
import { Channel } from './channel.ts'
import { ChannelControl } from './channel-control.ts'
import { ChannelVariables, findVariables, type FoundVariables } from './channel-variables.ts'
import { endingOf } from './hangup-causes.ts'
import { type IncomingCall, readIncomingCall, type ReadingOptions } from './incoming-call.ts'
import { findStartingPoint, type StartingPoint } from './starting-point.ts'

/** What the calls of a controller have in common. */
export interface CallContext {
  readonly plans: Pick<PlanStore, 'current' | 'byRevision'>
  /** What each document may use. */
  readonly grants: Grants
  readonly sendWebhook: SendWebhook
  readonly config: Pick<Config, 'noPlanCause' | 'limits' | 'recordings'>
  readonly admission: Admission
  readonly calendar: Calendar
  readonly ringOrder: RingOrder
  readonly reading: ReadingOptions
  readonly router: Router
  /** Takes the record back of a call that FreeSWITCH had; undefined: it is not here. */
  readonly takeWaiting: (id: string) => Promise<CallRecord | undefined>
  /** This controller's name in records, such as `pbx1:8084`: known once its port is open. */
  readonly nodeName: () => string
  readonly log: Pick<Logger, 'error'>
  readonly time: Time
  /** Keeps an event, to be told; resolves when it is on disk, or cannot be kept now. Never rejects. Absent: none is told. */
  readonly tell?: (event: CallEvent) => Promise<void>
  /** The name of whoever keeps them, of this process alone. */
  readonly keeper?: string
  /** Called as each step is finished. */
  readonly onStep?: NoteStep
  /** Absent: nobody ever follows calls. */
  readonly follower?: CallFollower
}

/** Is told what happens to all calls, as it happens. Never throws. */
export interface CallFollower {
  /** Whether somebody looks: what costs more than a counter is not told where nobody does. */
  readonly follows: boolean
  /** It has its plan, or none was found; also where another controller, or FreeSWITCH, had it before. */
  began(call: FollowedCall): void
  /** Only where `follows`. */
  stepBegan(call: FollowedCall, step: CompiledStep): void
  /** The same. */
  stepEnded(call: FollowedCall, record: StepRecord): void
  /**
   * This controller holds it no more, and it is not over: two parties talk, FreeSWITCH has it, or another controller goes
   * on with it. `ended`: undefined where it was released for that.
   */
  left(call: FollowedCall, ended: EndedCall | undefined): void
}

/** A call that is held, or was until now. */
export interface FollowedCall {
  readonly id: string
  readonly document: string | undefined
  readonly live: LiveCall
}

/** A call as the API shows it while it is held; `name` is the one that is shown now. */
export interface LiveCall extends CallLine {
  readonly steps: readonly StepRecord[]
}

/** A call that this controller does not hold any more. */
export interface EndedCall {
  readonly record: CallRecord
  readonly missed: MissedCall | undefined
  /** Absent: its document wants nothing told of it. */
  readonly watch?: CallWatch
  /** What is to be told before its record is written. */
  readonly events: readonly CallEvent[]
  /**
   * - `talking`: two parties talk on without the controller; the end of the call is still to come.
   * - `waiting`: FreeSWITCH has it, and brings it back; its last step is the one that it is in.
   * - `lost`: the connection broke; another controller goes on with the call, unless FreeSWITCH was lost as well.
   */
  readonly state: 'ended' | 'talking' | 'waiting' | 'lost'
  /** The Core-UUID of its FreeSWITCH. */
  readonly core: string
}

/**
 * The value of `{domain}` in routes: where there are owners, no domain whose telephones are not the document's.
 * `dialledIn`: the one that FreeSWITCH names.
 */
export function domainOf(
  { name, document }: CompiledDocument,
  dialledIn: string | undefined,
  { owners }: Grants,
): string | undefined {
  const domain = document.domain ?? dialledIn
  return domain === undefined || !owners || owners.mayUseDomain(name, domain) ? domain : undefined
}

/** What this controller did of a call's walk. */
export interface Walked {
  readonly id: string
  readonly document: string | undefined
  /** When it began here, since 1970. */
  readonly beganMs: number
  /** So many steps were walked before. */
  readonly stepsBefore: number
  readonly steps: readonly StepRecord[]
}

/** What a call came to that ended while FreeSWITCH alone had it. */
export function endedWaiting(
  { record, missed, core }: EndedCall,
  { talkMs, cause }: Pick<CallRecord, 'talkMs' | 'cause'>,
): EndedCall {
  const talked = talkMs !== undefined
  const last = record.steps.at(-1)!
  return {
    ...{ core, state: 'ended', missed: talked ? undefined : missed, events: [] },
    record: {
      ...record,
      steps: [...record.steps.slice(0, -1), { ...last, outcome: talked ? 'answered' : 'interrupted' }],
      answered: true,
      ...(talked && { talkMs }),
      ending: talked ? 'talked' : 'callerHungUp',
      ...(cause !== undefined && { cause }),
    },
  }
}

/** What is known of a call as FreeSWITCH takes it: not yet how long the caller waits. */
function letGo({ watch, ...call }: EndedCall): EndedCall {
  if (!watch) return { ...call, state: 'waiting' }
  const { waitMs: _, ...known } = watch
  return { ...call, watch: known, state: 'waiting' }
}

export class Call implements FollowedCall {
  readonly channel: Channel
  readonly #context: CallContext
  readonly #incoming: IncomingCall
  readonly #found: FoundVariables
  readonly #steps: StepRecord[] = []
  readonly #notes: string[] = []
  #start: StartingPoint | undefined
  /** Where no plan was found, and why. */
  #unfound: Pick<CallRecord, 'revision' | 'ungranted'> = {}
  #leave: (() => void) | undefined
  #walked: Pick<Walked, 'beganMs' | 'stepsBefore'> = { beganMs: 0, stepsBefore: 0 }
  /** Undefined: nobody wants anything told of this call. */
  #events: EventsOfCall | undefined

  /**
   * Takes the call of a connection over.
   *
   * @throws BelplanError as `Connection.open` does
   */
  static async open(connection: Connection, context: CallContext): Promise<Call> {
    const { channel, headers } = await Channel.open(connection, context.time)
    return new Call(channel, headers, context)
  }

  /** `headers`: the connect reply, some 6 KB. All that is ever read of it is read here, and it is not kept. */
  private constructor(channel: Channel, headers: Headers, context: CallContext) {
    this.channel = channel
    this.#context = context
    this.#incoming = readIncomingCall(headers, context.reading)
    this.#found = findVariables(headers, context.reading.country, this.#incoming.wasHeld)
  }

  /** Resolves when the call is no longer held; undefined where it was released for another controller to go on with it. */
  async run(): Promise<EndedCall | undefined> {
    const { plans, grants, config, log } = this.#context
    try {
      const start = await findStartingPoint(this.#incoming, plans, grants)
      if (start.note !== undefined) this.#notes.push(start.note)
      if ('ending' in start) {
        const cause = start.ending === 'noPlan' ? config.noPlanCause : 'NORMAL_TEMPORARY_FAILURE'
        const { revision, ungranted } = start
        this.#unfound = {
          ...(revision !== undefined && { revision }),
          ...(ungranted !== undefined && { ungranted }),
        }
        this.#context.follower?.began(this)
        return await this.#refuse(start.ending, cause)
      }
      this.#start = await this.#takenUp(start)
      this.#steps.push(...this.#start.steps)
      this.#context.follower?.began(this)
      const barred = this.#admit(start)
      if (barred !== undefined) return await this.#refuse('limited', barred)
      this.#beginEvents(start)
      return await this.#end(await this.#walk(start))
    } catch (error) {
      log.error({ err: error, call: this.channel.id }, 'a call failed')
      // A caller is not to wait in silence because of a fault here.
      return await this.#refuse('failed', 'NORMAL_TEMPORARY_FAILURE')
    } finally {
      this.#leave?.()
    }
  }

  get id(): string {
    return this.channel.id
  }

  get document(): string | undefined {
    return this.#start?.document.name
  }

  get live(): LiveCall {
    const { caller, did, at } = this.#incoming
    const start = this.#start
    const state = start?.checkpoint.state
    const step = state && state.at !== END ? start.document.steps[state.at] : undefined
    return {
      ...{ id: this.channel.id, state: 'live', at: at.toISOString() },
      ...{ did, caller: caller.number, name: state?.name ?? caller.name },
      ...(start && {
        document: start.document.name,
        plan: step?.plan ?? start.plan,
        revision: start.checkpoint.revision,
      }),
      ...(step && { step: step.name, stepType: step.spec.type }),
      steps: this.#steps,
    }
  }

  get walked(): Walked {
    const { document, steps = [] } = this.#start ?? {}
    return {
      ...{ id: this.channel.id, document: document?.name, ...this.#walked },
      steps: this.#steps.slice(steps.length),
    }
  }

  /** With all that is known of the steps before, where FreeSWITCH had the call. */
  async #takenUp(start: StartingPoint): Promise<StartingPoint> {
    const { queueEnd, voicemailEnd } = this.#found
    if (queueEnd === undefined && voicemailEnd === undefined) return start
    this.channel.unschedule()
    const before = await this.#context.takeWaiting(this.channel.id)
    // A call that begins anew was handed on by an agent: what it was before is no part of it.
    const operation = this.#incoming.checkpoint?.operation
    if (before === undefined || (operation !== 'queue' && operation !== 'voicemail')) return start
    const { steps, unknownSteps = 0, notes = [] } = before
    this.#notes.push(...notes)
    return { ...start, steps: steps.slice(0, -1), unknownSteps }
  }

  /** The cause that ends a call which may not go on, because it is in a loop or exceeds a limit; undefined: it is counted. */
  #admit({ document }: StartingPoint): string | undefined {
    const { caller, hopCount, checkpoint } = this.#incoming
    const resumed = checkpoint !== undefined
    if (!resumed && hopCount.hops > MAX_HOPS) {
      this.#notes.push(`the call has gone out and come back ${hopCount.hops} times`)
      return 'EXCHANGE_ROUTING_ERROR'
    }
    const admitted = this.#context.admission.admit(document.name, caller.number, resumed)
    this.#leave = admitted.leave
    if (admitted.leave) return undefined
    this.#notes.push(admitted.over)
    return 'USER_BUSY'
  }

  async #refuse(ending: Ending, cause: string): Promise<EndedCall> {
    await this.channel.hangUp({}, cause)
    return this.#ended(ending, cause)
  }

  /** Of a call that another controller held, `started` may be with that one: told again, it is the same event. */
  #beginEvents(start: StartingPoint): void {
    const { events } = start.document.document
    const { tell, keeper } = this.#context
    const { checkpoint, profileCreated, at } = this.#incoming
    if (!tell || !events) return
    this.#events = {
      head: recordHead(this.channel.id, this.#incoming, start),
      watch: {
        ...{ events, profileCreated, callername: start.checkpoint.state.name },
        ...(keeper !== undefined && { keeper }),
      },
      holders: checkpoint?.controllers ?? [],
    }
    void this.#tell('started', at.getTime(), START)
  }

  /**
   * Who waits for it before the call goes on to its next checkpoint loses nothing where this controller is killed: whoever
   * takes the call over from the one before tells the same again.
   */
  async #tell(event: EventName, atMs: number, progress: Progress, details?: object): Promise<void> {
    const told = this.#events && eventOf(this.#events, event, atMs, progress, details)
    if (told) await this.#context.tell!(told)
  }

  #walk({ document, checkpoint }: StartingPoint): Promise<WalkEnd> {
    const { state } = checkpoint
    const { grants, sendWebhook, config, admission, calendar, ringOrder, reading, router, time } =
      this.#context
    const { onStep, follower } = this.#context
    this.#walked = { beganMs: time.unixMs(), stepsBefore: state.steps }
    const { transfers, queues, mailboxes, destinations } = grants.of(document.name)
    const variables = new ChannelVariables(
      this.#found,
      { ...checkpoint, controllers: this.#controllers() },
      reading.signature,
      this.channel.id,
    )
    const call = new ChannelControl({
      channel: this.channel,
      variables,
      incoming: this.#incoming,
      document: document.name,
      router,
      permission: { domain: domainOf(document, this.#incoming.domain, grants), destinations },
      transfers,
      queues,
      mailboxes,
      admission,
      time,
      recordings: config.recordings,
      ...(this.#events?.watch.events.ringing !== undefined && {
        onRinging: (request, atMs) => {
          const { destinations, written = destinations } = request
          return this.#tell('ringing', atMs, state, {
            destinations: written,
            ringSeconds: ringEndMs(request) / 1000,
          })
        },
      }),
    })
    return walk({
      call,
      sendWebhook,
      document,
      state,
      limits: config.limits,
      time,
      calendar,
      tell: ({ event, details }) => this.#tell(event, time.unixMs(), state, details),
      ringOrder,
      begun: (step) => {
        if (follower?.follows) follower.stepBegan(this, step)
      },
      note: (record, step, branch) => {
        this.#steps.push(record)
        variables.addOutcome(step.index, record.outcome)
        onStep?.(record, step, branch)
        if (follower?.follows) follower.stepEnded(this, record)
      },
    })
  }

  async #end({ ending, cause }: WalkEnd): Promise<EndedCall | undefined> {
    if (ending === 'talked') {
      // Resumed after the conversation: only the caller's channel is left.
      if (!this.channel.signal.aborted) await this.channel.hangUp({}, 'NORMAL_CLEARING')
      return this.#ended(ending, undefined)
    }
    const how = await this.channel.ended
    if (ending === 'waiting') return letGo(this.#ended('lost', undefined))
    if (ending !== 'gone') return this.#ended(ending, cause)
    if (how === 'hungUp') return this.#ended(endingOf(this.channel.cause), undefined)
    if (how === 'released') return undefined
    this.#notes.push('FreeSWITCH was restarted while the call was held')
    return { ...this.#ended('lost', undefined), state: 'lost' }
  }

  /** `cause`: the one that the call was released with, where FreeSWITCH has not reported another. */
  #ended(ending: Ending, cause: string | undefined): EndedCall {
    const { id, answered, cause: reported = cause } = this.channel
    const ringMs = ringMsOf(this.#steps)
    const { unknownSteps = 0 } = this.#start ?? {}
    const state = ending === 'talked' && this.channel.cause === undefined ? 'talking' : 'ended'
    const record: CallRecord = {
      ...recordHead(id, this.#incoming, this.#start),
      ...this.#unfound,
      controllers: this.#controllers(),
      ...(unknownSteps > 0 && { unknownSteps }),
      steps: this.#steps,
      answered,
      ...(ringMs !== undefined && { ringMs }),
      ...(ending === 'talked' && recordingOf(this.#steps)),
      ending,
      ...(reported !== undefined && { cause: reported }),
      ...(cause !== undefined && reported !== cause && { released: cause }),
      ...(ending === 'noPlan' && { forms: this.#incoming.forms }),
      ...(this.#notes.length > 0 && { notes: this.#notes }),
    }
    return {
      ...{ state, record, core: this.#incoming.core },
      missed: missedCall(id, this.#incoming, this.#start, ending),
      ...this.#ending(record, state),
    }
  }

  /** What is told of the end, and what is needed to tell the rest of it. */
  #ending(record: CallRecord, state: 'talking' | 'ended'): Pick<EndedCall, 'watch' | 'events'> {
    if (!this.#events) return { events: [] }
    const { time } = this.#context
    const nowMs = time.unixMs()
    const { state: walked } = this.#start!.checkpoint
    // Of a call that came back behind its conversation, nobody here saw when that began.
    const isSeen = this.channel.talking || record.ending !== 'talked'
    const waitMs = isSeen ? Math.max(0, nowMs - this.#incoming.at.getTime()) : undefined
    const watch = {
      ...this.#events.watch,
      callername: walked.name,
      ...(waitMs !== undefined && { waitMs }),
    }
    const call = { ...this.#events, watch }
    const answered =
      record.ending === 'talked'
        ? eventOf(call, 'answered', nowMs, walked, { waitMs, ringMs: record.ringMs })
        : undefined
    return {
      watch,
      events: [
        ...(answered ? [answered] : []),
        ...(state === 'ended' ? lastEvents(call, record, nowMs) : []),
      ],
    }
  }

  /** Those that held the call, this one last. */
  #controllers(): readonly string[] {
    const before = this.#incoming.checkpoint?.controllers ?? []
    const node = this.#context.nodeName()
    return before.at(-1) === node ? before : [...before, node]
  }
}
