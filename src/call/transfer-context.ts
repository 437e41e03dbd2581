import { BelplanError } from '../errors.ts'

/**
 * Where a transfer goes: the context that the step names, or the first of those that the operator allows.
 *
 * @throws BelplanError `refused`: a revision from before may name one that the operator has taken back since
 */
export function transferContext(wanted: string | undefined, allowed: readonly string[]): string {
  const context = wanted ?? allowed[0]
  if (context !== undefined && allowed.includes(context)) return context
  throw new BelplanError('refused', `the operator does not allow transfers to the context "${context ?? ''}"`)
}
