/**
 * Admission control: how many calls a document and a caller may begin in a minute and have at one time, and how many
 * legs a document may ring in a second: on this controller, or on all that count together. Memory is bounded by the calls of
 * the last minute, those held, and the documents; there are no timers.
 */
import type { Config } from '../config/index.ts'
import { shortDigest } from '../util/short-digest.ts'
import type { Tally } from '../util/tally.ts'
import { createCallCounts } from './call-counts.ts'
import { createLegRates } from './leg-rates.ts'

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
  /** What this controller has counted, as far as it may come to matter where so many count together. */
  own(controllers: number): LimitCounts
  /** What the others have counted, from now on; undefined: it is not known, and this one counts for itself. */
  setOthers(counts: LimitCounts | undefined): void
}

export interface LimitCounts {
  /** document → calls held, and calls begun in the last minute. */
  readonly documents: Tally
  /** document and a digest of it and the caller → the same. */
  readonly callers: Tally
  /** document → legs rung in the last second, and by how many controllers. */
  readonly legs: Tally
}

export interface AdmissionOptions {
  /** Others count as well [false]. */
  readonly shared?: boolean
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number
}

export function createAdmission(
  limits: Config['limits'],
  { shared = false, now = () => performance.now() }: AdmissionOptions = {},
): Admission {
  const documents = createCallCounts(limits, now)
  const callers = createCallCounts(limits.perCaller, now)
  const legs = createLegRates(limits.legsPerSecond, now)
  /** Numbers of callers are told to nobody. */
  const callerKey = shared
    ? (document: string, caller: string) => `${document} ${shortDigest(`${document} ${caller}`)}`
    : (document: string, caller: string) => `${document} ${caller}`

  return {
    admit(document, caller, resumed) {
      const counted: { readonly of: typeof documents; readonly key: string; readonly whose: string }[] = []
      if (documents.limited) counted.push({ of: documents, key: document, whose: `document ${document}` })
      if (callers.limited && caller !== '')
        counted.push({ of: callers, key: callerKey(document, caller), whose: `caller ${caller}` })
      if (counted.length === 0) return UNCOUNTED
      for (const { of, key, whose } of resumed ? [] : counted) {
        const over = of.over(key)
        if (over !== undefined) return { over: `${whose}: more than ${over}` }
      }
      for (const { of, key } of counted) of.add(key, !resumed)
      return { leave: () => counted.forEach(({ of, key }) => of.remove(key)) }
    },
    admitLegs: legs.admit,
    own: (controllers) => ({
      documents: documents.own(controllers, mostOf(controllers)),
      callers: callers.own(controllers, mostOf(controllers), documentOf),
      legs: legs.own(controllers, mostOf(controllers)),
    }),
    setOthers(counts) {
      documents.setOthers(counts?.documents)
      callers.setOthers(counts?.callers)
      legs.setOthers(counts?.legs)
    },
  }
}

const UNCOUNTED: AdmissionResult = { leave: () => undefined }

const documentOf = (callerKey: string): string => callerKey.slice(0, callerKey.lastIndexOf(' '))

/** Keys that all controllers together tell of one limit: each reads those of all others several times a second. */
const MOST_TOLD = 2000
const LEAST_TOLD = 20

const mostOf = (controllers: number): number => Math.max(LEAST_TOLD, Math.floor(MOST_TOLD / controllers))
