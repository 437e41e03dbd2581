/**
 * What became of the requests of a document to an origin in the last minutes: counters, and how long answers took, in
 * a fixed number of classes. A request costs a few additions; percentiles are worked out when somebody asks.
 */

/** How far back counts go. */
export const COUNTED_MINUTES = 5

const FAILURES = [
  'timeout', // no complete answer in time; also: no turn in time, since too many were under way
  'network', // the connection failed
  'refused', // not allowed or not possible, such as an address in a private network, or an answer that is too large
  'server', // HTTP 5xx
  'reply', // an answer that says ERR, or that nobody can make sense of
  'circuit', // not sent: the circuit was open
  'busy', // not sent: too many were under way or waited
] as const
export type Failure = (typeof FAILURES)[number]

const INSTEAD = [
  'fallback', // the answer of the fallback URL
  'stale', // an earlier answer
  'failed', // nothing: the plan went on as after a failure
] as const
/** What callers got in place of an answer. */
export type Instead = (typeof INSTEAD)[number]

export interface OriginReport {
  /** HTTP requests sent in the last minutes, retries included. */
  readonly requests: number
  /** Those kinds that there were. */
  readonly failures: Readonly<Partial<Record<Failure, number>>>
  readonly instead: Readonly<Record<Instead, number>>
  /** Of complete answers, in whole milliseconds, within 13 %; absent: there were none. */
  readonly p50Ms?: number
  readonly p95Ms?: number
  /** The last one, however long ago. `at`: ISO 8601 in UTC. */
  readonly lastError?: { readonly at: string; readonly error: string }
}

export interface OriginCounts {
  /** A request that was sent. `ms`: it was completely answered after so long. */
  sent(ms?: number): void
  /** A request that came to nothing, sent or not. `error`: in the words of the journal. */
  failed(failure: Failure, error: string): void
  /** What a caller got in place of an answer. */
  instead(what: Instead): void
  report(): OriginReport
}

/** Three classes for each doubling, from 1 ms to more than the 10 s that a request may take. */
const CLASSES_PER_DOUBLING = 3
const CLASSES = 42

interface Minute {
  number: number
  readonly counts: Uint32Array
  readonly classes: Uint32Array
}

/** Places in `counts`. */
const REQUESTS = 0
const PLACES: ReadonlyMap<Failure | Instead, number> = new Map(
  [...FAILURES, ...INSTEAD].map((kind, i) => [kind, i + 1]),
)

/** `now`: a monotonic clock in milliseconds; `unixMs`: the time of day. */
export function createOriginCounts(now: () => number, unixMs: () => number): OriginCounts {
  const minutes: Minute[] = []
  let last: { readonly atMs: number; readonly error: string } | undefined

  function current(): Minute {
    const number = Math.floor(now() / 60_000)
    const place = number % COUNTED_MINUTES
    const minute = (minutes[place] ??= {
      number,
      counts: new Uint32Array(1 + PLACES.size),
      classes: new Uint32Array(CLASSES),
    })
    if (minute.number !== number) {
      minute.number = number
      minute.counts.fill(0)
      minute.classes.fill(0)
    }
    return minute
  }

  function add(place: number): void {
    current().counts[place]!++
  }

  return {
    sent(ms) {
      const { counts, classes } = current()
      counts[REQUESTS]!++
      if (ms !== undefined) classes[classOf(ms)]!++
    },
    failed(failure, error) {
      add(PLACES.get(failure)!)
      last = { atMs: unixMs(), error }
    },
    instead: (what) => add(PLACES.get(what)!),
    report() {
      const since = Math.floor(now() / 60_000) - COUNTED_MINUTES
      const recent = minutes.filter((minute) => minute.number > since)
      const count = (place: number) => sum(recent.map(({ counts }) => counts[place]!))
      const classes = Array.from({ length: CLASSES }, (_, i) => sum(recent.map(({ classes }) => classes[i]!)))
      const of = (kind: Failure | Instead) => [kind, count(PLACES.get(kind)!)] as const
      return {
        requests: count(REQUESTS),
        failures: Object.fromEntries(FAILURES.map(of).filter(([, n]) => n > 0)),
        instead: Object.fromEntries(INSTEAD.map(of)) as Record<Instead, number>,
        ...(sum(classes) > 0 && { p50Ms: percentile(classes, 0.5), p95Ms: percentile(classes, 0.95) }),
        ...(last && { lastError: { at: new Date(last.atMs).toISOString(), error: last.error } }),
      }
    },
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

function classOf(ms: number): number {
  return ms <= 1 ? 0 : Math.min(CLASSES - 1, Math.ceil(Math.log2(ms) * CLASSES_PER_DOUBLING))
}

/** The middle of the class that it falls into: as far from one end as from the other. */
function percentile(classes: readonly number[], share: number): number {
  const rank = Math.ceil(sum(classes) * share)
  let seen = 0
  const at = classes.findIndex((count) => (seen += count) >= rank)
  return Math.round(2 ** ((at - 0.5) / CLASSES_PER_DOUBLING))
}
