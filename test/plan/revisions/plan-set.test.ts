import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFormReader } from '../../../src/plan/loading/document-form.ts'
import {
  changedSet,
  createPlanSetBuilder,
  type PlanSet,
  slicesOf,
} from '../../../src/plan/revisions/index.ts'
import {
  changed,
  changesOfSets,
  DIDS,
  DOMAINS,
  type Documents,
  type SomeDocument,
  textOf,
} from './documents.ts'

const reader = createFormReader({ defaultCountry: 'NL' })

function slicesFrom(documents: Iterable<SomeDocument>) {
  return slicesOf([...documents].map((document) => reader.read(document.name, textOf(document)).serves!))
}

/** Made of nothing. */
function fresh(documents: Documents, revision = 'fresh'): PlanSet {
  const builder = createPlanSetBuilder('NL')
  for (const slice of slicesFrom(documents.values())) builder.add(slice)
  return builder.build(revision, new Date(0))
}

/** Every answer that a set gives. */
function answersOf(set: PlanSet): object {
  const domains = [undefined, ...DOMAINS, 'c.example']
  const notNorth = (document: string) => !document.startsWith('north/')
  return {
    counts: set.counts,
    modules: [...set.modules].sort(),
    documents: [...set.documents].sort(([a], [b]) => (a < b ? -1 : 1)),
    names: [[...set.documents.keys()].sort(), [...set.documents.values()].length, set.documents.size],
    compiled: [...set.documents.keys(), 'none'].sort().map((name) => [set.compiled(name)?.document, set.documents.has(name), set.documents.get(name)]),
    found: DIDS.flatMap((did) => domains.map((domain) => [set.find(did, domain), set.find(did, domain, undefined, notNorth)])),
    explained: DIDS.flatMap((did) => domains.map((domain) => [set.explain(did, domain), set.explain(did, domain, notNorth)])),
  } // prettier-ignore
}

test('§1 a set that came of many changes answers as one that was made anew, and those before it as they did', async () => {
  await fc.assert(
    fc.asyncProperty(changesOfSets, fc.array(fc.nat()), async (changes, looks) => {
      let documents: Documents = new Map()
      let set = fresh(documents)
      const all = [{ documents, set }]
      for (const [i, change] of changes.entries()) {
        const after = changed(documents, change)
        const names = [...new Set([...documents.keys(), ...after.keys()])]
        const removed = names.filter((name) => documents.get(name) !== after.get(name))
        const put = removed.flatMap((name) => after.get(name) ?? [])
        // Some are compiled before they go.
        if (looks.includes(i)) for (const name of documents.keys()) set.compiled(name)
        set = await changedSet(set, { removed, slices: slicesFrom(put) }, `r${i}`, new Date(i))
        documents = after
        all.push({ documents, set })
      }
      for (const [i, { documents, set }] of all.entries()) {
        expect(answersOf(set)).toEqual(answersOf(fresh(documents)))
        if (i > 0) expect([set.revision, set.since]).toEqual([`r${i - 1}`, new Date(i - 1)])
      }
    }),
    { seed: 1, numRuns: 20 },
  )
})

const document = (name: string, numbers: readonly string[], ring = '201'): SomeDocument => ({
  name,
  plans: { main: { numbers, ring } },
})
const setOf = (...documents: SomeDocument[]) => fresh(new Map(documents.map((one) => [one.name, one])))

function next(set: PlanSet, documents: readonly SomeDocument[], removed: readonly string[] = []): PlanSet {
  const builder = set.change()
  for (const _ of builder.remove(removed));
  for (const one of documents) for (const slice of slicesFrom([one])) builder.add(slice)
  return builder.build('next', new Date(1))
}

