/** A call as a plan sees it, over the event socket: each thing a step may do is one write to FreeSWITCH. */
import { audio, type Audio, collectArg, playArg, transferArg, type VariableValues } from '../esl/index.ts'
import {
  type BridgeRequest,
  type BridgeResult,
  type CallControl,
  type Caller,
  type DigitsInput,
  type CollectRequest,
  type Gone,
  type Refused,
  type ShownCaller,
  transferGrant,
  type TransferGrant,
  type WalkState,
} from '../plan/index.ts'
import { createScreening, dialFor, nextRound, type Rounds, type Routing } from '../routing/index.ts'
import type { Operation } from './checkpoint.ts'
import { entryFrom, NO_ENTRY } from './entry-result.ts'
import type { LeftBehind } from './left-behind.ts'
import type { Application, Leg } from './leg.ts'
import { bridgeResult } from './outcome.ts'
import { exported, shownTo } from './presentation.ts'
import { ringingTone } from './ringing-tone.ts'
import { Told } from './told.ts'

export interface ChannelParts {
  readonly leg: Leg
  /** What the leg still needs before its first application. */
  readonly settings: VariableValues
  readonly left: LeftBehind
  readonly caller: Caller
  readonly did: string
  readonly rounds: Rounds
  readonly state: WalkState
  readonly routing: Routing
  /** How many of so many legs the document may ring now. */
  readonly admitLegs: (wanted: number) => number
  /** Where the document may transfer calls to. */
  readonly transfers: readonly TransferGrant[]
  /** The walk's state as a channel variable. */
  readonly checkpoint: (operation: Operation) => string
  /** What FreeSWITCH was doing for the controller that held this call before. */
  readonly resumed: Operation
}

/** Longer than any answer may take, at a second a round. */
const WAIT_LOOPS = 100
const STOP_AGAIN_MS = 200

export class Channel implements CallControl {
  readonly id: string
  readonly caller: Caller
  readonly did: string
  readonly signal: AbortSignal
  readonly #parts: ChannelParts
  readonly #leg: Leg
  #resumed: Operation
  readonly #told: Told

