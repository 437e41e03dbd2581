/** The caller profile of a leg: who calls whom, and when what happened (switch_caller.h). */
import { randomUUID } from 'node:crypto'
import type { CallScript } from './script.ts'
import { toBytes, urlDecode } from './strings.ts'

/** One leg, as switch_caller_profile has it. One character per byte. */
export interface CallerProfile {
  readonly direction: 'inbound' | 'outbound'
  readonly id: string
  readonly channelName: string
  /** The caller's number. */
  readonly number: string
  /** The caller's display name; empty for none. */
  readonly name: string
  readonly destination: string
  /** `Privacy: id` came with the INVITE. */
  readonly privacy: boolean
  /** The number shown as the callee's, as soon as one rings. */
  callee: string | undefined
  readonly times: Times
}

/** Microseconds; 0 for what never happened. */
export interface Times {
  readonly created: number
  answered: number
  progress: number
  progressMedia: number
  bridged: number
  hangup: number
}

export const CALLER_HOST = '127.0.0.1:5070'

/** The name that FreeSWITCH shows for a leg with no name of its own (switch_ivr_originate.c). */
export const CALLEE_NAME = 'Outbound Call'

/** `createdUs`: when the INVITE came in. */
export function callerProfile(script: CallScript, createdUs: number): CallerProfile {
  const number = toBytes(script.caller ?? '+31612345678')
  return {
    direction: 'inbound',
    id: script.id ?? randomUUID(),
    channelName: `sofia/inbound/${number}@${CALLER_HOST}`,
    number,
    // mod_sofia decodes it as it comes in (mod_sofia.h, check_decode).
    name: urlDecode(toBytes(script.name ?? '')),
    destination: toBytes(script.did),
    privacy: script.privacy ?? false,
    callee: undefined,
    times: timesFrom(createdUs),
  }
}

export function timesFrom(createdUs: number): Times {
  return { created: createdUs, answered: 0, progress: 0, progressMedia: 0, bridged: 0, hangup: 0 }
}

/** Local date and time as FreeSWITCH writes it. */
export function stamp(us: number): string {
  return new Date(us / 1000).toISOString().slice(0, 19).replace('T', ' ')
}
