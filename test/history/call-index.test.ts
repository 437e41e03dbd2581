import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { INDEX_FILE } from '../../src/history/call-index.ts'
import { lineOfJournal } from '../../src/history/journal-line.ts'
import type { CallLine } from '../../src/records/call-line.ts'
import {
  callMatcher,
  type CallQuery,
  comparePlaces,
  numberFilter,
  placeOf,
  WANTED_ENDINGS,
} from '../../src/history/call-query.ts'
import { ENDINGS } from '../../src/records/ending.ts'
import type { CallRecord } from '../../src/records/record.ts'
import { id, record } from '../records/records.ts'
import { readAll, testJournal } from './journals.ts'

const DAY = '2026-11-22'
const ids = (calls: readonly CallLine[]) => calls.map((call) => Number(call.id.slice(-4)))
const all: CallQuery = { most: 1000 }
/** The n-th call, a minute after the one before. */
const nth = (n: number, more: Partial<CallRecord> = {}) =>
  record(id(n), { at: new Date(Date.parse(`${DAY}T12:00Z`) + n * 60_000).toISOString(), ...more })

test('architecture a call that has ended is found with what a line says of it, the newest first', () => {
  const journal = testJournal()
  const whole = nth(2, {
    document: 'acme',
    plan: 'main',
    revision: '5f0c3a9be214',
    ringMs: 6120,
    talkMs: 71_002,
    cause: 'NORMAL_CLEARING',
  })
  journal.append(DAY, nth(1), whole)
  const index = journal.open()
  expect(ids(index.list(all))).toEqual([2, 1])
  const { steps: _, controllers: __, ...line } = whole
  expect(index.list({ most: 1 })).toEqual([{ ...line, state: 'ended' }])
})

test('architecture what is appended later is read on from there, and a line that is not whole yet is waited for', () => {
  const journal = testJournal()
  journal.append(DAY, nth(1))
  const index = journal.open()
  const text = `${JSON.stringify(nth(2))}\n`
  journal.append(DAY, text.slice(0, 50))
  readAll(index)
  expect(ids(index.list(all))).toEqual([1])
  journal.append(DAY, text.slice(50), nth(3))
  journal.append('2026-11-23', nth(4))
  readAll(index)
  expect(ids(index.list(all))).toEqual([4, 3, 2, 1])
})

test('operations what is no record is passed over: a line cut short, of another release, too long, of another program', () => {
  const journal = testJournal()
  const cut = JSON.stringify(nth(8)).slice(0, 90)
  journal.append(
    DAY,
    ...[nth(1), `${cut}\n`, nth(2), cut, nth(3), '\n', 'null\n', '{"id":7}\n', '\0\0\0\0\n'],
    `{"id":"${id(4)}","at":"${nth(4).at}","colour":"green","ending":"unheardOf","ringMs":"long"}\n`,
    `${'x'.repeat(3 * 1024 * 1024)}\n`,
    nth(5, { notes: ['y'.repeat(16 * 1024)] }),
  )
  const index = journal.open()
  expect(ids(index.list(all))).toEqual([5, 4, 3, 2, 1])
  expect(index.list(all)[1]).toEqual({
    id: id(4),
    state: 'ended',
    at: nth(4).at,
    did: '',
    caller: '',
    name: '',
  })
})

test('architecture several processes may keep one index: each line is there once', () => {
  const journal = testJournal()
  const [first, second] = [journal.open(), journal.open()]
  for (let n = 1; n <= 40; n++) {
    journal.append(DAY, nth(n))
    for (const index of n % 3 ? [first, second] : [second, first]) index.readOn()
  }
  readAll(second)
  expect(ids(first.list(all))).toEqual(Array.from({ length: 40 }, (_, i) => 40 - i))
  expect(second.list(all)).toEqual(first.list(all))
})

test.each([
  [
    'no database',
    (file: string) => writeFileSync(file, 'this is no database, and as long as a page of one would be'),
  ],
  [
    'a database with pages that are overwritten',
    (file: string) => {
      const bytes = readFileSync(file)
      bytes.fill(0x5a, 4096)
      writeFileSync(file, bytes)
    },
  ],
  ['a database that is cut short', (file: string) => truncateSync(file, 5000)],
])(
  'operations an index that is %s is made anew from the journal, also under another process',
  (_what, spoil) => {
    const journal = testJournal()
    journal.append(DAY, ...Array.from({ length: 300 }, (_, n) => nth(n)))
    journal.open().close()
    const file = join(journal.data, INDEX_FILE)
    spoil(file)
    for (const end of ['-wal', '-shm']) rmSync(file + end, { force: true })
    const index = journal.open()
    const other = journal.open()
    expect(index.list(all)).toHaveLength(300)
    expect(other.list(all)).toHaveLength(300)
    expect(journal.log).toEqual(['the index of calls is made anew'])
  },
)

