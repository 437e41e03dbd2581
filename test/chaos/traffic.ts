/** Calls at a steady rate, each with a number of its own, so that everybody who sees it can tell which it is. */
import { setTimeout as delay } from 'node:timers/promises'
import type { TestBed } from './test-bed.ts'
import { didOf, type Kind } from './kinds.ts'
import type { Caller, CallerReport } from './sip/caller.ts'

export interface Offered {
  readonly kind: Kind
  readonly number: string
  readonly caller: Caller
  /** Set when the call is over. */
  report?: CallerReport
}

/** Nobody stays longer than this. */
const MOST_MS = 45_000

/** Where calls can be placed. */
export type Places = Pick<TestBed, 'call'>

/** One call of a kind, now. `serial` makes the caller's number. */
export function offer(testBed: Places, kinds: readonly Kind[], index: number, serial: number): Offered {
  return offerCall(testBed, kinds[index]!, didOf(index), serial)
}

/** The same to any number. */
export function offerCall(testBed: Places, kind: Kind, did: string, serial: number): Offered {
  const number = `+316${String(10_000_000 + serial)}`
  const caller = testBed.call({ did, number, name: 'Jane', mostMs: MOST_MS, ...kind.caller })
  const offered: Offered = { kind, number, caller }
  void caller.over.then((report) => (offered.report = report))
  return offered
}

export interface Traffic {
  readonly offered: readonly Offered[]
  /** Resolves when the last call is over. */
  readonly over: Promise<void>
}

export interface Load {
  readonly perSecond: number
  readonly seconds: number
  /** Only so many kinds, from that one on; all, when absent. */
  readonly from?: number
  readonly count?: number
  /** Of the first call: numbers must not be those of another load. */
  readonly serial?: number
}

/** Offers calls of the kinds in turn; the list grows meanwhile. */
export function offerCalls(
  testBed: Places,
  kinds: readonly Kind[],
  { perSecond, seconds, from = 0, count = kinds.length, serial = 0 }: Load,
): Traffic {
  const offered: Offered[] = []
  async function run(): Promise<void> {
    const began = performance.now()
    for (let i = 0; i < perSecond * seconds; i++) {
      await delay(Math.max(0, began + (i * 1000) / perSecond - performance.now()))
      offered.push(offer(testBed, kinds, from + (i % count), serial + i))
    }
    await Promise.all(offered.map(({ caller }) => caller.over))
  }
  return { offered, over: run() }
}
