/** Which of a controller's counts others have to know, so that a limit holds for all together. */
import { EMPTY, type Tally } from '../util/tally.ts'

/** What is counted of a key. */
export interface Counted {
  readonly numbers: readonly number[]
  /** Of the limit. */
  readonly share: number
}

export interface ToldCounts {
  /** What the others have told. */
  readonly others: Tally
  setOthers(others: Tally | undefined): void
  /** Whether others are told at all. */
  readonly isTold: boolean
  /** A key is counted anew. */
  touch(key: string): void
  /**
   * Keys whose count is half of one controller's part of the limit, and all that another one tells of: as long as none has as
   * much, all of them together have less than half of the limit. `most` of them, those nearest to their limit.
   *
   * @param all those that are counted, looked through where it is not known which have changed: some thousand each time
   * @param groupOf of a key; no group has more than a quarter of what is told
   */
  own(
    options: {
      readonly controllers: number
      readonly most: number
      readonly all: () => Iterator<string>
      readonly groupOf?: ((key: string) => string) | undefined
    },
    count: (key: string) => Counted | undefined,
  ): Tally
}

/** Keys that are looked through at once, which takes 2 ms. */
const MOST_AT_ONCE = 2000

export function createToldCounts(): ToldCounts {
  let others = EMPTY
  /** Since they were told last; undefined: they have not been told. */
  let touched: Set<string> | undefined
  let told = EMPTY
  let among = 0
  /** What is left to be looked through. */
  let rest: Iterator<string, unknown> | undefined

  function* nextOfRest(): Iterable<string> {
    for (let i = 0; rest && i < MOST_AT_ONCE; i++) {
      const next: IteratorResult<string, unknown> = rest.next()
      if (next.done) rest = undefined
      else yield next.value
    }
  }

  return {
    get others() {
      return others
    },
    setOthers(counts) {
      others = counts ?? EMPTY
      if (counts === undefined) touched = undefined
    },
    get isTold() {
      return touched !== undefined
    },
    touch: (key) => void touched?.add(key),
    own({ controllers, most, all, groupOf }, count) {
      if (touched === undefined || among !== controllers) rest = all()
      const keys = new Set([...(touched ?? []), ...told.keys(), ...others.keys(), ...nextOfRest()])
      touched = new Set()
      among = controllers
      const found: (Counted & { readonly key: string })[] = []
      for (const key of keys) {
        const counted = count(key)
        if (counted && (counted.share * 2 * controllers >= 1 || others.has(key)))
          found.push({ key, ...counted })
      }
      if (found.length > most || groupOf) found.sort((a, b) => b.share - a.share)
      const inGroup = new Map<string, number>()
      const kept = new Map<string, readonly number[]>()
      for (const { key, numbers } of found) {
        if (kept.size === most) break
        const group = groupOf?.(key)
        if (group !== undefined) {
          const before = inGroup.get(group) ?? 0
          if (before >= most / 4) continue
          inGroup.set(group, before + 1)
        }
        kept.set(key, numbers)
      }
      return (told = kept)
    },
  }
}
