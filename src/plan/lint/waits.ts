/** How long a caller may hear nothing but silence or ringing. */
import { END, type CompiledDocument, type CompiledStep } from '../compile.ts'
import type { PlanDocument, Step } from '../document.ts'
import { successors } from './reach.ts'

/** Steps that one call may execute: a loop of gotos waits no longer than that. */
const BUDGET = 100

/**
 * By the index of the step: the longest that a caller waits from its begin on any path, in seconds, until
 * something else is heard or the call ends. Ringing and the time a webhook may take count; a prompt or other
 * audio ends the wait, and the time a caller has for keying is the caller's own. 0 for a step that does not
 * begin a wait.
 */
export function longestWaits(compiled: CompiledDocument): number[] {
  const { steps, document } = compiled
  const own = steps.map(({ spec }) => ownSeconds(spec, document))
  const goesOn = steps.map((step) => successors(step, compiled))
  const heardAtOnce = steps.map((step) => beginsAudibly(step, document))
  let waits = steps.map(() => 0)
  // Round n knows the waits over n steps; without a loop it ends as soon as the longest path is through.
  for (let round = 0; round < BUDGET; round++) {
    const last = waits
    waits = steps.map((_, i) => {
      const behind = (at: number) => (at === END || heardAtOnce[at] ? 0 : last[at]!)
      return own[i]! + goesOn[i]!.reduce((most, at) => Math.max(most, behind(at)), 0)
    })
    if (waits.every((seconds, i) => seconds === last[i])) break
  }
  return waits.map((seconds, i) => (own[i]! > 0 ? seconds : 0))
}

/** What the step itself adds to a wait. */
function ownSeconds(spec: Step, document: PlanDocument): number {
  if (spec.type === 'webhook') return document.webhooks[spec.webhook]!.timeoutSeconds
  if (spec.type === 'play') return (silenceMs(document.audio[spec.audio]!) ?? 0) / 1000
  if (spec.type !== 'bridge') return 0
  const inTurn =
    spec.strategy === 'sequential' && Array.isArray(spec.destination) ? spec.destination.length : 1
  return spec.ringSeconds * inTurn
}

function beginsAudibly({ spec }: CompiledStep, document: PlanDocument): boolean {
  if (spec.type === 'play') return silenceMs(document.audio[spec.audio]!) === undefined
  return (
    spec.type === 'ivr' || (spec.type === 'webhook' && document.webhooks[spec.webhook]!.ivr !== undefined)
  )
}

/** The milliseconds of silence that `audio` is; undefined for what can be heard, infinite for `-1`. */
function silenceMs(audio: string): number | undefined {
  const length = /^silence_stream:\/\/(-1|[0-9]+)/.exec(audio)?.[1]
  if (length === undefined) return undefined
  return length === '-1' ? Infinity : Number(length)
}
