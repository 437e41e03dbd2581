/** One document: its plans as trees, what was found in it at its place, and a search. */
import { useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { orMissing } from '../../api/client.ts'
import {
  type DocumentTree,
  type Findings,
  readDocument,
  readTree,
  type TreePlan,
  validate,
} from '../../api/plans.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { FaultNote } from '../../components/fault-note.tsx'
import { Field } from '../../components/field.tsx'
import { FindingCounts, FindingLine, type Found } from '../../components/finding-line.tsx'
import { PageHead } from '../../components/page-head.tsx'
import {
  type AboutSteps,
  foldable,
  FoldMark,
  idOfStep,
  MOST_UNFOLDED,
  PlanSteps,
  toggleFold,
  unfold,
  UpTo,
  walkTree,
} from '../../components/plan-tree.tsx'
import { Table } from '../../components/table.tsx'
import { decimal, duration } from '../../format.ts'
import { useReading } from '../../reading.ts'
import { hrefTo } from '../../router.ts'
import { may } from '../../session.ts'
import { frameWords } from '../../words/frame.ts'
import { plansWords } from '../../words/plans.ts'
import { notesIn, placeFindings } from './findings.ts'

/** So many are unfolded at a time, and the page goes on between them. */
const BATCH = 100
/** Of plans; more come at the press of a button. */
const PAGE = 50

interface DocumentProps {
  readonly name: string
  readonly revision: string | undefined
  /** The step that the address names, or a plan: `night/`. */
  readonly hash: string
}

export function DocumentPage({ name, revision, hash }: DocumentProps): JSX.Element {
  const words = plansWords()
  const {
    value: tree,
    fault,
    isLoading,
    again,
  } = useReading((signal) => readTree(name, { revision, signal }), [name, revision])
  const isOther = revision !== undefined
  return (
    <>
      <PageHead
        above={<a href={hrefTo('plans')}>{frameWords().views.plans}</a>}
        title={name}
        text={[tree?.description, tree?.domain].filter(Boolean).join(' · ')}
      >
        {tree && !isOther && (
          <>
            <a class="button" href={hrefTo('try', { query: { did: firstNumber(tree) } })}>
              {words.tryCall}
            </a>
            {may('publish') && (
              <a class="button" href={hrefTo('change', { rest: name })}>
                {words.change}
              </a>
            )}
          </>
        )}
      </PageHead>
      {fault && <FaultNote fault={fault} again={again} />}
      {isOther && (
        <div class="note">
          <p>
            {words.ofRevision(revision)} <a href={hrefTo('plans', { rest: name })}>{words.toServing}</a>
          </p>
        </div>
      )}
      {!tree && isLoading && <p class="quiet">{frameWords().loading}</p>}
      {tree && <Document key={tree.revision} tree={tree} hash={hash} isOther={isOther} />}
    </>
  )
}

/** One that can be dialled as it is written. */
const firstNumber = ({ plans }: DocumentTree): string =>
  plans.flatMap(({ numbers }) => numbers).find((number) => !number.includes('*')) ?? ''

interface Checked {
  readonly findings: Findings
  readonly text: string
}

/** The document as it is published, and what is found in it. */
async function check(name: string, signal: AbortSignal): Promise<Checked> {
  const { text } = await readDocument(name, signal)
  return { text, findings: await validate(text, name, signal) }
}

interface ShownProps {
  readonly tree: DocumentTree
  readonly hash: string
  /** Of a revision that does not serve: the document that is published says nothing of it. */
  readonly isOther: boolean
}

function Document({ tree, hash, isOther }: ShownProps): JSX.Element {
  const words = plansWords()
  const { name, plans, webhooks, audio } = tree
  const all = useMemo(
    () => plans.flatMap(({ name, steps }) => Array.from(walkTree(steps, [planPointer(name)]))),
    [plans],
  )
  const everything = useMemo(
    () => plans.flatMap(({ name, steps }) => [planPointer(name), ...foldable(steps)]),
    [plans],
  )
  const folded = useSignal<ReadonlySet<string>>(new Set(all.length > MOST_UNFOLDED ? everything : []))
  const marked = useSignal<string | undefined>(undefined)
  const {
    value: checked,
    fault,
    isLoading,
  } = useReading<Checked | undefined>(
    (signal) => (isOther ? Promise.resolve(undefined) : orMissing(check(name, signal))),
    [name, isOther],
  )
  const found = useMemo(
    () => placeFindings(checked?.findings ?? { errors: [], warnings: [] }, plans),
    [checked, plans],
  )
  const fromFile = useMemo(() => notesIn(checked?.text ?? '{}'), [checked])

  const [shown, setShown] = useState(PAGE)
  const reach = (plan: number) => setShown((now) => Math.max(now, plan + 1))

  const turn = useRef(0)
  useEffect(
    () => () => {
      turn.current++
    },
    [],
  )
  const foldAll = () => {
    turn.current++
    folded.value = new Set(everything)
  }
  const unfoldAll = () => {
    const mine = ++turn.current
    const rest = everything.filter((pointer) => folded.value.has(pointer))
    const unfoldSome = () => {
      if (mine !== turn.current) return
      unfold(folded, rest.splice(0, BATCH))
      if (rest.length > 0) requestAnimationFrame(unfoldSome)
    }
    unfoldSome()
  }

  /** Unfolds what it stands in, marks it and brings it into sight. */
  const show = (step: string, { focus }: { focus: boolean }) => {
    const place = all.find(({ node }) => node.step === step)
    if (!place) return false
    reach(plans.findIndex(({ name }) => place.inside[0] === planPointer(name)))
    marked.value = step
    unfold(folded, place.inside)
    // Once it is drawn.
    requestAnimationFrame(() => {
      const element = document.getElementById(idOfStep(step))
      element?.scrollIntoView({ block: 'center' })
      if (focus) element?.focus({ preventScroll: true })
    })
    return true
  }

  const [gone, setGone] = useState<string>()
  useEffect(() => {
    setGone(undefined)
    if (hash === '') return
    const plan = hash.endsWith('/') ? hash.slice(0, -1) : undefined
    const index = plans.findIndex(({ name }) => name === plan)
    if (plan !== undefined && index >= 0) {
      reach(index)
      unfold(folded, [planPointer(plan)])
      requestAnimationFrame(() => document.getElementById(idOfPlan(plan))?.scrollIntoView())
    } else if (!show(hash, { focus: true })) setGone(hash)
  }, [hash, plans])

  // The same object for all of the tree, so that what has not changed is not drawn anew.
  const about = useMemo<AboutSteps>(
    () => ({
      ...{ folded, marked },
      findings: found.steps,
      notes: fromFile.notes,
      hrefOf: (step) => hrefTo('plans', { rest: name, hash: step }),
    }),
    [found, fromFile, name],
  )

  return (
    <div class="document-page">
      <div class="bar">
        <TreeSearch
          find={(text) => all.filter(({ node }) => textOf(node).includes(text)).map(({ node }) => node.step)}
          onShow={(step) => void show(step, { focus: false })}
        />
        <div class="actions" role="group" aria-label={words.folding}>
          <Button onClick={unfoldAll}>{words.unfoldAll}</Button>
          <Button onClick={foldAll}>{words.foldAll}</Button>
        </div>
        {!isOther && (
          <p class="checked" aria-live="polite">
            {isLoading && <span class="quiet">{words.checking}</span>}
            {fault && (
              <>
                <Badge>{words.notChecked}</Badge> <span class="quiet">{frameWords().faults[fault.code]}</span>
              </>
            )}
            {checked && <Verdict {...checked.findings} />}
          </p>
        )}
      </div>
      {gone !== undefined && <p class="note warn">{words.stepGone(gone)}</p>}
      {checked && checked.findings.errors.length > 0 && <p class="note bad">{words.documentBad}</p>}
      {found.others.length > 0 && (
        <section class="card" aria-label={words.findings}>
          {found.others.map((one, i) => (
            <FindingLine key={i} {...one} />
          ))}
        </section>
      )}
      {plans.slice(0, shown).map((plan) => (
        <PlanCard key={plan.name} plan={plan} about={about} findings={found.plans.get(plan.name) ?? []} />
      ))}
      {plans.length > shown && (
        <p class="more">
          <Button onClick={() => setShown(shown + PAGE)}>
            {words.more(decimal(Math.min(PAGE, plans.length - shown)))}
          </Button>
        </p>
      )}
      {webhooks.length > 0 && (
        <section class="side">
          <h2>{words.webhooks}</h2>
          <Table
            caption={words.webhooks}
            rows={webhooks}
            keyOf={(webhook) => webhook.name}
            columns={[
              {
                title: words.name,
                cell: (webhook) => (
                  <>
                    <strong>{webhook.name}</strong>
                    {fromFile.webhooks.has(webhook.name) && (
                      <p class="quiet">{fromFile.webhooks.get(webhook.name)}</p>
                    )}
                  </>
                ),
              },
              {
                title: words.url,
                cell: ({ method, urlTemplate }) => (
                  <code>
                    {method} {urlTemplate}
                  </code>
                ),
              },
              {
                title: words.timeout,
                isNumber: true,
                cell: ({ timeoutSeconds }) => duration(timeoutSeconds * 1000),
              },
            ]}
          />
        </section>
      )}
      {Object.keys(audio).length > 0 && (
        <section class="side">
          <h2>{words.audio}</h2>
          <Table
            caption={words.audio}
            rows={Object.entries(audio)}
            keyOf={([name]) => name}
            columns={[
              { title: words.name, cell: ([name]) => <strong>{name}</strong> },
              { title: words.file, cell: ([, file]) => <code>{file}</code> },
            ]}
          />
        </section>
      )}
    </div>
  )
}

const planPointer = (plan: string) => `plan:${plan}`
const idOfPlan = (plan: string) => `plan:${plan}`

const textOf = ({ sentence, title, step, type }: DocumentTree['plans'][number]['steps'][number]) =>
  `${step}\n${title}\n${type}\n${sentence}`.toLowerCase()

function Verdict({ errors, warnings }: Findings): JSX.Element {
  if (errors.length + warnings.length === 0) return <Badge tone="good">{plansWords().good}</Badge>
  return <FindingCounts errors={errors.length} warnings={warnings.length} />
}

interface PlanCardProps {
  readonly plan: TreePlan
  readonly about: AboutSteps
  readonly findings: readonly Found[]
}

function PlanCard({ plan, about, findings }: PlanCardProps): JSX.Element {
  const words = plansWords()
  const { name, description, numbers, moreNumbers, missed, upToSeconds } = plan
  const pointer = planPointer(name)
  const isFolded = useComputed(() => about.folded.value.has(pointer)).value
  return (
    <section class="card plan" id={idOfPlan(name)} aria-label={name}>
      <div class="plan-head">
        <h2>
          <button
            type="button"
            class="plan-toggle"
            aria-expanded={!isFolded}
            onClick={() => toggleFold(about, pointer)}
          >
            <FoldMark />
            {name}
          </button>
        </h2>
        {upToSeconds !== 0 && <UpTo seconds={upToSeconds} />}
      </div>
      {description && <p class="quiet">{description}</p>}
      {numbers.length > 0 && (
        <p class="numbers">
          {numbers.map((number) => (
            <span key={number} class="chip">
              {number}
            </span>
          ))}
          {moreNumbers > 0 && <span class="quiet">{words.moreNumbers(decimal(moreNumbers))}</span>}
        </p>
      )}
      {findings.map((one, i) => (
        <FindingLine key={i} {...one} />
      ))}
      {!isFolded && (
        <>
          <PlanSteps plan={plan} about={about} />
          {missed !== undefined && <p class="quiet missed">{words.missed(missed)}</p>}
        </>
      )}
    </section>
  )
}

interface TreeSearchProps {
  /** Names of the steps that fit, in reading order. */
  readonly find: (text: string) => string[]
  readonly onShow: (step: string) => void
}

/** Enter goes on to the next one, as browsers search a page. */
function TreeSearch({ find, onShow }: TreeSearchProps): JSX.Element {
  const words = plansWords()
  const [text, setText] = useState('')
  const [at, setAt] = useState(-1)
  const asked = text.trim().toLowerCase()
  const hits = useMemo(() => (asked === '' ? [] : find(asked)), [asked])
  const move = (by: number) => {
    if (hits.length === 0) return
    const next = (at + by + hits.length) % hits.length
    setAt(next)
    onShow(hits[next]!)
  }
  return (
    <search class="tree-search">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          move(1)
        }}
      >
        <Field
          label={words.searchTree}
          hideLabel
          type="search"
          value={text}
          onInput={(value) => {
            setText(value)
            setAt(-1)
          }}
          placeholder={words.searchTree}
        />
      </form>
      <span class="quiet" aria-live="polite">
        {asked !== '' && words.hits(hits.length, at + 1)}
      </span>
      {hits.length > 0 && (
        <span class="actions">
          <Button onClick={() => move(-1)}>{words.previous}</Button>
          <Button onClick={() => move(1)}>{words.next}</Button>
        </span>
      )}
    </search>
  )
}
