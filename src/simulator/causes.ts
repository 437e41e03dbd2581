/** Hang-up causes: their Q.850 numbers (switch_channel.c) and the SIP status each becomes (mod_sofia.c). */

interface Cause {
  readonly q850: number
  readonly sip: number
}

const CAUSES: Readonly<Record<string, Cause>> = {
  NONE: { q850: 0, sip: 480 },
  UNALLOCATED_NUMBER: { q850: 1, sip: 404 },
  NO_ROUTE_TRANSIT_NET: { q850: 2, sip: 404 },
  NO_ROUTE_DESTINATION: { q850: 3, sip: 404 },
  NORMAL_CLEARING: { q850: 16, sip: 480 },
  USER_BUSY: { q850: 17, sip: 486 },
  NO_USER_RESPONSE: { q850: 18, sip: 408 },
  NO_ANSWER: { q850: 19, sip: 480 },
  SUBSCRIBER_ABSENT: { q850: 20, sip: 480 },
  CALL_REJECTED: { q850: 21, sip: 603 },
  NUMBER_CHANGED: { q850: 22, sip: 410 },
  EXCHANGE_ROUTING_ERROR: { q850: 25, sip: 483 },
  DESTINATION_OUT_OF_ORDER: { q850: 27, sip: 502 },
  INVALID_NUMBER_FORMAT: { q850: 28, sip: 484 },
  FACILITY_REJECTED: { q850: 29, sip: 501 },
  NORMAL_UNSPECIFIED: { q850: 31, sip: 480 },
  NORMAL_CIRCUIT_CONGESTION: { q850: 34, sip: 503 },
  NETWORK_OUT_OF_ORDER: { q850: 38, sip: 503 },
  NORMAL_TEMPORARY_FAILURE: { q850: 41, sip: 503 },
  SWITCH_CONGESTION: { q850: 42, sip: 503 },
  REQUESTED_CHAN_UNAVAIL: { q850: 44, sip: 503 },
  OUTGOING_CALL_BARRED: { q850: 52, sip: 403 },
  INCOMING_CALL_BARRED: { q850: 54, sip: 403 },
  BEARERCAPABILITY_NOTAUTH: { q850: 57, sip: 403 },
  BEARERCAPABILITY_NOTAVAIL: { q850: 58, sip: 503 },
  SERVICE_UNAVAILABLE: { q850: 63, sip: 480 },
  CHAN_NOT_IMPLEMENTED: { q850: 66, sip: 480 },
  FACILITY_NOT_IMPLEMENTED: { q850: 69, sip: 501 },
  SERVICE_NOT_IMPLEMENTED: { q850: 79, sip: 501 },
  INCOMPATIBLE_DESTINATION: { q850: 88, sip: 488 },
  RECOVERY_ON_TIMER_EXPIRE: { q850: 102, sip: 504 },
  INTERWORKING: { q850: 127, sip: 480 },
  ORIGINATOR_CANCEL: { q850: 16, sip: 487 },
  USER_NOT_REGISTERED: { q850: 20, sip: 480 },
  ALLOTTED_TIMEOUT: { q850: 16, sip: 480 },
  INVALID_GATEWAY: { q850: 28, sip: 484 },
  INVALID_PROFILE: { q850: 27, sip: 502 },
  INVALID_URL: { q850: 28, sip: 484 },
  GATEWAY_DOWN: { q850: 27, sip: 503 },
  LOSE_RACE: { q850: 26, sip: 480 },
  CHANNEL_UNACCEPTABLE: { q850: 6, sip: 480 },
  CALL_AWARDED_DELIVERED: { q850: 7, sip: 480 },
  REDIRECTION_TO_NEW_DESTINATION: { q850: 23, sip: 410 },
  RESPONSE_TO_STATUS_ENQUIRY: { q850: 30, sip: 480 },
  ACCESS_INFO_DISCARDED: { q850: 43, sip: 480 },
  PRE_EMPTED: { q850: 45, sip: 480 },
  FACILITY_NOT_SUBSCRIBED: { q850: 50, sip: 480 },
  BEARERCAPABILITY_NOTIMPL: { q850: 65, sip: 488 },
  INVALID_CALL_REFERENCE: { q850: 81, sip: 480 },
  INVALID_MSG_UNSPECIFIED: { q850: 95, sip: 480 },
  MANDATORY_IE_MISSING: { q850: 96, sip: 480 },
  MESSAGE_TYPE_NONEXIST: { q850: 97, sip: 480 },
  WRONG_MESSAGE: { q850: 98, sip: 480 },
  IE_NONEXIST: { q850: 99, sip: 480 },
  INVALID_IE_CONTENTS: { q850: 100, sip: 480 },
  WRONG_CALL_STATE: { q850: 101, sip: 480 },
  MANDATORY_IE_LENGTH_ERROR: { q850: 103, sip: 480 },
  PROTOCOL_ERROR: { q850: 111, sip: 480 },
  SUCCESS: { q850: 16, sip: 480 },
  CRASH: { q850: 16, sip: 480 },
  SYSTEM_SHUTDOWN: { q850: 16, sip: 480 },
  MANAGER_REQUEST: { q850: 16, sip: 480 },
  BLIND_TRANSFER: { q850: 16, sip: 480 },
  ATTENDED_TRANSFER: { q850: 16, sip: 480 },
  USER_CHALLENGE: { q850: 16, sip: 480 },
  MEDIA_TIMEOUT: { q850: 16, sip: 480 },
  PICKED_OFF: { q850: 16, sip: 480 },
  PROGRESS_TIMEOUT: { q850: 16, sip: 480 },
  NO_PICKUP: { q850: 16, sip: 480 },
  SRTP_READ_ERROR: { q850: 16, sip: 480 },
  BOWOUT: { q850: 16, sip: 480 },
  BUSY_EVERYWHERE: { q850: 16, sip: 600 },
  DECLINE: { q850: 16, sip: 603 },
  DOES_NOT_EXIST_ANYWHERE: { q850: 16, sip: 604 },
  NOT_ACCEPTABLE: { q850: 16, sip: 606 },
  UNWANTED: { q850: 16, sip: 607 },
  NO_IDENTITY: { q850: 16, sip: 428 },
  BAD_IDENTITY_INFO: { q850: 16, sip: 429 },
  UNSUPPORTED_CERTIFICATE: { q850: 16, sip: 437 },
  INVALID_IDENTITY: { q850: 16, sip: 438 },
  STALE_DATE: { q850: 16, sip: 403 },
  REJECT_ALL: { q850: 16, sip: 603 },
}

