/** Where findings stand on the page: at the step that their pointer leads to, else at the plan, else above all. */
import type { Finding, Findings, TreePlan } from '../../api/plans.ts'
import { type Found, foundIn } from '../../components/finding-line.tsx'
import { walkTree } from '../../components/plan-tree.tsx'

export interface PlacedFindings {
  /** By the pointer of the step. */
  readonly steps: ReadonlyMap<string, readonly Found[]>
  /** By the name of the plan. */
  readonly plans: ReadonlyMap<string, readonly Found[]>
  readonly others: readonly Found[]
}

export function placeFindings(findings: Findings, plans: readonly TreePlan[]): PlacedFindings {
  const known = new Set(plans.flatMap(({ steps }) => Array.from(walkTree(steps), ({ node }) => node.pointer)))
  const names = new Set(plans.map(({ name }) => name))
  const steps = new Map<string, Found[]>()
  const ofPlans = new Map<string, Found[]>()
  const others: Found[] = []
  for (const one of foundIn(findings)) {
    const step = stepAt(one.finding, known)
    const [, field, plan = ''] = partsOf(one.finding.pointer)
    if (step !== undefined) add(steps, step, one)
    else if (field === 'plans' && names.has(plan)) add(ofPlans, plan, one)
    else others.push(one)
  }
  return { steps, plans: ofPlans, others }
}

function add(to: Map<string, Found[]>, key: string, found: Found): void {
  const list = to.get(key)
  if (list) list.push(found)
  else to.set(key, [found])
}

/** The innermost step that the pointer leads into. */
function stepAt({ pointer }: Finding, known: ReadonlySet<string>): string | undefined {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) if (known.has(at)) return at
  return undefined
}

const partsOf = (pointer: string): string[] =>
  pointer.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))

/** Notes of steps and descriptions of webhooks, which what serves does not have, by pointer. */
export function notesIn(document: string): { notes: Map<string, string>; webhooks: Map<string, string> } {
  const notes = new Map<string, string>()
  const webhooks = new Map<string, string>()
  const read = (value: unknown, pointer: string): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, below] of Object.entries(value)) {
      if (key === 'note' && typeof below === 'string') notes.set(pointer, below)
      else read(below, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    }
  }
  try {
    const { plans, webhooks: described = {} } = JSON.parse(document) as {
      readonly plans?: unknown
      readonly webhooks?: Readonly<Record<string, { readonly description?: string }>>
    }
    read(plans, '/plans')
    for (const [name, { description }] of Object.entries(described))
      if (typeof description === 'string') webhooks.set(name, description)
  } catch {
    // What is wrong with it is among the findings.
  }
  return { notes, webhooks }
}
