/** Try: a call as somebody describes it, and what would happen to it. */
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { readDocument, readPlans } from '../../api/plans.ts'
import { type Draft, type Report, type Script, simulate } from '../../api/try.ts'
import { Empty } from '../../components/empty.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { useDoing } from '../../doing.ts'
import { keptDraft } from '../../drafts.ts'
import { useExplained } from '../../explained.ts'
import { useReading } from '../../reading.ts'
import { go, hrefTo } from '../../router.ts'
import type { ViewProps } from '../../views.ts'
import { frameWords } from '../../words/frame.ts'
import { tryWords } from '../../words/try.ts'
import { CallForm } from './call-form.tsx'
import { NOBODY, partiesIn } from './parties.ts'
import { Result } from './result.tsx'
import { queryOf, scriptIn } from './script-address.ts'

/** `/console/try` tries what serves; `/console/try/acme?draft=` the draft of this tab. */
export default function Try({ place: { rest, query } }: ViewProps): JSX.Element {
  const words = tryWords()
  const isDraft = rest !== '' && query.has('draft')
  const draft = useMemo(() => (isDraft ? draftOf(rest) : undefined), [isDraft, rest])
  const title = frameWords().views.tryOut
  const asked = query.toString()
  const last = useRef({ asked, turn: 0 })
  // Another address than that of the call that was tried, as by the way back: another trial.
  if (asked !== last.current.asked) last.current = { asked, turn: last.current.turn + 1 }
  if (isDraft && draft === undefined)
    return (
      <>
        <PageHead title={title} />
        <Empty title={words.noDraft(rest)}>
          <a href={hrefTo('change', { rest })}>{words.toEditor}</a>
        </Empty>
      </>
    )
  return (
    <>
      <PageHead title={title} text={draft ? words.ofDraft(rest) : words.about}>
        {draft && (
          <a class="button" href={hrefTo('change', { rest })}>
            {words.toEditor}
          </a>
        )}
      </PageHead>
      <Trial
        key={`${rest} ${last.current.turn}`}
        draft={draft}
        first={scriptIn(query)}
        onTried={(query) => (last.current.asked = query)}
      />
    </>
  )
}

function draftOf(name: string): Draft | undefined {
  const kept = keptDraft(name)
  return kept && { name, text: kept.text }
}

interface Tried {
  readonly script: Script
  readonly report: Report
}

interface TrialProps {
  readonly draft: Draft | undefined
  readonly first: Script
  /** Called with the query of the address that a call has which is tried. */
  readonly onTried: (query: string) => void
}

function Trial({ draft, first, onTried }: TrialProps): JSX.Element {
  const [script, setScript] = useState(first)
  const [tried, setTried] = useState<Tried>()
  const { isDoing: isRunning, fault, run } = useDoing()
  const {
    call: { did },
  } = script
  const { value: plans } = useReading(readPlans, [])
  const found = useExplained(did === '' || draft ? undefined : did)
  const box = useRef<HTMLDivElement>(null)
  const parties = useParties(found?.match?.document, draft)

  async function tryIt(asked: Script): Promise<void> {
    const query = { ...(draft && { draft: '' }), ...queryOf(asked) }
    onTried(new URLSearchParams(query).toString())
    go(hrefTo('try', { rest: draft?.name ?? '', query }), { replace: true })
    try {
      setTried({ script: asked, report: await simulate(asked, { draft }) })
      requestAnimationFrame(() => bringIntoSight(box.current))
    } catch (error) {
      setTried(undefined)
      throw error
    }
  }

  // Whoever was sent the address sees what it is about.
  useEffect(() => {
    if (did !== '' && Object.keys(first.given).length + Object.keys(first.call).length > 1)
      void run(() => tryIt(first))
  }, [])

  return (
    <div class="trial">
      <CallForm
        script={script}
        onChange={setScript}
        onRun={() => void run(() => tryIt(script))}
        isRunning={isRunning}
        numbers={plans?.documents ?? []}
        draft={draft}
        found={found}
        parties={withRung(parties, tried?.report)}
      />
      <div ref={box} class="trial-result" aria-live="polite">
        {fault && (
          <FaultNote fault={fault}>
            <Details details={fault.details} />
          </FaultNote>
        )}
        {tried && <Result key={tried.report.at} {...tried} draft={draft} />}
      </div>
    </div>
  )
}

/** Where it is below the form, as on a telephone. */
function bringIntoSight(box: HTMLElement | null): void {
  if (box && box.getBoundingClientRect().top > innerHeight / 2) box.scrollIntoView()
}

/** What is wrong with the script, or with the draft. */
function Details({ details }: { readonly details: readonly unknown[] }): JSX.Element {
  const messages = details.flatMap((one) => {
    const { message, pointer } = one as { message?: string; pointer?: string }
    return message === undefined ? [] : [`${pointer ?? ''} ${message}`]
  })
  return (
    <ul>
      {messages.map((message, i) => (
        <li key={i}>{message}</li>
      ))}
    </ul>
  )
}

function useParties(document: string | undefined, draft: Draft | undefined) {
  const { value } = useReading(
    async (signal) => {
      if (draft) return partiesIn(draft.text)
      if (document === undefined) return NOBODY
      return partiesIn((await readDocument(document, signal)).text)
    },
    [document, draft],
  )
  return value ?? NOBODY
}

/** Servers may have returned others. */
function withRung(parties: typeof NOBODY, report: Report | undefined): typeof NOBODY {
  const rung = report?.rings.flatMap(({ shown }) => shown.map(({ destination }) => destination)) ?? []
  return { ...parties, destinations: [...new Set([...parties.destinations, ...rung])] }
}