  constructor(parts: ChannelParts) {
    const { leg, settings, left, caller, did, resumed } = parts
    this.#parts = parts
    this.#leg = leg
    this.id = leg.id
    this.caller = caller
    this.did = did
    this.signal = leg.signal
    this.#resumed = resumed
    this.#told = new Told({
      state: parts.state,
      checkpoint: parts.checkpoint,
      settings,
      resumed,
      left,
    })
  }

  get answered(): boolean {
    return this.#leg.answered
  }

  async play(name: string, { answer }: { answer: boolean }): Promise<'played' | 'failed' | Gone> {
    if (this.#handedOver()) return 'gone'
    const sound = audioOrNothing(name)
    if (this.#wasResumed('play')) return 'played'
    if (sound === undefined) return 'failed'
    const variables = this.#told.begin('play')
    const done = await this.#leg.run(variables, [
      ...this.#answer(answer),
      { app: 'playback', arg: playArg(sound) },
    ])
    if (done === 'gone') return 'gone'
    return done.get('Application-Response') === 'FILE PLAYED' ? 'played' : 'failed'
  }

  async collect(request: CollectRequest): Promise<DigitsInput | Gone> {
    if (this.#handedOver()) return 'gone'
    const finished = this.#wasResumed('collect') ? this.#parts.left.entry : undefined
    return (
      finished ??
      (await this.#collect(request, request.prompt !== undefined)) ??
      (await this.#collect({ ...request, prompt: undefined }, false)) ?? { kind: 'timeout' }
    )
  }

  /** Undefined: the prompt could not be played, and FreeSWITCH then collects nothing. */
  async #collect(
    { prompt, secret: _, ...limits }: CollectRequest,
    flush: boolean,
  ): Promise<DigitsInput | Gone | undefined> {
    const variables = { ...this.#told.begin('collect'), ...NO_ENTRY }
    const arg = collectArg({ ...limits, prompt: prompt === undefined ? undefined : audioOrNothing(prompt) })
    const collect: Application = { app: 'play_and_get_digits', arg }
    const done = await this.#leg.run(variables, [...this.#answer(true), collect], { flush })
    return done === 'gone' ? 'gone' : entryFrom(done)
  }

  async bridge(request: BridgeRequest): Promise<BridgeResult | Gone> {
    if (this.#handedOver()) return 'gone'
    const found = this.#wasResumed('bridge') ? this.#parts.left.disposition : undefined
    if (found !== undefined) return bridgeResult(found)
    const { variables, legVariables } = shownTo(request.shown, this.caller, this.did)
    const { destinations, ringMs } = request
    const { rounds, routing, admitLegs } = this.#parts
    const dialling = { call: this.id, rounds, destinations, ringMs, admitLegs, legVariables }
    const to = dialFor(dialling, routing)
    if (to.dial === undefined) return { outcome: 'failed', ...to }
    const before = { ...this.#told.begin('bridge'), ...variables }
    const talking = Promise.withResolvers<'talking'>()
    const ended = this.#leg.run(before, [{ app: 'bridge', arg: to.dial }], {
      bridged: () => talking.resolve('talking'),
    })
    const done = await Promise.race([ended, talking.promise])
    if (done === 'gone') return 'gone'
    if (done === 'talking') {
      this.#leg.release()
      return { outcome: 'answered', cause: 'SUCCESS' }
    }
    const result = bridgeResult(done.variable('originate_disposition') ?? 'failure')
    return { ...result, ...(to.reason !== undefined && { reason: to.reason }) }
  }

  async transfer(
    extension: string,
    context: string | undefined,
    shown: ShownCaller,
  ): Promise<'transferred' | Refused | Gone> {
    const { transfers, routing } = this.#parts
    const { screening = createScreening(routing) } = routing
    const denied = screening.denial(extension)
    const grant = denied === '' ? transferGrant(extension, context, transfers) : { refused: denied }
    if ('refused' in grant) return { reason: grant.refused, cause: 'OUTGOING_CALL_BARRED' }
    const { variables, legVariables } = shownTo(shown, this.caller, this.did)
    const before = {
      ...this.#told.begin('none'),
      ...variables,
      ...exported({ ...legVariables, ...nextRound(this.#parts.rounds, 1) }),
      belplan_ckpt: undefined,
    }
    const arg = transferArg({ extension, dialplan: 'XML', context: grant.context })
    const done = await this.#leg.run(before, [{ app: 'transfer', arg }], {
      maxSeconds: Math.min(grant.maxSeconds ?? routing.maxSeconds, routing.maxSeconds),
    })
    if (done === 'gone') return 'gone'
    this.#leg.release()
    return 'transferred'
  }

  async hangUp(cause: string): Promise<void> {
    // A stale status of the last callee would be what the caller is told, instead of `cause`.
    await this.#leg.hangUp(
      { ...this.#told.staleDigits(), last_bridge_proto_specific_hangup_cause: undefined },
      cause,
    )
  }

  wait(name: string | undefined): () => Promise<void> {
    const sound = audioOrNothing(name ?? ringingTone(this.#parts.routing.country))
    if (sound === undefined) return () => Promise.resolve()
    // A lost connection has to cut it, or FreeSWITCH would play on and on with nobody to stop it.
    const done = this.#leg.run({ socket_resume: 'true' }, [
      { app: 'playback', arg: playArg(sound), loops: WAIT_LOOPS },
    ])
    return async () => {
      this.#leg.stop()
      // What has not begun yet cannot be stopped: said again until it is done.
      const again = setInterval(() => this.#leg.stop(), STOP_AGAIN_MS)
      await done
      clearInterval(again)
    }
  }

  save(): void {
    const variables = this.#told.save()
    if (variables) this.#leg.tell(variables)
    if (this.#leg.draining) this.#leg.release()
  }

  /** A controller that drains hands a call over with the answer that it waited for, not with the question. */
  #handedOver(): boolean {
    if (this.#leg.draining) this.save()
    return this.signal.aborted
  }

  /** True once, when FreeSWITCH was doing this very thing as the controller before was lost. */
  #wasResumed(operation: Operation): boolean {
    const was = this.#resumed
    this.#resumed = 'none'
    return was === operation
  }

  #answer(wanted: boolean): Application[] {
    return wanted && !this.answered ? [{ app: 'answer' }] : []
  }
}

/** Undefined for what the guard refuses: the walk goes on as if it could not be played. */
function audioOrNothing(name: string): Audio | undefined {
  try {
    return audio(name)
  } catch {
    return undefined
  }
}
