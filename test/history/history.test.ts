import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { type History, openHistory } from '../../src/history/history.ts'
import type { Retention } from '../../src/history/retention.ts'
import { until } from '../harness/until.ts'
import { id, record } from '../records/records.ts'
import { testJournal } from './journals.ts'

/** The process runs behind all else, other tests included. */
const slow = { timeout: 120_000 }

const opened: History[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((history) => history.close(60_000)))
}, slow.timeout)

function open(data: string, lines: string[] = [], retention?: Retention): History {
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  const history = openHistory({ data, retention, log })
  opened.push(history)
  return history
}

/** The processes for the history that this one has started. */
const processes = () =>
  execFileSync('ps', ['-o', 'pid=,ni=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('history-process'))
    .map((line) => line.trim().split(/\s+/).map(Number))

test(
  'api /calls a call that ended just now is found at once, by every controller that shares the data',
  slow,
  async () => {
    const journal = testJournal()
    const histories = [open(journal.data), open(journal.data)]
    for (let n = 1; n <= 5; n++) {
      journal.append('2026-11-22', record(id(n)))
      for (const history of histories) {
        const { calls, missing } = await history.list({ most: 10 })
        expect([calls.map((call) => call.id), missing]).toEqual([
          Array.from({ length: n }, (_, i) => id(n - i)),
          [],
        ])
      }
    }
    const file = join(journal.data, 'journal', '2026-11-22.jsonl')
    expect(await histories[0]!.find(id(1))).toEqual([{ file, offset: 0 }])
  },
)

test(
  'operations the process for the history runs behind calls, is started again when it ends, and ends with its controller',
  slow,
  async () => {
    const journal = testJournal()
    journal.append('2026-11-22', record(id(1)))
    const lines: string[] = []
    const history = open(journal.data, lines)
    expect(processes()).toEqual([])
    await history.list({ most: 10 })
    const [[pid, nice] = []] = processes()
    expect(nice).toBe(10)
    process.kill(pid!, 'SIGKILL')
    await until('another process', () => processes().find(([other]) => other !== pid), { withinMs: 60_000 })
    expect((await history.list({ most: 10 })).calls).toHaveLength(1)
    expect(lines.join('')).toContain('the process for the history ended; it is started again')
    await history.close(60_000)
    expect(processes()).toEqual([])
  },
)

test(
  'configuration journal: old files are removed once by all processes, logged and counted, and their calls are not found any more',
  slow,
  async () => {
    const journal = testJournal()
    journal.append('2020-01-01', record(id(1)))
    journal.append('2020-01-02', record(id(2)))
    journal.append(new Date().toISOString().slice(0, 10), record(id(3)))
    const lines: string[] = []
    const histories = [open(journal.data, lines, { days: 30 }), open(journal.data, lines, { days: 30 })]
    for (const history of histories)
      expect((await history.list({ most: 10 })).calls.map((call) => call.id)).toEqual([id(3)])
    expect(histories.map(({ removed }) => removed).sort()).toEqual([0, 2])
    const told = lines.map((line) => JSON.parse(line) as object).filter((line) => 'files' in line)
    expect(told).toMatchObject([{ files: ['2020-01-01.jsonl', '2020-01-02.jsonl'], days: 30 }])
  },
)

test('api /calls an index that cannot be read is said so, and read as soon as it can be', slow, async () => {
  const journal = testJournal()
  const folder = join(journal.data, 'mounted')
  const lines: string[] = []
  const history = open(folder, lines)
  await expect(history.list({ most: 10 })).rejects.toThrow(
    'the index of calls cannot be read: unable to open',
  )
  expect(await history.find(id(1))).toEqual([])
  mkdirSync(folder)
  expect(await history.list({ most: 10 })).toEqual({ calls: [], missing: [] })
  expect(lines.filter((line) => line.includes('the journal cannot be read into its index'))).toHaveLength(1)
})
