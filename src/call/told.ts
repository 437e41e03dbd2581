/** What the channel's variables say of the walk, and what has to change in them with the next thing it is told. */
import type { VariableValues } from '../esl/index.ts'
import type { WalkState } from '../plan/index.ts'
import type { Operation } from './checkpoint.ts'
import { NO_ENTRY } from './entry-result.ts'
import type { LeftBehind } from './left-behind.ts'

export interface ToldParts {
  readonly state: WalkState
  /** The walk's state as a channel variable. */
  readonly checkpoint: (operation: Operation) => string
  /** What the leg still needs before its first application. */
  readonly settings: VariableValues
  /** What FreeSWITCH was doing for the controller that held this call before. */
  readonly resumed: Operation
  readonly left: Pick<LeftBehind, 'digitsHeld' | 'bridgeHeld'>
}

/** A bridge's result is only known to be its own when it was empty before. */
const NO_BRIDGE = {
  originate_disposition: undefined,
  last_bridge_proto_specific_hangup_cause: undefined,
} as const

export class Told {
  readonly #state: WalkState
  readonly #checkpoint: (operation: Operation) => string
  #settings: VariableValues
  #digitsHeld: boolean
  #bridgeHeld: boolean
  /** The last operation and the place in the walk that it belongs to: beyond that place it says nothing. */
  #last: { readonly operation: Operation; readonly place: string }
  #saved: string | undefined

  constructor({ state, checkpoint, settings, resumed, left }: ToldParts) {
    this.#state = state
    this.#checkpoint = checkpoint
    this.#settings = settings
    this.#digitsHeld = left.digitsHeld
    this.#bridgeHeld = left.bridgeHeld
    this.#last = { operation: resumed, place: placeOf(state) }
  }

  /** What every operation tells FreeSWITCH first: from here on a lost connection lets it run to its end. */
  begin(operation: Operation): VariableValues {
    const once = this.#settings
    // Each byte costs FreeSWITCH time: only what is there is cleared.
    const stale = {
      ...this.staleDigits(),
      ...(operation === 'bridge' && this.#bridgeHeld && NO_BRIDGE),
    }
    this.#settings = {}
    this.#last = { operation, place: placeOf(this.#state) }
    this.#saved = this.#current()
    this.#digitsHeld ||= operation === 'collect'
    this.#bridgeHeld ||= operation === 'bridge'
    return { ...once, ...stale, belplan_ckpt: this.#saved, socket_resume: 'false' }
  }

  /** The checkpoint, where it says something new. */
  save(): VariableValues | undefined {
    const checkpoint = this.#current()
    if (checkpoint === this.#saved) return undefined
    const stale = this.staleDigits()
    this.#saved = checkpoint
    return { ...stale, belplan_ckpt: checkpoint }
  }

  /** Unsets digits as soon as the walk has left the place that they were keyed at. */
  staleDigits(): VariableValues {
    if (!this.#digitsHeld || placeOf(this.#state) === this.#last.place) return {}
    this.#digitsHeld = false
    return NO_ENTRY
  }

  #current(): string {
    const { operation, place } = this.#last
    return this.#checkpoint(place === placeOf(this.#state) ? operation : 'none')
  }
}

function placeOf({ at, attempt, steps, keyed }: WalkState): string {
  return `${at}/${attempt}/${steps}/${keyed}`
}
