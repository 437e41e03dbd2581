/** A call along one axis of time: each step from when to when. Steps follow one another, and a record has how long each took. */
import type { CallStep, WholeCall } from '../../api/calls.ts'

export type SpanKind = 'asks' | 'rings' | 'hears' | 'talks' | 'other'

export interface Span {
  /** The place among the steps of the record; undefined: the talk, or the step that goes on now. */
  readonly at?: number
  readonly step?: CallStep
  /** Of the step that goes on now: its name. */
  readonly name?: string
  readonly kind: SpanKind
  /** Milliseconds since the call came in. */
  readonly fromMs: number
  /** Undefined: it is not known how long it took, or it goes on. */
  readonly ms?: number
  readonly goesOn?: true
  /** A server that callers wait for. */
  readonly isSlow?: true
}

export interface Spans {
  readonly spans: readonly Span[]
  /** The end of the axis: that of the last step. The talk is longer by far, and goes beyond it. */
  readonly totalMs: number
}

/** A caller hears nothing meanwhile, or ringing that is none; after this long a person notices. */
const SLOW_MS = 1000

const KINDS: Readonly<Record<string, SpanKind>> = {
  webhook: 'asks',
  notify: 'asks',
  bridge: 'rings',
  queue: 'rings',
  transfer: 'rings',
  ivr: 'hears',
  play: 'hears',
  voicemail: 'hears',
  record: 'hears',
}

export const kindOf = (type: string): SpanKind => KINDS[type] ?? 'other'

/** `nowMs`: milliseconds since 1970, for what goes on. */
export function spansOf(call: WholeCall, nowMs: number): Spans {
  const { steps, state, ending, talkMs, step } = call
  let atMs = 0
  const spans: Span[] = steps.map((done, at) => {
    const fromMs = atMs
    atMs += done.ms ?? 0
    const kind = kindOf(done.type)
    // Somebody who keys a code takes their time; a server whose answer is awaited does not.
    const isSlow = done.type === 'webhook' && done['attempts'] === undefined && (done.ms ?? 0) >= SLOW_MS
    return {
      at,
      step: done,
      kind,
      fromMs,
      ...(done.ms !== undefined && { ms: done.ms }),
      ...(isSlow && { isSlow }),
    }
  })
  const isTalk = ending === 'talked'
  if (state === 'live' && !isTalk && step !== undefined) {
    const fromMs = atMs
    const came = Date.parse(call.at)
    atMs = Math.max(atMs, nowMs - came)
    spans.push({ name: step, kind: 'other', fromMs, ms: atMs - fromMs, goesOn: true })
  }
  if (isTalk)
    spans.push({
      ...{ kind: 'talks', fromMs: atMs },
      ...(talkMs !== undefined && { ms: talkMs }),
      ...(state === 'live' && { goesOn: true }),
    })
  return { spans, totalMs: Math.max(atMs, 1) }
}

/** Round times along the axis, the first one 0; so many [5] at most. */
export function ticksOf(totalMs: number, most = 5): number[] {
  const rough = totalMs / (most - 1)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((of) => of * power).find((size) => size >= rough)!
  const size = Math.max(step, 1)
  return Array.from({ length: Math.floor(totalMs / size) + 1 }, (_, i) => i * size)
}
