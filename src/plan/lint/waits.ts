/**
 * How long callers can wait: the longest way to each place where a call can end, and the longest time without sound.
 * A way is followed through each plan once: where `goto` leads back to a step that is on the way already, it goes round.
 */
import { assertNever } from '../../util/errors.ts'
import { type CompiledDocument, type CompiledStep, END, SLOW_SECONDS, type Stretch } from '../step.ts'
import { definitionOf } from '../step-definitions.ts'
import { STEP_BUDGET } from '../walk.ts'
import { calledPlans, successors } from './reach.ts'

/** A step on the way with the most that it takes, in seconds. */
export interface WaitStep {
  readonly step: CompiledStep
  readonly seconds: number
}

export interface WaitPath {
  readonly seconds: number
  /** Those that take time, in order. */
  readonly steps: readonly WaitStep[]
  /** The last step of the way. */
  readonly at: CompiledStep
  /** `end`: the call can end there. `round`: it leads back. `budget`: no call executes more steps. */
  readonly kind: 'end' | 'round' | 'budget'
}

export interface PlanWaits extends StepWaits {
  /** The longest first: the longest to each place where a call can end. Empty: nothing takes time. */
  readonly paths: readonly WaitPath[]
  /** The longest time without sound, and the step that it begins with. */
  readonly silence: { readonly seconds: number; readonly from?: CompiledStep }
}

export interface StepWaits {
  /** By the index of a step: the most that it takes. */
  readonly own: readonly number[]
  /** By the index of a step: the most that it and what follows come to. */
  readonly ahead: readonly number[]
  /** By their indexes, the steps that lead back to one that is on the way already. */
  readonly round: ReadonlySet<number>
}

/** Past so many seconds a caller hangs up: of ringing and silence, and all the more of silence alone. */
export const LONGEST_WAIT_SECONDS = 120

/** Of the calls that begin with `plan`. */
export function waitsOf(compiled: CompiledDocument, plan: string): PlanWaits {
  const first = compiled.firstSteps[plan] ?? END
  const own = ownSeconds(compiled)
  // Those that it calls, also by themselves.
  const firsts = [first, ...Array.from(calledPlans(compiled), (other) => compiled.firstSteps[other]!)]
  const ways = waysFrom(firsts, compiled)
  return {
    paths: longestPaths(first, compiled, ways, own),
    silence: longestSilence(first, compiled, ways),
    own,
    round: ways.round,
    ahead: mostAhead(own, ways.on),
  }
}

/** Of all plans of a document, each by itself. */
export function stepWaitsOf(compiled: CompiledDocument): StepWaits {
  const own = ownSeconds(compiled)
  const { on, round } = waysFrom(Object.values(compiled.firstSteps), compiled)
  return { own, round, ahead: mostAhead(own, on) }
}

const ownSeconds = (compiled: CompiledDocument) =>
  compiled.steps.map((step) => sum(stretchesOf(step, compiled)))

/** What the step takes at the longest, in order. */
export function stretchesOf({ spec }: CompiledStep, { document }: CompiledDocument): readonly Stretch[] {
  return definitionOf(spec).stretches?.(spec, document) ?? []
}

const sum = (stretches: readonly Stretch[]) =>
  stretches.reduce((seconds, stretch) => seconds + stretch.seconds, 0)

/**
 * By the index of a step: the most that the seconds of it and of those that follow come to on any way. No call executes
 * more steps than the budget, so no way is longer.
 */
export function mostAhead(own: readonly number[], on: readonly (readonly number[])[]): number[] {
  let most = own.map(() => 0)
  // Round n knows the ways of n steps; without a loop it ends as soon as the longest is through.
  for (let round = 0; round < STEP_BUDGET; round++) {
    const last = most
    most = own.map((seconds, i) => seconds + on[i]!.reduce((max, at) => Math.max(max, last[at]!), 0))
    if (most.every((seconds, i) => seconds === last[i])) break
  }
  return most
}

/** Where walks can go that begin with one of some steps. */
interface Ways {
  /** By the index of a step: those that can follow it; none for a step that the walk never comes to. */
  readonly on: readonly (readonly number[])[]
  /** Steps that can lead back to one that is on the way already. */
  readonly round: ReadonlySet<number>
}

/** Depth first, with a stack of its own: a way may be as long as a document. */
function waysFrom(firsts: readonly number[], compiled: CompiledDocument): Ways {
  const on: number[][] = compiled.steps.map(() => [])
  const round = new Set<number>()
  const state = new Map<number, 'on the way' | 'done'>()
  const stack: { readonly at: number; readonly left: number[] }[] = []
  const enter = (at: number) => {
    state.set(at, 'on the way')
    stack.push({
      at,
      left: successors(compiled.steps[at]!, compiled)
        .filter((next) => next !== END)
        .reverse(),
    })
  }
  for (const first of firsts) {
    if (first !== END && !state.has(first)) enter(first)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.left.pop()
      if (next === undefined) {
        state.set(top.at, 'done')
        stack.pop()
      } else if (state.get(next) === 'on the way') round.add(top.at)
      else {
        on[top.at]!.push(next)
        if (!state.has(next)) enter(next)
      }
    }
  }
  return { on, round }
}

