/**
 * Frames for the load generator, made from transcripts of real calls: each has places for what differs from call to
 * call, so that one copy and a few writes make the next one.
 */
import { transcript } from '../../esl/transcripts.ts'
import type { LoadOrder } from './orders.ts'

/** Values of one call, of the same length in every call. */
export interface CallValues {
  readonly uuid: string
  /** Digits behind `+` of the caller's number. */
  readonly number: string
}

export interface Template {
  /** @param applicationId of the application that this event completes */
  make(values: CallValues, applicationId?: string): Buffer
}

/** What FreeSWITCH sends in one call, in one format of events. */
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

/** The headers of a connect reply that are not the channel's. */
const OF_REPLY = /^(?:Content-Type|Reply-Text|Socket-Mode|Control): .*\n/gm

/** The dialled number of the transcripts. */
const DID = '31502100000'

export function framesFor({ dialplan, did }: Pick<LoadOrder, 'dialplan' | 'did'>, format: Format): Frames {
  const bridged = transcript('bridge-answered').chunks
  const played = transcript('answer-play-hangup').chunks
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

/** With these variables instead of those of the same name. */
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
  throw new Error(`no transcript has a ${name}`)
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

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/
const NUMBER = '31612345678'
const APPLICATION_ID = /(Application-UUID"?: ?"?)[^"\n]*/

/** `bare`: the text is sent as it is; else it becomes the body of an event. */
function createTemplate(recorded: string, framing: 'bare' | 'plain' | 'json'): Template {
  const uuid = new RegExp(`Unique-ID"?: ?"?(${UUID.source})`).exec(recorded)?.[1]
  if (uuid === undefined) throw new Error('a frame of the transcript has no Unique-ID')
  // Other UUIDs, such as the core's, stay: only the call's own is replaced.
  const text = recorded.replace(APPLICATION_ID, '$1')
  const hole = APPLICATION_ID.exec(text)
  const split = hole === null ? text.length : hole.index + hole[0].length
  const bytes = Buffer.from(text, 'latin1')
  const uuids = placesOf(text, uuid)
  const numbers = placesOf(text, NUMBER)

  return {
    make(values, applicationId = '') {
      const length = bytes.length + applicationId.length
      const head =
        framing === 'bare' ? '' : `Content-Length: ${length}\nContent-Type: text/event-${framing}\n\n`
      const made = Buffer.allocUnsafe(head.length + length)
      made.write(head, 0, 'latin1')
      bytes.copy(made, head.length, 0, split)
      made.write(applicationId, head.length + split, 'latin1')
      bytes.copy(made, head.length + split + applicationId.length, split)
      const behind = head.length + applicationId.length
      for (const at of uuids) made.write(values.uuid, at + (at < split ? head.length : behind), 'latin1')
      for (const at of numbers) made.write(values.number, at + (at < split ? head.length : behind), 'latin1')
      return made
    },
  }
}

function placesOf(text: string, part: string): number[] {
  const places: number[] = []
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) places.push(at)
  return places
}
