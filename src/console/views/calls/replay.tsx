/** A call walked again by another plan, side by side with how it went, and where the two part. */
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { type ApiFault } from '../../api/client.ts'
import { type ReplaySide, type ReplayedStep, replayCall, type ReplayReport, type WholeCall } from '../../api/calls.ts' // prettier-ignore
import { readDocument, readRevisions } from '../../api/plans.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Select } from '../../components/field.tsx'
import { Ticked } from '../../components/ticked.tsx'
import { keptDraft } from '../../drafts.ts'
import { dateTime } from '../../format.ts'
import { laidOut } from '../../json.ts'
import { useReading } from '../../reading.ts'
import { go, hrefTo } from '../../router.ts'
import { callPageWords } from '../../words/call.ts'
import { callWords } from '../../words/calls.ts'
import { wordFor } from '../../words/catalogue.ts'
import { frameWords } from '../../words/frame.ts'

const OWN = 'own'
const DRAFT = 'draft'

/** Which plan it is walked by is in the address, but for a draft. */
export function Replay({
  call,
  query,
}: {
  readonly call: WholeCall
  readonly query: URLSearchParams
}): JSX.Element {
  const words = callPageWords().replay
  const linked = query.get('against') ?? undefined
  const [against, setAgainst] = useState(linked ?? OWN)
  const [draft, setDraft] = useState<string>()
  const [broken, setBroken] = useState<string>()
  const [wanted, setWanted] = useState<string | { readonly draft: string } | undefined>(linked)
  const revisions = useReading(readRevisions, [])
  const report = useReading(
    (signal) =>
      wanted === undefined
        ? Promise.resolve(undefined)
        : replayCall(call.id, wanted === OWN ? undefined : wanted, signal),
    [wanted],
  )

  // It begins as what is written in this tab, and where nothing is, as the document is.
  useEffect(() => {
    if (against !== DRAFT || draft !== undefined || call.document === undefined) return undefined
    const kept = keptDraft(call.document)
    if (kept) {
      setDraft(kept.text)
      return undefined
    }
    const gone = new AbortController()
    readDocument(call.document, gone.signal).then(
      // It may be one line; what is no JSON stays as it is.
      ({ text }) => setDraft(laidOut(text) ?? text),
      () => setDraft(''),
    )
    return () => gone.abort()
  }, [against])

  function run(): void {
    setBroken(undefined)
    if (against !== DRAFT) {
      go(hrefTo('calls', { rest: call.id, query: { against } }), { replace: true })
      if (against === wanted) report.again()
      return setWanted(against)
    }
    try {
      JSON.parse(draft ?? '')
    } catch (error) {
      return setBroken((error as Error).message)
    }
    setWanted({ draft: draft! })
  }

  return (
    <section class="card replay" aria-labelledby="replay">
      <h2 id="replay">{words.title}</h2>
      <p class="quiet">{words.about}</p>
      <form
        class="replay-form"
        onSubmit={(event) => {
          event.preventDefault()
          run()
        }}
      >
        <Select
          label={words.against}
          value={against}
          onChange={setAgainst}
          options={choices(call, revisions.value, against)}
        />
        <Button type="submit" kind="primary" disabled={against === DRAFT && draft === undefined}>
          {words.run}
        </Button>
      </form>
      {against === DRAFT && (
        <div class="field draft">
          <label for="draft">{words.draftLabel(call.document ?? '')}</label>
          <textarea
            id="draft"
            rows={14}
            spellcheck={false}
            class="mono"
            value={draft ?? ''}
            disabled={draft === undefined}
            aria-describedby="draft-hint"
            aria-invalid={broken ? true : undefined}
            onInput={(event) => setDraft(event.currentTarget.value)}
          />
          <p id="draft-hint" class="hint">
            {words.draftHint}
          </p>
          {broken && (
            <p class="field-fault" role="alert">
              {words.draftBroken(broken)}
            </p>
          )}
        </div>
      )}
      {report.isLoading && wanted !== undefined && <p class="quiet">{frameWords().loading}</p>}
      {report.fault && <Refused fault={report.fault} />}
      {report.value && <Report report={report.value} />}
    </section>
  )
}

/** A draft may have been refused for what is wrong in it. */
function Refused({ fault }: { readonly fault: ApiFault }): JSX.Element {
  const found = fault.details as readonly { readonly pointer?: string; readonly message?: string }[]
  return (
    <FaultNote fault={fault}>
      {found.length > 0 && (
        <ul class="said">
          {found.map(({ pointer, message }, i) => (
            <li key={i}>
              {pointer && <code>{pointer}</code>} {message}
            </li>
          ))}
        </ul>
      )}
    </FaultNote>
  )
}

