/**
 * A plan as a person reads it: nested lists, which screen readers count and walk through, with a button where something folds.
 * Other views light steps up in it.
 */
import { type ReadonlySignal, type Signal, useComputed } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { DocumentTree, TreeBranch, TreeNode, TreePlan } from '../api/plans.ts'
import { decimal, duration } from '../format.ts'
import { plansWords } from '../words/plans.ts'
import { Button } from './button.tsx'
import { FindingLine, type Found } from './finding-line.tsx'

/** How a step is lit up: a call is at it, was there, or parts there from what it is compared with. */
export type Light = 'now' | 'done' | 'parted'

/** What is known of the steps besides the tree itself; by the step's name or by its pointer. */
export interface AboutSteps {
  /** Pointers of steps and branches whose contents are not shown. */
  readonly folded: Signal<ReadonlySet<string>>
  readonly lights?: ReadonlySignal<ReadonlyMap<string, Light>>
  /** Behind the sentence of a step that is lit, such as what it came to. */
  readonly remarks?: ReadonlySignal<ReadonlyMap<string, ComponentChildren>>
  /** By the pointer of the step that they concern. */
  readonly findings?: ReadonlyMap<string, readonly Found[]>
  /** By pointer. */
  readonly notes?: ReadonlyMap<string, string>
  /** The step that the address names, or that a search stands at. */
  readonly marked?: ReadonlySignal<string | undefined>
  /** The address of a step, or of a plan: `night/`. */
  readonly hrefOf?: (place: string) => string
}

/** Of a list: beyond that there is a button for more. */
const MOST_SHOWN = 100

/** A tree with more steps opens folded: a person looks for something in it, and the page is there at once. */
export const MOST_UNFOLDED = 150

/** Of the element of a step, by its name. */
export const idOfStep = (step: string): string => `step:${step}`

export function PlanSteps({ plan, about }: { plan: TreePlan; about: AboutSteps }): JSX.Element {
  if (plan.steps.length === 0) return <p class="quiet">{plansWords().does}</p>
  return <Steps steps={plan.steps} about={about} />
}

function Steps({ steps, about }: { steps: readonly TreeNode[]; about: AboutSteps }): JSX.Element {
  const [most, setMost] = useState(MOST_SHOWN)
  const marked = about.marked?.value
  const at = marked === undefined ? -1 : steps.findIndex((step) => isOrHolds(step, marked))
  const shown = Math.max(most, at + 1)
  const more = steps.length - shown
  return (
    <>
      <ol class="steps">
        {steps.slice(0, shown).map((step) => (
          <StepItem key={step.pointer} node={step} about={about} />
        ))}
      </ol>
      {more > 0 && (
        <Button onClick={() => setMost(shown + MOST_SHOWN)}>
          {plansWords().more(decimal(Math.min(more, MOST_SHOWN)))}
        </Button>
      )}
    </>
  )
}

function isOrHolds(node: TreeNode, step: string): boolean {
  return (
    node.step === step || node.branches.some(({ steps }) => steps.some((below) => isOrHolds(below, step)))
  )
}

function StepItem({ node, about }: { node: TreeNode; about: AboutSteps }): JSX.Element {
  const words = plansWords()
  const { step, pointer, type, title, sentence, seconds, goesRound, plans, branches } = node
  const isFolded = useComputed(() => about.folded.value.has(pointer)).value
  const light = useComputed(() => about.lights?.value.get(step)).value
  const remark = useComputed(() => about.remarks?.value.get(step)).value
  const isMarked = useComputed(() => about.marked?.value === step).value
  const findings = about.findings?.get(pointer) ?? []
  const note = about.notes?.get(pointer)
  const id = idOfStep(step)
  // Others are named by their place.
  const name = step.includes('/') ? undefined : step
  return (
    <li class={`step ${light ?? ''} ${isMarked ? 'marked' : ''}`}>
      <div class="step-row" id={id} tabIndex={-1} aria-current={light === 'now' ? 'step' : undefined}>
        {branches.length > 0 ? (
          <FoldButton isFolded={isFolded} what={sentence} pointer={pointer} about={about} />
        ) : (
          <span class="fold-space" />
        )}
        <span class={`kind kind-${type}`}>{title}</span>
        <span class="step-text">
          {name && <strong class="step-name">{name}: </strong>}
          <Sentence text={sentence} plans={plans} hrefOf={about.hrefOf} />
          {goesRound && <span class="quiet">, {words.goesRound}</span>}
          {note && (
            <span class="step-note">
              <span class="unseen">{words.notesText}: </span>
              {note}
            </span>
          )}
          {remark && <span class="step-remark">{remark}</span>}
        </span>
        {seconds !== 0 && <Time seconds={seconds} />}
        {about.hrefOf && (
          <a class="step-link" href={about.hrefOf(step)} aria-label={words.linkTo(step)}>
            #
          </a>
        )}
      </div>
      {findings.map((one) => (
        <FindingLine key={one.finding.message} {...one} />
      ))}
      {!isFolded && branches.length > 0 && (
        <ul class="branches">
          {branches.map((branch) => (
            <Branch key={branch.name} branch={branch} pointer={`${pointer}/${branch.name}`} about={about} />
          ))}
        </ul>
      )}
    </li>
  )
}

