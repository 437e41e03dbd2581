/**
 * The timeline of a call: what FreeSWITCH and the people on the line notice, recorded as it happens, and printed
 * as one line each.
 */
import pc from 'picocolors'
import type { Clock } from './clock.ts'
import type { CallResult, CallScript, Invite, Transfer } from './script.ts'
import { toText } from './strings.ts'

/** `at` is ms since the call came in. */
export type TimelineEntry = { readonly at: number } & Entry

type Entry =
  | { readonly type: 'connected'; readonly host: string; readonly port: number; readonly attempt: number }
  | { readonly type: 'unreachable'; readonly attempt: number }
  | { readonly type: 'command'; readonly command: string }
  | { readonly type: 'application'; readonly name: string; readonly argument: string; readonly id: string }
  | { readonly type: 'set'; readonly name: string; readonly value: string | undefined }
  | { readonly type: 'invite'; readonly invite: Invite }
  | { readonly type: 'ringing'; readonly heard: 'ringing' | 'ringback' | 'nothing' }
  | { readonly type: 'answer'; readonly by: string }
  | { readonly type: 'audio'; readonly audio: string; readonly early: boolean; readonly end: AudioEnd }
  | DigitsEntry
  | { readonly type: 'bridge'; readonly disposition: string }
  | { readonly type: 'transfer'; readonly to: Transfer }
  | { readonly type: 'controllerGone'; readonly during: string }
  | { readonly type: 'hangUp'; readonly by: HangUpBy; readonly cause: string; readonly sip: number }
  | { readonly type: 'violation'; readonly what: string }

interface DigitsEntry {
  readonly type: 'digits'
  readonly prompt: string
  readonly keyed: string
  /** The most digits that the prompt takes: a single one is a choice, more may be a code. */
  readonly most: number
}

export type AudioEnd = 'played' | 'failed' | 'interrupted'
export type HangUpBy = 'caller' | 'callee' | 'platform'

/** Records entries, and keeps of them what the result of the call lists. */
export class Timeline {
  /** Arguments expanded. */
  readonly applications: { readonly name: string; readonly argument: string }[] = []
  readonly invites: Invite[] = []
  readonly violations: string[] = []
  readonly #clock: Clock
  readonly #observe: CallScript['observe']

  constructor(clock: Clock, observe: CallScript['observe']) {
    this.#clock = clock
    this.#observe = observe
  }

  add(entry: Entry): void {
    if (entry.type === 'application') this.applications.push({ name: entry.name, argument: entry.argument })
    else if (entry.type === 'invite') this.invites.push(entry.invite)
    else if (entry.type === 'violation') this.violations.push(entry.what)
    this.#observe?.({ at: this.#clock.now(), ...entry })
  }

  /** Something that a controller must never cause; one character per byte. */
  violation(what: string): void {
    this.add({ type: 'violation', what: toText(what) })
  }
}

type Colours = ReturnType<typeof pc.createColors>

/** One line such as `  0.05 s  answered`; undefined for what only the protocol sees. Codes are masked. */
export function timelineLine(entry: TimelineEntry, { colour }: { colour: boolean }): string | undefined {
  const colours = pc.createColors(colour)
  const text = describe(entry, colours)
  return text === undefined ? undefined : `${colours.dim(seconds(entry.at).padStart(8))}  ${text}`
}

/** The entry as a line of JSON, codes masked. */
export function timelineJson(entry: TimelineEntry): string {
  return JSON.stringify(entry.type === 'digits' ? { ...entry, keyed: shownDigits(entry) } : entry)
}

/** The last line: how the call ended. */
export function endLine(result: Omit<CallResult, 'variables'>, { colour }: { colour: boolean }): string {
  const colours = pc.createColors(colour)
  const parts = [
    result.ended,
    result.talkMs === undefined ? undefined : `talked ${seconds(result.talkMs)}`,
    result.cause,
    result.sip === undefined ? undefined : `SIP ${result.sip}`,
  ]
  const good = result.violations.length === 0 && result.ended !== 'lost' && result.ended !== 'stuck'
  return (good ? colours.green : colours.red)(
    `ended: ${parts.filter((part) => part !== undefined).join(', ')}`,
  )
}

/** The caller ID shown to callees belongs on the timeline; other variables are FreeSWITCH's bookkeeping. */
const SHOWN_VARIABLES = new Set(['effective_caller_id_name', 'effective_caller_id_number'])

const RINGING = {
  ringing: 'the caller hears it ring',
  ringback: 'the caller hears the ringing tone',
  nothing: 'it rings, and the caller hears nothing',
} as const

const PEOPLE = { caller: 'the caller', callee: 'the called party', platform: 'the platform' } as const

function describe(entry: Entry, colours: Colours): string | undefined {
  switch (entry.type) {
    case 'connected':
      return `controller ${entry.host}:${entry.port} takes the call${attempt(entry.attempt)}`
    case 'unreachable':
      return colours.red(`no controller listens${attempt(entry.attempt)}`)
    case 'set':
      return SHOWN_VARIABLES.has(entry.name) ? `${entry.name} is ${entry.value ?? 'unset'}` : undefined
    case 'invite':
      return `calls ${colours.bold(entry.invite.destination)} ${callerId(entry.invite)}`
    case 'ringing':
      return RINGING[entry.heard]
    case 'answer':
      return colours.green(entry.by === 'controller' ? 'answered' : `answered by ${entry.by}`)
    case 'audio':
      return `plays ${entry.audio}${entry.early ? ' before answer' : ''}${fault(entry.end)}`
    case 'digits':
      return entry.keyed === '' ? 'caller keys nothing' : `caller keys ${shownDigits(entry)}`
    case 'bridge':
      return entry.disposition === 'SUCCESS'
        ? colours.green('they talk')
        : `nobody there: ${entry.disposition}`
    case 'transfer':
      return `transferred to ${entry.to.extension} in ${entry.to.context}`
    case 'controllerGone':
      return entry.during === 'talking'
        ? 'the controller lets go'
        : `the controller is gone (${entry.during})`
    case 'hangUp':
      return `${PEOPLE[entry.by]} hangs up: ${entry.cause}`
    case 'violation':
      return colours.red(`must not happen: ${entry.what}`)
    case 'command':
    case 'application':
      return undefined
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

function fault(end: AudioEnd): string {
  return end === 'played' ? '' : `, ${end}`
}

function attempt(number: number): string {
  return number === 1 ? '' : `, attempt ${number}`
}

function callerId({ number, name, privacy }: Invite): string {
  return privacy ? 'without saying who calls' : `showing ${name === '' ? number : `${name} <${number}>`}`
}

/** A choice in a menu is a single key and is shown; anything longer may be a code, and only its end is shown. */
function shownDigits({ keyed, most }: DigitsEntry): string {
  return most === 1 ? keyed : keyed.replace(/.(?=.)|[^*#]$/g, '•')
}