describe('§1 a set that comes after another one', () => {
  const leadsTo = (set: PlanSet, did: string) => set.find(did).document

  test.for([['the one that takes it first'], ['the one that gives it first']])(
    'a number goes from one document to another, %s',
    ([order]) => {
      const before = setOf(document('giver', ['215', '+3150*', '*']), document('taker', ['216']))
      const taker = document('taker', ['215', '+3150*', '*', '216'])
      const giver = document('giver', ['217'])
      const after = next(before, order?.includes('takes') ? [taker, giver] : [giver, taker])
      for (const did of ['215', '+31509', 'sales'])
        expect([leadsTo(before, did), leadsTo(after, did)], did).toEqual(['giver', 'taker'])
      expect([after.counts, leadsTo(after, '217')]).toEqual([{ documents: 2, plans: 2, numbers: 5 }, 'giver'])
    },
  )

  test('two documents change their numbers with each other', () => {
    const before = setOf(document('a', ['1']), document('b', ['2']))
    const after = next(before, [document('a', ['2']), document('b', ['1'])])
    expect(['1', '2'].map((did) => [leadsTo(before, did), leadsTo(after, did)])).toEqual([
      ['a', 'b'],
      ['b', 'a'],
    ])
  })

  test('a document is compiled once for all sets that have it, and each has its own form of what changed', () => {
    const before = setOf(document('a', ['1'], '201'), document('b', ['2']))
    const after = next(before, [document('a', ['1'], '202')])
    const ringsIn = (set: PlanSet) =>
      (set.compiled('a')!.steps[0]!.spec as { destination: string }).destination
    expect([ringsIn(after), ringsIn(before), ringsIn(after)]).toEqual(['202', '201', '202'])
    expect(after.compiled('b')).toBe(before.compiled('b'))
    expect(after.compiled('a')).toBe(after.compiled('a'))
  })

  test('two sets come after one, each with its own changes', () => {
    const before = setOf(document('a', ['1']))
    const [one, other] = [next(before, [document('b', ['2'])]), next(before, [document('c', ['3'])], ['a'])]
    expect([one, other, before].map((set) => [...set.documents.keys()])).toEqual([['a', 'b'], ['c'], ['a']])
    expect(['1', '2', '3'].map((did) => [leadsTo(one, did), leadsTo(other, did)])).toEqual([
      ['a', undefined],
      ['b', undefined],
      [undefined, 'c'],
    ])
  })

  test('what is removed and was not there changes nothing', () => {
    const before = setOf(document('a', ['1']))
    expect(answersOf(next(before, [], ['b', 'north']))).toEqual(answersOf(before))
  })

  test('a document with 100,000 numbers is taken out a piece at a time', () => {
    const numbers = Array.from({ length: 100_000 }, (_, i) => `+3188${1_000_000 + i}`)
    const builder = createPlanSetBuilder('NL')
    const uses = numbers.map((written) => ({ plan: 'main', written, pattern: { kind: 'exact', value: written } as const }))
    const { served } = reader.read('large', textOf(document('large', []))).serves!
    for (const slice of slicesOf([{ served, uses }])) builder.add(slice)
    const set = builder.build('large', new Date(0))
    const changing = set.change()
    let pieces = 0
    for (const _ of changing.remove(['large'])) pieces++
    expect(pieces).toBeGreaterThan(100)
    expect([changing.build('empty', new Date(1)).counts.numbers, set.counts.numbers]).toEqual([0, 100_000])
  }) // prettier-ignore
})

test('§1 no change of a set leaves anything behind', { timeout: 60_000 }, () => {
  const some = Array.from({ length: 200 }, (_, i) => document(`d${i}`, [`+3188100${1000 + i}`, `${300 + i}`]))
  let set = setOf(...some)
  const first = set
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used = () => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const change = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const nth = i % some.length
      const numbers = [`+3188100${1000 + nth}`, `${300 + nth}`, `+3188${2_000_000 + i}`]
      set = next(set, [document(`d${nth}`, numbers, i % 2 ? '201' : '202')])
    }
  }
  change(0, 1000)
  const before = used()
  change(1000, 11_000)
  expect((used() - before) / 1024 ** 2).toBeLessThan(1)
  expect(set.counts).toEqual({ documents: 200, plans: 200, numbers: 600 })
  expect([first.counts.numbers, first.find('300').document]).toEqual([400, 'd0'])
})
