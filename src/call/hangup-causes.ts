/** What FreeSWITCH's hang-up causes and dispositions mean, for a bridge and for the caller's channel. */
import type { BridgeOutcome } from '../plan/index.ts'

const OUTCOMES: Readonly<Record<string, BridgeOutcome>> = {
  SUCCESS: 'answered',
  USER_BUSY: 'busy',
  CALL_REJECTED: 'rejected',
  UNWANTED: 'rejected',
  NO_ANSWER: 'noAnswer',
  ALLOTTED_TIMEOUT: 'noAnswer',
  // Who answered and hung up without having confirmed.
  NORMAL_CLEARING: 'noAnswer',
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
}

/** The limit of a leg's ring time has a name of its own, and an attempt that was cut short has none. */
const CAUSES: Readonly<Record<string, string>> = {
  ALLOTTED_TIMEOUT: 'NO_ANSWER',
  NORMAL_CLEARING: 'NO_ANSWER',
  failure: 'NORMAL_TEMPORARY_FAILURE',
}

/**
 * How a bridge ended. `disposition` is `originate_disposition`, the one variable that is right for a whole
 * simultaneous list; the cause is the one that the call is released with where the plan names no other.
 */
export function bridgeResult(disposition: string): { outcome: BridgeOutcome; cause: string } {
  return { outcome: OUTCOMES[disposition] ?? 'failed', cause: CAUSES[disposition] ?? disposition }
}

/**
 * Whether a bridge may have rung somebody: not where no destination could be reached. FreeSWITCH sets `failure` as it begins, and
 * leaves it where the attempt is cut short.
 */
export const mayHaveRung = (disposition: string): boolean => OUTCOMES[disposition] !== 'unavailable'

/** How a call ended that was hung up while the plan went on. `cause`: the channel's, undefined if it was not reported. */
export function endingOf(cause: string | undefined): 'callerHungUp' | 'failed' {
  // An application that FreeSWITCH does not know, and a switch that shuts down.
  return cause === 'DESTINATION_OUT_OF_ORDER' || cause === 'SYSTEM_SHUTDOWN' ? 'failed' : 'callerHungUp'
}

/** Whether the caller hung up, by `sip_hangup_disposition`: sofia has `recv_bye` and `recv_cancel`, and `send_…` for FreeSWITCH. */
export function isByCaller(disposition: string | undefined): boolean {
  return disposition?.startsWith('recv_') === true
}
