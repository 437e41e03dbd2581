/** Who calls whom. */
import { randomUUID } from 'node:crypto'
import type { CallScript } from './script.ts'
import { toBytes } from './text.ts'

export const CALLER_HOST = '127.0.0.1:5070'

/** Text has one character per byte. */
export interface Identity {
  readonly id: string
  readonly caller: string
  /** Display name; empty for none. */
  readonly name: string
  readonly did: string
  readonly domain: string | undefined
  readonly privacy: boolean
  /** Microseconds. */
  readonly createdUs: number
}

export function identityOf(script: CallScript): Identity {
  return {
    id: script.id ?? randomUUID(),
    caller: toBytes(script.caller ?? '+31612345678'),
    name: toBytes(script.name ?? ''),
    did: toBytes(script.did),
    domain: script.domain === undefined ? undefined : toBytes(script.domain),
    privacy: script.privacy ?? false,
    createdUs: nowUs(),
  }
}

export function channelName(who: Identity): string {
  return `sofia/inbound/${who.caller}@${CALLER_HOST}`
}

export function nowUs(): number {
  return Date.now() * 1000
}
