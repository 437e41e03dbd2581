/** Which items of a list are which of another, so that one more at the top does not make all others different. */

/** Places in the two lists, in order; one of them is absent where an item came or went. */
export type Pair = readonly [before: number | undefined, after: number | undefined]

/**
 * The alignment with the highest sum of `score`, the global alignment of Needleman and Wunsch. Items that score 0 are
 * never a pair. Takes time and memory by the product of the lengths without what is the same at both ends.
 * @param most the score of equal items, at most 13, so that the sum over 5,000 steps fits
 */
export function align<T>(
  before: readonly T[],
  after: readonly T[],
  score: (before: T, after: T) => number,
  most: number,
): Pair[] {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && score(before[head]!, after[head]!) === most) head++
  let tail = 0
  while (tail < shorter - head && score(before.at(-1 - tail)!, after.at(-1 - tail)!) === most) tail++

  const rows = before.length - head - tail
  const columns = after.length - head - tail
  const scoreAt = (i: number, j: number) => score(before[head + i]!, after[head + j]!)
  const best = table(rows, columns, scoreAt)
  const at = (i: number, j: number) => best[i * (columns + 1) + j]!

  const pairs: Pair[] = Array.from({ length: head }, (_, i) => [i, i])
  let [i, j] = [0, 0]
  while (i < rows || j < columns) {
    const both = i < rows && j < columns ? scoreAt(i, j) : 0
    if (both > 0 && at(i, j) === both + at(i + 1, j + 1)) pairs.push([head + i++, head + j++])
    else if (i < rows && at(i, j) === at(i + 1, j)) pairs.push([head + i++, undefined])
    else pairs.push([undefined, head + j++])
  }
  for (let k = tail; k > 0; k--) pairs.push([before.length - k, after.length - k])
  return pairs
}

/** The highest sum of what is behind each pair of places. */
function table(rows: number, columns: number, scoreAt: (i: number, j: number) => number): Uint16Array {
  const width = columns + 1
  const best = new Uint16Array((rows + 1) * width)
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const both = scoreAt(i, j)
      const without = Math.max(best[(i + 1) * width + j]!, best[i * width + j + 1]!)
      best[i * width + j] = both === 0 ? without : Math.max(without, both + best[(i + 1) * width + j + 1]!)
    }
  }
  return best
}
