/** Who calls, read from the connect reply: every value is the caller's own text. */
import type { Headers } from '../esl/index.ts'
import { type Caller, cleanName, toE164 } from '../plan/index.ts'

/** User parts that networks put in place of a number that was withheld. */
const NO_NUMBER = new Set(['', 'anonymous', 'unknown', 'restricted', 'private', 'unavailable'])

/** Longer than any number; a user part in SIP is as long as its sender likes, and goes into records and URLs. */
const LONGEST = 128

/** A number as delivered, from the header of that name; empty when there is none. */
export function numberIn(headers: Headers, name: string): string {
  return (headers.get(name) ?? '').slice(0, LONGEST)
}

/** `country`: reads national numbers; undefined: only `+…` numbers become E.164. */
export function callerFrom(headers: Headers, country: string | undefined): Caller {
  const delivered = numberIn(headers, 'Caller-Caller-ID-Number')
  const withheld = isTrue(headers.get('Caller-Privacy-Hide-Number')) || NO_NUMBER.has(delivered.toLowerCase())
  if (withheld) return { number: '', name: '', withheld }
  const number = toE164(delivered, country) ?? delivered
  const hidden = isTrue(headers.get('Caller-Privacy-Hide-Name'))
  const name = hidden ? '' : cleanName(unquoted(headers.get('Caller-Caller-ID-Name') ?? ''))
  return { number, name: repeats(name, delivered, number, country) ? '' : name, withheld }
}

/** FreeSWITCH takes the quotes off a display name and leaves the pairs of RFC 3261's quoted-string in it. */
function unquoted(name: string): string {
  return name.replace(/\\(.)/g, '$1')
}

/** Phones without a name send their number as one, and FreeSWITCH fills an empty name in with it. */
function repeats(name: string, delivered: string, number: string, country: string | undefined): boolean {
  return name === delivered || name === number || toE164(name, country) === number
}

function isTrue(value: string | undefined): boolean {
  return value === 'true'
}