/** How a step was come to at the longest. */
interface Arrival {
  readonly at: number
  /** When it is through. */
  readonly seconds: number
  readonly before: Arrival | undefined
}

function longestPaths(
  first: number,
  compiled: CompiledDocument,
  { on, round }: Ways,
  own: readonly number[],
): WaitPath[] {
  const ends = new Map<number, { arrival: Arrival; kind: WaitPath['kind'] }>()
  const arrive = (at: number, before?: Arrival): Arrival => ({
    at,
    seconds: (before?.seconds ?? 0) + own[at]!,
    before,
  })
  let arrivals = new Map(first === END ? [] : [[first, arrive(first)]])
  for (let step = 1; arrivals.size > 0; step++) {
    const next = new Map<number, Arrival>()
    for (const arrival of arrivals.values()) {
      const { at, seconds } = arrival
      const kind = endOf(compiled.steps[at]!, compiled, round, step)
      if (kind !== undefined && seconds > (ends.get(at)?.arrival.seconds ?? 0))
        ends.set(at, { arrival, kind })
      if (step === STEP_BUDGET) continue
      for (const way of on[at]!)
        if (seconds + own[way]! > (next.get(way)?.seconds ?? -1)) next.set(way, arrive(way, arrival))
    }
    arrivals = next
  }
  return [...ends.values()]
    .map(({ arrival, kind }) => pathTo(arrival, kind, compiled, own))
    .sort((a, b) => (a.seconds === b.seconds ? a.at.index - b.at.index : b.seconds - a.seconds))
}

/** How a way can be over with this step, the `number`th on it; undefined: it goes on, if nobody answers and talks. */
function endOf(
  step: CompiledStep,
  compiled: CompiledDocument,
  round: ReadonlySet<number>,
  number: number,
): WaitPath['kind'] | undefined {
  const ways = successors(step, compiled)
  const isLast = step.next === END || Object.values(step.branches).includes(END)
  if (ways.includes(END) && (isLast || ways.length === 1)) return 'end'
  if (round.has(step.index)) return 'round'
  return number === STEP_BUDGET ? 'budget' : undefined
}

function pathTo(
  last: Arrival,
  kind: WaitPath['kind'],
  { steps }: CompiledDocument,
  own: readonly number[],
): WaitPath {
  const path: WaitStep[] = []
  for (let arrival: Arrival | undefined = last; arrival !== undefined; arrival = arrival.before)
    if (own[arrival.at]! > 0) path.push({ step: steps[arrival.at]!, seconds: own[arrival.at]! })
  return { seconds: last.seconds, steps: path.reverse(), at: steps[last.at]!, kind }
}

/** What the caller hears between steps: nothing, the network's own ringing, or nothing on a call that is answered. */
type Heard = 'nothing' | 'ringing' | 'answered'

/** A time without sound that goes on. */
interface Silence {
  readonly at: number
  readonly heard: Heard
  readonly seconds: number
  readonly from: number
}

function longestSilence(first: number, compiled: CompiledDocument, { on }: Ways): PlanWaits['silence'] {
  let longest = { seconds: 0, from: first }
  let silences: Silence[] = first === END ? [] : [{ at: first, heard: 'nothing', seconds: 0, from: first }]
  for (let step = 1; silences.length > 0 && step <= STEP_BUDGET; step++) {
    const next = new Map<string, Silence>()
    for (const before of silences) {
      const after = through(before, compiled, (seconds, from) => {
        if (seconds > longest.seconds) longest = { seconds, from }
      })
      for (const at of on[before.at]!) {
        const key = `${at} ${after.heard}`
        const from = after.seconds === 0 ? at : after.from
        if (after.seconds > (next.get(key)?.seconds ?? -1)) next.set(key, { ...after, at, from })
      }
    }
    silences = [...next.values()]
  }
  const from = compiled.steps[longest.from]
  return { seconds: longest.seconds, ...(longest.seconds > 0 && from && { from }) }
}

/** The silence behind a step; `note` gets each that there is in it. */
function through(
  { at, heard: before, seconds: already, from: begin }: Silence,
  compiled: CompiledDocument,
  note: (seconds: number, from: number) => void,
): Silence {
  const step = compiled.steps[at]!
  const answers = definitionOf(step.spec).answers?.(step.spec, compiled.document) ?? false
  let [heard, seconds, from] = [answers ? 'answered' : before, already, begin]
  const sound = () => {
    seconds = 0
    from = at
  }
  const quiet = (more: number) => {
    seconds += more
    note(seconds, from)
  }
  for (const stretch of stretchesOf(step, compiled)) {
    switch (stretch.of) {
      case 'audio':
        // Early media takes the place of the ringing.
        if (heard === 'ringing') heard = 'nothing'
        sound()
        break
      case 'ringing':
        if (heard === 'nothing') heard = 'ringing'
        sound()
        break
      case 'silence':
        if (heard === 'ringing') heard = 'nothing'
        quiet(stretch.seconds)
        break
      case 'keying':
        quiet(stretch.seconds)
        break
      case 'request':
        if (heard === 'ringing') sound()
        else quiet(heard === 'answered' ? Math.min(stretch.seconds, SLOW_SECONDS) : stretch.seconds)
        break
      default:
        assertNever(stretch.of)
    }
  }
  return { at, heard, seconds, from }
}
