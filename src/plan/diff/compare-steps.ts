/** What differs in lists of steps. */
import canonicalize from 'canonicalize'
import type { JsonObject } from '../../json/index.ts'
import { branchesOf, definitionOf, saysBranchOf, saysOf } from '../step-definitions.ts'
import type { Step } from '../step.ts'
import { align } from './align.ts'
import { counted, named, type DocumentChange } from './change.ts'
import { fieldChanges } from './fields.ts'

/** Where a list stands. */
interface Place {
  readonly plan: string
  /** Such as "in `main`, step 2, when busy". */
  readonly words: string
  /** As the journal has it, before and after: `main/1/on/busy`. */
  readonly paths: readonly [before: string, after: string]
}

/** Two steps with the same numbers are the same. */
interface Form {
  /** Of the step without its branches. */
  readonly own: number
  /** Of the step with all that is below it. */
  readonly whole: number
}

interface Located {
  readonly step: Step
  readonly form: Form
  readonly index: number
}

/** Scores of two steps as the same one, which may have changed. */
const SAME_ID = 6
const SAME = 8
const SAME_BUT_BRANCHES = 4
const SAME_TYPE = 1

/** Compares the steps of plans of one document. Memory grows with the number of different steps. */
export function createStepComparison(): (
  plan: string,
  before: readonly Step[],
  after: readonly Step[],
) => Iterable<DocumentChange> {
  const numbers = new Map<string, number>()

  function numberOf(text: string): number {
    const known = numbers.get(text) ?? numbers.size
    numbers.set(text, known)
    return known
  }

  function formOf(step: Step): Form {
    const own = numberOf(canonicalize(ownFields(step))!)
    const branches = branchesInOrder(step).map(([key, list]) => [key, list.map((one) => formOf(one).whole)])
    return { own, whole: branches.length === 0 ? own : numberOf(JSON.stringify([own, branches])) }
  }

  const forms = new WeakMap<Step, Form>()
  function locate(list: readonly Step[]): Located[] {
    return list.map((step, index) => {
      const form = forms.get(step) ?? formOf(step)
      forms.set(step, form)
      return { step, form, index }
    })
  }

  function* compareLists(
    place: Place,
    listBefore: readonly Step[],
    listAfter: readonly Step[],
  ): Generator<DocumentChange> {
    const before = locate(listBefore)
    const after = locate(listAfter)
    const pairs = align(before, after, likeness, SAME)
    const gone = new Set(pairs.flatMap(([i, j]) => (j === undefined ? [before[i!]!] : [])))
    /** Came to another place of this list: after → before. */
    const moved = new Map<Located, Located>()
    for (const [i, j] of pairs) {
      const came = i === undefined ? after[j!] : undefined
      const from = came && [...gone].find((one) => isSame(one, came))
      if (from === undefined) continue
      gone.delete(from)
      moved.set(came!, from)
    }
    for (const [i, j] of pairs) {
      if (j === undefined) {
        if (gone.has(before[i!]!)) yield removed(place, before[i!]!)
        continue
      }
      const is = after[j]!
      const was = i === undefined ? moved.get(is) : before[i]
      if (was === undefined) yield added(place, is)
      else {
        if (i === undefined) yield movedTo(place, was, is)
        yield* compareOne(place, was, is)
      }
    }
  }

  function* compareOne(place: Place, was: Located, is: Located): Generator<DocumentChange> {
    if (was.form.whole === is.form.whole) return
    for (const what of ownChanges(was.step, is.step)) yield about(place, is, 'step', what)
    // Branches are told apart by when they are walked: the places of cases change where one comes before them.
    const before = branchesByWords(was.step)
    const after = branchesByWords(is.step)
    const keyOf = (when: string) => (after.get(when) ?? before.get(when))!.key
    /** Text of a list → the branches that have it and whose words are new, in order. */
    const came = Map.groupBy(
      [...after].filter(([when]) => !before.has(when)),
      ([, { list }]) => canonicalize(list),
    )
    for (const [when, { list }] of before) {
      const same = after.has(when) ? undefined : came.get(canonicalize(list))?.shift()
      if (same === undefined) continue
      before.delete(when)
      after.delete(same[0])
      yield about(place, is, 'step', `goes the same way ${same[0]} (before: ${when})`)
    }
    const all = [...new Set([...before.keys(), ...after.keys()])]
    for (const when of all.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
      const [from, to] = [before.get(when), after.get(when)]
      if (to === undefined) yield about(place, is, 'branchRemoved', `no longer has a branch ${when}`)
      else if (from === undefined)
        yield about(place, is, 'branchAdded', `has a new branch ${when}: ${inShort(to.list)}`)
      else {
        const paths = [`${nameOf(place, was, 0)}/${from.key}`, `${nameOf(place, is, 1)}/${to.key}`] as const
        const inside = { plan: place.plan, words: `${wordsOf(place, is)}, ${when}` }
        yield* compareLists({ ...inside, paths }, from.list, to.list)
      }
    }
  }

  return (plan, before, after) =>
    compareLists({ plan, words: `in ${named(plan)}`, paths: [plan, plan] }, before, after)
}

