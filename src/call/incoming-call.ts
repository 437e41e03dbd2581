/** What the connect reply says of a call: who calls, what was dialled, and the checkpoint. Every value may be the caller's own text. */
import type { Headers } from '../esl/index.ts'
import { type Caller, cleanName, dialledForms, type E164Of, toE164 } from '../plan/index.ts'
import { BELPLAN_NODE } from '../records/index.ts'
import { readHopCount, type HopCount } from '../routing/index.ts'
import { type Checkpoint, type CheckpointSignature, decodeCheckpoint } from './checkpoint.ts'

export interface IncomingCall {
  readonly caller: Caller
  /** E.164 where it is valid, else as delivered. */
  readonly did: string
  /** As delivered. */
  readonly dialled: string
  /** The forms in which it is looked up. */
  readonly forms: readonly string[]
  readonly domain: string | undefined
  /** By FreeSWITCH's dialplan, or for a controller that held the call before. */
  readonly answered: boolean
  readonly hopCount: HopCount
  readonly at: Date
  /** The same, or when it was sent back to a plan after a conversation. */
  readonly arrivedAt: Date
  /** FreeSWITCH's Core-UUID: which start of FreeSWITCH the call is in. */
  readonly core: string
  /** Constant across retries of the socket, changed by a transfer; microseconds since 1970. */
  readonly profileCreated: string
  /** A controller has held the channel, for this call or for one before that was transferred to this. */
  readonly wasHeld: boolean
  /** Undefined: none, or none that belongs to this call. */
  readonly checkpoint: Checkpoint | undefined
  /** It has a checkpoint whose signature is not valid. */
  readonly unsigned: boolean
}

export interface ReadingOptions {
  /** Whose national numbers are read; undefined: only `+…` numbers become E.164. */
  readonly country: string | undefined
  readonly signature: CheckpointSignature
  /** Reads the dialled number; callers are seldom the same. */
  readonly e164Of?: E164Of
}

/** `headers`: the connect reply, or any other event of the call. */
export function readIncomingCall(
  headers: Headers,
  { country, signature, e164Of }: ReadingOptions,
): IncomingCall {
  const caller = callerOf(headers, country)
  const dialled = numberIn(headers, 'Caller-Destination-Number')
  const forms = dialledForms(dialled, country, e164Of)
  const profileCreated = headers.get('Caller-Profile-Created-Time') ?? '0'
  const signed = headers.variable('belplan_ckpt') ?? ''
  const verified = signed && signature.verify(signed, headers.get('Unique-ID') ?? '')
  const checkpoint = verified ? decodeCheckpoint(verified, caller.name) : undefined
  return {
    caller,
    dialled,
    forms,
    profileCreated,
    did: forms.at(-1) ?? '',
    domain: headers.variable('domain_name'),
    answered: headers.get('Answer-State') === 'answered',
    hopCount: readHopCount(headers),
    at: dateOf(headers.get('Caller-Channel-Created-Time')),
    arrivedAt: dateOf(profileCreated),
    core: headers.get('Core-UUID') ?? '',
    // The dialplan takes the checkpoint away from a call that comes in again.
    wasHeld: signed !== '' || headers.variable('belplan_node') === BELPLAN_NODE,
    checkpoint: checkpoint && belongsTo(headers, checkpoint, profileCreated) ? checkpoint : undefined,
    unsigned: verified === undefined,
  }
}

/** An agent of a queue is joined to the caller by a new profile; a transfer by the agent makes another one behind it. */
function belongsTo(headers: Headers, checkpoint: Checkpoint, profileCreated: string): boolean {
  if (checkpoint.profileCreated === profileCreated) return true
  const agent = headers.variable('cc_agent_uuid')
  if (checkpoint.operation !== 'queue' || agent === undefined) return false
  return headers.get('Caller-Transfer-Source')?.endsWith(`:uuid_br:${agent}`) === true
}

/** Longer than any number; a user part in SIP is as long as its sender likes, and goes into records and URLs. */
const LONGEST = 128

/** A number as delivered, from the header of that name; empty when there is none. */
function numberIn(headers: Headers, name: string): string {
  return (headers.get(name) ?? '').slice(0, LONGEST)
}

/** Microseconds since 1970; now, for what is no time. */
function dateOf(microseconds: string | undefined): Date {
  const at = new Date(Number(microseconds ?? NaN) / 1000)
  return Number.isNaN(at.getTime()) ? new Date() : at
}

/** User parts that networks put in place of a number that was withheld. */
const WITHHELD_USER_PARTS = new Set(['', 'anonymous', 'unknown', 'restricted', 'private', 'unavailable'])

function callerOf(headers: Headers, country: string | undefined): Caller {
  const delivered = numberIn(headers, 'Caller-Caller-ID-Number')
  const withheld =
    headers.get('Caller-Privacy-Hide-Number') === 'true' || WITHHELD_USER_PARTS.has(delivered.toLowerCase())
  if (withheld) return { number: '', name: '', withheld }
  const number = toE164(delivered, country) ?? delivered
  const hidden = headers.get('Caller-Privacy-Hide-Name') === 'true'
  // FreeSWITCH removes the quotes around a display name and leaves RFC 3261's quoted-pairs in it.
  const unquoted = (headers.get('Caller-Caller-ID-Name') ?? '').replace(/\\(.)/g, '$1')
  const name = hidden ? '' : cleanName(unquoted)
  return { number, name: isNumber(name, delivered, number, country) ? '' : name, withheld }
}

/** Phones without a name send their number as one, and FreeSWITCH puts it in place of an empty name. */
function isNumber(name: string, delivered: string, number: string, country: string | undefined): boolean {
  return name === delivered || name === number || toE164(name, country) === number
}
