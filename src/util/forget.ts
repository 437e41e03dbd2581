/** A person taken out of what is kept of calls, in place, while others append to it. */
import { closeSync, openSync, writeSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'

/** Whoever has a number. */
export interface Person {
  /** Whether a text is the number, in any of its spellings. */
  is(text: string): boolean
  /** Whether it may be in JSON; where this is false it is not. */
  mayBeIn(json: string): boolean
  /** The same, as a regular expression of PostgreSQL. */
  readonly roughly: string
  /** A text without the number. */
  without(text: string): string
}

/** What is said by whoever wrote the plans, or by belplan. */
const OTHERS: ReadonlySet<string> = new Set([
  ...[
    'id',
    'callid',
    'call',
    'at',
    'startedAt',
    'document',
    'plan',
    'revision',
    'controllers',
    'ending',
    'cause',
  ],
  ...[
    'step',
    'type',
    'outcome',
    'schema',
    'event',
    'profileCreated',
    'keeper',
    'holders',
    'webhook',
    'urlTemplate',
  ],
])
const NAMES: ReadonlySet<string> = new Set(['name', 'callername'])
/** Of a step: that it was, and what it came to. */
const OF_STEP = ['step', 'type', 'ms', 'outcome'] as const

export interface Forgotten {
  /** As it was, but for the person. */
  readonly value: unknown
  readonly isFound: boolean
}

/**
 * What is kept of a call (its record, what waits with it, an event) without a person. Where they called, all goes that they may have
 * said: the number, names, what servers answered, the details of the steps. Times, plan and ending stay. Elsewhere the number goes
 * wherever it stands. The JSON is never longer than it was.
 */
export function withoutPerson(kept: object, person: Person): Forgotten {
  const { caller, callerid } = kept as { readonly caller?: unknown; readonly callerid?: unknown }
  const isTheirs = [caller, callerid].some((text) => typeof text === 'string' && person.is(text))
  let isFound = isTheirs

  function textOf(text: string): string {
    const without = person.without(text)
    if (without !== text) isFound = true
    return without
  }

  function walk(value: unknown): unknown {
    if (typeof value === 'string') return textOf(value)
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, of(key, one)]))
  }

  function of(key: string, value: unknown): unknown {
    if (OTHERS.has(key)) return value
    if (isTheirs && NAMES.has(key) && typeof value === 'string') return ''
    if (isTheirs && key === 'variables') return {}
    if (isTheirs && key === 'steps' && Array.isArray(value)) return value.map(stepAlone)
    return walk(value)
  }

  return { value: walk(kept), isFound }
}

function stepAlone(step: unknown): object {
  const all = (step ?? {}) as Readonly<Record<string, unknown>>
  return Object.fromEntries(OF_STEP.filter((key) => all[key] !== undefined).map((key) => [key, all[key]]))
}

export interface Overwritten {
  readonly offset: number
  /** Bytes. */
  readonly length: number
  readonly text: string
}

/** The same bytes of a file with something else in them: blanks follow what is shorter. Throws the file system's errors. */
export function overwrite(file: string, parts: readonly Overwritten[]): void {
  const descriptor = openSync(file, 'r+')
  try {
    for (const { offset, length, text } of parts) {
      const bytes = Buffer.alloc(length, ' ')
      // What is cut here is no JSON any more, and holds nothing of anybody.
      if (Buffer.byteLength(text) <= length) bytes.write(text)
      writeSync(descriptor, bytes, 0, length, offset)
    }
  } finally {
    closeSync(descriptor)
  }
}

const PURGE_MS = 100
const PURGES = 50

/** Whether nothing is left in the log of a database, where what was overwritten would still stand: others may be reading. */
export function purge(db: DatabaseSync): boolean {
  const { busy } = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { readonly busy: number }
  return busy === 0
}

/** Whether it could be done within some seconds. */
export async function untilPurged(purge: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < PURGES; tries++) {
    if (purge()) return true
    await delay(PURGE_MS)
  }
  return false
}
