/** Beside the list: the plan of the call that is followed with its step lit, or a plan with where its calls are. */
import { signal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { ApiFault } from '../../api/client.ts'
import { readCall } from '../../api/calls.ts'
import { type DocumentTree, readTree, type TreePlan } from '../../api/plans.ts'
import { FaultNote } from '../../components/fault-note.tsx'
import {
  foldable,
  idOfStep,
  type Light,
  MOST_UNFOLDED,
  PlanSteps,
  plansWith,
  unfold,
  walkTree,
} from '../../components/plan-tree.tsx'
import { Who } from '../../components/who.tsx'
import { decimal } from '../../format.ts'
import { useReading } from '../../reading.ts'
import { hrefTo } from '../../router.ts'
import { callWords } from '../../words/calls.ts'
import { frameWords } from '../../words/frame.ts'
import { liveWords } from '../../words/live.ts'
import type { LiveCall, LiveCalls } from './live-calls.ts'
import { At } from './rows.tsx'

export interface ChosenProps {
  /** Of the call that is followed. */
  readonly id: string | undefined
  /** Undefined: it is not held. */
  readonly call: LiveCall | undefined
  readonly plan: string | undefined
  readonly calls: LiveCalls
  readonly isPaused: boolean
}

export function Chosen({ id, call, plan, calls, isPaused }: ChosenProps): JSX.Element {
  if (id !== undefined) return <FollowedCall key={id} id={id} call={call} plan={plan} />
  return <FollowedPlan key={plan} plan={plan!} calls={calls} isPaused={isPaused} />
}

interface FollowedCallProps {
  readonly id: string
  readonly call: LiveCall | undefined
  readonly plan: string | undefined
}

function FollowedCall({ id, call, plan }: FollowedCallProps): JSX.Element {
  const words = liveWords()
  // What it did before it was followed.
  const { value: whole, fault } = useReading((signal) => readCall(id, signal), [id])
  const line = call ?? whole
  const { document, revision } = line ?? {}
  const tree = useTree(document, revision)
  const step = call?.gone ? undefined : (call ?? whole)?.step
  const lights = useMemo(() => {
    const all = new Map<string, Light>()
    for (const done of whole?.steps ?? []) all.set(done.step, 'done')
    for (const done of call?.walked ?? []) all.set(done, 'done')
    if (step !== undefined) all.set(step, 'now')
    return all
  }, [whole, call, step])
  const lit = tree.value && plansWith(tree.value, line?.plan, lights)
  const sentence = sentenceOf(tree.value, step)
  return (
    <Panel
      title={
        line ? (
          <>
            <Who caller={line.caller} name={line.name} /> <span aria-hidden="true">→</span> {line.did}
          </>
        ) : (
          words.chosenCall
        )
      }
      closeTo={hrefTo('live', plan === undefined ? {} : { query: { plan } })}
    >
      <p class="follow-state" aria-live="polite">
        {call?.gone ? (
          <At call={call} />
        ) : step === undefined ? (
          whole && words.isNotHeld
        ) : (
          words.stepNow(sentence ?? step)
        )}
      </p>
      <p>
        <a href={hrefTo('calls', { rest: id })}>{words.whole}</a>
      </p>
      {fault && !call && fault.code !== 'notFound' && <FaultNote fault={fault} />}
      {fault?.code === 'notFound' && !call && <p class="quiet">{words.isNotHeld}</p>}
      {tree.fault && <p class="quiet">{words.treeMissing}</p>}
      {lit && <Trees plans={lit} lights={lights} step={step} />}
    </Panel>
  )
}

interface FollowedPlanProps {
  readonly plan: string
  readonly calls: LiveCalls
  readonly isPaused: boolean
}

function FollowedPlan({ plan, calls, isPaused }: FollowedPlanProps): JSX.Element {
  const words = liveWords()
  const read = useReading((signal) => readNamed(plan, signal), [plan])
  const last = useRef(-1)
  const version = isPaused ? last.current : calls.version.value
  last.current = version
  const at = useMemo(() => {
    const counts = new Map<string, number>()
    const { calls: here } = calls.newest(Infinity, ({ document, gone }) => document === read.value?.name && !gone) // prettier-ignore
    for (const { step } of here) if (step !== undefined) counts.set(step, (counts.get(step) ?? 0) + 1)
    return counts
  }, [version, read.value])
  const lights = useMemo(() => new Map(Array.from(at.keys(), (step) => [step, 'now' as const])), [at])
  const remarks = useMemo(
    () => new Map(Array.from(at, ([step, count]) => [step, words.callsHere(decimal(count))])),
    [at, words],
  )
  return (
    <Panel title={plan} closeTo={hrefTo('live')} closeText={words.allPlans}>
      {read.fault && <FaultNote fault={read.fault} again={read.again} />}
      {read.value && (
        <p>
          <a href={hrefTo('plans', { rest: read.value.name })}>{frameWords().views.plans}</a>
        </p>
      )}
      {read.value && <Trees plans={read.value.plans} lights={lights} remarks={remarks} />}
    </Panel>
  )
}

/** The document of that name, or the one whose plan has it, with that plan alone. */
async function readNamed(name: string, abort: AbortSignal): Promise<DocumentTree> {
  const cut = name.lastIndexOf('/')
  if (cut > 0) {
    try {
      const tree = await readTree(name.slice(0, cut), { signal: abort })
      const plans = tree.plans.filter((plan) => plan.name === name.slice(cut + 1))
      if (plans.length > 0) return { ...tree, plans }
    } catch (error) {
      if (!(error instanceof ApiFault && ['notFound', 'lacksRight'].includes(error.code))) throw error
    }
  }
  return readTree(name, { signal: abort })
}

interface PanelProps {
  readonly title: ComponentChildren
  readonly closeTo: string
  readonly closeText?: string
  readonly children: ComponentChildren
}

function Panel({ title, closeTo, closeText, children }: PanelProps): JSX.Element {
  return (
    <section class="card follow" aria-labelledby="followed">
      <div class="follow-head">
        <h2 id="followed">{title}</h2>
        <a class="button plain" href={closeTo} aria-label={closeText ?? frameWords().close}>
          {closeText ?? '✕'}
        </a>
      </div>
      {children}
    </section>
  )
}

interface TreesProps {
  readonly plans: readonly TreePlan[]
  readonly lights: ReadonlyMap<string, Light>
  readonly remarks?: ReadonlyMap<string, string>
  /** Kept in view. */
  readonly step?: string | undefined
}

function Trees({ plans, lights, remarks, step }: TreesProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const about = useMemo(() => {
    const all = plans.map(({ steps }) => Array.from(foldable(steps)))
    return {
      folded: signal<ReadonlySet<string>>(new Set(all.filter(({ length }) => length > MOST_UNFOLDED).flat())),
      lights: signal(lights),
      remarks: signal<ReadonlyMap<string, ComponentChildren>>(new Map()),
    }
  }, [plans.map(({ name }) => name).join('/')])
  // Only the steps whose light changed are drawn anew.
  useLayoutEffect(() => {
    about.lights.value = lights
    about.remarks.value = remarks ?? new Map()
    // Of what opens folded, the way to what is lit.
    if (about.folded.value.size > 0) unfold(about.folded, waysTo(plans, lights))
    if (step !== undefined) keepInView(box.current, document.getElementById(idOfStep(step)))
  }, [about, lights, remarks, step])
  return (
    <div ref={box} class="follow-trees" tabIndex={0} role="region" aria-label={callWords().plan}>
      {plans.map((plan) => (
        <section key={plan.name} class="follow-tree">
          <h3>{plan.name}</h3>
          <PlanSteps plan={plan} about={about} />
        </section>
      ))}
    </div>
  )
}

/** Pointers of what the steps are folded into at which a call is. */
function* waysTo(plans: readonly TreePlan[], lights: ReadonlyMap<string, Light>): Generator<string> {
  for (const { steps } of plans)
    for (const { node, inside } of walkTree(steps)) if (lights.get(node.step) === 'now') yield* inside
}

/** Moves the box alone: the page stays where somebody reads. */
function keepInView(box: HTMLElement | null, step: HTMLElement | null): void {
  if (!box || !step) return
  const [around, at] = [box.getBoundingClientRect(), step.getBoundingClientRect()]
  if (at.top < around.top) box.scrollTop -= around.top - at.top + at.height
  else if (at.bottom > around.bottom) box.scrollTop += at.bottom - around.bottom + at.height
}

function useTree(document: string | undefined, revision: string | undefined) {
  return useReading(
    (abort) =>
      document === undefined ? Promise.resolve(undefined) : readTree(document, { revision, signal: abort }),
    [document, revision],
  )
}

function sentenceOf(tree: DocumentTree | undefined, step: string | undefined): string | undefined {
  for (const { steps } of tree?.plans ?? [])
    for (const { node } of walkTree(steps)) if (node.step === step) return node.sentence
  return undefined
}
