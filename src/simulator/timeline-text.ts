/** The timeline as people and programs read it: one line for each entry, and one for the end. */
import pc from 'picocolors'
import type { CallResult } from './script.ts'
import type { AudioEnd, DigitsEntry, Entry, Invite, TimelineEntry } from './timeline.ts'

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
  audio: 'it rings, and the caller hears audio in place of it',
  nothing: 'it rings, and the caller hears nothing',
} as const

const QUEUED = {
  answered: 'an agent answers in the queue',
  timeout: 'nobody answered in the queue',
  noAgents: 'there are no agents in the queue',
  exitKey: 'the caller leaves the queue',
  missing: 'there is no queue',
  left: 'the caller was in the queue',
} as const

const LEFT = {
  left: 'a message is left for',
  none: 'no message is left for',
  missing: 'there is no mailbox',
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
    case 'queue':
      return `${QUEUED[entry.end]} ${entry.queue} after ${seconds(entry.ms)}${entry.shown ? ` ${callerId(entry.shown)}` : ''}`
    case 'voicemail':
      return `${LEFT[entry.end]} ${entry.mailbox}${entry.end === 'missing' ? '' : `, ${seconds(entry.ms)}`}`
    case 'audio':
      return `plays ${entry.audio}${entry.early ? ' before answer' : ''}${fault(entry.end)}`
    case 'digits':
      return entry.keyed === '' ? 'caller keys nothing' : `caller keys ${shownDigits(entry)}`
    case 'bridge':
      return entry.disposition === 'SUCCESS'
        ? colours.green('they talk')
        : `nobody there: ${entry.disposition}`
    case 'recorded':
      return `recorded for ${seconds(entry.ms)}: ${entry.file}`
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
