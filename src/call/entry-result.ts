/** What was keyed, from the variables that play_and_get_digits leaves behind. */
import type { Headers } from '../esl/index.ts'
import type { DigitsInput } from '../plan/index.ts'

/**
 * Undefined: nothing was collected, since the prompt could not be played or the application never ran.
 *
 * `read_result` only says whether anything happened: it reads `timeout` for a good entry ended by a pause and
 * `failure` for silence, short entries and a lone terminator alike. Digits and terminator tell them apart;
 * a lone terminator keyed during the prompt of a one-digit entry reads `success` and leaves no other trace.
 */
export function entryFrom(headers: Headers): DigitsInput | undefined {
  const result = headers.variable('read_result')
  if (result === undefined) return undefined
  const digits = (headers.variable('belplan_digits') ?? '').replace(/[^0-9*#A-D]/g, '')
  const terminated =
    headers.variable('read_terminator_used') !== undefined || (digits === '' && result === 'success')
  return digits === '' && !terminated ? { kind: 'timeout' } : { kind: 'digits', digits, terminated }
}

/** Nothing clears these but us: an entry is only known to be new when they were empty before it. */
export const NO_ENTRY = {
  read_result: undefined,
  read_terminator_used: undefined,
  belplan_digits: undefined,
  belplan_digits_invalid: undefined,
} as const
