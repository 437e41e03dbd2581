/** What came of a call that was tried: the walk on the plan, step by step, and what each party to it saw and heard. */
import { useComputed, useSignal, type ReadonlySignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { type DocumentTree, readTree, treeOfDraft } from '../../api/plans.ts'
import type { Asked, Draft, Report, Script } from '../../api/try.ts'
import { Badge, type Tone } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { type AboutSteps, type Light, PlanSteps, plansWith, idOfStep } from '../../components/plan-tree.tsx'
import { duration } from '../../format.ts'
import { useReading } from '../../reading.ts'
import { hrefTo } from '../../router.ts'
import { may } from '../../session.ts'
import { callWords } from '../../words/calls.ts'
import { wordFor } from '../../words/catalogue.ts'
import { tryWords } from '../../words/try.ts'
import { displayed } from './case-of.ts'
import { SaveTest } from './save-test.tsx'

export interface ResultProps {
  readonly script: Script
  readonly report: Report
  readonly draft: Draft | undefined
}

export function Result({ script, report, draft }: ResultProps): JSX.Element {
  const words = tryWords()
  const [isSaving, setIsSaving] = useState(false)
  const { document, plan } = report
  // Before the first step it is 0; as many as there are steps when the call is over.
  const at = useSignal(isStill() ? report.steps.length : 0)
  return (
    <section aria-label={words.result} class="result">
      <div class="card outcome">
        <p class="outcome-title">
          <Badge tone={toneOf(report)}>{wordFor(callWords().endings, report.ending) ?? report.ending}</Badge>
          <strong>{endingOf(report, words.endings)}</strong>
        </p>
        <p class="quiet">{sumOf(report)}</p>
        {document !== undefined && may('publish') && (
          <div class="actions">
            <Button onClick={() => setIsSaving(true)}>{words.save}</Button>
          </div>
        )}
      </div>
      {document !== undefined && plan !== undefined && (
        <Walk report={report} draft={draft} document={document} at={at} />
      )}
      <div class="trial-columns">
        <Heard report={report} />
        <div class="trial-stack">
          <Shown report={report} />
          <Requests report={report} />
          <Notes report={report} />
        </div>
      </div>
      {isSaving && document !== undefined && (
        <SaveTest document={document} script={script} report={report} onClose={() => setIsSaving(false)} />
      )}
    </section>
  )
}

/** Whoever wants no motion sees the end at once. */
const isStill = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches

function toneOf({ ending }: Report): Tone {
  if (ending === 'talked' || ending === 'transferred') return 'good'
  return ending === 'failed' || ending === 'stepBudget' || ending === 'noPlan' ? 'bad' : 'warn'
}

function endingOf({ ending }: Report, endings: Readonly<Record<string, string>>): string {
  return endings[ending] ?? ending
}

function sumOf({ cause, sip, waitMs, longestSilence, talkMs, transferredTo }: Report): string {
  const words = tryWords()
  return [
    transferredTo && words.transferredTo(transferredTo.extension),
    words.waited(duration(waitMs)),
    words.longestSilence(duration(longestSilence.ms)),
    talkMs !== undefined && words.talked(duration(talkMs)),
    cause,
    sip !== undefined && `SIP ${sip}`,
  ]
    .filter(Boolean)
    .join(' · ')
}

interface WalkProps {
  readonly report: Report
  readonly draft: Draft | undefined
  readonly document: string
  readonly at: { value: number }
}

const STEP_MS = 900

function Walk({ report, draft, document, at }: WalkProps): JSX.Element {
  const words = tryWords()
  const { steps } = report
  const [isPlaying, setIsPlaying] = useState(!isStill() && steps.length > 0)
  const { value: tree } = useReading(
    (signal) =>
      draft
        ? treeOfDraft(draft.text, draft.name, signal)
        : readTree(document, { revision: report.revision, signal }),
    [document, draft, report.revision],
  )
  useEffect(() => {
    if (!isPlaying || !tree) return undefined
    const timer = setInterval(() => {
      if (at.value >= steps.length) setIsPlaying(false)
      else at.value++
    }, STEP_MS)
    return () => clearInterval(timer)
  }, [isPlaying, tree])

  const move = (to: number) => {
    setIsPlaying(false)
    at.value = Math.max(0, Math.min(steps.length, to))
  }
  return (
    <section class="card walk" aria-label={words.walk}>
      <div class="walk-bar">
        <h2>{words.walk}</h2>
        <div class="actions" role="group" aria-label={words.walk}>
          <Button label={words.first} onClick={() => move(0)}>
            <Icon name="first" />
          </Button>
          <Button label={words.back} onClick={() => move(at.value - 1)}>
            <Icon name="back" />
          </Button>
          <Button
            label={isPlaying ? words.pause : words.play}
            onClick={() => {
              if (!isPlaying && at.value >= steps.length) at.value = 0
              setIsPlaying(!isPlaying)
            }}
          >
            <Icon name={isPlaying ? 'pause' : 'play'} />
          </Button>
          <Button label={words.forward} onClick={() => move(at.value + 1)}>
            <Icon name="forward" />
          </Button>
          <Button label={words.last} onClick={() => move(steps.length)}>
            <Icon name="last" />
          </Button>
        </div>
        <Position at={at} all={steps.length} />
      </div>
      {tree && <LitTree tree={tree} report={report} at={at} />}
    </section>
  )
}

const ICONS = {
  first: 'M6 5v14M19 5 9 12l10 7z',
  back: 'M15 5l-7 7 7 7-7-7z',
  play: 'M7 5l10 7-10 7z',
  pause: 'M8 5v14M16 5v14',
  forward: 'M9 5l7 7-7 7 7-7z',
  last: 'M5 5l10 7-10 7zM18 5v14',
} as const

function Icon({ name }: { readonly name: keyof typeof ICONS }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  )
}

