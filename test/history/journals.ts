/** A data folder with a journal in it. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type CallIndex, openCallIndex } from '../../src/history/call-index.ts'
import type { CallRecord } from '../../src/records/record.ts'

export interface TestJournal {
  readonly data: string
  /** Appends lines to the file of a day. */
  append(day: string, ...lines: (string | CallRecord)[]): void
  /** The index beside it, as one process has it; read on to its end. */
  open(): CallIndex
  readonly log: string[]
}

export function testJournal(): TestJournal {
  const data = mkdtempSync(join(tmpdir(), 'belplan-history-'))
  mkdirSync(join(data, 'journal'))
  const opened: CallIndex[] = []
  const log: string[] = []
  onTestFinished(() => {
    for (const index of opened) index.close()
    rmSync(data, { recursive: true, force: true })
  })
  return {
    data,
    log,
    append(day, ...lines) {
      const text = lines
        .map((line) => (typeof line === 'string' ? line : `${JSON.stringify(line)}\n`))
        .join('')
      appendFileSync(join(data, 'journal', `${day}.jsonl`), text)
    },
    open() {
      const index = openCallIndex({ data, log: (_level, _fields, message) => void log.push(message) })
      opened.push(index)
      readAll(index)
      return index
    },
  }
}

export function readAll(index: CallIndex): void {
  while (!index.readOn());
}
