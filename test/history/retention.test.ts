import { appendFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeOldFiles } from '../../src/history/retention.ts'
import { testJournal } from './journals.ts'

const NOON = Date.parse('2026-11-22T12:00Z')

function journalOf(sizes: Record<string, number>) {
  const { data } = testJournal()
  const folder = join(data, 'journal')
  for (const [name, size] of Object.entries(sizes)) appendFileSync(join(folder, name), 'x'.repeat(size))
  return { folder, left: () => readdirSync(folder).sort() }
}

const days = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `2026-11-${String(from + i).padStart(2, '0')}.jsonl`)
const ofSize = (names: string[], size: number) => Object.fromEntries(names.map((name) => [name, size]))

test.each([
  ['days', { days: 3 }, NOON, days(19, 22)],
  [
    'just after midnight the file of the day before is that of today',
    { days: 3 },
    Date.parse('2026-11-23T00:00:30Z'),
    days(19, 22),
  ],
  ['a day later', { days: 3 }, Date.parse('2026-11-23T00:01:30Z'), days(20, 22)],
  ['bytes', { bytes: 350 }, NOON, days(20, 22)],
  ['both, of which the days are fewer', { days: 1, bytes: 350 }, NOON, days(21, 22)],
  ['both, of which the bytes are fewer', { days: 3, bytes: 200 }, NOON, days(21, 22)],
  ['never the file of today', { bytes: 1 }, NOON, days(22, 22)],
  ['neither', {}, NOON, days(11, 22)],
])('configuration journal: %s', (_what, retention, now, left) => {
  const journal = journalOf({ ...ofSize(days(11, 22), 100) })
  const { files } = removeOldFiles(journal.folder, retention, now)
  expect(journal.left()).toEqual(left)
  expect(files).toEqual(days(11, 22).slice(0, 12 - left.length))
})

test('configuration journal: other files in the folder stay, and one that is of tomorrow by another clock', () => {
  const others = ['2026-11-01.jsonl.gz', 'notes.txt', '2026-13-45.jsonl', '2026-11-23.jsonl']
  const journal = journalOf({ ...ofSize(others, 100), ...ofSize(days(1, 2), 100) })
  expect(removeOldFiles(journal.folder, { days: 1, bytes: 1 }, NOON).files).toEqual(days(1, 2))
  expect(journal.left()).toEqual(others.sort())
})

test.each([
  ['days: what is not shipped stays a week longer', { days: 1 }, days(14, 22), days(11, 13)],
  ['bytes: what is not shipped may take twice as much', { bytes: 350 }, days(16, 22), days(11, 15)],
])('configuration journal: %s', (_what, retention, left, unshipped) => {
  const journal = journalOf(ofSize(days(11, 22), 100))
  const none = () => 99
  expect(removeOldFiles(journal.folder, retention, NOON, none)).toEqual({ files: unshipped, unshipped })
  expect(journal.left()).toEqual(left)
})

test('configuration journal: what is shipped goes when its time is over, whatever of older days is not', () => {
  const journal = journalOf(ofSize(days(15, 22), 100))
  const shipped = (day: number) => (day === Date.parse('2026-11-16T00:00Z') / (24 * 3600_000) ? 0 : 100)
  expect(removeOldFiles(journal.folder, { days: 3 }, NOON, shipped)).toEqual({
    files: ['2026-11-15.jsonl', '2026-11-17.jsonl', '2026-11-18.jsonl'],
    unshipped: [],
  })
  expect(journal.left()).toEqual(['2026-11-16.jsonl', ...days(19, 22)])
})