function choices(
  { revision, document }: WholeCall,
  known: Awaited<ReturnType<typeof readRevisions>> | undefined,
  chosen: string,
) {
  const words = callPageWords().replay
  const kept = (known?.revisions ?? []).filter(
    (one) => one.kept && one.revision !== known?.revision && one.revision !== revision,
  )
  const options = [
    { value: OWN, label: words.own },
    ...(known ? [{ value: known.revision, label: words.current(known.revision) }] : []),
    ...kept.map((one) => ({
      value: one.revision,
      label: words.revision(one.revision, dateTime(one.served[0]?.since ?? '')),
    })),
    ...(document === undefined ? [] : [{ value: DRAFT, label: words.draft }]),
  ]
  // Of the address, or the call's own.
  return options.some(({ value }) => value === chosen)
    ? options
    : [...options, { value: chosen, label: chosen }]
}

function Report({ report }: { readonly report: ReplayReport }): JSX.Element {
  const words = callPageWords().replay
  const { recorded, replayed, parting, isSame, isFault, assumptions, notes } = report
  const length = Math.max(recorded.steps.length, replayed.steps.length)
  const at = parting?.step === undefined ? undefined : parting.step - 1
  /** Before both, or at their ends. */
  const isWhole = parting !== undefined && at === undefined
  return (
    <div class="report">
      <p class={`note ${isSame ? 'good' : isFault ? 'bad' : 'warn'}`} role="status">
        {isSame ? words.same : <Ticked text={parting?.sentence ?? ''} />}
        {isFault && (
          <>
            <br />
            {words.fault}
          </>
        )}
      </p>
      <div class="sides" role="table" aria-label={words.title}>
        <div class="side-row side-head" role="row">
          <SideHead title={words.recorded} side={recorded} />
          <SideHead title={words.replayed} side={replayed} />
        </div>
        {Array.from({ length }, (_, i) => (
          <div
            key={i}
            class={`side-row ${i === at ? 'parting' : at !== undefined && i > at ? 'behind' : ''}`}
            role="row"
          >
            <SideStep step={recorded.steps[i]} isParting={i === at} title={words.recorded} />
            <SideStep step={replayed.steps[i]} isParting={i === at} title={words.replayed} />
          </div>
        ))}
        <div class={`side-row ${isWhole ? 'parting' : at !== undefined ? 'behind' : ''}`} role="row">
          <SideEnd side={recorded} isParting={isWhole} title={words.recorded} />
          <SideEnd side={replayed} isParting={isWhole} title={words.replayed} />
        </div>
      </div>
      <Sentences title={words.assumptions} sentences={assumptions} />
      <Sentences title={words.notes} sentences={notes} />
    </div>
  )
}

function SideHead({ title, side }: { readonly title: string; readonly side: ReplaySide }): JSX.Element {
  return (
    <div role="columnheader">
      <h3>{title}</h3>
      <p class="quiet">
        {side.document === undefined ? callWords().noPlan : `${side.document}/${side.plan}`},{' '}
        <code>{side.revision}</code>
      </p>
    </div>
  )
}

interface SideCellProps {
  readonly isParting: boolean
  /** On a telephone the two stand below one another. */
  readonly title: string
}

function SideStep({
  step,
  isParting,
  title,
}: SideCellProps & { readonly step: ReplayedStep | undefined }): JSX.Element {
  const words = callPageWords()
  if (!step)
    return (
      <div role="cell" class="quiet" data-title={title}>
        {words.replay.nothing}
      </div>
    )
  const { step: name, does, type, outcome, shows } = step
  return (
    <div role="cell" data-title={title}>
      <p>
        <bdi>{does ?? type}</bdi>
      </p>
      <p class="quiet span-sub">
        <code>{name}</code>
        {outcome !== undefined && <Badge>{wordFor(callWords().outcomes, outcome) ?? outcome}</Badge>}
        {isParting && <Badge tone="warn">{words.replay.parting}</Badge>}
      </p>
      {shows !== undefined && (
        <p class="quiet">
          <bdi>{words.replay.shows(shows)}</bdi>
        </p>
      )}
    </div>
  )
}

function SideEnd({
  side: { ending, cause },
  isParting,
  title,
}: SideCellProps & { readonly side: ReplaySide }): JSX.Element {
  const words = callPageWords()
  return (
    <div role="cell" data-title={title}>
      {ending === undefined ? (
        <span class="quiet">{words.replay.notFollowed}</span>
      ) : (
        <>
          <strong>{callWords().endings[ending]}</strong> {cause !== undefined && <code>{cause}</code>}
        </>
      )}{' '}
      {isParting && <Badge tone="warn">{words.replay.parting}</Badge>}
    </div>
  )
}

function Sentences({
  title,
  sentences,
}: {
  readonly title: string
  readonly sentences: readonly string[]
}): JSX.Element | null {
  if (sentences.length === 0) return null
  return (
    <>
      <h3>{title}</h3>
      <ul class="sentences">
        {sentences.map((sentence) => (
          <li key={sentence}>
            <Ticked text={sentence} />
          </li>
        ))}
      </ul>
    </>
  )
}
