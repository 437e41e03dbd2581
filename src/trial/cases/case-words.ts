/** What became of a case, in the words that `belplan test` and the API have for it. */
import type { TrialReport } from '../report.ts'

/** Of the way that a call took, the first and the last steps. */
const MOST_STEPS = 12

/** A step at a moment; without one, when it began. */
export function pointInWords(
  { step, type, atMs: beganMs }: TrialReport['steps'][number],
  atMs = beganMs,
): string {
  return `${step} (${type}), ${(atMs / 1000).toFixed(2)} s`
}

/** The way that the call took: `main/0 ACK, main/1 noAnswer`. */
export function wayInWords({ steps }: Pick<TrialReport, 'steps'>): string {
  const texts = steps.map(
    ({ step, outcome, reason }) => `${step} ${outcome}${typeof reason === 'string' ? ` (${reason})` : ''}`,
  )
  const half = MOST_STEPS / 2
  const some = texts.length > MOST_STEPS ? [...texts.slice(0, half), '…', ...texts.slice(-half)] : texts
  return some.join(', ') || 'no step'
}