test('operations an index that is removed while it is open is made anew', () => {
  const journal = testJournal()
  journal.append(DAY, nth(1))
  const [index, other] = [journal.open(), journal.open()]
  const before = statSync(join(journal.data, INDEX_FILE)).ino
  for (const end of ['', '-wal', '-shm']) rmSync(join(journal.data, INDEX_FILE + end), { force: true })
  journal.append(DAY, nth(2))
  readAll(index)
  readAll(other)
  expect(ids(index.list(all))).toEqual([2, 1])
  expect(ids(other.list(all))).toEqual([2, 1])
  expect(statSync(join(journal.data, INDEX_FILE)).ino).not.toBe(before)
})

test('operations calls of a file that was removed are not found any more, nor those of one that was begun anew', () => {
  const journal = testJournal()
  journal.append('2026-11-20', ...Array.from({ length: 6000 }, (_, n) => nth(n)))
  journal.append('2026-11-21', nth(7001), nth(7002))
  journal.append('2026-11-22', nth(7003))
  const index = journal.open()
  rmSync(join(journal.data, 'journal', '2026-11-20.jsonl'))
  truncateSync(join(journal.data, 'journal', '2026-11-21.jsonl'))
  journal.append('2026-11-21', nth(7004))
  readAll(index)
  expect(ids(index.list({ most: 10_000 }))).toEqual([7004, 7003])
})

test('architecture the place of a record in the journal is found by its id', () => {
  const journal = testJournal()
  journal.append(DAY, nth(1), nth(2))
  const file = join(journal.data, 'journal', `${DAY}.jsonl`)
  expect(journal.open().find(id(2))).toEqual([{ file, offset: JSON.stringify(nth(1)).length + 2 }])
  expect(journal.open().find(id(3))).toEqual([])
})

const numbers = ['+31502100000', '+31502100001', '+31502100', '', 'bob', '215', '+31612345678', "o'neil %_"]
const documents = ['acme', 'acme/main', 'north/acme', 'north/b', 'north', 'northern/c']
const plans = ['main', 'night', 'acme']

const arbitraryRecord = fc.record({
  n: fc.nat(999),
  minute: fc.nat(40),
  did: fc.constantFrom(...numbers),
  caller: fc.constantFrom(...numbers),
  document: fc.option(fc.constantFrom(...documents), { nil: undefined }),
  plan: fc.constantFrom(...plans),
  ending: fc.constantFrom(...ENDINGS),
  day: fc.constantFrom('2026-11-21', '2026-11-22', '2026-11-23'),
})
/** Mostly absent: of all at once hardly a call is meant. */
const option = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, { arbitrary, weight: 1 })
const arbitraryNumber = fc
  .constantFrom(...numbers, '+31*', '+3150*', '2*', '050-2100000', '*')
  .map((text) => numberFilter(text, 'NL'))
const minute = (n: number) => Date.parse(`${DAY}T12:00Z`) + n * 60_000
const arbitraryFilter = fc.record({
  number: option(arbitraryNumber),
  caller: option(arbitraryNumber),
  plan: option(fc.constantFrom(...documents, 'north/acme/main', 'acme/night')),
  ending: option(fc.constantFrom(...WANTED_ENDINGS)),
  sinceMs: option(fc.nat(40).map(minute)),
  untilMs: option(fc.nat(40).map(minute)),
  documents: option(fc.subarray(['acme', 'north/*', '*', 'north/b', 'none'], { minLength: 1 })),
})

test(
  'api /calls what the index answers is what a look at each line of the journal says, page by page',
  { timeout: 60_000 },
  () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(arbitraryRecord, { selector: ({ n }) => n, maxLength: 60 }),
        fc.array(arbitraryFilter, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 7 }),
        (calls, filters, most) => {
          const journal = testJournal()
          const lines = calls.map(({ n, minute: at, day, document, plan, ...more }) => {
            const found = document === undefined ? {} : { document, plan }
            const one = record(id(n), { at: new Date(minute(at)).toISOString(), ...found, ...more })
            journal.append(day, one)
            return lineOfJournal(one)!
          })
          const index = journal.open()
          for (const { ...filter } of filters) {
            const given = Object.fromEntries(
              Object.entries(filter).filter(([, value]) => value !== undefined),
            )
            const expected = lines
              .filter(callMatcher(given))
              .sort((a, b) => comparePlaces(placeOf(a), placeOf(b)))
            const answered: CallLine[] = []
            for (;;) {
              const last = answered.at(-1)
              const page = index.list({ ...given, most, ...(last && { after: placeOf(last) }) })
              answered.push(...page)
              if (page.length < most) break
            }
            expect(answered).toEqual(expected)
          }
          index.close()
        },
      ),
      { numRuns: 60 },
    )
  },
)
