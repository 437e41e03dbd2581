import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createChecker } from '../../src/plan/loading/check-document.ts'
import { findDuplicates } from '../../src/plan/loading/duplicate-numbers.ts'
import { createFormReader } from '../../src/plan/loading/document-form.ts'
import {
  changedSet,
  createPlanSetBuilder,
  createSetName,
  type PlanSet,
  slicesOf,
} from '../../src/plan/revisions/index.ts'
import {
  hashOfBody,
  type LocalCopy,
  type LocalCopyOptions,
  openLocalCopy,
} from '../../src/shared-plans/local-copy.ts'
import { readLocalSet } from '../../src/shared-plans/read-local-set.ts'
import { temporaryFolder } from '../plan/fixtures.ts'
import {
  changed,
  changesOfSets,
  DIDS,
  DOMAINS,
  type Documents,
  type SomeDocument,
  someDocument,
  textOf,
} from '../plan/revisions/documents.ts'

// Hundreds of databases are made, on a disk that others use as well.
vi.setConfig({ testTimeout: 60_000 })

const NL = { defaultCountry: 'NL' } as const
const DAY_MS = 24 * 3600 * 1000
const reader = createFormReader(NL)

/** name → the text of the document. */
type Texts = ReadonlyMap<string, string>
const textsOf = (documents: Documents): Texts =>
  new Map([...documents].map(([name, document]) => [name, textOf(document)]))
const texts = (...documents: readonly SomeDocument[]): Texts =>
  textsOf(new Map(documents.map((one) => [one.name, one])))
const document = (name: string, numbers: readonly string[], ring = '201'): SomeDocument => ({
  name,
  plans: { main: { numbers, ring } },
})

function nameOf(all: Texts): string {
  const name = createSetName()
  for (const [document, text] of all) name.set(document, reader.read(document, text).hash)
  return name.revision()
}

async function folder(): Promise<string> {
  return join(await temporaryFolder(), 'data')
}

function open(data: string, more: Partial<LocalCopyOptions> = {}): LocalCopy {
  const copy = openLocalCopy({ data, reader, ...more })
  onTestFinished(copy.close)
  return copy
}

/** The documents of a revision that differ from those before, as the database tells of them. */
function append(
  copy: LocalCopy,
  seq: number,
  before: Texts,
  after: Texts,
  more: { name?: string; atMs?: number } = {},
): void {
  const names = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  )
  copy.keep(
    names.flatMap((name) => (after.has(name) ? [{ part: 'document' as const, body: after.get(name)! }] : [])),
  )
  copy.append(
    {
      seq,
      revision: more.name ?? nameOf(after),
      atMs: more.atMs ?? seq,
      what: 'put',
      author: 'somebody',
      ...(seq > 1 && { parent: seq - 1 }),
    },
    names.map((name) => ({
      part: 'document' as const,
      name,
      ...(after.has(name) && { hash: hashOfBody(after.get(name)!) }),
    })),
  )
}

function fresh(all: Texts, country: 'NL' | 'US' = 'NL'): PlanSet {
  const own = createFormReader({ defaultCountry: country })
  const builder = createPlanSetBuilder(country)
  for (const slice of slicesOf([...all].map(([name, text]) => own.read(name, text).serves!)))
    builder.add(slice)
  return builder.build(nameOf(all), new Date(0))
}

function ofSlices(copy: LocalCopy, seq?: number): PlanSet {
  const builder = createPlanSetBuilder('NL')
  for (const slice of copy.slices(seq)) builder.add(slice)
  return builder.build('', new Date(0))
}

const answersOf = (set: PlanSet) => ({
  counts: set.counts,
  documents: [...set.documents],
  compiled: [...set.documents.keys()].map((name) => set.compiled(name)?.document),
  found: DIDS.flatMap((did) => [undefined, ...DOMAINS].map((domain) => set.find(did, domain))),
})

/** Changes one after the other, with the documents after each. */
function historyOf(changes: Parameters<typeof changed>[1][]): Texts[] {
  const history: Documents[] = [new Map()]
  for (const change of changes) history.push(changed(history.at(-1)!, change))
  return history.map(textsOf)
}