/** Refusals by their SIP status: the cause and the words that go with it. */
const REFUSALS: Readonly<Record<number, readonly [cause: string, phrase: string]>> = {
  302: ['REQUESTED_CHAN_UNAVAIL', 'Moved Temporarily'],
  403: ['CALL_REJECTED', 'Forbidden'],
  404: ['UNALLOCATED_NUMBER', 'Not Found'],
  408: ['RECOVERY_ON_TIMER_EXPIRE', 'Request Timeout'],
  410: ['NUMBER_CHANGED', 'Gone'],
  480: ['NO_USER_RESPONSE', 'Temporarily Unavailable'],
  484: ['INVALID_NUMBER_FORMAT', 'Address Incomplete'],
  486: ['USER_BUSY', 'Busy Here'],
  488: ['INCOMPATIBLE_DESTINATION', 'Not Acceptable Here'],
  500: ['NORMAL_TEMPORARY_FAILURE', 'Internal Server Error'],
  503: ['NORMAL_TEMPORARY_FAILURE', 'Service Unavailable'],
  600: ['USER_BUSY', 'Busy Everywhere'],
  603: ['CALL_REJECTED', 'Decline'],
}

/** DIALSTATUS where it is not the cause itself (switch_ivr_originate.c). */
const DIAL_STATUS: Readonly<Record<string, string>> = {
  ORIGINATOR_CANCEL: 'CANCEL',
  USER_BUSY: 'BUSY',
  NO_ANSWER: 'NOANSWER',
  DESTINATION_OUT_OF_ORDER: 'INVALIDARGS',
  INVALID_PROFILE: 'INVALIDARGS',
  CALL_REJECTED: 'DONTCALL',
}

/** What FreeSWITCH makes of a cause's name: case does not matter, and one that it does not know is 16. */
export function causeNamed(name: string): string {
  const upper = name.toUpperCase()
  return upper in CAUSES ? upper : 'NORMAL_CLEARING'
}

export function q850(cause: string): number {
  return CAUSES[cause]?.q850 ?? 16
}

/**
 * The SIP status that refuses the caller. The status of the last leg dialled, if any, replaces the cause's own
 * (mod_sofia.c, sofia_on_hangup).
 */
export function finalStatus(cause: string, variables: { get(name: string): string | undefined }): number {
  const left = /^sips?:(\d+)/.exec(variables.get('last_bridge_proto_specific_hangup_cause') ?? '')
  return left ? Number(left[1]) : (CAUSES[cause]?.sip ?? 480)
}

export function refusal(sip: number): readonly [cause: string, phrase: string] {
  return REFUSALS[sip] ?? ['NORMAL_UNSPECIFIED', 'Unknown']
}

export function dialStatus(cause: string): string {
  return DIAL_STATUS[cause] ?? cause
}
