/** How many lines of a journal's files wait behind the places that were shipped, and since when: what was counted is not counted again. */
import { statSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import type { CallRecord } from '../records/index.ts'
import { inPieces, readLines, recordIn } from './journal-files.ts'

export interface WaitingLines {
  /**
   * Counts what was appended to the file of a day, of which all before `place` is shipped; of some `most` bytes in one go. Resolves
   * with how many that were, and rejects with the file system's errors.
   */
  look(day: number, file: string, place: number, most: number): Promise<number>
  /** So many lines of the file were shipped, up to `place`. */
  shipped(day: number, place: number, lines: number): void
  /** All but these files are gone. */
  keep(days: readonly number[]): void
  /** At least: what was not looked at yet is not in it. */
  readonly count: number
}

export function createWaitingLines(): WaitingLines {
  /** Behind what was shipped up to byte `to` of each file. */
  const counted = new Map<number, { readonly to: number; readonly lines: number }>()
  return {
    async look(day, file, place, most) {
      let { to, lines } = counted.get(day) ?? { to: place, lines: 0 }
      // It was shipped by another process meanwhile, or is another file now.
      if (to < place || to > statSync(file).size) [to, lines] = [place, 0]
      const from = to
      for (const piece of inPieces(readLines, file, from)) {
        if (to - from >= most) break
        to = piece.to
        lines += piece.texts.length
        await turn()
      }
      counted.set(day, { to, lines })
      return to - from
    },
    shipped(day, place, shippedLines) {
      const { to, lines } = counted.get(day) ?? { to: 0, lines: 0 }
      counted.set(day, to <= place ? { to: place, lines: 0 } : { to, lines: lines - shippedLines })
    },
    keep(days) {
      for (const day of counted.keys()) if (!days.includes(day)) counted.delete(day)
    },
    get count() {
      return [...counted.values()].reduce((all, { lines }) => all + lines, 0)
    },
  }
}

/** When the first record behind byte `from` of a file was written, as far as it says; undefined: there is none. */
export function firstWrittenMs(file: string, from: number): number | undefined {
  for (const { text } of readLines(file, from).texts) {
    const record = recordIn(text)?.value as Partial<CallRecord> | null | undefined
    const atMs = Date.parse(record?.at ?? '')
    if (Number.isNaN(atMs)) continue
    const { steps = [], talkMs = 0 } = record ?? {}
    return steps.reduce((ms, step) => ms + (step.ms ?? 0), atMs + talkMs)
  }
  return undefined
}
