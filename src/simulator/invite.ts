/** The INVITE that a leg sends: who calls, as mod_sofia would put it, mistakes included. */
import type { Channel } from './channel.ts'
import { destinationOf, type Leg } from './dial-string.ts'
import type { Invite } from './script.ts'
import { decode, isTrue, toText } from './text.ts'

/** Builds the INVITE; what should not be in one is a violation. Undefined where none can be sent. */
export function inviteFor(channel: Channel, leg: Leg): Invite | undefined {
  const leaving = exported(channel, leg)
  const number =
    leaving.get('origination_caller_id_number') ??
    own(channel, 'effective_caller_id_number', channel.who.caller)
  const shown =
    leaving.get('origination_caller_id_name') ??
    own(channel, 'effective_caller_id_name', channel.who.name || channel.who.caller)
  const name = display(channel, shown)
  if (name === undefined) return undefined
  if (/[^\w+*#.-]/.test(number)) channel.notes.violate(`INVITE from a number that is none: ${number}`)
  const privacy = leaving.get('origination_privacy') ?? ''
  const headers = identity(leaving, name, number)
  for (const [header, value] of customHeaders(channel, leaving)) {
    if (/[\r\n]/.test(value)) channel.notes.violate(`INVITE with a forged header in ${header}: ${value}`)
    headers[toText(header)] = toText(value)
  }
  return {
    destination: toText(destinationOf(leg.endpoint)),
    endpoint: toText(leg.endpoint),
    number: privacy.includes('hide_number') ? 'anonymous' : toText(number),
    name: privacy.includes('hide_name') ? 'Anonymous' : toText(name),
    privacy: /\bid\b/.test(leaving.get('sip_h_Privacy') ?? ''),
    headers,
  }
}

function own(channel: Channel, variable: string, otherwise: string): string {
  return channel.variables.get(variable) ?? otherwise
}

/** The new leg's variables: its own, and those of the caller's that `export_vars` names. */
function exported(channel: Channel, leg: Leg): Map<string, string> {
  const variables = new Map<string, string>()
  for (const name of (channel.variables.get('export_vars') ?? '').split(',')) {
    const value = channel.variables.get(name)
    if (value !== undefined) variables.set(name, value)
  }
  for (const [name, value] of leg.variables) variables.set(name, value)
  return variables
}

/** `Remote-Party-ID` names the caller unless `sip_cid_type` says otherwise, `From` anonymous or not. */
function identity(
  leaving: ReadonlyMap<string, string>,
  name: string,
  number: string,
): Record<string, string> {
  const type = leaving.get('sip_cid_type') ?? 'rpid'
  if (type === 'none') return {}
  const party = toText(`"${name}" <sip:${number}@127.0.0.1>`)
  return type === 'pid' ? { 'P-Asserted-Identity': party } : { 'Remote-Party-ID': `${party};party=calling` }
}

/** Headers set on the leg, and those of the caller's INVITE, which are copied unless that is switched off. */
function customHeaders(channel: Channel, leaving: ReadonlyMap<string, string>): [string, string][] {
  const headers: [string, string][] = []
  const copy = channel.variables.get('sip_copy_custom_headers')
  if (copy === undefined || isTrue(copy)) {
    for (const [name, value] of channel.variables) {
      if (/^sip_h_(X-|P-|Diversion|User-to-User)/i.test(name))
        headers.push([name.slice('sip_h_'.length), value])
    }
  }
  for (const [name, value] of leaving) {
    if (name.startsWith('sip_h_')) headers.push([name.slice('sip_h_'.length), value])
  }
  return headers
}

/**
 * The display name on its way into `From`: cut like an address, percent-decoded, then read as a quoted string.
 * A line break that decodes out of it is a header of its own.
 */
function display(channel: Channel, name: string): string | undefined {
  const quoted = /"(.*)"/s.exec(name)?.[1] ?? name
  const address = quoted.slice(Math.max(quoted.lastIndexOf(':'), quoted.lastIndexOf('/')) + 1)
  const at = address.indexOf('@')
  const decoded = decode(at < 0 ? address : address.slice(0, at))
  if (/[\r\n]/.test(decoded))
    channel.notes.violate(`INVITE with a forged header in the display name: ${decoded}`)
  if (!/^(?:[^"\\]|\\[\s\S])*$/.test(decoded)) {
    channel.notes.violate(`INVITE that cannot be sent, for its display name: ${decoded}`)
    return undefined
  }
  return decoded.replace(/\\([\s\S])/g, '$1')
}
