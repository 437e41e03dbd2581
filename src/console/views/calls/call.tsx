/** A call: its time line, who hung up, and where another plan would have led it. */
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { type CallLine, readCall, replayCall, type WholeCall } from '../../api/calls.ts'
import { type DocumentTree, readTree, type TreeNode } from '../../api/plans.ts'
import { readStream } from '../../api/stream.ts'
import { useNow } from '../../clock.ts'
import { Empty } from '../../components/empty.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { walkTree } from '../../components/plan-tree.tsx'
import { EndingBadge, Who } from '../../components/who.tsx'
import { dateTime, duration } from '../../format.ts'
import { useReading } from '../../reading.ts'
import { hrefTo } from '../../router.ts'
import { useTitle } from '../../title.ts'
import { callPageWords } from '../../words/call.ts'
import { callWords } from '../../words/calls.ts'
import { frameWords } from '../../words/frame.ts'
import { queryOf } from '../try/script-address.ts'
import { Replay } from './replay.tsx'
import { scriptOf } from './script-of.ts'
import { kindOf } from './spans.ts'
import { TimeLine } from './time-line.tsx'

/** How often what goes on grows on the time line. */
const MOVES_MS = 250

export interface CallProps {
  readonly id: string
  readonly query: URLSearchParams
}

export function Call({ id, query }: CallProps): JSX.Element {
  const words = callPageWords()
  const reading = useReading((signal) => readCall(id, signal), [id])
  const { value: call, fault, isLoading } = reading
  const isLive = call?.state === 'live'
  useMoves(id, isLive, reading.again)
  const now = useNow(isLive ? MOVES_MS : undefined)
  const isEnded = call?.state === 'ended'
  const plan = usePlan(call)
  const { shows, why } = useShows(call)
  useTitle(call && words.title(call.did))

  const above = <a href={hrefTo('calls')}>{frameWords().views.calls}</a>
  if (!call) {
    const isMissing = fault?.code === 'notFound'
    return (
      <>
        <PageHead title={isMissing ? words.notThere : frameWords().views.calls} above={above} />
        {isLoading && <p class="quiet">{frameWords().loading}</p>}
        {isMissing ? (
          <Empty title={words.notThere} text={words.notThereText}>
            <a href={hrefTo('calls')}>{words.toCalls}</a>
          </Empty>
        ) : (
          fault && <FaultNote fault={fault} again={reading.again} />
        )}
      </>
    )
  }
  return (
    <>
      <PageHead
        title={words.title(call.did)}
        above={above}
        text={
          <>
            <Who {...call} />, {dateTime(call.at)}
          </>
        }
      >
        <EndingBadge {...call} />
        {isEnded && call.document !== undefined && plan && (
          <a class="button" href={hrefTo('try', { query: queryOf(scriptOf(call, plan)) })}>
            {words.tryIt}
          </a>
        )}
        {!isEnded && <a href={hrefTo('live', { query: { call: id } })}>{words.follow}</a>}
      </PageHead>
      {fault && <FaultNote fault={fault} again={reading.again} />}
      <p class="ended-words" aria-live="polite">
        {wordsOfEnd(call)}
      </p>
      <Facts call={call} />
      <TimeLine call={call} now={now} steps={plan?.steps} shows={shows} />
      {why !== undefined && <p class="quiet">{words.showsUnknown(why)}</p>}
      {call.notes && (
        <section class="card call-notes">
          <h2>{words.notes}</h2>
          <ul>
            {call.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </section>
      )}
      {isEnded && <Replay call={call} query={query} />}
    </>
  )
}

function wordsOfEnd({ state, ending, answered }: Pick<CallLine, 'state' | 'ending' | 'answered'>): string {
  const words = callPageWords()
  if (state === 'ended' && ending !== undefined) return words.ended[ending]
  return ending === 'talked' && answered ? words.talksNow : words.goesOn
}

function Facts({ call }: { readonly call: WholeCall }): JSX.Element {
  const words = callPageWords()
  const shared = callWords()
  const { id, caller, name, did, document, plan, revision, ringMs, talkMs, ending, cause, released } = call
  const { recording, controllers, freeswitch } = call
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    [shared.caller, <Who caller={caller} name={name} />],
    [shared.number, <bdi>{did}</bdi>],
    [
      shared.plan,
      document === undefined ? (
        shared.noPlan
      ) : (
        <a href={hrefTo('plans', { rest: document })}>
          {document}/{plan}
        </a>
      ),
    ],
    [words.facts.revision, revision && <code>{revision}</code>],
    [shared.rang, ringMs !== undefined && duration(ringMs)],
    [shared.talked, ending === 'talked' && (talkMs === undefined ? words.talkUnknown : duration(talkMs))],
    [words.facts.cause, cause && <code>{cause}</code>],
    [words.facts.released, released && <code>{released}</code>],
    [
      words.facts.recording,
      recording && (
        <>
          <code>{recording.file}</code>
          {recording.ms !== undefined && `, ${duration(recording.ms)}`}
          {recording.failed !== undefined && `, ${words.recordingFailed(recording.failed)}`}
        </>
      ),
    ],
    [words.facts.controllers, controllers && controllers.length > 1 && controllers.join(', ')],
    [words.facts.freeswitch, freeswitch && <code>{freeswitch}</code>],
    [words.facts.id, <code>{id}</code>],
  ]
  return (
    <dl class="facts card">
      {facts.map(([title, fact]) =>
        fact === undefined || fact === false || fact === '' ? null : (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{fact}</dd>
          </div>
        ),
      )}
    </dl>
  )
}

