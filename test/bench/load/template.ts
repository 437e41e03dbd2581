/** A recorded frame with places for what differs from call to call: one copy and a few pokes make the next one. */

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

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/
const NUMBER = '31612345678'
const APPLICATION_ID = /(Application-UUID"?: ?"?)[^"\n]*/

/** `bare`: the text is sent as it is; else it becomes the body of an event. */
export function createTemplate(recorded: string, framing: 'bare' | 'plain' | 'json'): Template {
  const uuid = new RegExp(`Unique-ID"?: ?"?(${UUID.source})`).exec(recorded)?.[1]
  if (uuid === undefined) throw new Error('a recorded frame names no call')
  // Numbered lines of the core's own identity may look alike: only the call's own id is replaced.
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
