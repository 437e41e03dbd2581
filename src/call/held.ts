/** One call as long as this controller holds it. */
import type { Headers, VariableValues } from '../esl/index.ts'
import type { CallRecord, Ending } from '../records/index.ts'
import { type CompiledDocument, END, type StepRecord, walk, type WalkEnd } from '../plan/index.ts'
import { MAX_HOPS, type Routing } from '../routing/index.ts'
import { Channel } from './channel.ts'
import { encodeCheckpoint, type Operation } from './checkpoint.ts'
import { leftBehind, type LeftBehind } from './left-behind.ts'
import type { Leg } from './leg.ts'
import type { Limits } from './limits.ts'
import { missedOf, type Missed } from './missed.ts'
import { settings } from './settings.ts'
import { begin, incoming, type Beginning, type CallParts, type Incoming, type Reading } from './story.ts'

/** A call as the API shows it while it is held. */
export interface LiveCall {
  readonly id: string
  readonly did: string
  readonly caller: string
  readonly document?: string
  readonly plan?: string
  readonly revision?: string
  /** The step that is being executed. */
  readonly step?: string
  readonly since: string
  readonly steps: readonly StepRecord[]
}

/** What became of a call that this controller ended or let go of while two parties talk. */
export interface Ended {
  readonly record: CallRecord
  /** Two parties talk on without the controller: the end of the call is still to come. */
  readonly talking: boolean
  /** The plan wants to know of calls that nobody talked on. */
  readonly missed: Missed | undefined
}

/** What the steps before came to travels with the checkpoint: the latest, since it has to be short. */
const HISTORY = 6

/** What all calls of a controller share. */
export interface HeldParts extends CallParts {
  readonly inUse: Limits
  readonly reading: Reading
  readonly routing: Omit<Routing, 'domain'>
}

export class HeldCall {
  readonly leg: Leg
  readonly #call: Incoming
  readonly #settings: VariableValues
  readonly #left: LeftBehind
  readonly #parts: HeldParts
  readonly #steps: StepRecord[] = []
  readonly #notes: string[] = []
  #history: readonly string[] = []
  #begun: Beginning | undefined
  #leave: (() => void) | undefined

  constructor(leg: Leg, headers: Headers, parts: HeldParts) {
    this.leg = leg
    this.#parts = parts
    // All that is ever read of the connect reply, whose 6 KB are not kept.
    this.#call = incoming(headers, parts.reading)
    this.#settings = settings(headers, parts.reading.country)
    this.#left = leftBehind(headers)
  }

  get live(): LiveCall {
    const { caller, did, at } = this.#call
    const begun = this.#begun
    const step = begun && begun.state.at !== END ? begun.document.steps[begun.state.at] : undefined
    return {
      id: this.leg.id,
      did,
      caller: caller.number,
      ...(begun && {
        document: begun.document.name,
        plan: step?.plan ?? begun.plan,
        revision: begun.revision,
      }),
      ...(step && { step: step.name }),
      since: at.toISOString(),
      steps: this.#steps,
    }
  }

  /** Resolves when the call is no longer held; undefined when another controller goes on with it. */
  async tell(): Promise<Ended | undefined> {
    try {
      return await this.#story()
    } catch (error) {
      // Nobody is to sit in silence because of a fault of ours: the caller is told, and so are we.
      this.#parts.log.error({ err: error, call: this.leg.id }, 'a call failed')
      await this.leg.hangUp({}, 'NORMAL_TEMPORARY_FAILURE')
      return this.#ended('failed', 'NORMAL_TEMPORARY_FAILURE')
    } finally {
      this.#leave?.()
    }
  }

  async #story(): Promise<Ended | undefined> {
    const { plans, grants } = this.#parts
    const begun = await begin(this.#call, plans, grants)
    if ('none' in begun) {
      if (begun.note !== undefined) this.#notes.push(begun.note)
      const cause = begun.none === 'noPlan' ? this.#parts.config.noPlanCause : 'NORMAL_TEMPORARY_FAILURE'
      return this.#turnAway(begun.none, cause)
    }
    this.#begun = begun
    this.#steps.push(...begun.steps)
    this.#notes.push(...begun.notes)
    this.#history = begun.history
    const barred = this.#barred(begun)
    if (barred) return this.#turnAway('limited', barred)
    const { state, document } = begun
    const end = await walk({
      call: this.#channel(begun),
      sendWebhook: this.#parts.sendWebhook,
      document,
      state,
      limits: this.#parts.config.limits,
      note: (record, step) => {
        this.#steps.push(record)
        this.#history = [...this.#history, `${step.index.toString(36)}:${record.outcome}`].slice(-HISTORY)
      },
    })
    return this.#finish(end)
  }