describe('several-machines the local copy', () => {
  test('has every revision as it was made, each from every other, and starts with the newest', async () => {
    await fc.assert(
      fc.asyncProperty(changesOfSets, async (changes) => {
        const data = await folder()
        const copy = openLocalCopy({ data, reader })
        const history = historyOf(changes)
        for (let seq = 1; seq < history.length; seq++) {
          const [before, after] = [history[seq - 1]!, history[seq]!]
          expect(
            copy.nameWith(
              [...new Set([...before.keys(), ...after.keys()])].map((name) => ({
                name,
                ...(after.has(name) && { body: after.get(name)! }),
              })),
            ),
          ).toBe(nameOf(after))
          append(copy, seq, before, after)
        }
        const sets = history.map((texts) => fresh(texts))
        const newest = history.length - 1
        expect(copy.state()).toEqual({ seq: newest, revision: nameOf(history.at(-1)!) })
        for (let seq = 1; seq < history.length; seq++) {
          expect(answersOf(ofSlices(copy, seq))).toEqual(answersOf(sets[seq]!))
          expect(copy.list('document', seq)).toEqual(
            [...history[seq]!].sort().map(([name, text]) => [name, hashOfBody(text)]),
          )
          for (const [name, body] of history[seq]!) expect(copy.file('document', name, seq)?.body).toBe(body)
          const to = (seq * 7) % history.length || 1
          expect(
            answersOf(await changedSet(sets[seq]!, copy.difference(seq, to), 'to', new Date(0))),
          ).toEqual(answersOf(sets[to]!))
          expect(copy.nameOf(seq)).toBe(nameOf(history[seq]!))
        }
        expect([...copy.revisions()].map(({ seq, revision }) => [seq, revision])).toEqual(
          history
            .slice(1)
            .map((texts, i) => [i + 1, nameOf(texts)])
            .reverse(),
        )
        expect([copy.prepare(), copy.isPrepared()]).toEqual([expect.any(Boolean), true])
        copy.close()
        const local = await readLocalSet({ data, options: NL })
        expect([local?.seq, local?.isPinned, local?.set.revision]).toEqual([
          newest,
          false,
          nameOf(history.at(-1)!),
        ])
        expect(answersOf(local!.set)).toEqual(answersOf(sets.at(-1)!))
      }),
      { seed: 1, numRuns: 10 },
    )
  })

  const one = texts(document('a', ['1']), document('b', ['2']))
  const two = texts(document('a', ['3']), document('b', ['2']), document('c', ['4']))
  const three = texts(document('a', ['1']), document('b', ['2']))

  /** The three, one after the other. */
  async function followed(more: Partial<LocalCopyOptions> = {}) {
    const data = await folder()
    const copy = open(data, more)
    append(copy, 1, new Map(), one)
    append(copy, 2, one, two)
    append(copy, 3, two, three)
    return { data, copy }
  }

  test('a name that comes again is that of its newest revision', async () => {
    const { copy } = await followed()
    expect([copy.seqOf(nameOf(one)), copy.seqOf(nameOf(two)), copy.seqOf('000000000000')]).toEqual([
      3,
      2,
      undefined,
    ])
    expect([...copy.revisions()][0]).toEqual({
      seq: 3,
      revision: nameOf(three),
      parent: 2,
      atMs: 3,
      what: 'put',
      author: 'somebody',
    })
  })

  test('a revision that was rolled back to serves, whatever comes, until it does not any more', async () => {
    const { data, copy } = await followed()
    copy.pin(2)
    const four = texts(document('a', ['5']))
    append(copy, 4, three, four)
    expect(copy.state()).toEqual({ seq: 4, revision: nameOf(four), pinned: 2 })
    const pinned = await readLocalSet({ data, options: NL })
    expect([pinned!.set.revision, pinned!.seq, pinned!.isPinned]).toEqual([nameOf(two), 2, true])
    expect(answersOf(pinned!.set)).toEqual(answersOf(fresh(two)))
    copy.pin(undefined)
    expect(answersOf(ofSlices(copy))).toEqual(answersOf(fresh(four)))
    expect(() => copy.pin(99)).toThrow('no revision 99')
  })

  test('tests are kept beside documents, and are no part of the name', async () => {
    const { copy } = await followed()
    const body = '{ "cases": [] }\n'
    copy.keep([{ part: 'tests', body }])
    copy.append({ seq: 4, revision: nameOf(three), atMs: 4, what: 'putTests' }, [
      { part: 'tests', name: 'a', hash: hashOfBody(body) },
    ])
    expect([copy.file('tests', 'a'), copy.file('tests', 'a', 3), copy.file('tests', 'b')]).toEqual([
      { body, hash: hashOfBody(body) },
      undefined,
      undefined,
    ])
    expect(copy.list('tests')).toEqual([['a', hashOfBody(body)]])
  })

  test.for([
    ['whose text is not here', () => ({ seq: 4, revision: nameOf(two) }), '0'.repeat(64), 'lacks the text'],
    [
      'that comes to another name',
      () => ({ seq: 4, revision: '0123456789ab' }),
      hashOfBody(two.get('c')!),
      'comes to',
    ],
    [
      'that does not come behind the newest one',
      () => ({ seq: 2, revision: nameOf(three) }),
      hashOfBody(two.get('c')!),
      'does not come behind',
    ],
  ] as const)('a revision %s is refused, and nothing of it stays', async ([, revision, hash, says]) => {
    const { copy } = await followed()
    const change = { part: 'document', name: 'c', hash } as const
    expect(() => copy.append({ ...revision(), atMs: 4, what: 'put' }, [change])).toThrow(says)
    expect(copy.state()).toEqual({ seq: 3, revision: nameOf(three) })
    expect(answersOf(ofSlices(copy))).toEqual(answersOf(fresh(three)))
    const four = texts(document('a', ['5']))
    append(copy, 4, three, four)
    expect(answersOf(ofSlices(copy))).toEqual(answersOf(fresh(four)))
  })

  test('what a process has added, others that have it open find, and may add again', async () => {
    const { data, copy } = await followed()
    const other = open(data)
    expect(other.nameWith([])).toBe(nameOf(three))
    const four = texts(document('a', ['5']), document('d', ['6']))
    append(copy, 4, three, four)
    append(other, 4, three, four)
    expect(other.nameWith([])).toBe(nameOf(four))
    const five = texts(document('d', ['6']))
    append(other, 5, four, five)
    expect(copy.state()).toEqual({ seq: 5, revision: nameOf(five) })
    expect(copy.nameWith([{ name: 'e', body: textOf(document('e', ['7'])) }])).toBe(
      nameOf(texts(document('d', ['6']), document('e', ['7']))),
    )
    expect([copy, other].map((one) => one.conflicts('e', textOf(document('e', ['6']))).length)).toEqual([
      1, 1,
    ])
  })

  test('sees only texts that it has not as missing', async () => {
    const { copy } = await followed()
    const hashes = [...two.values(), 'none'].map(hashOfBody)
    expect(copy.missing(hashes)).toEqual([hashOfBody('none')])
  })

  const whole = (all: Texts) =>
    [...all].map(([name, text]) => ({ part: 'document', name, hash: hashOfBody(text) }) as const)
  const bodies = (all: Texts) => [...all.values()].map((body) => ({ part: 'document', body }) as const)

  test('all of a later revision takes the place of what was there, and what lies before stays', async () => {
    const { copy } = await followed()
    const later = texts(document('b', ['2']), document('e', ['8']))
    copy.keep(bodies(later))
    copy.append({ seq: 9, revision: nameOf(later), atMs: 9, what: 'push' }, whole(later), { whole: true })
    expect(answersOf(ofSlices(copy))).toEqual(answersOf(fresh(later)))
    expect(answersOf(ofSlices(copy, 2))).toEqual(answersOf(fresh(two)))
    expect(answersOf(await changedSet(fresh(two), copy.difference(2, 9), '', new Date(0)))).toEqual(
      answersOf(fresh(later)),
    )
  })

  test.for([2, 3])(
    'all of an earlier revision (%i), where the database has lost the last ones, begins anew',
    async (seq) => {
      const { copy } = await followed()
      copy.pin(1)
      const other = texts(document('b', ['2']), document('e', ['8']))
      expect(copy.conflicts('f', textOf(document('f', ['1'])))).toHaveLength(1)
      copy.keep(bodies(other))
      copy.append({ seq, revision: nameOf(other), atMs: 9, what: 'push' }, whole(other), { whole: true })
      expect(copy.state()).toEqual({ seq, revision: nameOf(other) })
      expect([...copy.revisions()].map((one) => one.seq)).toEqual([seq])
      expect(answersOf(ofSlices(copy))).toEqual(answersOf(fresh(other)))
      expect(copy.conflicts('f', textOf(document('f', ['1', '8'])))).toMatchObject([
        { pointer: '/plans/main/numbers/1' },
      ])
      const next = texts(document('e', ['8']))
      append(copy, seq + 1, other, next)
      expect(copy.nameWith([])).toBe(nameOf(next))
    },
  )

  test('its files are for their owner alone', async () => {
    const { data } = await followed()
    const modes = readdirSync(data).map((file) => statSync(join(data, file)).mode & 0o777)
    expect(modes.length).toBeGreaterThan(1)
    expect(new Set(modes)).toEqual(new Set([0o600]))
  })

  test('a file that is broken is begun anew', async () => {
    const { data, copy } = await followed()
    copy.close()
    const [file] = readdirSync(data)
    writeFileSync(join(data, file!), 'no database, however long it is'.repeat(100))
    expect(await readLocalSet({ data, options: NL })).toBeUndefined()
    const again = open(data)
    expect(again.state()).toBeUndefined()
    append(again, 1, new Map(), one)
    expect((await readLocalSet({ data, options: NL }))?.set.revision).toBe(nameOf(one))
  })

  test('a file that others have made anew is told from the one that is open', async () => {
    const { data, copy } = await followed()
    expect(copy.isAnother()).toBe(false)
    const [file] = readdirSync(data)
    writeFileSync(join(data, `${file!}.new`), '')
    chmodSync(join(data, `${file!}.new`), 0o600)
    const { rename } = await import('node:fs/promises')
    await rename(join(data, `${file!}.new`), join(data, file!))
    expect(copy.isAnother()).toBe(true)
  })

  test('there is no set where there is no copy, or nothing in it yet', async () => {
    const data = await folder()
    expect(await readLocalSet({ data, options: NL })).toBeUndefined()
    expect([open(data).state(), await readLocalSet({ data, options: NL })]).toEqual([undefined, undefined])
  })

  test('it is read while another process writes', async () => {
    const { data, copy } = await followed()
    const reading = open(data, { readOnly: true })
    const slices = reading.slices()
    slices.next()
    append(copy, 4, three, one)
    expect([...slices]).toEqual([])
    expect(reading.state()?.seq).toBe(4)
    expect(() => append(reading, 5, one, two)).toThrow('readonly')
  })
})

