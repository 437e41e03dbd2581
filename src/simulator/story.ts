/** A test call told on a terminal: one line for each thing that FreeSWITCH or the people on the line notice. */
import pc from 'picocolors'
import type { CallResult, Happening, Invite, Occurrence } from './script.ts'

export interface StoryOptions {
  readonly colour: boolean
}

type Colours = ReturnType<typeof pc.createColors>

/** What FreeSWITCH is told of the caller is part of the story; other variables are its bookkeeping. */
const TOLD_VARIABLES = new Set(['effective_caller_id_name', 'effective_caller_id_number'])

const RINGING = {
  ringing: 'the caller hears it ring',
  ringback: 'the caller hears the ringing tone',
  nothing: 'it rings, and the caller hears nothing',
} as const

const WHO = { caller: 'the caller', callee: 'the called party', platform: 'the platform' } as const

/** One line such as `  0.05 s  answered`; undefined for what is of no interest. Codes are masked. */
export function storyLine(happening: Happening, { colour }: StoryOptions): string | undefined {
  const colours = pc.createColors(colour)
  const text = tell(happening, colours)
  return text === undefined ? undefined : `${colours.dim(seconds(happening.at).padStart(8))}  ${text}`
}

/** The happening as a line of JSON, codes masked. */
export function storyJson(happening: Happening): string {
  const told = happening.type === 'digits' ? { ...happening, keyed: shownKeys(happening) } : happening
  return JSON.stringify(told)
}

/** The last line: how the call ended. */
export function storyEnd(result: CallResult, { colour }: StoryOptions): string {
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

function tell(happening: Occurrence, colours: Colours): string | undefined {
  switch (happening.type) {
    case 'connected':
      return `controller ${happening.host}:${happening.port} takes the call${again(happening.attempt)}`
    case 'unreachable':
      return colours.red(`no controller listens${again(happening.attempt)}`)
    case 'set':
      return TOLD_VARIABLES.has(happening.name)
        ? `${happening.name} is ${happening.value ?? 'unset'}`
        : undefined
    case 'invite':
      return `calls ${colours.bold(happening.invite.destination)} ${shown(happening.invite)}`
    case 'ringing':
      return RINGING[happening.heard]
    case 'answer':
      return colours.green(happening.by === 'controller' ? 'answered' : `answered by ${happening.by}`)
    case 'audio':
      return `plays ${happening.audio}${happening.early ? ' before answer' : ''}${howItEnded(happening.end)}`
    case 'digits':
      return happening.keyed === '' ? 'caller keys nothing' : `caller keys ${shownKeys(happening)}`
    case 'bridge':
      return happening.disposition === 'SUCCESS'
        ? colours.green('they talk')
        : `nobody there: ${happening.disposition}`
    case 'transfer':
      return `transferred to ${happening.to.extension} in ${happening.to.context}`
    case 'controllerGone':
      return happening.during === 'talking'
        ? 'the controller lets go'
        : `the controller is gone (${happening.during})`
    case 'hangUp':
      return `${WHO[happening.by]} hangs up: ${happening.cause}`
    case 'violation':
      return colours.red(`must not happen: ${happening.what}`)
    case 'command':
    case 'application':
      return undefined
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

function again(attempt: number): string {
  return attempt === 1 ? '' : `, attempt ${attempt}`
}

function howItEnded(end: 'played' | 'failed' | 'interrupted'): string {
  return end === 'played' ? '' : `, ${end}`
}

function shown({ number, name, privacy }: Invite): string {
  return privacy ? 'without saying who calls' : `showing ${name === '' ? number : `${name} <${number}>`}`
}

/** A choice in a menu is asked for key by key and shown; all else may be a code, of which only the end is. */
function shownKeys({ keyed, most }: Extract<Occurrence, { type: 'digits' }>): string {
  return most === 1 ? keyed : keyed.replace(/.(?=.)|[^*#]$/g, '•')
}
