/** What FreeSWITCH's causes mean in a plan's terms. */
import type { BridgeOutcome } from '../plan/call.ts'

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

/** `disposition` is `originate_disposition`, the one variable that is right for a whole simultaneous list. */
export function bridgeOutcome(disposition: string): BridgeOutcome {
  return OUTCOMES[disposition] ?? 'failed'
}
