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

/** `V`: what a reader sees, as far as whoever counts knows it. */
export interface Readers<V extends View> {
  /**
   * Sends what comes behind `position`, from the next turn on; undefined: behind a `reset`, what comes from now on.
   * Returns what is to be called when the reader is gone.
   */
  add(view: V, outlet: Outlet, position: number | undefined): () => void
  readonly size: number
  /** Readers that were dropped since the start. */
  readonly dropped: number
  /** Serves those whose turn it is; returns in how many milliseconds the next turn is. */
  turn(): number
  /** Ends all. */
  end(): void
}

interface Reader<V> {
  readonly view: V
  readonly outlet: Outlet
  position: number
  /** It is to be told that something is lost. */
  isReset: boolean
  countedMs: number
  counts: string
}

interface ReadersOptions<V> {
  readonly entries: () => Entries
  /** What a view counts, as JSON. */
  readonly counts: (view: V) => string
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

/** So few readers are served at once, five times a second: a page that shows more is not read. */
const FEW = 10
const FEW_MS = 200
/** More of them have a turn a second each, some at a time: a thousand writes at once would hold calls up for 100 ms. */
const TURNS = 50
const TURN_MS = 1000 / TURNS
/** The rest waits for the next turn: calls wait for a turn to be over. */
const MOST_IN_TURN = 512 * 1024
const COUNTS_EVERY_MS = 1000
/** Characters of one write, and of what may have come behind one that is not taken. */
const MOST_BEHIND = 256 * 1024

export function createReaders<V extends View>({ entries, counts, now }: ReadersOptions<V>): Readers<V> {
  const readers = new Set<Reader<V>>()
  /** Whose turn comes, the first one next. */
  let waiting: Reader<V>[] = []
  /** Of a monotonic clock. */
  let nextRoundMs = 0
  let round: Round = { end: 0, made: new Map() }
  let dropped = 0

  function drop(reader: Reader<V>): void {
    readers.delete(reader)
    dropped++
    reader.outlet.destroy()
  }

  /** Returns how many bytes were sent. */
  function serve(reader: Reader<V>, { end, made }: Round): number {
    const { view, outlet } = reader
    const all = entries()
    const behind = all.behind(reader.position)
    const isTaken = outlet.backlog() === 0
    if (behind === undefined || (!isTaken && behind > MOST_BEHIND)) drop(reader)
    if (behind === undefined || !isTaken) return 0
    const key = `${reader.position} ${view.key}`
    let next = made.get(key)
    if (!next) {
      const { text, position } = all.text(view, reader.position, { end, most: MOST_BEHIND })
      next = { bytes: Buffer.from(text), position }
      made.set(key, next)
    }
    reader.position = next.position
    const more = told(reader, all)
    if (next.bytes.length > 0 || more !== '') outlet.write(next.bytes, more)
    return next.bytes.length + more.length
  }

  /**
   * `reset` where it is due, and the counts where they changed. They bring the reader's id forward where its view shows
   * little.
   */
  function told(reader: Reader<V>, all: Entries): string {
    const event = (name: string, data: string) =>
      `id: ${all.idAt(reader.position)}\nevent: ${name}\ndata: ${data}\n\n`
    const reset = reader.isReset ? event('reset', '{}') : ''
    reader.isReset = false
    const nowMs = now()
    if (nowMs - reader.countedMs < COUNTS_EVERY_MS) return reset
    reader.countedMs = nowMs
    const text = counts(reader.view)
    if (text === reader.counts) return reset
    reader.counts = text
    return reset + event('counts', text)
  }

  return {
    add(view, outlet, position) {
      const reader = {
        ...{ view, outlet, position: position ?? entries().end, isReset: position === undefined },
        ...{ countedMs: -Infinity, counts: '' },
      }
      readers.add(reader)
      waiting.unshift(reader)
      return () => readers.delete(reader)
    },
    get size() {
      return readers.size
    },
    get dropped() {
      return dropped
    },
    turn() {
      const areFew = readers.size <= FEW
      waiting = waiting.filter((reader) => readers.has(reader))
      const isOver = waiting.length === 0 && now() >= nextRoundMs
      if (areFew || isOver) {
        if (waiting.length === 0) waiting = [...readers]
        nextRoundMs = now() + TURNS * TURN_MS
        round = { end: entries().end, made: new Map() }
      }
      const most = areFew ? FEW : Math.ceil(readers.size / TURNS)
      let sent = 0
      let served = 0
      for (; served < Math.min(most, waiting.length) && sent < MOST_IN_TURN; served++)
        sent += serve(waiting[served]!, round)
      waiting.splice(0, served)
      return areFew ? FEW_MS : TURN_MS
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

/** All of a round are sent what came before it began, so that what one of them is sent, most others are, too. */
interface Round {
  readonly end: number
  /** By view and position. */
  readonly made: Map<string, Made>
}

interface Made {
  readonly bytes: Buffer
  readonly position: number
}
