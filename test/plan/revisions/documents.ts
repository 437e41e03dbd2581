/** Sets of random documents, in which no number is another's as well. */
import fc from 'fast-check'
import { patternKey, readNumberPattern } from '../../../src/plan/numbers/index.ts'

export interface SomeDocument {
  readonly name: string
  readonly domain?: string
  readonly description?: string
  /** The steps tell one form from another. */
  readonly plans: Readonly<Record<string, { readonly numbers: readonly string[]; readonly ring: string; readonly queue?: boolean }>>
} // prettier-ignore

const NAMES = ['acme', 'bakery', 'north/clinic', 'north/dentist', 'z']
export const DOMAINS = ['a.example', 'B.example']
const NUMBERS = [
  ...['+31502100000', '0502100000', '050-2100001', '+31502100001', '+3150210*', '+3150*', '050*', '*'],
  ...['215', '216', '2*', '21*', '8#', '0031502100002', '+1*'],
]
/** What is dialled. */
export const DIDS = [
  ...['+31502100000', '0502100000', '31502100001', '0502100002', '0509999999', '+12125550100'],
  ...['215', '216', '217', '8#', '+31201234567', 'sales', '215@a.example'],
]

export const someDocument: fc.Arbitrary<SomeDocument> = fc.record(
  {
    name: fc.constantFrom(...NAMES),
    domain: fc.constantFrom(...DOMAINS),
    description: fc.constantFrom('one', 'two'),
    plans: fc.dictionary(
      fc.constantFrom('main', 'night', 'other'),
      fc.record(
        {
          numbers: fc.uniqueArray(fc.constantFrom(...NUMBERS), { maxLength: 4 }),
          ring: fc.constantFrom('201', '202', '203'),
          queue: fc.boolean(),
        },
        { requiredKeys: ['numbers', 'ring'] },
      ),
      { minKeys: 1 },
    ),
  },
  { requiredKeys: ['name', 'plans'] },
)

/** One after the other: documents put in the place of what is there, and those removed. */
export const changesOfSets = fc.array(
  fc.record({
    put: fc.uniqueArray(someDocument, { maxLength: 3, selector: ({ name }) => name }),
    removed: fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 12 },
)

export type Documents = ReadonlyMap<string, SomeDocument>

/** Those that were there give up what is put. */
export function changed(
  before: Documents,
  { put, removed }: { readonly put: readonly SomeDocument[]; readonly removed: readonly string[] },
): Documents {
  const after = new Map(before)
  for (const name of removed) after.delete(name)
  const claimed = new Set<string>()
  const names = new Set(put.map(({ name }) => name))
  const claiming = [...put, ...[...after.values()].filter(({ name }) => !names.has(name))]
  for (const document of claiming) after.set(document.name, withoutClaimed(document, claimed))
  return after
}

function withoutClaimed(document: SomeDocument, claimed: Set<string>): SomeDocument {
  const plans = Object.entries(document.plans).map(([name, plan]) => {
    const numbers = plan.numbers.filter((number) => {
      const key = patternKey(readNumberPattern(number, 'NL')!, document.domain)
      const isFree = !claimed.has(key)
      claimed.add(key)
      return isFree
    })
    return [name, numbers.length === plan.numbers.length ? plan : { ...plan, numbers }] as const
  })
  const isSame = plans.every(([name, plan]) => plan === document.plans[name])
  return isSame ? document : { ...document, plans: Object.fromEntries(plans) }
}

export function textOf({ name: _, plans, ...about }: SomeDocument): string {
  return JSON.stringify({
    version: 1,
    ...about,
    plans: Object.fromEntries(
      Object.entries(plans).map(([name, { numbers, ring, queue }]) => [
        name,
        {
          numbers,
          steps: [
            { type: 'bridge', destination: ring },
            ...(queue ? [{ type: 'queue', queue: 'sales', maxWaitSeconds: 60 }] : []),
          ],
        },
      ]),
    ),
  })
}
