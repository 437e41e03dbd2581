/** What a run comes to: a table of figures, each with its promise where there is one. */
export interface Row {
  readonly what: string
  readonly value: string | number
  /** What was promised, in words; a row without one only informs. */
  readonly promise?: string
  readonly kept?: boolean
}

export interface Verdict {
  readonly title: string
  readonly rows: readonly Row[]
  /** A line for each thing that went wrong, the first few of a kind. */
  readonly faults: readonly string[]
}

export const isKept = ({ rows }: Verdict): boolean => rows.every(({ kept = true }) => kept)

/** A figure that must be 0. */
export const none = (what: string, value: number): Row => ({ what, value, promise: '0', kept: value === 0 })

/** A figure that only informs. */
export const figure = (what: string, value: string | number): Row => ({ what, value })

export const atMost = (what: string, value: number, most: number, unit = 'ms'): Row => ({
  what,
  value: `${Math.round(value)} ${unit}`,
  promise: `at most ${most} ${unit}`,
  kept: value <= most,
})

export const holds = (what: string, value: string | number, promise: string, kept: boolean): Row => ({
  ...{ what, value, promise, kept },
})

/** The table as text. */
export function print({ title, rows, faults }: Verdict): string {
  const wide = Math.max(...rows.map(({ what }) => what.length))
  const lines = rows.map(({ what, value, promise, kept }) => {
    const mark = kept === undefined ? ' ' : kept ? '✓' : '✗'
    return `  ${mark} ${what.padEnd(wide)}  ${String(value).padStart(10)}${promise === undefined ? '' : `  (${promise})`}`
  })
  return [title, ...lines, ...faults.slice(0, 40).map((fault) => `    ${fault}`)].join('\n')
}

/** `share` of the values are at or below the result; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((x, y) => x - y)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
}
