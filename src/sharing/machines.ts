/** What is known of the machines of other controllers, when a call of theirs has ended. Controllers that share data are one machine. */
import type { MachineAtEnd } from '../records/index.ts'
import { LIVES_MS, type SeenController } from './messages.ts'

export interface Machines {
  /** The list as it is now. */
  set(controllers: readonly SeenController[]): void
  /** That list; a start has none. */
  readonly controllers: readonly SeenController[]
  /** A controller took a call at `atMs`, or held it later. */
  tookCall(controller: string, atMs: number): void
  /** `endMs`: when the call ended. */
  atEnd(holder: string, endMs: number): MachineAtEnd
  /** Whether this controller is the first one, by name, of all that live: what one alone is to do without asking, it does. */
  isFirst(): boolean
  /** Whether the others have known until now that this controller lives. */
  isHeard(): boolean
}

/** A controller that says so much later that it lives has done what an end is to it. */
const SETTLED_MS = 2000
/** The same, of one that has ended since. */
const SETTLED_ENDED_MS = 500
/** Not seen for as long, a controller is gone. One that cannot reach the database alone may be back by then. */
const GONE_MS = 15_000

/** Times are milliseconds of `now`, a clock that never goes back. */
export function createMachines(own: { readonly name: string }, now = () => performance.now()): Machines {
  let listed: readonly SeenController[] = []
  let listedMs = 0
  /** Of controllers that are listed: when they last took a call that has ended. */
  const took = new Map<string, number>()

  const isThere = ({ state, seenAgoMs }: SeenController, endMs: number) =>
    listedMs - seenAgoMs > endMs + (state === 'ended' ? SETTLED_ENDED_MS : SETTLED_MS)
  /** Of one that takes calls, though it was not seen, others hear by the calls. */
  const isGone = ({ name, state, seenAgoMs }: SeenController) =>
    state === 'ended' || (seenAgoMs >= GONE_MS && listedMs - (took.get(name) ?? -Infinity) >= GONE_MS)

  return {
    set(controllers) {
      listed = controllers
      listedMs = now()
      for (const name of took.keys())
        if (!controllers.some((controller) => controller.name === name)) took.delete(name)
    },
    get controllers() {
      return listed
    },
    tookCall(controller, atMs) {
      if (atMs > (took.get(controller) ?? 0) && listed.some(({ name }) => name === controller))
        took.set(controller, atMs)
    },
    atEnd(holder, endMs) {
      const of = listed.find(({ name }) => name === holder)
      if (!of) return 'unknown'
      // Whoever started since was not there.
      const there = listed.filter(
        ({ data, startedAgoMs }) => data === of.data && listedMs - startedAgoMs < endMs,
      )
      if (there.some((controller) => isThere(controller, endMs))) return 'there'
      // It may have lost the database alone.
      if (there.includes(of) && of.state !== 'ended' && (took.get(holder) ?? 0) > endMs) return 'there'
      return there.every(isGone) ? 'gone' : 'open'
    },
    isHeard() {
      const row = listed.find(({ name }) => name === own.name)
      return row?.state === 'lives' && row.seenAgoMs + now() - listedMs < LIVES_MS
    },
    isFirst: () => listed.find(({ state }) => state === 'lives')?.name === own.name,
  }
}
