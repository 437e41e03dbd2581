/** Who and what a document may come to, so that the form can ask what each of them does. */

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
  const webhooks = new Set<string>()
  const destinations = new Set<string>()
  const queues = new Set<string>()
  const mailboxes = new Set<string>()
  let asksForKeys = false
  const document = read(text)
  for (const name of Object.keys(fieldsOf(fieldsOf(document)['webhooks']))) webhooks.add(name)
  for (const step of stepsIn(fieldsOf(document)['plans'])) {
    const { type, destination, queue, mailbox } = step
    if (type === 'bridge') for (const one of numbersIn(destination)) destinations.add(one)
    if (type === 'queue' && typeof queue === 'string') queues.add(queue)
    if (type === 'voicemail' && typeof mailbox === 'string') mailboxes.add(mailbox)
    asksForKeys ||= type === 'ivr' || 'ivr' in step
  }
  return {
    webhooks: [...webhooks],
    destinations: [...destinations],
    queues: [...queues],
    mailboxes: [...mailboxes],
    asksForKeys,
  }
}

function read(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

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
