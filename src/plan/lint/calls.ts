/** Errors where plans call one another: round, too deep, or too often. */
import { entriesOf, type JsonObject, objectAt, type Path, type Report } from '../../json/index.ts'
import { MOST_CALLED_STEPS, MOST_CALLS_DEEP } from '../caps.ts'
import { branchesOf, definitionIfKnown, namesIn } from '../step-definitions.ts'
import { outline } from './outline.ts'

/** A step that leads to another plan. */
interface Lead {
  readonly from: string
  readonly to: string
  /** And comes back. */
  readonly calls: boolean
  readonly path: Path
}

/** `document` may be wrong in any other way. */
export function callErrors(document: JsonObject, report: Report): void {
  const leads = leadsIn(document)
  const calls = leads.filter((lead) => lead.calls)
  if (calls.length === 0) return
  let isRound = false
  const waysBack = createWays(leads)
  for (const { from, to, path } of calls) {
    const way = waysBack(to, from)
    if (way === undefined) continue
    isRound = true
    report(path, roundMessage(from, way))
  }
  if (isRound) return
  depthErrors(calls, report)
  sizeErrors(document, calls, report)
}

function leadsIn(document: JsonObject): Lead[] {
  const plans = objectAt(document, 'plans')
  const leads: Lead[] = []
  for (const { step, path } of outline(document)) {
    const called = definitionIfKnown(step)?.calls
    for (const [field, to] of namesIn(step, 'plans')) {
      if (Object.hasOwn(plans, to))
        leads.push({ from: String(path[1]), to, calls: field === called, path: [...path, field] })
    }
  }
  return leads
}

/** `way`: from the plan that is called to the one that calls it. */
function roundMessage(from: string, way: readonly string[]): string {
  if (way.length === 1)
    return `the plan "${from}" would call itself, and never come back; take it out, or use goto`
  const round = way.map((plan) => `"${plan}"`).join(', then ')
  return `this leads back to the plan that it stands in, by ${round}, and a plan must not call itself; a plan that is called comes back by itself when its steps are through, so take out what leads back, or use goto here`
}

/** The plans on the shortest way from one to another, both included; undefined where there is none. */
function createWays(leads: readonly Lead[]) {
  const next = new Map<string, Set<string>>()
  for (const { from, to } of leads) next.set(from, (next.get(from) ?? new Set()).add(to))
  /** plan → those that it leads to, each with the one before it on the way. */
  const known = new Map<string, ReadonlyMap<string, string | undefined>>()

  function reached(first: string): ReadonlyMap<string, string | undefined> {
    const before = new Map<string, string | undefined>([[first, undefined]])
    // A map goes on with what is added to it while it is gone through.
    for (const plan of before.keys())
      for (const to of next.get(plan) ?? []) if (!before.has(to)) before.set(to, plan)
    return before
  }

  return (first: string, last: string): string[] | undefined => {
    const before = known.get(first) ?? reached(first)
    known.set(first, before)
    if (!before.has(last)) return undefined
    const way: string[] = []
    for (let plan: string | undefined = last; plan !== undefined; plan = before.get(plan)) way.unshift(plan)
    return way
  }
}

function depthErrors(calls: readonly Lead[], report: Report): void {
  const callers = Map.groupBy(calls, ({ to }) => to)
  const depths = new Map<string, number>()
  const depthOf = (plan: string): number => {
    const depth =
      depths.get(plan) ?? Math.max(0, ...(callers.get(plan) ?? []).map(({ from }) => 1 + depthOf(from)))
    depths.set(plan, depth)
    return depth
  }
  for (const { from, to, path } of calls) {
    if (depthOf(from) < MOST_CALLS_DEEP) continue
    const message = `plans may call one another ${MOST_CALLS_DEEP} deep, and "${to}" is called deeper; put its steps here, or use goto`
    report(path, message)
  }
}

/** Each place where a plan is called has its steps anew, with what follows them there. */
function sizeErrors(document: JsonObject, calls: readonly Lead[], report: Report): void {
  const own = new Map(entriesOf(objectAt(document, 'plans')).map(([plan]) => [plan, 0]))
  for (const { step, path } of outline(document)) {
    const plan = String(path[1])
    own.set(plan, own.get(plan)! + 1 + branchesOf(step).length)
  }
  const callsOf = Map.groupBy(calls, ({ from }) => from)
  const sizes = new Map<string, number>()
  const sizeOf = (plan: string): number => {
    const called = () => (callsOf.get(plan) ?? []).reduce((sum, { to }) => sum + sizeOf(to), 0)
    const size = sizes.get(plan) ?? own.get(plan)! + called()
    sizes.set(plan, size)
    return size
  }
  let count = 0
  for (const { to, path } of calls) {
    count += sizeOf(to)
    if (count <= MOST_CALLED_STEPS) continue
    const message = `the plans that a document calls have at most ${MOST_CALLED_STEPS} steps and branches in all, counted at each place where they are called; call "${to}" in fewer places, or put some plans into documents of their own`
    return report(path, message)
  }
}
