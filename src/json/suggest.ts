/** Suggestions for misspelt words: `brigde` is near `bridge`. */

/** No name may be longer; comparing two words takes the product of their lengths. */
const LONGEST = 64

/** More names than that are written by a program, and each wrong one would be compared with all. */
const MANY = 200

/** The word of `words` that is the fewest mistypings away, or that contains `word`; undefined if none is near. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (word.length > LONGEST || words.length > MANY) return undefined
  const wanted = word.toLowerCase()
  let best: string | undefined
  let fewest = word.length < 3 ? 1 : Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of words) {
    if (Math.abs(candidate.length - word.length) >= fewest) continue
    const slips = distance(wanted, candidate.toLowerCase())
    if (slips < fewest) [best, fewest] = [candidate, slips]
  }
  return (
    best ??
    (word.length < 3 ? undefined : words.find((candidate) => candidate.toLowerCase().includes(wanted)))
  )
}

const FEW = 24

/** `; did you mean "bridge"?`, or what is allowed where nothing is near. */
export function suggest(word: string, words: readonly string[]): string {
  const near = nearest(word, words)
  if (near !== undefined) return `; did you mean "${near}"?`
  return words.length === 0 ? '' : `; write ${allowed(words)}`
}

/** All of a short list, the beginning of a long one. */
export function allowed(words: readonly unknown[]): string {
  return words.length > FEW
    ? `one of ${words.length} words such as ${oneOf(words.slice(0, 3))}`
    : oneOf(words)
}

/** `"a", "b" or "c"` */
export function oneOf(words: readonly unknown[]): string {
  const quoted = words.map((word) => JSON.stringify(word))
  const last = quoted.at(-1) ?? ''
  return quoted.length < 2 ? last : `${quoted.slice(0, -1).join(', ')} or ${last}`
}

/** Optimal string alignment: insert, delete, replace, swap of neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, before[j - 2]! + 1)
      next.push(least)
    }
    ;[before, row] = [row, next]
  }
  return row[b.length]!
}
