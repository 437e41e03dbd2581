/** A person who is to be forgotten here, by whoever asked for it elsewhere; its process is a real one. */
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { openAudit } from '../../src/audit/index.ts'
import { createForgetBehind } from '../../src/controller/forget-behind.ts'
import { testJournal } from '../history/journals.ts'
import { id, record } from '../records/records.ts'

const DAY = '2026-11-22'
const janssen = { seq: 1, number: '06 12345678', country: 'NL', author: 'root@host-b' }

test(
  'operations audit: of a person who cannot be forgotten for long there is a line when that begins, and one when it is done',
  { timeout: 120_000 },
  async () => {
    const { data, append } = testJournal()
    const lines: string[] = []
    const log = pino({}, { write: (line: string) => void lines.push(line) })
    const audit = openAudit({ data, controller: () => 'host-a:8084', log })
    const forget = createForgetBehind({ data, audit, log })
    const audited = () =>
      readFileSync(join(data, 'audit.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object)

    append(DAY, record(id(1), { caller: '+31612345678' }))
    const unreadable = join(data, 'journal', '2026-11-21.jsonl')
    mkdirSync(unreadable)
    expect(await forget(janssen)).toBe(false)
    expect(await forget(janssen)).toBe(false)
    expect(lines.filter((line) => line.includes('EISDIR'))).toHaveLength(2)
    append(DAY, record(id(2), { caller: '0612345678' }))
    rmdirSync(unreadable)
    expect(await forget(janssen)).toBe(true)
    // The database did not hear of it.
    expect(await forget(janssen)).toBe(true)
    expect(await forget({ ...janssen, seq: 2, author: 'root@host-c' })).toBe(true)
    const none = { what: 'forget', records: 0, waiting: 0, events: 0 }
    expect(audited()).toMatchObject([
      { ...none, user: 'root@host-b', outcome: 'failed' },
      { ...none, user: 'root@host-b', records: 2, outcome: 'changed' },
      { ...none, user: 'root@host-c', outcome: 'unchanged' },
    ])
    expect(JSON.stringify([audited(), lines])).not.toMatch(/12345678/)
  },
)
