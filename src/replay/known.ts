/** What the record of a call says of the outside: of webhooks by their names, of destinations, of audio, of entries. */
import type {
  BridgeResult,
  QueueResult,
  Refused,
  StepRecord,
  VoicemailResult,
  WebhookResult,
} from '../plan/index.ts'

/** Absent where the caller went meanwhile. */
export interface Came<T> {
  readonly result?: T
  readonly ms: number
}

/** What the caller did at one prompt. */
export interface Entry {
  readonly as: 'good' | 'wrong' | 'failed' | 'short' | 'timeout' | 'gone'
  /** The choice in a menu. */
  readonly choice?: string
  readonly ms: number
}

/** The entries of one step. */
export interface Entries {
  readonly step: string
  /** The audio that the caller heard first. */
  readonly prompt: string
  readonly isMenu: boolean
  readonly entries: Entry[]
}

export interface KnownRing {
  readonly destinations: readonly string[]
  /** For how long they were to ring, from the begin to the end of the last of them. */
  readonly ringEndMs: number
  /** Absent where the caller went meanwhile. */
  readonly result?: BridgeResult
  /** Undefined: it was rung by a controller that was lost. */
  readonly ms: number | undefined
}

export interface Known {
  /** webhook → its results, one for each request. */
  readonly asked: Map<string, Came<WebhookResult>[]>
  readonly rung: KnownRing[]
  /** Name of a bridge → the order in which it rang its list. */
  readonly orders: Map<string, readonly number[]>
  /** queue → how it was left. */
  readonly queued: Map<string, Came<QueueResult>[]>
  /** mailbox → what came of it. */
  readonly left: Map<string, Came<VoicemailResult>[]>
  /** FreeSWITCH audio → what it came to. */
  readonly played: Map<string, Came<'played' | 'failed'>[]>
  readonly entered: Entries[]
  /** Name of a switch → the values of the cases that it went on in, where what it looked at is not in the record. */
  readonly chosen: Map<string, (readonly string[])[]>
  /** `transferKey` → what it came to. */
  readonly transferred: Map<string, 'transferred' | Refused>
}

export function nothingKnown(): Known {
  return {
    asked: new Map(),
    rung: [],
    orders: new Map(),
    queued: new Map(),
    left: new Map(),
    played: new Map(),
    entered: [],
    chosen: new Map(),
    transferred: new Map(),
  }
}

export const transferKey = (destination: string, context: string | undefined): string =>
  `${destination} ${context ?? ''}`

export function addTo<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

/** How long a step took, the time in which FreeSWITCH alone had the call included; undefined: it is not known. */
export function msOf({ ms, waitMs, messageMs }: StepRecord): number | undefined {
  const away = waitMs ?? messageMs
  return typeof away === 'number' ? away : ms
}
