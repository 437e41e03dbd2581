/** Frames for the load generator, made from the recorded calls. */
import { transcript } from '../../esl/transcripts.ts'
import type { LoadOrder } from './orders.ts'
import { createTemplate, type Template } from './template.ts'

/** What FreeSWITCH says in one call, for one way of writing events. */
export interface Frames {
  readonly connected: Template
  readonly park: Template
  readonly complete: Template
  readonly bridge: Template
}

export type Format = 'plain' | 'json'

/** As the shipped dialplan extension leaves them (freeswitch/dialplan/inbound.xml). */
const SHIPPED = [
  'variable_domain_name: belplan.local',
  'variable_continue_on_fail: true',
  'variable_hangup_after_bridge: true',
  'variable_ignore_early_media: true',
  'variable_sip_copy_custom_headers: false',
  'variable_transfer_ringback: tone_stream%3A//%25(1000,4000,425)%3Bloops%3D-1',
  'variable_sensitive_dtmf: true',
  'variable_playback_terminators: none',
]

/** The headers of a connect reply that are none of the channel's. */
const OF_REPLY = /^(?:Content-Type|Reply-Text|Socket-Mode|Control): .*\n/gm

/** The dialled number of the recordings. */
const DID = '31502100000'

export function framesFor({ dialplan, did }: Pick<LoadOrder, 'dialplan' | 'did'>, format: Format): Frames {
  const bridged = transcript('bridge-answered').lines.map(({ data }) => data)
  const played = transcript('answer-play-hangup').lines.map(({ data }) => data)
  const recorded = blockOf(bridged, 'CHANNEL_DATA')
  const reply = dialplan === 'bare' ? recorded : withVariables(recorded, SHIPPED)
  const park = reply.replace('Event-Name: CHANNEL_DATA', 'Event-Name: CHANNEL_PARK').replace(OF_REPLY, '')
  const dialled = (block: string) => block.replaceAll(DID, did)
  const event = (block: string) =>
    createTemplate(format === 'plain' ? `${dialled(block)}\n` : json(dialled(block)), format)
  return {
    connected: createTemplate(`${dialled(reply)}\n`, 'bare'),
    park: event(park),
    complete: event(blockOf(played, 'CHANNEL_EXECUTE_COMPLETE')),
    bridge: event(blockOf(bridged, 'CHANNEL_BRIDGE')),
  }
}

/** With these in the place of what the recording has of the same name. */
function withVariables(reply: string, variables: readonly string[]): string {
  const names = variables.map((line) => line.slice(0, line.indexOf(':')))
  const others = new RegExp(`^(?:${names.join('|')}): .*\\n`, 'gm')
  return reply.replace(others, '').replace(/^Content-Type: /m, `${variables.join('\n')}\n$&`)
}

/** The first header block of that name, with its last line feed. */
function blockOf(chunks: readonly string[], name: string): string {
  for (const chunk of chunks) {
    const found = chunk.split('\n\n').find((block) => block.startsWith(`Event-Name: ${name}\n`))
    if (found !== undefined) return `${found}\n`
  }
  throw new Error(`no recording has a ${name}`)
}

/** switch_event.c, switch_event_serialize_json: the same headers, decoded. */
function json(block: string): string {
  const headers = block.trimEnd().split('\n')
  const pairs = headers.map((line) => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), decodeURIComponent(line.slice(colon + 2))]
  })
  return JSON.stringify(Object.fromEntries(pairs))
}
