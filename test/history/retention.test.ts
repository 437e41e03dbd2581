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
  const removed = removeOldFiles(journal.folder, retention, now)
  expect(journal.left()).toEqual(left)
  expect(removed).toEqual(days(11, 22).slice(0, 12 - left.length))
})

test('configuration journal: other files in the folder stay, and one that is of tomorrow by another clock', () => {
  const others = ['2026-11-01.jsonl.gz', 'notes.txt', '2026-13-45.jsonl', '2026-11-23.jsonl']
  const journal = journalOf({ ...ofSize(others, 100), ...ofSize(days(1, 2), 100) })
  expect(removeOldFiles(journal.folder, { days: 1, bytes: 1 }, NOON)).toEqual(days(1, 2))
  expect(journal.left()).toEqual(others.sort())
})
