/**
 * Admission control: how many calls a document and a caller may begin in a minute and have at one time on this
 * controller, and how many legs a document may ring in a second. Memory is bounded by the calls of the last minute,
 * those held, and the documents; there are no timers.
 */
import { LRUCache } from 'lru-cache'
import type { Config, Rates } from '../config/index.ts'
import { MOST_DESTINATIONS } from '../plan/index.ts'

/** The limit that a new call would exceed, as a note for its record; or it may go on, and is counted until `leave` is called. */
export type AdmissionResult =
  { readonly over: string; readonly leave?: undefined } | { readonly leave: () => void }

export interface Admission {
  /**
   * Admits a call, or returns the limit that it would exceed. Callers choose their number, so each document counts
   * them for itself; for one without a number only the document's limits hold. `resumed`: another controller admitted
   * it, so it is counted and never refused.
   */
  admit(document: string, caller: string, resumed: boolean): AdmissionResult
  /** How many of `wanted` legs may be rung for a document now; those are counted. */
  admitLegs(document: string, wanted: number): number
}

/** `now`: milliseconds of a monotonic clock. */
export function createAdmission(limits: Config['limits'], now = () => performance.now()): Admission {
  const documents = new Counted(limits, now)
  const callers = new Counted(limits.perCaller, now)
  const legs = new LRUCache<string, { left: number; atMs: number }>({ max: DOCUMENTS_KEPT })

  return {
    admit(document, caller, resumed) {
      const counted: { readonly of: Counted; readonly key: string; readonly whose: string }[] = []
      if (documents.limited) counted.push({ of: documents, key: document, whose: `document ${document}` })
      if (callers.limited && caller !== '')
        counted.push({ of: callers, key: `${document} ${caller}`, whose: `caller ${caller}` })
      if (counted.length === 0) return UNCOUNTED
      for (const { of, key, whose } of resumed ? [] : counted) {
        const over = of.over(key)
        if (over !== undefined) return { over: `${whose}: more than ${over}` }
      }
      for (const { of, key } of counted) of.add(key, !resumed)
      return { leave: () => counted.forEach(({ of, key }) => of.remove(key)) }
    },
    admitLegs(document, wanted) {
      const perSecond = limits.legsPerSecond
      if (perSecond === 0) return wanted
      // After a pause, a list of destinations is rung as a whole.
      const most = Math.max(perSecond, MOST_DESTINATIONS)
      const { left, atMs } = legs.get(document) ?? { left: most, atMs: now() }
      const there = Math.min(most, left + ((now() - atMs) * perSecond) / 1000)
      const admitted = Math.min(wanted, Math.floor(there))
      legs.set(document, { left: there - admitted, atMs: now() })
      return admitted
    },
  }
}

const UNCOUNTED: AdmissionResult = { leave: () => undefined }

const MINUTE_MS = 60_000

/** Past this, documents that have not rung for the longest are dropped: all of their legs are free again by then. */
const DOCUMENTS_KEPT = 10_000

/** The calls of each document, or of each caller of a document. Without a limit they are not counted. */
class Counted {
  readonly limited: boolean
  readonly #limits: Rates
  readonly #now: () => number
  readonly #held = new Map<string, number>()
  /** When the calls of the last minute began; the key with the latest call is last. */
  readonly #begun = new Map<string, number[]>()

  constructor(limits: Rates, now: () => number) {
    this.limited = limits.calls > 0 || limits.callsPerMinute > 0
    this.#limits = limits
    this.#now = now
  }

  /** The limit that another call would exceed. */
  over(key: string): string | undefined {
    const { calls, callsPerMinute } = this.#limits
    if (calls > 0 && (this.#held.get(key) ?? 0) >= calls) return `${calls} calls at one time`
    if (callsPerMinute > 0 && this.#lastMinute(key).length >= callsPerMinute)
      return `${callsPerMinute} calls in a minute`
    return undefined
  }

  add(key: string, begins: boolean): void {
    const { calls, callsPerMinute } = this.#limits
    if (calls > 0) this.#held.set(key, (this.#held.get(key) ?? 0) + 1)
    if (callsPerMinute === 0 || !begins) return
    this.#forget()
    const begun = this.#lastMinute(key)
    begun.push(this.#now())
    this.#begun.delete(key)
    this.#begun.set(key, begun)
  }

  remove(key: string): void {
    const left = (this.#held.get(key) ?? 0) - 1
    if (left > 0) this.#held.set(key, left)
    else this.#held.delete(key)
  }

  #lastMinute(key: string): number[] {
    const begun = this.#begun.get(key) ?? []
    const since = this.#now() - MINUTE_MS
    while (begun[0] !== undefined && begun[0] <= since) begun.shift()
    return begun
  }

  /** Drops the keys whose last call is more than a minute ago: they come first. */
  #forget(): void {
    const since = this.#now() - MINUTE_MS
    for (const [key, begun] of this.#begun) {
      if ((begun.at(-1) ?? 0) > since) return
      this.#begun.delete(key)
    }
  }
}
