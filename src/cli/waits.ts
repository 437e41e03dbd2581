/** `belplan validate --waits`: how long callers can wait, for people. */
import pc from 'picocolors'
import {
  LONGEST_WAIT_SECONDS,
  type PlanSet,
  type PlanWaits,
  saysOf,
  type WaitPath,
  waitsOf,
} from '../plan/index.ts'
import { printable } from '../util/printable.ts'
import { inSeconds, upTo } from './in-seconds.ts'
import type { Io } from './io.ts'
import { COLUMNS } from './wrap.ts'

/** Of a plan, the longest ways. */
const MOST_PATHS = 10

/** Of a way, the steps that take longest. */
const MOST_STEPS = 12

/** Of each plan that numbers lead to. */
export function printWaits(set: PlanSet, json: boolean, io: Io): void {
  for (const [document, { plans }] of set.documents) {
    for (const [plan, { numbers }] of plans) {
      if (numbers.length === 0) continue
      const waits = waitsOf(set.compiled(document)!, plan)
      if (json) io.out(JSON.stringify({ document, plan, ...asJson(waits) }))
      else print(document, plan, waits, io)
    }
  }
}

/** JSON has no Infinity: `null` is without end. */
function asJson({ paths, silence }: PlanWaits): object {
  return {
    seconds: paths[0]?.seconds ?? 0,
    silence: {
      seconds: silence.seconds,
      ...(silence.from && { from: silence.from.name }),
      tooLong: silence.seconds > LONGEST_WAIT_SECONDS,
    },
    paths: paths.slice(0, MOST_PATHS).map(({ seconds, kind, at, steps }) => ({
      seconds,
      kind,
      at: at.name,
      steps: steps.map(({ step, seconds }) => ({ step: step.name, seconds, says: saysOf(step.spec) })),
    })),
    ways: paths.length,
  }
}

function print(document: string, plan: string, { paths, silence }: PlanWaits, { out, colour }: Io): void {
  const { bold, dim, yellow } = pc.createColors(colour)
  const [longest] = paths
  out(
    bold(`${document} ${plan}: ${longest ? `callers wait ${upTo(longest.seconds)}` : 'nothing to wait for'}`),
  )
  for (const path of paths.slice(0, MOST_PATHS)) {
    out(`${column(path.seconds, 10)}  ${endOf(path)}`)
    for (const { step, seconds } of mostOf(path))
      out(dim(cut(`${column(seconds, 18)}  ${step.name} ${printable(saysOf(step.spec))}`)))
    const left = path.steps.length - MOST_STEPS
    if (left > 0) out(dim(`${' '.repeat(20)}and ${left} more that take less`))
  }
  const left = paths.length - MOST_PATHS
  if (left > 0) out(`${' '.repeat(12)}and ${left} more ways, none longer`)
  if (!silence.from) return
  const sentence = `  without sound ${upTo(silence.seconds)}, from ${silence.from.name}`
  if (silence.seconds <= LONGEST_WAIT_SECONDS) out(sentence)
  else
    out(
      yellow(
        `${sentence}\n  warning: callers hang up in ${LONGEST_WAIT_SECONDS} s of silence; play something`,
      ),
    )
}

/** In the order of the way. */
function mostOf({ steps }: WaitPath): WaitPath['steps'] {
  const most = new Set(steps.toSorted((a, b) => b.seconds - a.seconds).slice(0, MOST_STEPS))
  return steps.filter((step) => most.has(step))
}

function endOf({ kind, at }: WaitPath): string {
  if (kind === 'round') return `to ${at.name}, where the plan goes round`
  return kind === 'budget'
    ? `to ${at.name}, where the call is cut off`
    : `to ${at.name}, where the call can end`
}

const column = (seconds: number, width: number) => inSeconds(seconds).padStart(width)

function cut(line: string): string {
  return line.length > COLUMNS ? `${line.slice(0, COLUMNS - 1)}…` : line
}