describe('several-machines documents as they serve', () => {
  const national = texts(document('a', ['0502100000', '+12125550100']))

  test('are made anew for another country, beside those of the first one', async () => {
    const data = await folder()
    append(open(data), 1, new Map(), national)
    const US = { defaultCountry: 'US' } as const
    expect(await readLocalSet({ data, options: US })).toBeUndefined()
    const american = open(data, { reader: createFormReader(US) })
    expect(american.isPrepared()).toBe(false)
    let pieces = 0
    while (!american.prepare()) pieces++
    expect([pieces > 0, american.isPrepared()]).toEqual([true, true])
    const [dutch, us] = [await readLocalSet({ data, options: NL }), await readLocalSet({ data, options: US })]
    expect(dutch!.set.find('+31502100000').document).toBe('a')
    expect(us!.set.find('+31502100000').document).toBeUndefined()
    expect(answersOf(us!.set).documents).toEqual(answersOf(fresh(national, 'US')).documents)
    // A number that is another one's is so by its own country.
    const other = textOf(document('b', ['050 2100000']))
    expect([open(data).conflicts('b', other).length, american.conflicts('b', other).length]).toEqual([1, 1])
    const inFull = textOf(document('b', ['+31502100000']))
    expect([open(data).conflicts('b', inFull).length, american.conflicts('b', inFull).length]).toEqual([1, 0])
  })

  /** As of a later release. */
  const unreadable = (numbers: readonly string[]) =>
    textOf(document('a', numbers)).replace('"version":1', '"version":1,"later":true')
  const earlier = texts(document('a', ['1', '2']), document('b', ['3']))

  test('one that this program cannot read is held back: its form before serves, without what others have taken', async () => {
    const data = await folder()
    const copy = open(data)
    append(copy, 1, new Map(), earlier)
    const later = new Map([
      ...earlier,
      ['a', unreadable(['1', '4'])],
      ['b', textOf(document('b', ['2', '3']))],
    ])
    append(copy, 2, earlier, later)
    expect(copy.heldBack()).toEqual(['a'])
    const local = await readLocalSet({ data, options: NL })
    const derived = await changedSet(fresh(earlier), copy.difference(1, 2), nameOf(later), new Date(0))
    for (const set of [local!.set, derived]) {
      expect(set.revision).toBe(nameOf(later))
      expect(['1', '2', '3', '4'].map((did) => set.find(did).document)).toEqual(['a', 'b', 'b', undefined])
    }
    expect(copy.file('document', 'a')?.body).toBe(later.get('a'))
    append(copy, 3, later, earlier)
    expect([copy.heldBack(), answersOf(ofSlices(copy))]).toEqual([[], answersOf(fresh(earlier))])
  })

  test('one that was never readable, or is gone meanwhile, does not serve', async () => {
    const copy = open(await folder())
    const never = new Map([
      ['a', unreadable(['1'])],
      ['b', textOf(document('b', ['3']))],
    ])
    append(copy, 1, new Map(), never)
    expect([...ofSlices(copy).documents.keys()]).toEqual(['b'])
    append(copy, 2, never, earlier)
    const without = new Map([...earlier].filter(([name]) => name !== 'a'))
    append(copy, 3, earlier, without)
    append(copy, 4, without, new Map([...without, ['a', unreadable(['1'])]]))
    expect([copy.heldBack(), [...ofSlices(copy).documents.keys()]]).toEqual([['a'], ['b']])
  })
})

