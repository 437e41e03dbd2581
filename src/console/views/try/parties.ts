/** Who and what a document may come to, so that the form can ask what each of them does. */
import { type Fields, fieldsOf, parsed } from '../../json.ts'

export interface Parties {
  readonly webhooks: readonly string[]
  readonly destinations: readonly string[]
  readonly queues: readonly string[]
  readonly mailboxes: readonly string[]
  /** The caller may be asked to key something. */
  readonly asksForKeys: boolean
}

export const NOBODY: Parties = {
  webhooks: [],
  destinations: [],
  queues: [],
  mailboxes: [],
  asksForKeys: false,
}

/** Of the text of a document; of what is none, nobody. In the order in which they come. */
export function partiesIn(text: string): Parties {
  const destinations = new Set<string>()
  const queues = new Set<string>()
  const mailboxes = new Set<string>()
  let asksForKeys = false
  const { webhooks, plans } = fieldsOf(parsed(text))
  for (const step of stepsIn(plans)) {
    const { type, destination, queue, mailbox } = step
    if (type === 'bridge') for (const one of numbersIn(destination)) destinations.add(one)
    if (type === 'queue' && typeof queue === 'string') queues.add(queue)
    if (type === 'voicemail' && typeof mailbox === 'string') mailboxes.add(mailbox)
    asksForKeys ||= type === 'ivr' || 'ivr' in step
  }
  return {
    webhooks: Object.keys(fieldsOf(webhooks)),
    destinations: [...destinations],
    queues: [...queues],
    mailboxes: [...mailboxes],
    asksForKeys,
  }
}

/** Each object with a type, wherever it stands. */
function* stepsIn(value: unknown): Generator<Fields> {
  if (Array.isArray(value)) for (const item of value) yield* stepsIn(item)
  else if (typeof value === 'object' && value !== null) {
    if (typeof (value as Fields)['type'] === 'string') yield value as Fields
    for (const below of Object.values(value)) yield* stepsIn(below)
  }
}

function numbersIn(destination: unknown): string[] {
  if (typeof destination === 'string') return [destination]
  if (Array.isArray(destination)) return destination.flatMap(numbersIn)
  const { to } = fieldsOf(destination)
  return typeof to === 'string' ? [to] : []
}
