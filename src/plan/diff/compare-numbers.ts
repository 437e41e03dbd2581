/** Numbers that came, went, or lead elsewhere. */
import { listed } from '../../util/listed.ts'
import { named, type Change } from './change.ts'

/** Where a number leads to. */
export interface NumberPlace {
  readonly document: string
  readonly plan: string
  readonly written: string
}

/** What is said of the numbers, with `leads` of one and `lead` of several. */
type How = (lead: 'lead' | 'leads') => string

/** Numbers that one sentence names; there may be 100,000. */
const MOST_NAMED = 20

/** By the key of each number pattern. Numbers with the same change are told together, in the order of their lists. */
export function numberChanges(
  before: ReadonlyMap<string, NumberPlace>,
  after: ReadonlyMap<string, NumberPlace>,
): Change[] {
  const groups = new Map<string, { of: Omit<Change, 'sentence'>; numbers: string[]; how: How }>()

  function add(of: Omit<Change, 'sentence'>, { written }: NumberPlace, how: How): void {
    const key = JSON.stringify([of, how('lead')])
    const group = groups.get(key) ?? { of, numbers: [], how }
    groups.set(key, group)
    group.numbers.push(written)
  }

  for (const [key, is] of after) {
    const { document, plan } = is
    const was = before.get(key)
    if (was === undefined) {
      add({ document, plan, kind: 'numbersAdded' }, is, (lead) => `now ${lead} to ${named(plan)}`)
    } else if (was.document !== document || was.plan !== plan) {
      const of = was.document === document ? '' : ` of ${was.document}`
      const how: How = (lead) => `now ${lead} to ${named(plan)}, and no longer to ${named(was.plan)}${of}`
      add({ document, plan, kind: 'numbersMoved' }, is, how)
    }
  }
  for (const [key, was] of before) {
    const { document, plan } = was
    const is = after.get(key)
    if (is?.document === document) continue
    const instead = is === undefined ? '' : `, but to ${named(is.plan)} of ${is.document}`
    const kind = is === undefined ? 'numbersRemoved' : 'numbersMoved'
    add({ document, plan, kind }, was, (lead) => `no longer ${lead} to ${named(plan)}${instead}`)
  }
  return [...groups.values()].map(({ of, numbers, how }) => ({
    ...of,
    sentence: `${listed(numbers, { most: MOST_NAMED })} ${how(numbers.length === 1 ? 'leads' : 'lead')}`,
  }))
}
