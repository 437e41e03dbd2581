/** Live: the calls that are held now, moving as they move, and the step that each is at. */
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type CallLine, endings, isMissed, readCalls } from '../../api/calls.ts'
import { readStream, type StreamCounts, type StreamState } from '../../api/stream.ts'
import { useNow } from '../../clock.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { Empty } from '../../components/empty.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { decimal } from '../../format.ts'
import { hrefTo } from '../../router.ts'
import type { ViewProps } from '../../views.ts'
import { callWords } from '../../words/calls.ts'
import { frameWords } from '../../words/frame.ts'
import { liveWords } from '../../words/live.ts'
import { Chosen } from './chosen.tsx'
import { createLiveCalls, type LiveCall, type LiveCalls } from './live-calls.ts'
import { CallRows } from './rows.tsx'

/** As many as a person looks through; the others are counted. */
const MOST_ROWS = 100
/** Rows that are drawn at one time, so that the page does not stand still when many are there at once. */
const ROWS_AT_ONCE = 20
/** Calls that were held before the stream began, and pages of them. */
const PAGE = 1000
const MOST_PAGES = 5
/** How often screen readers are told how much there is. */
const SPOKEN_MS = 30_000

export default function Live({ place: { query } }: ViewProps): JSX.Element {
  const words = liveWords()
  const calls = useMemo(() => createLiveCalls(), [])
  const state = useStream(calls)
  const chosenId = query.get('call') ?? undefined
  const plan = query.get('plan') ?? undefined
  const now = useNow(1000)
  useEffect(() => calls.tidy(chosenId), [now])
  const [isPaused, setPaused] = useState(false)
  const { shown, isHeld, ...hold } = useShown(calls, { plan, isPaused })
  const chosen =
    chosenId === undefined
      ? undefined
      : (shown.calls.find(({ id }) => id === chosenId) ?? calls.get(chosenId))
  const isSplit = chosenId !== undefined || plan !== undefined
  return (
    <>
      <PageHead title={frameWords().views.live} text={words.about}>
        <span role="status">
          {isPaused ? (
            <Badge tone="warn">{words.paused}</Badge>
          ) : (
            <Badge tone={state === 'open' ? 'live' : 'warn'}>{words.states[state]}</Badge>
          )}
        </span>
        <Button pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {isPaused ? words.goOn : words.pause}
        </Button>
      </PageHead>
      <Counters counts={shown.counts} />
      <Spoken counts={calls.counts.value} />
      <div class={isSplit ? 'live-view split' : 'live-view'}>
        <section class="live-list">
          {shown.calls.length === 0 ? (
            <Empty
              title={plan === undefined ? words.emptyTitle : words.emptyOfPlan}
              text={plan === undefined ? words.empty : undefined}
            />
          ) : (
            <CallRows calls={shown.calls} chosen={chosenId} plan={plan} now={now} {...hold} />
          )}
          <p class="quiet live-foot">
            {shown.count > shown.calls.length &&
              words.more(decimal(shown.calls.length), decimal(shown.count))}{' '}
            {isHeld && words.held}
          </p>
        </section>
        {isSplit && <Chosen id={chosenId} call={chosen} plan={plan} calls={calls} isPaused={isPaused} />}
      </div>
    </>
  )
}

/** Reads the stream, and once it is open what was live before; the same again when something was lost in between. */
function useStream(calls: LiveCalls): StreamState {
  const [state, setState] = useState<StreamState>('connecting')
  useEffect(() => {
    const gone = new AbortController()
    const { signal } = gone
    const readBefore = () =>
      readHeld(signal).then(
        (lines) => calls.add(lines),
        // The stream tells of all that happens from here on.
        () => undefined,
      )
    void readStream({
      signal,
      onState(now) {
        setState(now)
        // Also when it comes back: cut off before its first event, it goes on behind none.
        if (now === 'open') void readBefore()
      },
      onEvents(events) {
        calls.take(events)
        if (events.some(({ event }) => event === 'reset')) void readBefore()
      },
    })
    return () => gone.abort()
  }, [])
  return state
}

async function readHeld(signal: AbortSignal): Promise<CallLine[]> {
  const lines: CallLine[] = []
  let cursor: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const { calls, next } = await readCalls(
      { state: 'live', limit: String(PAGE), ...(cursor !== undefined && { cursor }) },
      signal,
    )
    lines.push(...calls)
    if (next === undefined) break
    cursor = next
  }
  return lines
}

