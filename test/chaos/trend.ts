/** Whether memory is level, from samples that the calls under way go up and down in. */
export interface Trend {
  readonly level: number
  /** Along the fitted line, from the first to the last. */
  readonly growth: number
}

/** Samples whose lowest one counts: with the fewest calls under way. */
const WINDOW = 10

/** Fits a line through the lowest sample of each window, by least squares. */
export function trend(samples: readonly number[]): Trend {
  const lows: number[] = []
  for (let i = 0; i < samples.length; i += WINDOW) lows.push(Math.min(...samples.slice(i, i + WINDOW)))
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanX, meanY] = [(lows.length - 1) / 2, mean(lows)]
  const covariance = lows.reduce((sum, y, x) => sum + (x - meanX) * (y - meanY), 0)
  const variance = lows.reduce((sum, _, x) => sum + (x - meanX) ** 2, 0)
  const slope = variance === 0 ? 0 : covariance / variance
  return { level: meanY, growth: slope * (lows.length - 1) }
}
