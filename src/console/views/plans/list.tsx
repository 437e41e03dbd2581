/** The documents that serve, found as somebody types. */
import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import { type DocumentSummary, type PlansState, readPlans } from '../../api/plans.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { Empty } from '../../components/empty.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Field } from '../../components/field.tsx'
import { PageHead } from '../../components/page-head.tsx'
import { Ticked } from '../../components/ticked.tsx'
import { useExplained } from '../../explained.ts'
import { decimal } from '../../format.ts'
import { useReading } from '../../reading.ts'
import { go, hrefTo } from '../../router.ts'
import { may, mayForAll } from '../../session.ts'
import { frameWords } from '../../words/frame.ts'
import { plansWords } from '../../words/plans.ts'
import { ReloadDialog } from './reload.tsx'
import { numberIn, prepare, search } from './search.ts'

/** More come at the press of a button: what is not drawn takes no time. */
const PAGE = 50
const MOST_NUMBERS = 6

/** `asked`: the search that is in the address. */
export function PlanList({ asked }: { asked: string }): JSX.Element {
  const words = plansWords()
  const { value, fault, isLoading, again } = useReading(readPlans, [])
  const [isReloading, setReloading] = useState(false)
  const [shown, setShown] = useState(PAGE)
  const searched = useMemo(() => prepare(value?.documents ?? []), [value])
  const found = useMemo(() => search(searched, asked), [searched, asked])
  const numbers = useMemo(
    () =>
      (value?.documents ?? []).reduce(
        (sum, { plans }) => sum + plans.reduce((count, plan) => count + plan.numbers.length, 0),
        0,
      ),
    [value],
  )
  const ask = (text: string) => {
    setShown(PAGE)
    go(hrefTo('plans', text === '' ? {} : { query: { q: text } }), { replace: true })
  }
  return (
    <>
      <PageHead
        title={frameWords().views.plans}
        text={value && <About state={value.state} documents={value.documents.length} numbers={numbers} />}
      >
        <a class="button" href={hrefTo('plans', { query: { revisions: '' } })}>
          {words.revisions}
        </a>
        {mayForAll('publish') && <Button onClick={() => setReloading(true)}>{words.reload}</Button>}
      </PageHead>
      {fault && <FaultNote fault={fault} again={again} />}
      <search class="bar">
        <Field
          label={words.search}
          hideLabel
          type="search"
          value={asked}
          onInput={ask}
          placeholder={words.searchHint}
        />
        <p class="quiet found" aria-live="polite">
          {value && asked !== '' && words.found(decimal(found.length), decimal(value.documents.length))}
        </p>
      </search>
      <Explained number={numberIn(asked)} />
      {!value && isLoading && <p class="quiet">{frameWords().loading}</p>}
      {value?.documents.length === 0 && (
        <Empty title={words.none} text={words.noneText}>
          {may('publish') && <a href={hrefTo('change')}>{words.writeOne}</a>}
        </Empty>
      )}
      {value && value.documents.length > 0 && found.length === 0 && (
        <Empty title={words.notFound} text={words.notFoundText}>
          <Button onClick={() => ask('')}>{words.clear}</Button>
        </Empty>
      )}
      {found.length > 0 && (
        <ul class="document-list" aria-label={words.documents}>
          {found.slice(0, shown).map((document) => (
            <DocumentItem key={document.name} document={document} />
          ))}
        </ul>
      )}
      {found.length > shown && (
        <p class="more">
          <Button onClick={() => setShown(shown + PAGE)}>
            {words.more(decimal(Math.min(PAGE, found.length - shown)))}
          </Button>
        </p>
      )}
      {isReloading && (
        <ReloadDialog
          onClose={(isDone) => {
            setReloading(false)
            if (isDone) again()
          }}
        />
      )}
    </>
  )
}

/** Internal numbers have three digits. */
const LEAST_DIGITS = 3

/** Where a call to the number would go, which no list says: the longest entry that fits wins. */
function Explained({ number }: { number: string | undefined }): JSX.Element | null {
  const words = plansWords()
  const explained = useExplained(number !== undefined && number.length >= LEAST_DIGITS ? number : undefined)
  if (number === undefined || explained === undefined) return null
  const { match, near } = explained
  return (
    <div class="note explained" aria-live="polite">
      {match ? (
        <p>
          {words.finds(number, match.entry)}{' '}
          <a href={hrefTo('plans', { rest: match.document, hash: `${match.plan}/` })}>
            {match.document} → {match.plan}
          </a>
        </p>
      ) : (
        <p>{words.findsNone(number)}</p>
      )}
      {near.length > 0 && (
        <ul class="said quiet">
          {near.slice(0, MOST_NEAR).map(({ document, plan, entry, why }) => (
            <li key={`${document} ${plan} ${entry}`}>
              <a href={hrefTo('plans', { rest: document, hash: `${plan}/` })}>
                {document} → {plan}
              </a>{' '}
              {words.near(entry, why)}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

const MOST_NEAR = 5

interface AboutProps {
  readonly state: PlansState | undefined
  readonly documents: number
  readonly numbers: number
}

function About({ state, documents, numbers }: AboutProps): JSX.Element {
  const words = plansWords()
  return (
    <>
      {words.about(documents, numbers)}{' '}
      {state && <Badge tone={state === 'current' ? 'good' : 'warn'}>{words.states[state]}</Badge>}
    </>
  )
}

function DocumentItem({ document }: { document: DocumentSummary }): JSX.Element {
  const words = plansWords()
  const { name, domain, description, plans } = document
  const numbers = plans.flatMap((plan) => plan.numbers)
  const more = numbers.length - MOST_NUMBERS
  return (
    <li>
      <a class="document" href={hrefTo('plans', { rest: name })}>
        <span class="document-name">{name}</span>
        {description && (
          <span class="document-about">
            <Ticked text={description} />
          </span>
        )}
        <span class="quiet document-count">
          {words.plans(plans.length)}
          {domain && <>, {domain}</>}
        </span>
        <span class="numbers">
          {numbers.slice(0, MOST_NUMBERS).map((number) => (
            <span key={number} class="chip">
              {number}
            </span>
          ))}
          {more > 0 && <span class="quiet">{words.moreNumbers(decimal(more))}</span>}
          {numbers.length === 0 && <span class="quiet">{words.noNumbers}</span>}
        </span>
      </a>
    </li>
  )
}
