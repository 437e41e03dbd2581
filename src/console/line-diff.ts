/** Which lines of a text are other ones: what both begin and end with is left out, but for some lines around. */
export interface DiffLine {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
  /** In the text that it is of; counts from 1. */
  readonly line: number
}

const AROUND = 2

export function lineDiff(before: string, after: string): DiffLine[] {
  const [was, is] = [before, after].map((text) => text.split('\n')) as [string[], string[]]
  const shorter = Math.min(was.length, is.length)
  let begin = 0
  while (begin < shorter && was[begin] === is[begin]) begin++
  let end = 0
  while (end < shorter - begin && was[was.length - 1 - end] === is[is.length - 1 - end]) end++
  if (begin === was.length && begin === is.length) return []
  const lines = (kind: DiffLine['kind'], of: readonly string[], from: number, to: number): DiffLine[] =>
    of.slice(from, to).map((text, i) => ({ kind, text, line: from + i + 1 }))
  return [
    ...lines('same', is, Math.max(0, begin - AROUND), begin),
    ...lines('removed', was, begin, was.length - end),
    ...lines('added', is, begin, is.length - end),
    ...lines('same', is, is.length - end, is.length - end + AROUND),
  ]
}
