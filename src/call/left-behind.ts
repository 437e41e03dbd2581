/** What FreeSWITCH did for the controller that held a call before, as its variables tell when the call comes back. */
import type { Headers } from '../esl/index.ts'
import type { DigitsInput } from '../plan/index.ts'
import { entryFrom } from './entry-result.ts'

export interface LeftBehind {
  /** Digits are in its variables. */
  readonly digitsHeld: boolean
  /** The entry that it finished collecting. */
  readonly entry: DigitsInput | undefined
  /** How the bridge went, as `originate_disposition` has it; undefined: it never began. */
  readonly disposition: string | undefined
  /** Something of an earlier bridge is in its variables. */
  readonly bridgeHeld: boolean
}

export function leftBehind(headers: Headers): LeftBehind {
  const disposition = headers.variable('originate_disposition')
  return {
    digitsHeld: headers.variable('belplan_digits') !== undefined,
    entry: entryFrom(headers),
    disposition,
    bridgeHeld: (disposition ?? headers.variable('last_bridge_proto_specific_hangup_cause')) !== undefined,
  }
}
