/**
 * Those who read what happens, in turns: what one write costs, a hundred readers cost a hundred times. A reader that does
 * not take what it was sent is sent nothing more, so that it costs no memory; when too much has come behind that, it is
 * dropped.
 */
import type { Entries, View } from './entries.ts'

/** Where a reader's bytes go. */
export interface Outlet {
  /** In one write. Bytes may be those of other readers as well, and are not copied for each of them. */
  write(bytes: Buffer, more?: string): void
  /** Bytes that were written and not taken. */
  backlog(): number
  /** Ends it, with what was written. */
  end(): void
  /** Breaks it off. */
  destroy(): void
}

export interface Readers {
  /** From `position` on. Returns what is to be called when it is gone. */
  add(view: View, outlet: Outlet, position: number): () => void
  readonly size: number
  /** Readers that were dropped since the start. */
  readonly dropped: number
  /** Serves those whose turn it is. */
  turn(): void
  /** Ends all. */
  end(): void
}

interface Reader {
  readonly view: View
  readonly outlet: Outlet
  position: number
  countedMs: number
  counts: string
}

interface ReadersOptions {
  readonly entries: () => Entries
  /** What a view counts, as JSON. */
  readonly counts: (view: View) => string
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

/** Readers that are served in each turn; where there are more, a tenth of them. */
const EACH_TURN = 10
const COUNTS_EVERY_MS = 1000
/** Characters of one write, and of what may have come behind one that is not taken. */
export const MOST_BEHIND = 256 * 1024

export function createReaders({ entries, counts, now }: ReadersOptions): Readers {
  const readers = new Set<Reader>()
  /** Whose turn comes, the first one next. */
  let waiting: Reader[] = []
  let dropped = 0

  function drop(reader: Reader): void {
    readers.delete(reader)
    dropped++
    reader.outlet.destroy()
  }

  /** `written`: what was made in this turn, by view and position. */
  function serve(reader: Reader, written: Map<string, Written>): void {
    const { view, outlet } = reader
    const all = entries()
    const behind = all.behind(reader.position)
    const isTaken = outlet.backlog() === 0
    if (behind === undefined || (!isTaken && behind > MOST_BEHIND)) return drop(reader)
    if (!isTaken) return
    const key = `${reader.position} ${view.key}`
    let next = written.get(key)
    if (!next) {
      const { text, position } = all.text(view, reader.position, MOST_BEHIND)
      next = { bytes: Buffer.from(text), position }
      written.set(key, next)
    }
    reader.position = next.position
    const counted = countsFor(reader, all)
    if (next.bytes.length > 0 || counted !== '') outlet.write(next.bytes, counted)
  }

  /** Empty where nothing changed. They bring the reader's id forward where its view shows little. */
  function countsFor(reader: Reader, all: Entries): string {
    const nowMs = now()
    if (nowMs - reader.countedMs < COUNTS_EVERY_MS) return ''
    reader.countedMs = nowMs
    const text = counts(reader.view)
    if (text === reader.counts) return ''
    reader.counts = text
    return `id: ${all.idAt(reader.position)}\nevent: counts\ndata: ${text}\n\n`
  }

  return {
    add(view, outlet, position) {
      const reader = { view, outlet, position, countedMs: -Infinity, counts: '' }
      readers.add(reader)
      serve(reader, new Map())
      return () => readers.delete(reader)
    },
    get size() {
      return readers.size
    },
    get dropped() {
      return dropped
    },
    turn() {
      const written = new Map<string, Written>()
      if (waiting.length === 0) waiting = [...readers]
      const most = Math.max(EACH_TURN, Math.ceil(readers.size / EACH_TURN))
      for (const reader of waiting.splice(0, most)) if (readers.has(reader)) serve(reader, written)
    },
    end() {
      for (const { outlet } of readers) {
        // What it does not take is not waited for.
        if (outlet.backlog() > 0) outlet.destroy()
        else outlet.end()
      }
      readers.clear()
    },
  }
}

interface Written {
  readonly bytes: Buffer
  readonly position: number
}
