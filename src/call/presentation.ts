/** What the called party sees, in FreeSWITCH's variables. */
import type { LegVariables, VariableValues } from '../esl/index.ts'
import type { Caller, ShownCaller } from '../plan/index.ts'

/** `variables` are for the caller's channel, `legVariables` for the new leg. */
interface Shown {
  readonly variables: VariableValues
  readonly legVariables: LegVariables
}

/** Shown in place of a number: accepted by gateways, direct and `user/` targets alike. */
const SHOWN_FOR_WITHHELD = 'anonymous'
const NO_NAME = 'Anonymous'

/**
 * Number and name are always set together, since FreeSWITCH fills in what is missing from the caller's own,
 * also in an UPDATE after the answer.
 *
 * @param written how a name is written where it is shown
 */
export function shownTo(shown: ShownCaller, caller: Caller, did: string, written = displayName): Shown {
  const { presentation, nameSet } = shown
  // FreeSWITCH takes its own name of the caller in place of an empty one, which is what a blank comes to.
  const name = written(shown.name)
  if (presentation === 'suppressed') return hidden(NO_NAME)
  if (presentation === 'called') return visible(did, name)
  return caller.withheld ? hidden(nameSet && name !== '' ? name : NO_NAME) : visible(caller.number, name)
}

function visible(number: string, name: string): Shown {
  const user = sipUser(number)
  return user === '' ? hidden(name || NO_NAME) : { variables: callerId(user, name || user), legVariables: {} }
}

function hidden(name: string): Shown {
  const hide = name === NO_NAME ? 'hide_name:hide_number' : 'hide_number'
  return {
    variables: callerId(SHOWN_FOR_WITHHELD, name),
    legVariables: { sip_h_Privacy: 'id', origination_privacy: hide, sip_cid_type: 'none' },
  }
}

function callerId(number: string, name: string): VariableValues {
  return { effective_caller_id_number: number, effective_caller_id_name: name }
}

/** A number as it may stand in a SIP user part: a caller can send anything at all as theirs. */
function sipUser(number: string): string {
  return number.replace(/[^A-Za-z0-9+*#_.-]/g, '').slice(0, 64)
}

/**
 * What names the caller of a message in a mailbox: on the caller's channel, where mod_voicemail takes the name as it is
 * (voicemail_leave_main). Without them it would be what the bridge before has shown, or a number that is withheld.
 */
export function namedInMailbox(shown: ShownCaller, caller: Caller, did: string): VariableValues {
  return shownTo(shown, caller, did, plainName).variables
}

/**
 * What mod_callcenter has for a member of a queue, in place of what the caller sent (callcenter_function): FreeSWITCH decodes
 * that, and a line break in it would be one between the members that are listed.
 */
export function listedInQueue({ name }: ShownCaller, caller: Caller): VariableValues {
  const number = sipUser(caller.number) || SHOWN_FOR_WITHHELD
  return { caller_id_number: number, caller_id_name: plainName(name).replaceAll('|', ' ').trim() || number }
}

/**
 * FreeSWITCH percent-decodes a display name, cuts at `:`, `/` and `@`, and takes an inner quote for the end
 * of it (sofia's caller-ID handling). So whatever has a meaning is encoded.
 */
export function displayName(name: string): string {
  return plainName(name)
    .replace(/[%:/@]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('\\', '%5C%5C')
}

/** A name in a variable, where FreeSWITCH would expand `${`: what has a meaning is replaced. */
function plainName(name: string): string {
  return name
    .replace(/\p{Cc}+/gu, ' ')
    .replaceAll('"', "'")
    .replace(/\$(?=[{\\$'])/g, '$ ')
    .trim()
}

/**
 * The leg variables as the caller's channel exports them: to whatever the dialplan rings after a transfer, or to the
 * agents of a queue.
 */
export function exported(
  legVariables: LegVariables,
  as: 'export_vars' | 'cc_export_vars' = 'export_vars',
): VariableValues {
  const names = Object.keys(legVariables)
  return names.length === 0 ? {} : { ...legVariables, [as]: names.join(',') }
}