function likeness(was: Located, is: Located): number {
  if (was.form.whole === is.form.whole) return SAME
  if (was.step.type !== is.step.type) return 0
  const [idBefore, idAfter] = [was.step.id, is.step.id]
  if (idBefore !== undefined && idAfter !== undefined) return idBefore === idAfter ? SAME_ID : 0
  return was.form.own === is.form.own ? SAME_BUT_BRANCHES : SAME_TYPE
}

/** Wherever in the list it is now. */
function isSame(was: Located, is: Located): boolean {
  if (was.form.whole === is.form.whole) return true
  return was.step.id !== undefined && was.step.id === is.step.id && was.step.type === is.step.type
}

function removed(place: Place, was: Located): DocumentChange {
  const sentence = `${place.words}, what was ${labelOf(was)} is gone: ${inShort([was.step])}`
  return { plan: place.plan, step: nameOf(place, was, 0), kind: 'stepRemoved', sentence }
}

function added(place: Place, is: Located): DocumentChange {
  return about(place, is, 'stepAdded', `is new: ${inShort([is.step])}`)
}

function movedTo(place: Place, was: Located, is: Located): DocumentChange {
  const up = is.index < was.index ? 'up' : 'down'
  return about(place, is, 'stepMoved', `has moved ${up}: it was step ${was.index + 1}`)
}

function about(place: Place, is: Located, kind: DocumentChange['kind'], what: string): DocumentChange {
  return {
    plan: place.plan,
    step: nameOf(place, is, 1),
    kind,
    sentence: `${wordsOf(place, is)} ${what}`,
  }
}

const labelOf = ({ step, index }: Located): string =>
  step.id === undefined ? `step ${index + 1}` : `step ${named(step.id)}`

const wordsOf = (place: Place, located: Located): string => `${place.words}, ${labelOf(located)}`

function nameOf({ paths }: Place, { step, index }: Located, side: 0 | 1): string {
  return step.id ?? `${paths[side]}/${index}`
}

/** What differs in the step itself, each as what a sentence says of it. */
function ownChanges(was: Step, is: Step): readonly string[] {
  const renamed = was.id === is.id ? [] : [is.id === undefined ? 'has no id any more' : 'has this id now']
  const [{ id: _, ...before }, { id: __, ...after }] = [ownFields(was), ownFields(is)]
  if (canonicalize(before) === canonicalize(after)) return renamed
  return [...renamed, ...(definitionOf(is).saysChange?.(was, is) ?? generalChanges(was, is))]
}

/** For every type of step: its own sentence, where it differs, and the fields that it does not tell. */
function generalChanges(was: Step, is: Step): readonly string[] {
  const says = (step: object) => saysOf(step as Step)
  const [saidBefore, saidAfter] = [says(was), says(is)]
  const said = saidBefore === saidAfter ? [] : [`${saidAfter} (before: ${saidBefore})`]
  const [before, after] = [ownFields(was), ownFields(is)]
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const unsaid = fields.filter(
    (field) => field !== 'id' && says({ ...was, [field]: after[field] }) === saidBefore,
  )
  const only = (of: JsonObject) =>
    Object.fromEntries(unsaid.flatMap((field) => (field in of ? [[field, of[field]]] : [])))
  return [...said, ...fieldChanges(only(before), only(after)).map((change) => `differs: ${change}`)]
}

function ownFields(step: Step): JsonObject {
  const branches = definitionOf(step).branches ?? {}
  return Object.fromEntries(
    Object.entries(step as unknown as JsonObject).flatMap(([field, value]): [string, unknown][] => {
      if (!Object.hasOwn(branches, field)) return [[field, value]]
      return branches[field] === 'cases' ? [[field, withoutSteps(value)]] : []
    }),
  )
}

function withoutSteps(cases: unknown): unknown {
  return (cases as readonly JsonObject[]).map(({ steps: _, ...one }) => one)
}

interface KeyedBranch {
  readonly key: string
  readonly list: readonly Step[]
}

/** When it is walked → the branch. */
function branchesByWords(step: Step): Map<string, KeyedBranch> {
  const branches = branchesInOrder(step)
  return new Map(branches.map(([key, list]) => [saysBranchOf(step, key), { key, list }]))
}

function branchesInOrder(step: Step): [key: string, list: readonly Step[]][] {
  return branchesOf(step).map(({ path, list }) => [path.join('/'), list as readonly Step[]])
}

const MOST_TOLD = 3

/** The first steps of a list, and how many there are besides them. */
function inShort(list: readonly Step[]): string {
  if (list.length === 0) return 'nothing'
  const told = list.slice(0, MOST_TOLD).map((step) => saysOf(step))
  const all = list.reduce((sum, step) => sum + countOf(step), 0)
  const more = all - told.length
  return `${told.join(', then ')}${more > 0 ? `, and ${counted(more, 'more step')}` : ''}`
}

/** The step and all that are below it. */
function countOf(step: Step): number {
  return branchesInOrder(step)
    .flatMap(([, list]) => list)
    .reduce((sum, below) => sum + countOf(below), 1)
}