function Position({
  at,
  all,
}: {
  readonly at: { readonly value: number }
  readonly all: number
}): JSX.Element {
  const words = tryWords()
  return (
    <p class="quiet" role="status">
      {at.value === 0 ? words.before : words.position(at.value, all)}
    </p>
  )
}

/** The plans that the call went through, each step lit as far as the walk has come. */
function LitTree({
  tree,
  report,
  at,
}: {
  readonly tree: DocumentTree
  readonly report: Report
  readonly at: { value: number }
}): JSX.Element {
  const folded = useSignal<ReadonlySet<string>>(new Set())
  const { steps } = report
  const lights: ReadonlySignal<ReadonlyMap<string, Light>> = useComputed(() => {
    const lit = new Map<string, Light>()
    for (const { step } of steps.slice(0, at.value)) lit.set(step, 'done')
    const now = steps[at.value - 1]
    if (now) lit.set(now.step, 'now')
    return lit
  })
  const remarks: ReadonlySignal<ReadonlyMap<string, ComponentChildren>> = useComputed(() => {
    const all = new Map<string, ComponentChildren>()
    for (const [i, step] of steps.slice(0, at.value).entries()) all.set(step.step, remarkOf(report, i))
    return all
  })
  const plans = plansWith(tree, report.plan, new Set(steps.map(({ step }) => step)))
  const now = useComputed(() => steps[at.value - 1]?.step).value
  const isFirst = useRef(true)
  useEffect(() => {
    // Where it begins, what came of the call is in sight.
    if (now !== undefined && !isFirst.current)
      globalThis.document.getElementById(idOfStep(now))?.scrollIntoView({ block: 'nearest' })
    isFirst.current = false
  }, [now])
  const [about] = useState<AboutSteps>(() => ({
    ...{ folded, lights, remarks },
    hrefOf: (step) => hrefTo('plans', { rest: tree.name, hash: step }),
  }))
  return (
    <div class="lit">
      {plans.map((plan) => (
        <section key={plan.name} aria-label={plan.name}>
          <h3>{plan.name}</h3>
          <PlanSteps plan={plan} about={about} />
        </section>
      ))}
    </div>
  )
}

