/** Numbers that several controllers count, each for itself, and which are added up. */
export type Tally = ReadonlyMap<string, readonly number[]>

export const EMPTY: Tally = new Map()

/** Adds the numbers of each key to those in `sum`. */
export function addTally(
  sum: Map<string, number[]>,
  more: Iterable<readonly [string, readonly number[]]>,
): void {
  for (const [key, numbers] of more) {
    const there = sum.get(key)
    if (there) numbers.forEach((number, place) => (there[place] = (there[place] ?? 0) + number))
    else sum.set(key, [...numbers])
  }
}
