/** The time line of a call: what was done, how long it took beside all else, and what came of it. */
import type { JSX } from 'preact'
import type { WholeCall } from '../../api/calls.ts'
import type { TreeNode } from '../../api/plans.ts'
import { Badge, type Tone } from '../../components/badge.tsx'
import { duration } from '../../format.ts'
import { callWords } from '../../words/calls.ts'
import { callPageWords } from '../../words/call.ts'
import { wordFor } from '../../words/catalogue.ts'
import { Details } from './details.tsx'
import { type Span, type SpanKind, spansOf, ticksOf } from './spans.ts'

export interface TimeLineProps {
  readonly call: WholeCall
  /** Milliseconds since 1970. */
  readonly now: number
  /** Those of the plan that it went by, by their names; undefined while they are read. */
  readonly steps: ReadonlyMap<string, TreeNode> | undefined
  /** What telephones showed, by the place of the step. */
  readonly shows: readonly (string | undefined)[]
}

const LEGEND: readonly SpanKind[] = ['asks', 'rings', 'hears', 'other']

export function TimeLine({ call, now, steps, shows }: TimeLineProps): JSX.Element {
  const words = callPageWords()
  const { spans, totalMs } = spansOf(call, now)
  const share = (ms: number) => `${(100 * Math.min(ms, totalMs)) / totalMs}%`
  return (
    <section class="time-line card" aria-labelledby="time-line">
      <div class="time-line-head">
        <h2 id="time-line">{words.timeLine}</h2>
        <ul class="legend quiet" aria-hidden="true">
          {LEGEND.map((kind) => (
            <li key={kind}>
              <span class={`swatch ${kind}`} />
              {words.kinds[kind]}
            </li>
          ))}
        </ul>
      </div>
      {call.unknownSteps !== undefined && <p class="note warn">{words.unknownSteps(call.unknownSteps)}</p>}
      {spans.length === 0 ? (
        <p class="quiet">{words.noSteps}</p>
      ) : (
        <>
          <div class="axis quiet" aria-hidden="true">
            <span class="axis-track" title={words.axis}>
              {ticksOf(totalMs).map((ms) => (
                <span key={ms} class="tick" style={{ left: share(ms) }}>
                  {ms === 0 ? '0' : duration(ms)}
                </span>
              ))}
            </span>
          </div>
          <ol class="spans">
            {spans.map((span, i) => (
              <Row
                key={span.at ?? span.kind}
                span={span}
                left={share(span.fromMs)}
                width={span.kind === 'talks' ? undefined : share(span.ms ?? 0)}
                sentence={steps?.get(span.step?.step ?? span.name ?? '')?.sentence}
                shows={shows[i]}
              />
            ))}
          </ol>
        </>
      )}
    </section>
  )
}

interface RowProps {
  readonly span: Span
  readonly left: string
  /** Undefined: it goes beyond the axis. */
  readonly width: string | undefined
  readonly sentence: string | undefined
  readonly shows: string | undefined
}

function Row({ span, left, width, sentence, shows }: RowProps): JSX.Element {
  const words = callPageWords()
  const { step, kind, ms, goesOn, isSlow, fromMs } = span
  const name = step?.step ?? span.name
  const title =
    kind === 'talks'
      ? words.talk
      : (sentence ?? (step && wordFor(callWords().doing, step.type)) ?? step?.type ?? name)
  const length = ms === undefined ? words.talkUnknown : duration(ms)
  return (
    <li class={`span ${goesOn ? 'now' : ''}`} aria-current={goesOn ? 'step' : undefined}>
      <div class="span-what">
        <p class="span-title">
          <bdi>{title}</bdi>
        </p>
        <p class="span-sub quiet">
          {name !== undefined && <code>{name}</code>}
          <span class="unseen">{words.afterMs(duration(fromMs))}</span>
        </p>
      </div>
      <div class="span-bar">
        <span class="track">
          <span
            class={`fill ${kind} ${isSlow ? 'slow' : ''} ${width === undefined ? 'beyond' : ''}`}
            style={width === undefined ? {} : { left, width }}
          />
        </span>
        <span class={`span-length ${isSlow ? 'slow' : ''}`}>
          {ms === undefined && kind !== 'talks' ? '–' : length}
          {isSlow && ` · ${words.slow}`}
        </span>
      </div>
      <div class="span-came">
        {goesOn ? (
          <Badge tone="live">{words.now}</Badge>
        ) : (
          step && (
            <Badge tone={toneOf(step.outcome)}>
              {wordFor(callWords().outcomes, step.outcome) ?? step.outcome}
            </Badge>
          )
        )}
      </div>
      {step && <Details step={step} shows={shows} />}
    </li>
  )
}

const GOOD = ['answered', 'ACK', 'entered', 'transferred', 'left']
const BAD = ['ERR', 'failed']
const DOUBTFUL = ['NAK', 'busy', 'rejected', 'noAnswer', 'unavailable', 'exhausted', 'timeout', 'interrupted', 'full', 'noAgents'] // prettier-ignore

function toneOf(outcome: string): Tone {
  if (GOOD.includes(outcome)) return 'good'
  if (BAD.includes(outcome)) return 'bad'
  return DOUBTFUL.includes(outcome) ? 'warn' : 'quiet'
}
