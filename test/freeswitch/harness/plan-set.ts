import type { Switch } from './switch.ts'

/** The tones that stand for prompts, as audio of every document: told apart by ear. */
export const prompts = { start: 500, wrong: 700, late: 900, sorry: 1100, other: 1300 } as const
const audio = Object.fromEntries(
  Object.entries(prompts).map(([name, freqHz]) => [name, `tone_stream://%(600,0,${freqHz})`]),
)

/** What a test says of its line: a document with one plan that has a number, and others that have none. */
export interface Line {
  readonly webhooks?: Readonly<Record<string, unknown>>
  /** Besides `prompts`. */
  readonly audio?: Readonly<Record<string, string>>
  readonly steps: readonly unknown[]
  readonly missed?: string
  readonly events?: Readonly<Record<string, string>>
  readonly plans?: Readonly<Record<string, readonly unknown[]>>
}

/** The plan document of a line. */
export function documentOf(line: Line, did: string): unknown {
  const { webhooks = {}, steps, missed, events, plans = {} } = line
  const main = { numbers: [did], steps, ...(missed === undefined ? {} : { missed }) }
  const others = Object.entries(plans).map(([name, list]) => [name, { steps: list }])
  return {
    version: 1,
    audio: { ...audio, ...line.audio },
    webhooks,
    ...(events && { events }),
    plans: { main, ...Object.fromEntries(others) } as unknown,
  }
}

/** What the configuration calls the i-th FreeSWITCH. */
export const switchName = (i: number): string => `fs-${i + 1}`

/**
 * belplan.json as an operator would write it; a telephone's number is 9 and its port, or 7 and its port. `documents` may
 * use the environment variable CUSTOMER_KEY.
 */
export function configurationFor(
  eslPort: number,
  switches: readonly Switch[],
  documents: readonly string[] = [],
): Record<string, unknown> {
  const env = Object.fromEntries(documents.map((name) => [name, ['CUSTOMER_KEY']]))
  return {
    defaultCountry: 'NL',
    esl: { host: '127.0.0.1', port: eslPort },
    freeswitch: switches.map(({ ports, password }, i) => {
      return { name: switchName(i), host: '127.0.0.1', port: ports.eventSocket, password }
    }),
    routes: [
      { match: '^\\+31900', deny: 'premium numbers are not allowed' },
      { match: '^2\\d\\d$', dial: 'user/{destination}@{domain}' },
      { match: '^9(\\d{5})$', dial: 'sofia/external/{destination}@127.0.0.1:{1}' },
      // The same with an end to conversations.
      { match: '^7(\\d{5})$', dial: 'sofia/external/{destination}@127.0.0.1:{1}', maxSeconds: 3 },
      { match: '^88$', dial: 'sofia/gateway/nowhere/{destination}' },
      { match: '^\\+', dial: 'sofia/gateway/carrier/{destination}' },
    ],
    transferContexts: [
      { context: 'default', extensions: '800[01]' },
      { context: 'default', extensions: '8002', maxSeconds: 2 },
    ],
    queues: [{ queues: 'narrow', maxWaiting: 1 }, { queues: 'forged', maxWaiting: 2 }, { queues: '[a-z]+' }],
    mailboxes: [{ mailboxes: '2\\d\\d' }],
    webhooks: { allowPrivateNetworks: ['127.0.0.0/8'], env },
  }
}