  /** The cause with which a call that may not go on is ended: it is in a loop, or one too many. */
  #barred({ document }: Beginning): string | undefined {
    const { caller, rounds, checkpoint } = this.#call
    const resumed = checkpoint !== undefined
    if (!resumed && rounds.hops > MAX_HOPS) {
      this.#notes.push(`the call has gone out and come back ${rounds.hops} times`)
      return 'EXCHANGE_ROUTING_ERROR'
    }
    const entered = this.#parts.inUse.enter(document.name, caller.number, resumed)
    this.#leave = entered.leave
    if (entered.leave) return undefined
    this.#notes.push(entered.over)
    return 'USER_BUSY'
  }

  async #turnAway(ending: Ending, cause: string): Promise<Ended> {
    await this.leg.hangUp({}, cause)
    return this.#ended(ending, cause)
  }

  /** What `{domain}` stands for: where there are owners, no domain whose telephones are not the document's. */
  #domain({ name, document }: CompiledDocument): string | undefined {
    const domain = document.domain ?? this.#call.domain
    const { owners } = this.#parts.grants
    return domain === undefined || !owners || owners.mayUseDomain(name, domain) ? domain : undefined
  }

  #channel(begun: Beginning): Channel {
    const { grants, routing, reading, inUse } = this.#parts
    const { caller, did, rounds, pass } = this.#call
    const controllers = this.#controllers()
    const { state, revision, document, resumed } = begun
    const { transfers, destinations } = grants.of(document.name)
    return new Channel({
      leg: this.leg,
      settings: this.#settings,
      left: this.#left,
      caller,
      did,
      rounds,
      state,
      resumed,
      transfers,
      routing: { ...routing, domain: this.#domain(document), destinations },
      admitLegs: (wanted) => inUse.admitLegs(document.name, wanted),
      checkpoint: (operation: Operation) =>
        reading.seal.sign(
          encodeCheckpoint({ revision, pass, operation, controllers, history: this.#history, state }),
          this.leg.id,
        ),
    })
  }

  async #finish(end: WalkEnd): Promise<Ended | undefined> {
    if (end.ending === 'talked') {
      // Taken up after the conversation was over: nothing is left but the channel.
      if (!this.leg.signal.aborted) await this.leg.hangUp({}, 'NORMAL_CLEARING')
      return this.#ended('talked', undefined)
    }
    const parting = await this.leg.parted
    if (end.ending !== 'gone') return this.#ended(end.ending, end.cause)
    if (parting !== 'hungUp') return undefined
    // An application that FreeSWITCH does not know, or a switch that shuts down, is no caller's hang-up.
    const failed = this.leg.cause === 'DESTINATION_OUT_OF_ORDER' || this.leg.cause === 'SYSTEM_SHUTDOWN'
    return this.#ended(failed ? 'failed' : 'callerHungUp', undefined)
  }

  #ended(ending: Ending, cause: string | undefined): Ended {
    const { caller, did, at } = this.#call
    const begun = this.#begun
    const told = this.leg.cause ?? cause
    const rung = this.#steps.filter((step) => step.type === 'bridge')
    const talking = ending === 'talked' && this.leg.cause === undefined
    // A call past a limit was never on its plan, and a flood of them is not to be one of webhooks.
    const unmissed = ending === 'talked' || ending === 'transferred' || ending === 'limited'
    return {
      talking,
      missed: unmissed ? undefined : missedOf(this.leg.id, this.#call, begun),
      record: {
        id: this.leg.id,
        at: at.toISOString(),
        did,
        caller: caller.number,
        name: caller.name,
        ...(begun && { document: begun.document.name, plan: begun.plan, revision: begun.revision }),
        controllers: this.#controllers(),
        steps: this.#steps,
        answered: this.leg.answered,
        ...(rung.length > 0 && { ringMs: rung.reduce((sum, { ms = 0 }) => sum + ms, 0) }),
        ending,
        ...(told !== undefined && { cause: told }),
        ...(ending === 'noPlan' && { forms: this.#call.forms }),
        ...(this.#notes.length > 0 && { notes: this.#notes }),
      },
    }
  }

  #controllers(): readonly string[] {
    const before = this.#call.checkpoint?.controllers ?? []
    return before.at(-1) === this.#parts.node ? before : [...before, this.#parts.node]
  }
}
