/** What a caller hears: failures that end a call in silence, and long waits. */
import type { Report } from '../../json/index.ts'
import { END, type CompiledDocument, type Stretch } from '../step.ts'
import { definitionOf } from '../step-definitions.ts'
import { successors, type StepPlace, walkedSteps } from './reach.ts'
import { LONGEST_WAIT_SECONDS, mostAhead, stretchesOf } from './waits.ts'

const SILENT_FAILURE =
  'when this fails, the call can end without the caller hearing anything; play something in "failure" or behind this step'

const INSTEAD = 'ring for a shorter time, or play something in between'

/**
 * Warns of the steps whose failure can end the call silently.
 *
 * A failure is silent when from the step's branch `failure` some path leads to the end of the call past nothing
 * that the caller can hear: no `play`, no prompt, no ringing of a bridge, no transfer. What was heard before the
 * failure does not count, since it does not report it; an `ivr` step that has both an error and a timeout message
 * reports it itself. The failure of a further step on the way is that step's own.
 */
export function silentFailures(
  compiled: CompiledDocument,
  places: readonly StepPlace[],
  report: Report,
): void {
  const known = new Map<number, boolean>()
  const told = new Set<object>()
  for (const { spec, index, branches, next } of walkedSteps(compiled)) {
    if (told.has(spec) || definitionOf(spec).failsSilently?.(spec) !== true) continue
    if (!endsSilently(compiled, branches.failure ?? next, known)) continue
    told.add(spec)
    report(places[index]!.path, SILENT_FAILURE)
  }
}

/** `known`: what was found before, by place; ways that meet are followed once. */
function endsSilently(compiled: CompiledDocument, first: number, known: Map<number, boolean>): boolean {
  // Along the way at most one place follows each silent step, so this is a line, perhaps with a loop.
  const seen: number[] = []
  let silent = false
  for (let at: number | undefined = first; at !== undefined; at = pastSilence(compiled, at)) {
    silent = known.get(at) ?? at === END
    if (silent || known.has(at)) break
    // Until the end is known: a way that comes here again leads in a circle.
    known.set(at, false)
    seen.push(at)
  }
  for (const at of seen) known.set(at, silent)
  return silent
}

/** The place behind a step that the caller does not hear; undefined when it is heard. */
function pastSilence(compiled: CompiledDocument, at: number): number | undefined {
  const step = compiled.steps[at]!
  const isHeard = stretchesOf(step, compiled).some(({ of }) => of !== 'request' && of !== 'keying')
  return isHeard ? undefined : (step.branches.success ?? successors(step, compiled)[0])
}

/** Warns once a plan, where its longest wait begins. */
export function longWaits(compiled: CompiledDocument, places: readonly StepPlace[], report: Report): void {
  const waits = longestWaits(compiled)
  const worst = new Map<string, number>()
  for (const { plan, index } of walkedSteps(compiled)) {
    const most = worst.get(plan)
    if (most === undefined || waits[index]! > waits[most]!) worst.set(plan, index)
  }
  for (const index of worst.values()) {
    const seconds = waits[index]!
    if (seconds <= LONGEST_WAIT_SECONDS) continue
    const howLong = seconds === Infinity ? 'for ever' : `for ${Number(seconds.toFixed(1))} seconds in all`
    report(places[index]!.path, `from here a caller can hear only silence and ringing ${howLong}; ${INSTEAD}`)
  }
}

/**
 * By the index of the step: the longest that a caller waits from its begin on any path, in seconds, until
 * something else is heard or the call ends. Ringing and the time a webhook may take count; a prompt or other
 * audio ends the wait, and the time a caller has for keying is the caller's own. 0 for a step that does not
 * begin a wait.
 */
function longestWaits(compiled: CompiledDocument): number[] {
  const { steps } = compiled
  const stretches = steps.map((step) => stretchesOf(step, compiled))
  const own = stretches.map(waitAtTheEnd)
  const waitsOn = (at: number) => at !== END && stretches[at]![0]?.of !== 'audio'
  const waits = mostAhead(
    own,
    steps.map((step) => successors(step, compiled).filter(waitsOn)),
  )
  return waits.map((seconds, i) => (own[i]! > 0 ? seconds : 0))
}

/** Of ringing and silence, behind the last audio. */
function waitAtTheEnd(stretches: readonly Stretch[]): number {
  const audio = stretches.findLastIndex((stretch) => stretch.of === 'audio')
  const waiting = stretches.slice(audio + 1).filter((stretch) => stretch.of !== 'keying')
  return waiting.reduce((sum, { seconds }) => sum + seconds, 0)
}
