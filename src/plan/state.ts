/** The state of a walk. */
import type { BridgeOutcome } from './call-control.ts'
import type { Presentation } from './document.ts'

/** What a webhook's `ACK` returned. */
export interface Returned {
  readonly destination?: string
  /** A list, in place of `destination`. */
  readonly destinations?: readonly string[]
  readonly callername?: string
}

/**
 * Where a walk stands. All of it but `codes` and `secrets` travels in the checkpoint, so that another controller can go
 * on at the same place; `codes` may be secrets and are collected again, `secrets` are lost.
 */
export interface WalkState {
  /** The step to execute next, or END. */
  at: number
  /** Within the step: attempts used, or destinations of a sequential list rung. */
  attempt: number
  /** The places of the destinations of a list in the order in which they are rung; empty: as they are written. */
  order: readonly number[]
  /** Which message prompts for the next digits. */
  prompt: 'start' | 'wrong' | 'timeout'
  /** What was keyed so far of a menu choice that may still grow. */
  keyed: string
  /** The most telling outcome so far of a list that is rung one by one. */
  best: BridgeOutcome | undefined
  /** Steps finished so far, against the budget. */
  steps: number
  /** Bridges begun so far, against the operator's limit. */
  bridges: number
  /** The presentation that this plan was entered with. */
  presentation: Presentation
  /** The name that later bridges show; empty for none. */
  name: string
  /** A step set the name. */
  nameSet: boolean
  /** Conversations that follow are recorded. */
  recording: boolean
  /** The cause of the last bridge that was not answered. */
  lastCause: string | undefined
  /** The `missed` webhook of the last plan on the way that names one. */
  missed: string | undefined
  /** By the index of the webhook's step. */
  readonly returned: Map<number, Returned>
  /** What servers returned for later steps, by name. */
  readonly variables: Map<string, string>
  /** The same, of what is secret. */
  readonly secrets: Map<string, string>
  /** A controller held the call before: there may have been others. */
  readonly secretsLost: boolean
  /** Codes keyed in `ivr` steps and for webhooks, by the index of the step. */
  readonly codes: Map<number, string>
}

/** The state of a call that begins at the step `at`, with the caller's name and the plan's `missed`. */
export function beginAt(at: number, name: string, missed: string | undefined): WalkState {
  return {
    at,
    attempt: 0,
    order: [],
    prompt: 'start',
    keyed: '',
    best: undefined,
    steps: 0,
    bridges: 0,
    presentation: 'caller',
    name,
    nameSet: false,
    recording: false,
    lastCause: undefined,
    missed,
    returned: new Map(),
    variables: new Map(),
    secrets: new Map(),
    secretsLost: false,
    codes: new Map(),
  }
}

/** Moves on to another step: what belonged to the last one alone is reset. */
export function moveTo(state: WalkState, at: number): void {
  state.at = at
  state.attempt = 0
  state.order = []
  state.prompt = 'start'
  state.keyed = ''
  state.best = undefined
  state.steps++
}