describe('several-machines numbers of a document that are in another one', () => {
  test('are found as the check of the whole set finds them', async () => {
    await fc.assert(
      fc.asyncProperty(
        changesOfSets,
        fc.array(someDocument, { minLength: 1, maxLength: 5 }),
        async (changes, tried) => {
          const copy = openLocalCopy({ data: await folder(), reader })
          const checker = createChecker(NL)
          const history = historyOf(changes)
          for (let seq = 1; seq < history.length; seq++) append(copy, seq, history[seq - 1]!, history[seq]!)
          const check = (name: string, text: string) => checker.check(name, `${name}.json`, Buffer.from(text))
          for (const document of tried) {
            const others = [...history.at(-1)!].filter(([name]) => name !== document.name).sort()
            const all = [...others, [document.name, textOf(document)] as const].map(([name, text]) =>
              check(name, text),
            )
            for (const mayName of [undefined, (name: string) => name.startsWith('north/')])
              expect(copy.conflicts(document.name, textOf(document), mayName)).toEqual(
                findDuplicates(all, mayName),
              )
          }
          copy.close()
        },
      ),
      { seed: 1, numRuns: 15 },
    )
  })

  test('are found among many documents that all change at once, and where that was cut short', async () => {
    const data = await folder()
    const many = (from: number) =>
      texts(...Array.from({ length: 1200 }, (_, i) => document(`d${i}`, [`${10_000 + ((i + from) % 1200)}`])))
    const copy = openLocalCopy({ data, reader })
    append(copy, 1, new Map(), many(0))
    expect([copy.prepare(), copy.prepare()]).toEqual([false, false])
    copy.close()
    const again = open(data)
    append(again, 2, many(0), many(7))
    const asks = textOf(document('asks', ['10000', '11199', '11200']))
    const places = () =>
      again.conflicts('asks', asks).map(({ message }) => /leads to .* at (\w+)/.exec(message)?.[1])
    expect(places()).toEqual(['d1193', 'd1192'])
    append(again, 3, many(7), many(500))
    again.prepare()
    append(again, 4, many(500), many(3))
    expect(places()).toEqual(['d1197', 'd1196'])
    const fewer = new Map([...many(3)].filter(([name]) => name !== 'd1197'))
    append(again, 5, many(3), fewer)
    expect(places()).toEqual(['d1196'])
  })

  test('are told for the first ones of many, as there', async () => {
    const copy = open(await folder())
    const numbers = Array.from({ length: 200 }, (_, i) => `${1000 + i}`)
    const all = texts(...numbers.map((number) => document(`d${number}`, [number])))
    append(copy, 1, new Map(), all)
    const checker = createChecker(NL)
    const text = textOf(document('large', numbers))
    const checked = [...all, ['large', text] as const].map(([name, one]) =>
      checker.check(name, `${name}.json`, Buffer.from(one)),
    )
    expect(copy.conflicts('large', text)).toEqual(findDuplicates(checked))
    expect(copy.conflicts('large', 'no document')).toEqual([])
  })
})

