/** What FreeSWITCH's causes mean in a plan's terms. */
import type { BridgeOutcome } from '../plan/index.ts'

const OUTCOMES: Readonly<Record<string, BridgeOutcome>> = {
  SUCCESS: 'answered',
  USER_BUSY: 'busy',
  CALL_REJECTED: 'rejected',
  NO_ANSWER: 'noAnswer',
  ALLOTTED_TIMEOUT: 'noAnswer',
  USER_NOT_REGISTERED: 'unavailable',
  SUBSCRIBER_ABSENT: 'unavailable',
  NO_USER_RESPONSE: 'unavailable',
  UNALLOCATED_NUMBER: 'unavailable',
  NUMBER_CHANGED: 'unavailable',
  GATEWAY_DOWN: 'unavailable',
  NORMAL_TEMPORARY_FAILURE: 'unavailable',
  RECOVERY_ON_TIMER_EXPIRE: 'unavailable',
  NETWORK_OUT_OF_ORDER: 'unavailable',
  SERVICE_UNAVAILABLE: 'unavailable',
  NORMAL_CIRCUIT_CONGESTION: 'unavailable',
  SWITCH_CONGESTION: 'unavailable',
  DESTINATION_OUT_OF_ORDER: 'unavailable',
  NO_ROUTE_DESTINATION: 'unavailable',
  UNWANTED: 'rejected',
}

/**
 * What a bridge came to. `disposition` is `originate_disposition`, the one variable that is right for a whole
 * simultaneous list; the cause is what the caller is told where the plan says nothing else.
 */
export function bridgeResult(disposition: string): { outcome: BridgeOutcome; cause: string } {
  return { outcome: OUTCOMES[disposition] ?? 'failed', cause: CAUSES[disposition] ?? disposition }
}

/** The limit of a leg's ring time has a name of its own, and an attempt that was cut short has none. */
const CAUSES: Readonly<Record<string, string>> = {
  ALLOTTED_TIMEOUT: 'NO_ANSWER',
  failure: 'NORMAL_TEMPORARY_FAILURE',
}