/** What a step came to, and whom it rang or asked. */
function remarkOf(report: Report, i: number): string {
  const words = tryWords()
  const { outcome, reason, atMs, ms } = report.steps[i]!
  const rings = report.rings.filter(({ step }) => step === i)
  const texts = rings.map(({ shown, answeredBy }) => {
    const who = shown.map(({ destination }) => destination).join(', ')
    return `${who}: ${answeredBy === undefined ? words.notAnswered : words.answeredBy(answeredBy)}`
  })
  const came = wordFor(callWords().outcomes, outcome) ?? outcome
  const why = typeof reason === 'string' ? ` (${reason})` : ''
  return [words.cameTo(duration(atMs), `${came}${why}`, duration(ms)), ...texts].join('\n')
}

function Heard({ report }: { readonly report: Report }): JSX.Element {
  const words = tryWords()
  const { hears, keyed } = report
  return (
    <section class="card">
      <h2>{words.heard}</h2>
      <ol class="heard">
        {hears.map(({ atMs, ms, sound, audio, failed }, i) => {
          const keys = keyed.find((one) => one.atMs === atMs + ms)?.keys
          const what =
            sound === 'keying'
              ? keys
                ? `${words.sounds.keying} ${keys}`
                : words.keysNothing
              : (audio ?? words.sounds[sound])
          return (
            <li key={i} class={`sound-${sound}`}>
              <span class="when">{duration(atMs)}</span>
              <span>
                {what}
                {failed && ` (${words.cannotBePlayed})`}
              </span>
              <span class="quiet long">{duration(ms)}</span>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

function Shown({ report: { rings, queues } }: { readonly report: Report }): JSX.Element {
  const words = tryWords()
  const agents = queues.flatMap((one) =>
    one.shown ? [{ ...one, shown: [one.shown], answeredBy: one.shown.destination }] : [],
  )
  const all = [...rings, ...agents].flatMap(({ shown, ...ring }) => shown.map((one) => ({ ...ring, one })))
  return (
    <section class="card">
      <h2>{words.shown}</h2>
      {all.length === 0 && <p class="quiet">{words.nothingRang}</p>}
      <ul class="telephones">
        {all.map(({ one, answeredBy, atMs, ms }, i) => (
          <li key={i} class={answeredBy === one.destination ? 'answers' : ''}>
            <p>
              <strong>{one.destination}</strong> <code class="quiet">{one.endpoint}</code>
            </p>
            <p class="display">{displayed(one)}</p>
            <p class="quiet">
              {words.rang(duration(atMs), duration(ms))}
              {answeredBy === one.destination && `: ${words.answeredBy(one.destination)}`}
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Requests({ report: { asks } }: { readonly report: Report }): JSX.Element {
  const words = tryWords()
  return (
    <section class="card">
      <h2>{words.requests}</h2>
      {asks.length === 0 && <p class="quiet">{words.noRequests}</p>}
      {asks.map((asked, i) => (
        <details key={i} class="asked" open={asks.length <= 3}>
          <summary>
            <strong>{asked.webhook}</strong>{' '}
            {asked.result ? (
              <Badge tone={asked.result.status === 'ACK' ? 'good' : 'warn'}>{asked.result.status}</Badge>
            ) : (
              <span class="quiet">{words.noAnswerRead}</span>
            )}{' '}
            <span class="quiet">{duration(asked.ms)}</span>
          </summary>
          <Values title={words.values} values={asked.values} />
          {asked.result && <Values title={words.answer} values={answerOf(asked.result)} />}
        </details>
      ))}
    </section>
  )
}

function answerOf({
  url,
  http,
  error,
  destination,
  callername,
}: NonNullable<Asked['result']>): Record<string, string | number | undefined> {
  return { url, http, error, destination, callername }
}

function Values({
  title,
  values,
}: {
  readonly title: string
  readonly values: Readonly<Record<string, string | number | undefined>>
}): JSX.Element {
  const shown = Object.entries(values).filter(([, value]) => value !== undefined && value !== '')
  return (
    <>
      <h3>{title}</h3>
      <dl class="values">
        {shown.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{String(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}

function Notes({ report: { notes, unused } }: { readonly report: Report }): JSX.Element | null {
  const words = tryWords()
  if (notes.length + unused.length === 0) return null
  return (
    <section class="card">
      <h2>{words.notes}</h2>
      <ul class="notes">
        {[...notes, ...unused].map((note, i) => (
          <li key={i}>{note}</li>
        ))}
      </ul>
    </section>
  )
}
