/** A line of the journal as the database that machines share has it. */
import type { CallRecord } from '../records/index.ts'
import { lineOfJournal } from './journal-line.ts'

/** Of each column its type, in the order of `SharedRow.values`; the last one is the record. */
export const SHARED_COLUMNS = {
  ...{
    day: 'date',
    id: 'text',
    at: 'timestamptz',
    did: 'text',
    caller: 'text',
    name: 'text',
    document: 'text',
  },
  ...{
    plan: 'text',
    revision: 'text',
    ending: 'text',
    cause: 'text',
    ring_ms: 'integer',
    wait_ms: 'integer',
  },
  ...{ talk_ms: 'integer', answered: 'boolean', controller: 'text', record: 'json' },
} as const

export interface SharedRow {
  /** Of `at`, in UTC. */
  readonly day: string
  readonly id: string
  /** As text; what is not known is undefined. The record is as its line has it. */
  readonly values: readonly (string | Buffer | undefined)[]
}

const DAY = /^\d{4}-\d\d-\d\d/
/** Of PostgreSQL's integer. */
const MOST = 2 ** 31 - 1
/** An index has no room for what a caller may call themselves; the record has all of it. */
const LONGEST = 256
/** What JSON may say and PostgreSQL's text cannot hold stands there as an escape. */
const ESCAPED = /\\u(?:0000|d[89a-f])/i

/** `text` is JSON, and `value` what it says. Undefined: it is no record. */
export function sharedRow(text: Buffer, value: unknown): SharedRow | undefined {
  if (!text.includes('\\u') || !ESCAPED.test(text.toString())) return rowOf(text, value)
  const held = holdable(value)
  return rowOf(Buffer.from(JSON.stringify(held)), held)
}

function rowOf(text: Buffer, value: unknown): SharedRow | undefined {
  const line = lineOfJournal(value)
  const day = line && DAY.exec(line.at)?.[0]
  if (!line || day === undefined) return undefined
  const record = value as Partial<Record<keyof CallRecord, unknown>>
  const { id, at, did, caller, name, document, plan, revision, ending, cause, ringMs, talkMs, answered } =
    line
  return {
    ...{ day, id },
    values: [
      ...[day, id, at, did.slice(0, LONGEST), caller.slice(0, LONGEST), name, document, plan, revision],
      ...[ending, cause, bounded(ringMs), waitMs(record), bounded(talkMs), answered?.toString()],
      ...[controllerOf(record), text],
    ],
  }
}

/** Whichever held the call last. */
function controllerOf({ controllers }: { readonly controllers?: unknown }): string {
  const last: unknown = Array.isArray(controllers) ? controllers.at(-1) : undefined
  return typeof last === 'string' ? last : ''
}

/** All of its steps; of a bridge that is until somebody answered. */
function waitMs({ steps, unknownSteps }: { readonly steps?: unknown; readonly unknownSteps?: unknown }) {
  if (!Array.isArray(steps) || unknownSteps !== undefined) return undefined
  const times = steps.map((step: { readonly ms?: unknown } | null) => step?.ms)
  return times.every((ms) => typeof ms === 'number')
    ? bounded(times.reduce((all, ms) => all + ms, 0))
    : undefined
}

const bounded = (ms: number | undefined) =>
  ms === undefined ? undefined : String(Math.round(Math.min(MOST, Math.max(-MOST, ms))))

/** Also its keys. */
function holdable(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\ufffd')
  if (Array.isArray(value)) return value.map(holdable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [holdable(key), holdable(one)]))
}