/** Reads it again as it moves; a reading that is overtaken is given up. */
function useMoves(id: string, isLive: boolean, again: () => void): void {
  const latest = useRef(again)
  latest.current = again
  useEffect(() => {
    if (!isLive) return undefined
    const gone = new AbortController()
    void readStream({
      query: { call: id },
      signal: gone.signal,
      onState(state) {
        // It may have moved, or ended, before the stream was open.
        if (state === 'open') latest.current()
      },
      onEvents(events) {
        if (events.some(({ event }) => event !== 'counts')) latest.current()
      },
    })
    return () => gone.abort()
  }, [id, isLive])
}

interface PlanOfCall {
  /** By name, as in the revision that the call had; empty where that is gone. */
  readonly steps: ReadonlyMap<string, TreeNode>
  /** That the document has now. */
  readonly webhooks: readonly string[]
}

/** The plan that it went by, and what there is of its document now; undefined while that is read. */
function usePlan(call: WholeCall | undefined): PlanOfCall | undefined {
  const { document, revision } = call ?? {}
  const { value } = useReading(
    async (signal): Promise<PlanOfCall | undefined> => {
      if (!call) return undefined
      if (document === undefined) return { steps: new Map(), webhooks: [] }
      const serves = await orGone(readTree(document, { signal }))
      const was =
        serves?.revision === revision ? serves : await orGone(readTree(document, { revision, signal }))
      return { steps: stepsOf(was), webhooks: serves?.webhooks.map(({ name }) => name) ?? [] }
    },
    [call !== undefined, document, revision],
  )
  return value
}

/** The document, or the revision, may not be here any more. */
const orGone = (read: Promise<DocumentTree>): Promise<DocumentTree | undefined> => read.catch(() => undefined)

const stepsOf = (tree: DocumentTree | undefined): ReadonlyMap<string, TreeNode> =>
  new Map(
    tree?.plans.flatMap(({ steps }) => Array.from(walkTree(steps), ({ node }) => [node.step, node] as const)),
  )

/**
 * What telephones showed is not in the record, but follows from it: the call is walked again by its own revision, where
 * anything rang.
 */
function useShows(call: WholeCall | undefined): {
  readonly shows: readonly (string | undefined)[]
  readonly why: string | undefined
} {
  const isAsked = call?.state === 'ended' && call.steps.some(({ type }) => kindOf(type) === 'rings')
  const { value, fault } = useReading(
    (signal) => (isAsked ? replayCall(call.id, undefined, signal) : Promise.resolve(undefined)),
    [call?.id, isAsked],
  )
  return { shows: value?.recorded.steps.map(({ shows }) => shows) ?? [], why: fault?.message }
}
