/** What `belplan new` writes: a document from a few answers, and calls that show what it does. */

export const KINDS = ['telephone', 'menu', 'caller-name'] as const
type Kind = (typeof KINDS)[number]

export function isKind(text: string): text is Kind {
  return (KINDS as readonly string[]).includes(text)
}

export interface Answers {
  readonly number: string
  /** `telephone`: it rings. `menu`: each choice rings a telephone. `caller-name`: a webhook names the caller first. */
  readonly kind: Kind
  /** At the same time; in a menu on `1`, `2`, … */
  readonly ring: readonly string[]
  readonly ringSeconds: number
  /** Of `caller-name`: the URL template. */
  readonly webhook?: string
  /** When nobody answers: an announcement, nothing, or a destination that rings before the announcement. */
  readonly nobody: string
  /** Of the plan's schema. */
  readonly schema: string
  /** Of its tests. */
  readonly testsSchema?: string
}

export const MESSAGE = 'message'
export const HANG_UP = 'hang-up'

/** The document, as JSON: it validates, without warnings. */
export function documentFrom({ number, kind, ring, ringSeconds, webhook, nobody, schema }: Answers): object {
  const bridge = (destination: string | readonly string[]) => ({ type: 'bridge', destination, ringSeconds })
  const audio = {
    ...(kind === 'menu' && { welcome: 'belplan/en/welcome-menu.wav' }),
    ...(nobody !== HANG_UP && { sorry: 'belplan/en/sorry.wav' }),
  }
  return {
    $schema: schema,
    version: 1,
    ...(Object.keys(audio).length > 0 && { audio }),
    ...(kind === 'caller-name' && {
      webhooks: { crm: { description: 'Who is this caller?', urlTemplate: webhook, timeoutSeconds: 2 } },
    }),
    plans: { main: { numbers: [number], steps: [...first(), ...last()] } },
  }

  function first(): object[] {
    switch (kind) {
      case 'telephone':
        return [bridge(oneOrAll(ring))]
      case 'menu':
        return [
          {
            type: 'ivr',
            startMessage: 'welcome',
            timeoutSeconds: 5,
            attempts: 2,
            choices: Object.fromEntries(ring.map((destination, i) => [i + 1, [bridge(destination)]])),
            failure: [{ ...bridge(ring[0]!), note: 'Callers who hold the line.' }],
          },
        ]
      case 'caller-name':
        return [
          { type: 'webhook', webhook: 'crm', success: [{ type: 'callername', mode: 'webhook' }] },
          bridge(oneOrAll(ring)),
        ]
    }
  }

  function last(): object[] {
    if (nobody === HANG_UP) return []
    const message = { type: 'play', audio: 'sorry' }
    return nobody === MESSAGE ? [message] : [bridge(nobody), message]
  }
}

const CALLER = '+31612345678'

/** Its tests, as JSON: each is a call that comes to what it expects. */
export function testsFor({ number: did, kind, ring, ringSeconds, nobody, testsSchema }: Answers): object {
  const all = oneOrAll(ring)
  const call = { did, callerid: CALLER }
  const destination = ring.at(-1)!
  const answers = {
    destinations: { [destination]: { outcome: 'answered', afterSeconds: Math.min(5, ringSeconds / 2) } },
  }
  const rungLater = nobody === MESSAGE || nobody === HANG_UP ? [] : [nobody]
  const heardLast = nobody === HANG_UP ? [] : ['sorry']
  const talked = { answeredBy: destination, ends: 'talked' }

  const nobodyAnswers = (given: object, expect: { rings: unknown[]; hears?: string[] }) => ({
    name: 'nobody answers',
    call,
    given,
    expect: {
      ...expect,
      rings: [...expect.rings, ...rungLater],
      hears: [...(expect.hears ?? []), ...heardLast],
      ends: 'endOfList',
    },
  })
  const givesUp = {
    name: 'the caller gives up while it rings',
    call,
    given: { hangsUpAfterSeconds: Math.min(4, ringSeconds / 2) },
    expect: { rings: [all], ends: 'callerHungUp' },
  }
  return { ...(testsSchema !== undefined && { $schema: testsSchema }), version: 1, cases: cases() }

  function cases(): object[] {
    switch (kind) {
      case 'telephone':
        return [
          { name: `${destination} answers`, call, given: answers, expect: { rings: [all], ...talked } },
          nobodyAnswers({}, { rings: [all] }),
          givesUp,
        ]
      case 'menu':
        return [
          ...ring.map((destination, i) => ({
            name: `a caller who keys ${i + 1} talks to ${destination}`,
            call,
            given: { digits: [`${i + 1}`], destinations: { [destination]: 'answered' } },
            expect: { rings: [destination], hears: ['welcome'], answeredBy: destination, ends: 'talked' },
          })),
          {
            name: `a caller who keys nothing talks to ${ring[0]!}`,
            call,
            given: { digits: ['', ''], destinations: { [ring[0]!]: 'answered' } },
            expect: { rings: [ring[0]], hears: ['welcome', 'welcome'], ends: 'talked' },
          },
          nobodyAnswers({ digits: ['1'] }, { rings: [ring[0]], hears: ['welcome'] }),
        ]
      case 'caller-name':
        return [
          {
            name: 'the telephone shows who calls',
            call,
            given: { webhooks: { crm: { status: 'ACK', callername: 'Jane Doe' } }, ...answers },
            expect: { asks: ['crm'], rings: [all], shows: `Jane Doe <${CALLER}>`, ...talked },
          },
          {
            name: 'a caller who is not known is shown by number',
            call,
            given: { webhooks: { crm: { status: 'NAK' } }, ...answers },
            expect: { asks: ['crm'], rings: [all], shows: CALLER, ...talked },
          },
          {
            name: 'it rings without the server, too',
            call,
            given: { webhooks: { crm: 'down' }, ...answers },
            expect: { rings: [all], shows: CALLER, ...talked },
          },
          nobodyAnswers({ webhooks: { crm: 'down' } }, { rings: [all] }),
        ]
    }
  }
}

const oneOrAll = (ring: readonly string[]) => (ring.length === 1 ? ring[0]! : ring)
