/** A call that was tried, as a case of the document's tests: what came of it is what must come of it. */
import type { Answer, Given, Report, Script } from '../../api/try.ts'

export interface Case {
  readonly name: string
  readonly call: Script['call']
  readonly given?: Given
  readonly expect: Readonly<Record<string, unknown>>
}

export function caseOf(name: string, { call, given }: Script, report: Report): Case {
  const known = withAnswers(given, report)
  return {
    name,
    call: {
      ...filled(call),
      did: call.did,
      // A plan that goes by the clock passes at some times only.
      ...(call.at === undefined && report.steps.some(({ type }) => type === 'schedule') && { at: report.at }),
    },
    ...(Object.keys(known).length > 0 && { given: known }),
    expect: expectationOf(report),
  }
}

function expectationOf(report: Report): Case['expect'] {
  const { plan, asks, rings, queues, mailboxes, hears, ending, transferredTo, cause } = report
  const rung = rings.filter(({ shown }) => shown.length > 0)
  const shown = [...rung.flatMap((ring) => ring.shown), ...queues.flatMap((one) => one.shown ?? [])]
  const texts = new Set(shown.map(displayed))
  const answeredBy =
    rings.find((ring) => ring.answeredBy !== undefined)?.answeredBy ??
    queues.find(({ end }) => end === 'answered')?.queue
  const left = mailboxes.filter(({ end }) => end === 'left')
  const heard = hears.flatMap(({ names, failed }) => (names?.[0] !== undefined && !failed ? [names[0]] : []))
  return {
    ...(plan !== undefined && { plan }),
    ...(asks.length > 0 && { asks: asks.map(({ webhook }) => webhook) }),
    ...(rung.length > 0 && {
      rings: rung.map((ring) => oneOrMore(ring.shown.map((one) => one.destination))),
    }),
    ...(queues.length > 0 && { queues: queues.map(({ queue }) => queue) }),
    ...(left.length > 0 && { messages: left.map(({ mailbox }) => mailbox) }),
    ...(answeredBy !== undefined && { answeredBy }),
    ...(texts.size === 1 && { shows: [...texts][0] }),
    ...(heard.length > 0 && { hears: heard }),
    ends: ending,
    ...(transferredTo && { transfersTo: transferredTo.extension }),
    ...(ending !== 'talked' && cause !== undefined && { cause }),
  }
}

/** As a telephone shows it. */
export const displayed = ({ name, number }: { readonly name?: string; readonly number: string }): string =>
  name === undefined ? number : `${name} <${number}>`

const oneOrMore = (list: readonly string[]): string | readonly string[] =>
  list.length === 1 ? list[0]! : list

/** Tests ask no server: what one answered is what it answers there. Destinations that were not called are left out. */
function withAnswers(given: Given, { asks, rings }: Report): Given {
  const called = new Set(rings.flatMap(({ shown }) => shown.map(({ destination }) => destination)))
  const asked = new Set(asks.map(({ webhook }) => webhook))
  const webhooks = Object.entries(given.webhooks ?? {}).flatMap(([name, answer]) => {
    if (!asked.has(name)) return []
    return [[name, answer === 'ask' ? answerOf(name, asks) : answer] as const]
  })
  const destinations = Object.entries(given.destinations ?? {}).filter(([name]) => called.has(name))
  return filled({
    ...given,
    digits: given.digits?.length ? given.digits : undefined,
    webhooks: webhooks.length > 0 ? Object.fromEntries(webhooks) : undefined,
    destinations: destinations.length > 0 ? Object.fromEntries(destinations) : undefined,
  })
}

function answerOf(name: string, asks: Report['asks']): Answer | 'down' {
  const result = asks.find((asked) => asked.webhook === name && asked.result !== undefined)?.result
  if (result?.http === undefined) return 'down'
  const { status, destination, callername } = result
  return filled({ status, destination, callername })
}

function filled<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T
}