describe('several-machines what nobody serves any more', () => {
  test('goes after 30 days, with its texts, and what serves and what was spared stays', async () => {
    await fc.assert(
      fc.asyncProperty(changesOfSets, fc.nat(), fc.boolean(), async (changes, nth, pins) => {
        const history = historyOf(changes)
        const newest = history.length - 1
        let nowMs = Date.UTC(2030, 0, 1)
        const data = await folder()
        const copy = openLocalCopy({ data, reader, now: () => nowMs })
        for (let seq = 1; seq <= newest; seq++) {
          append(copy, seq, history[seq - 1]!, history[seq]!)
          nowMs += 5 * DAY_MS
        }
        const chosen = (nth % newest) + 1
        if (pins) copy.pin(chosen)
        const prune = (spared: readonly number[] = []) => {
          while (!copy.prune(nowMs, spared));
        }
        const seqs = () => [...copy.revisions()].map(({ seq }) => seq).reverse()
        prune()
        // The last one that served 30 days ago or later is kept; it ended when the next one came.
        const first = Math.max(1, newest - 6)
        expect(seqs().at(0)).toBe(pins ? Math.min(first, chosen) : first)
        for (const seq of seqs())
          expect(answersOf(ofSlices(copy, seq))).toEqual(answersOf(fresh(history[seq]!)))
        nowMs += 100 * DAY_MS
        prune(pins ? [] : [chosen])
        expect(seqs().at(0)).toBe(chosen)
        for (const seq of seqs())
          expect(answersOf(ofSlices(copy, seq))).toEqual(answersOf(fresh(history[seq]!)))
        copy.pin(undefined)
        nowMs += 100 * DAY_MS
        prune()
        expect([seqs(), copy.state()]).toEqual([
          [newest],
          { seq: newest, revision: nameOf(history[newest]!) },
        ])
        expect(answersOf(ofSlices(copy))).toEqual(answersOf(fresh(history[newest]!)))
        const own = new Set([...history[newest]!.values()].map(hashOfBody))
        const gone = history
          .flatMap((texts) => [...texts.values()].map(hashOfBody))
          .filter((hash) => !own.has(hash))
        expect(copy.missing(gone)).toEqual(gone)
        expect(copy.nameWith([])).toBe(nameOf(history[newest]!))
        copy.close()
      }),
      { seed: 1, numRuns: 10 },
    )
  })

  test('texts whose revision is still to come stay for a day', async () => {
    let nowMs = Date.UTC(2030, 0, 1)
    const copy = open(await folder(), { now: () => nowMs })
    append(copy, 1, new Map(), texts(document('a', ['1'])))
    const body = textOf(document('b', ['2']))
    copy.keep([{ part: 'document', body }])
    nowMs += DAY_MS / 2
    while (!copy.prune(nowMs, []));
    expect(copy.missing([hashOfBody(body)])).toEqual([])
    nowMs += DAY_MS
    while (!copy.prune(nowMs, []));
    expect(copy.missing([hashOfBody(body)])).toEqual([hashOfBody(body)])
  })

  test('documents as another country reads them go once nobody reads them so', async () => {
    let nowMs = Date.UTC(2030, 0, 1)
    const now = () => nowMs
    const data = await folder()
    const copy = open(data, { now })
    append(copy, 1, new Map(), texts(document('a', ['1'])))
    const american = open(data, { now, reader: createFormReader({ defaultCountry: 'US' }) })
    while (!american.prepare());
    for (let day = 0; day < 40; day += 10) {
      nowMs += 10 * DAY_MS
      while (!copy.prune(nowMs, []));
    }
    expect([
      copy.isPrepared(),
      open(data, { readOnly: true, reader: createFormReader({ defaultCountry: 'US' }) }).isPrepared(),
    ]).toEqual([true, false])
  })
})
