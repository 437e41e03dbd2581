/** Calls that have ended, for people: a line in a list, and a time line. */
import pc from 'picocolors'
import type { CallLine, CallRecord, Ending } from '../records/index.ts'
import { printable } from '../util/printable.ts'
import type { ReportLine } from '../util/report-line.ts'
import type { Io } from './io.ts'
import { COLUMNS } from './wrap.ts'

type Tone = 'good' | 'bad' | 'note'

const ENDED: Readonly<Record<Ending, readonly [Tone, string]>> = {
  talked: ['good', 'two parties talked'],
  transferred: ['good', "went to FreeSWITCH's own dialplan"],
  hungUpByPlan: ['note', 'the plan hung up'],
  endOfList: ['note', 'the plan came to its end'],
  callerHungUp: ['note', 'the caller hung up'],
  noPlan: ['bad', 'there was no plan for the number'],
  stepBudget: ['bad', 'the plan took more steps than a call may'],
  limited: ['bad', 'it met a limit'],
  failed: ['bad', 'an error ended it'],
  lost: ['bad', 'its end was not seen'],
}

/** Of an id: enough to name a call of some days. */
const ID = 8

/** On a terminal it fits on one line; elsewhere nothing is left out. */
export function callLine(call: CallLine, { colour, isTerminal }: Pick<Io, 'colour' | 'isTerminal'>): string {
  const { id, at, did, caller, name, document, plan, ending, talkMs } = call
  const { red, yellow, green, dim } = pc.createColors(colour)
  const paints = { good: green, bad: red, note: yellow }
  const paint = ending ? paints[ENDED[ending][0]] : dim
  const place = document === undefined ? '' : plan === undefined ? document : `${document}/${plan}`
  const begins = [
    isTerminal ? id.slice(0, ID) : id,
    isTerminal ? dayAndTime(at) : at,
    ...[caller === '' ? 'withheld' : caller, did].map((text) => printable(text).padEnd(12)),
  ].join(' ')
  const what = [ending ?? 'unknown', ...(talkMs === undefined ? [] : [clock(talkMs)])].join(' ').padEnd(14)
  const rest = printable([place, name].filter(Boolean).join(' '))
  const room = isTerminal ? Math.max(0, COLUMNS - begins.length - what.length - 2) : Infinity
  return `${begins} ${paint(what)} ${rest.length > room ? `${rest.slice(0, room - 1)}…` : rest}`.trimEnd()
}

/** Of a year that is over its day alone. */
function dayAndTime(at: string): string {
  const isOfThisYear = at.startsWith(new Date().toISOString().slice(0, 4))
  return isOfThisYear ? at.slice(5, 19).replace('T', ' ') : at.slice(0, 10).padEnd(14)
}

/** `0:48`, `1:02:03`. */
function clock(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const end = String(seconds % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${end}` : `${minutes}:${end}`
}

const TIME = 11

/** Each step with the time at which it began, what it came to, and how the call ended. */
export function timeLines(record: CallRecord): ReportLine[] {
  const { unknownSteps = 0, notes = [], recording } = record
  const lines: ReportLine[] = [{ lead: '', text: beginning(record), tone: 'title' }, ...about(record), EMPTY]
  const timed = (atMs: number | undefined, text: string, tone?: Tone): ReportLine => ({
    lead: (atMs === undefined ? '?' : `${(atMs / 1000).toFixed(2)} s`).padStart(TIME - 2).padEnd(TIME),
    text,
    ...(tone && { tone }),
  })
  let atMs: number | undefined = unknownSteps > 0 ? undefined : 0
  if (unknownSteps > 0)
    lines.push(timed(undefined, `${unknownSteps} steps that are not known: their controller was lost`))
  for (const step of record.steps) {
    lines.push(timed(atMs, `${step.step} ${step.type}: ${step.outcome}`), ...detailsOf(step))
    // Another controller's step: from there on nobody knows.
    atMs = atMs === undefined || step.ms === undefined ? undefined : atMs + step.ms
  }
  if (record.talkMs !== undefined) {
    lines.push(timed(atMs, `they talk for ${clock(record.talkMs)}`))
    if (atMs !== undefined) atMs += record.talkMs
  }
  if (recording) lines.push({ lead: ' '.repeat(TIME), text: `recording: ${textOf(recording)}` })
  const [tone, sentence] = ENDED[record.ending]
  const causes = [record.cause, record.released && `released with ${record.released}`].filter(Boolean)
  lines.push(timed(atMs, [`${record.ending}: ${sentence}`, ...causes].join(', '), tone), EMPTY)
  for (const note of notes) lines.push({ lead: '', text: `note: ${note}`, tone: 'note' })
  return lines
}

const EMPTY: ReportLine = { lead: '', text: '' }

function beginning({ caller, name, did }: CallRecord): string {
  const who = caller === '' ? 'a caller without a number' : caller
  return `${who}${name === '' ? '' : ` (${name})`} called ${did}`
}

function about({
  id,
  at,
  arrival = {},
  document,
  plan,
  revision,
  controllers,
  freeswitch,
  forms,
  ungranted,
}: CallRecord) {
  const way = document === undefined ? 'no plan' : `plan ${plan ?? '?'} of ${document}`
  const details = {
    call: id,
    'came in': `${at.slice(0, 10)} at ${at.slice(11, -1)} UTC`,
    ...{ dialled: arrival.dialled, domain: arrival.domain },
    went: `${way}${revision === undefined ? '' : `, revision ${revision}`}`,
    ...{ forms: forms?.join(', '), 'claimed by': ungranted && `${ungranted}, whose number it is not` },
    held: controllers.join(', then '),
    through: freeswitch,
  }
  return Object.entries(details).flatMap(([name, text]): ReportLine[] =>
    text === undefined ? [] : [{ lead: `  ${name}`.padEnd(TIME), text }],
  )
}

const SAID: ReadonlySet<string> = new Set(['step', 'type', 'ms', 'outcome'])

function detailsOf(step: CallRecord['steps'][number]): ReportLine[] {
  return Object.entries(step)
    .filter(([key, value]) => !SAID.has(key) && value !== undefined)
    .map(([key, value]) => ({ lead: ' '.repeat(TIME), text: `${key}: ${textOf(value)}` }))
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, one]) => `${name} ${textOf(one)}`)
    .join(', ')
}