interface Shown {
  readonly calls: readonly LiveCall[]
  readonly count: number
  readonly counts: StreamCounts | undefined
}

/**
 * What is drawn: nothing new while it is paused. While somebody is in the list, by pointer or by keyboard, its rows keep
 * their places, so that what is clicked is what was meant.
 */
function useShown(
  calls: LiveCalls,
  { plan, isPaused }: { readonly plan: string | undefined; readonly isPaused: boolean },
) {
  const [most, setMost] = useState(ROWS_AT_ONCE)
  const [inside, setInside] = useState({ pointer: false, focus: false })
  const isHeld = inside.pointer || inside.focus
  const last = useRef<Shown & { readonly plan?: string | undefined }>(undefined)
  // Asking for it is what draws this anew.
  const version = calls.version.value
  const counts = calls.counts.value
  const shown = useMemo(() => {
    const before = last.current
    const isSamePlan = before?.plan === plan
    if (isPaused && before && isSamePlan) return before
    const newest = calls.newest(most, isOfPlan(plan))
    const kept =
      isHeld && before && isSamePlan && before.calls.length > 0
        ? before.calls.map((call) => calls.get(call.id) ?? { ...call, gone: call.gone ?? ('ended' as const) })
        : newest.calls
    return { calls: kept, count: Math.max(newest.count, kept.length), counts, plan }
  }, [version, counts, plan, isPaused, isHeld, most])
  last.current = shown
  useEffect(() => {
    if (shown.calls.length < most || most >= MOST_ROWS) return undefined
    const next = requestAnimationFrame(() => setMost(most + ROWS_AT_ONCE))
    return () => cancelAnimationFrame(next)
  }, [shown, most])
  return {
    ...{ shown, isHeld },
    onPointer: (pointer: boolean) => setInside((was) => ({ ...was, pointer })),
    onFocus: (focus: boolean) => setInside((was) => ({ ...was, focus })),
  }
}

/** `acme`: a document; `acme/main`: one of its plans. Documents may be in folders. */
function isOfPlan(wanted: string | undefined): (call: LiveCall) => boolean {
  if (wanted === undefined) return () => true
  return ({ document, plan }) =>
    document !== undefined && (document === wanted || `${document}/${plan}` === wanted)
}

function Counters({ counts }: { readonly counts: StreamCounts | undefined }): JSX.Element {
  const words = liveWords()
  const ended = counts?.endedLastHour ?? {}
  const sum = (of: (ending: (typeof endings)[number]) => boolean) =>
    endings.filter(of).reduce((all, ending) => all + (ended[ending] ?? 0), 0)
  const figures = {
    held: counts?.held,
    perMinute: counts?.perMinute,
    talked: counts && sum((ending) => ending === 'talked' || ending === 'transferred'),
    missed: counts && sum(isMissed),
  }
  return (
    <section class="counters">
      <dl>
        {Object.entries(figures).map(([name, figure]) => (
          <div key={name} class="counter">
            <dt>{words.counters[name as keyof typeof figures]}</dt>
            <dd>{figure === undefined ? '–' : decimal(figure)}</dd>
          </div>
        ))}
      </dl>
      <Ended ended={ended} />
    </section>
  )
}

/** Each ending leads to the calls that ended so. */
function Ended({ ended }: { readonly ended: StreamCounts['endedLastHour'] }): JSX.Element {
  const words = liveWords()
  const had = endings.filter((ending) => (ended[ending] ?? 0) > 0)
  return (
    <p class="ended-so quiet">
      {words.endedTitle}:{' '}
      {had.length === 0
        ? words.nothingEnded
        : had.map((ending) => (
            <a key={ending} href={hrefTo('calls', { query: { ending } })}>
              {callWords().endings[ending]} {decimal(ended[ending]!)}
            </a>
          ))}
    </p>
  )
}

/** For screen readers: how much there is, now and then. */
function Spoken({ counts }: { readonly counts: StreamCounts | undefined }): JSX.Element {
  const words = liveWords()
  const [said, setSaid] = useState('')
  const lastMs = useRef(-Infinity)
  useEffect(() => {
    if (!counts || performance.now() - lastMs.current < SPOKEN_MS) return
    lastMs.current = performance.now()
    setSaid(words.summary(counts.held, decimal(counts.perMinute)))
  }, [counts])
  return (
    <p class="unseen" aria-live="polite">
      {said}
    </p>
  )
}
