/** Infinity is a plan's own silence for ever. */
export const inSeconds = (seconds: number): string =>
  seconds === Infinity ? 'no end' : `${Number(seconds.toFixed(1))} s`

export const upTo = (seconds: number): string =>
  seconds === Infinity ? 'without end' : `up to ${inSeconds(seconds)}`