interface SentenceProps {
  readonly text: string
  readonly plans: readonly string[]
  readonly hrefOf: AboutSteps['hrefOf']
}

/** The plan that it goes on to is a link. */
function Sentence({ text, plans, hrefOf }: SentenceProps): JSX.Element {
  const [plan] = plans
  const at = plan === undefined ? -1 : ` ${text},`.lastIndexOf(` ${plan},`)
  if (!hrefOf || plan === undefined) return <>{text}</>
  if (at < 0)
    return (
      <>
        {text} <a href={hrefOf(`${plan}/`)}>{plan}</a>
      </>
    )
  return (
    <>
      {text.slice(0, at)}
      <a href={hrefOf(`${plan}/`)}>{plan}</a>
      {text.slice(at + plan.length)}
    </>
  )
}

interface BranchProps {
  readonly branch: TreeBranch
  readonly pointer: string
  readonly about: AboutSteps
}

function Branch({ branch, pointer, about }: BranchProps): JSX.Element {
  const isFolded = useComputed(() => about.folded.value.has(pointer)).value
  return (
    <li class="branch">
      <div class="branch-row">
        <FoldButton isFolded={isFolded} what={branch.sentence} pointer={pointer} about={about} />
        <span class="branch-name">{branch.sentence}</span>
        {branch.upToSeconds !== 0 && <UpTo seconds={branch.upToSeconds} />}
      </div>
      {!isFolded && <Steps steps={branch.steps} about={about} />}
    </li>
  )
}

/** Shows what was folded away, and the other way about. */
export function toggleFold({ folded }: AboutSteps, pointer: string): void {
  const now = new Set(folded.value)
  if (!now.delete(pointer)) now.add(pointer)
  folded.value = now
}

/** Nothing changes where none of them is folded. */
export function unfold(folded: AboutSteps['folded'], pointers: Iterable<string>): void {
  const rest = new Set(folded.value)
  for (const pointer of pointers) rest.delete(pointer)
  if (rest.size !== folded.value.size) folded.value = rest
}

/** Points down where what it stands for is unfolded. */
export function FoldMark(): JSX.Element {
  return (
    <svg viewBox="0 0 12 12" aria-hidden="true">
      <path d="M4 2.5 8 6 4 9.5" />
    </svg>
  )
}

interface FoldButtonProps {
  readonly isFolded: boolean
  readonly what: string
  readonly pointer: string
  readonly about: AboutSteps
}

function FoldButton({ isFolded, what, pointer, about }: FoldButtonProps): JSX.Element {
  const words = plansWords()
  return (
    <button
      type="button"
      class="fold"
      aria-expanded={!isFolded}
      aria-label={isFolded ? words.unfold(what) : words.fold(what)}
      onClick={() => toggleFold(about, pointer)}
    >
      <FoldMark />
    </button>
  )
}

function Time({ seconds }: { seconds: number | null }): JSX.Element {
  return <span class="step-time">{seconds === null ? plansWords().endless : duration(seconds * 1000)}</span>
}

/** The longest that something takes in all. */
export function UpTo({ seconds }: { seconds: number | null }): JSX.Element {
  const words = plansWords()
  return (
    <span class="step-time">{seconds === null ? words.endless : words.upTo(duration(seconds * 1000))}</span>
  )
}

/** Pointers of all steps and branches that have something below them. */
export function* foldable(steps: readonly TreeNode[]): Generator<string> {
  for (const { pointer, branches } of steps) {
    if (branches.length > 0) yield pointer
    for (const { name, steps } of branches) {
      yield `${pointer}/${name}`
      yield* foldable(steps)
    }
  }
}

/** Of a document: that of this name, and those that have one of these steps. */
export const plansWith = (
  { plans }: DocumentTree,
  named: string | undefined,
  lit: { has(step: string): boolean },
): TreePlan[] =>
  plans.filter(
    ({ name, steps }) => name === named || Array.from(walkTree(steps)).some(({ node }) => lit.has(node.step)),
  )

/** Each step of a tree, in reading order, with the pointers of what it is folded into. */
export function* walkTree(
  steps: readonly TreeNode[],
  inside: readonly string[] = [],
): Generator<{ readonly node: TreeNode; readonly inside: readonly string[] }> {
  for (const node of steps) {
    yield { node, inside }
    for (const { name, steps } of node.branches)
      yield* walkTree(steps, [...inside, node.pointer, `${node.pointer}/${name}`])
  }
}
