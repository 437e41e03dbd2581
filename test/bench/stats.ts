/** Numbers of many runs. */

/** @param q from 0 to 1; the values need no order, NaN among them is left out */
export function quantile(values: Iterable<number>, q: number): number {
  const sorted = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort()
  if (sorted.length === 0) return NaN
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Half of what lies between the lowest and the highest, in percent of the median. */
export const spreadPercent = (values: readonly number[]): number =>
  ((Math.max(...values) - Math.min(...values)) / 2 / median(values)) * 100
