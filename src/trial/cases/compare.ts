/** A trial beside what its case expects. */
import type { Path } from '../../json/index.ts'
import { listed } from '../../util/listed.ts'
import { displayed, type Asked, type Queued, type Ring, type TrialReport, type TrialStep } from '../report.ts'
import type { Expectation, ExpectedRequest } from './expectation.ts'

/** Where a trial is not as expected. */
export interface Mismatch {
  /** Below `expect`. */
  readonly path: Path
  readonly expected: string
  readonly got: string
  /** The step where the two part; undefined where it is none. */
  readonly step?: TrialStep
  /** When they part, where that is known more closely than by the step. */
  readonly atMs?: number
}

/** With the place in `steps` of the step where the two part. */
type Unnamed = Omit<Mismatch, 'step'> & { readonly step?: number }

/** Where in an item of a list the two part, below that item. */
type Within = Omit<Mismatch, 'step' | 'atMs'>

export function compare(expect: Expectation, report: TrialReport): Mismatch[] {
  const { plan, rings, queues, ending, cause, sip, transferredTo, longestSilence, waitMs } = report
  const answered = answerOf(rings, queues)
  const end = lastOf(report)
  const messages = report.mailboxes.filter((left) => left.end === 'left')
  return [
    ...same(['plan'], expect.plan, plan ?? 'no plan'),
    ...compareAsks(expect.asks, report),
    ...compareRings(expect.rings, report),
    ...compareNames(['queues'], expect.queues, queues, ({ queue }) => queue, end),
    ...compareNames(['messages'], expect.messages, messages, ({ mailbox }) => mailbox, end),
    ...same(['answeredBy'], expect.answeredBy, answered?.by ?? 'nobody', answered?.step ?? end),
    ...compareShown(expect.shows, report),
    ...compareHeard(expect.hears, report),
    ...same(['ends'], expect.ends, ending, end),
    ...same(['cause'], expect.cause, cause ?? 'none', end),
    ...same(['sip'], expect.sip, sip ?? 'none', end),
    ...same(['transfersTo'], expect.transfersTo, transferredTo?.extension ?? 'nowhere', end),
    ...same(['records'], expect.records, report.recordedMs !== undefined, end),
    ...atMost(
      ['longestSilenceSeconds'],
      expect.longestSilenceSeconds,
      longestSilence.ms,
      stepAt(report, longestSilence.atMs),
    ).map((mismatch) => ({ ...mismatch, atMs: longestSilence.atMs })),
    ...atMost(['waitSeconds'], expect.waitSeconds, waitMs, end),
  ].map(({ step: place, ...mismatch }) => {
    const step = place === undefined ? undefined : report.steps[place]
    return { ...mismatch, ...(step && { step }) }
  })
}

/** At most one of them is answered. */
function answerOf(
  rings: readonly Ring[],
  queues: readonly Queued[],
): { by: string; step: number } | undefined {
  for (const { answeredBy: by, step } of rings) if (by !== undefined) return { by, step }
  for (const { queue: by, end, step } of queues) if (end === 'answered') return { by, step }
  return undefined
}

/** Where nothing says more, the two part at the end. */
const lastOf = ({ steps }: TrialReport): number => steps.length - 1

/** The step of a moment. */
function stepAt({ steps }: TrialReport, atMs: number): number {
  return steps.findIndex((step) => atMs < step.atMs + step.ms)
}

function same(
  path: Path,
  expected: string | number | boolean | undefined,
  got: string | number | boolean,
  step?: number,
): Unnamed[] {
  if (expected === undefined || expected === got) return []
  return [{ path, expected: String(expected), got: String(got), ...(step !== undefined && { step }) }]
}

function atMost(path: Path, seconds: number | undefined, ms: number, step: number): Unnamed[] {
  if (seconds === undefined || ms <= 1000 * seconds) return []
  return [{ path, expected: `at most ${seconds} s`, got: `${ms / 1000} s`, step }]
}

/** The first item of a list that is not as expected, one that is missing or one too many. */
function firstOther<E, G extends { readonly atMs: number }>(
  path: Path,
  expected: readonly E[] | undefined,
  got: readonly G[],
  {
    fits,
    within = () => [],
    says,
    saysGot,
    step,
    end,
  }: {
    /** Whether they are about the same. */
    readonly fits: (expected: E, got: G) => boolean
    /** What is different in two that are. */
    readonly within?: (expected: E, got: G) => readonly Within[]
    /** `i`: its place in the list. */
    readonly says: (expected: E, i: number) => string
    readonly saysGot: (got: G, i: number) => string
    readonly step: (got: G) => number
    /** Of an item that is missing. */
    readonly end: number
  },
): Unnamed[] {
  if (expected === undefined) return []
  for (let i = 0; i < Math.max(expected.length, got.length); i++) {
    const [wanted, there] = [expected[i], got[i]]
    if (wanted !== undefined && there !== undefined && fits(wanted, there)) {
      const inside = within(wanted, there)
      if (inside.length === 0) continue
      const { atMs } = there
      return inside.map((one) => ({ ...one, path: [...path, i, ...one.path], step: step(there), atMs }))
    }
    return [
      {
        path: i < expected.length ? [...path, i] : path,
        expected: wanted === undefined ? nothingAfter(expected.length) : says(wanted, i),
        got: there === undefined ? nothingAfter(got.length) : saysGot(there, i),
        ...(there === undefined ? { step: end } : { step: step(there), atMs: there.atMs }),
      },
    ]
  }
  return []
}

const nothingAfter = (count: number): string =>
  count === 0 ? 'nothing' : `nothing after the first ${count === 1 ? 'one' : count}`

function compareRings(expected: Expectation['rings'], report: TrialReport): Unnamed[] {
  const destinationsOf = ({ shown }: Ring) => shown.map(({ destination }) => destination)
  const sorted = (list: readonly string[]) => [...list].sort().join(' ')
  const rings = report.rings.filter(({ shown }) => shown.length > 0)
  // What rings together and what rings in turn is told apart by all that is left of both lists.
  return firstOther(['rings'], expected, rings, {
    fits: (wanted, ring) => sorted([wanted].flat()) === sorted(destinationsOf(ring)),
    says: (_, i) => inTurn((expected ?? []).slice(i).map((wanted) => [wanted].flat())),
    saysGot: (_, i) => inTurn(rings.slice(i).map(destinationsOf)),
    step: ({ step }) => step,
    end: lastOf(report),
  })
}

function compareNames<G extends { readonly step: number; readonly atMs: number }>(
  path: Path,
  expected: readonly string[] | undefined,
  got: readonly G[],
  named: (got: G) => string,
  end: number,
): Unnamed[] {
  return firstOther(path, expected, got, {
    fits: (wanted, there) => wanted === named(there),
    says: (wanted) => wanted,
    saysGot: named,
    step: ({ step }) => step,
    end,
  })
}

/** `221, then 222 and 223 at the same time` */
function inTurn(rings: readonly (readonly string[])[]): string {
  const texts = rings.map((together) =>
    together.length > 1 ? `${listed(together)} at the same time` : (together[0] ?? 'nobody'),
  )
  return texts.join(', then ')
}

function compareAsks(expected: Expectation['asks'], report: TrialReport): Unnamed[] {
  return firstOther<ExpectedRequest, Asked>(['asks'], expected, report.asks, {
    fits: (wanted, asked) => nameOf(wanted) === asked.webhook,
    within: (wanted, asked) =>
      Object.entries(valuesOf(wanted)).flatMap(([key, value]): Within[] => {
        const sent = sentAs(asked)[key]
        if (value === sent) return []
        return [{ path: [asked.webhook, key], expected: quoted(value), got: quoted(sent ?? NOT_KNOWN) }]
      }),
    says: nameOf,
    saysGot: ({ webhook }) => webhook,
    step: ({ step }) => step,
    end: lastOf(report),
  })
}

/** An empty text can be seen. */
const quoted = (text: string): string => (text === '' ? '""' : text)

/** Of the URL. */
const NOT_KNOWN = 'not known: a missed call is told when it is over'

const nameOf = (expected: ExpectedRequest): string =>
  typeof expected === 'string' ? expected : Object.keys(expected)[0]!

const valuesOf = (expected: ExpectedRequest): Readonly<Record<string, string>> =>
  typeof expected === 'string' ? {} : { ...Object.values(expected)[0] }

const sentAs = ({ values, result }: Asked): Readonly<Record<string, string>> => ({
  ...{ code: values.code, did: values.did, callerid: values.callerid, callername: values.callername },
  ...(result && { url: result.url }),
})

function compareShown(expected: Expectation['shows'], report: TrialReport): Unnamed[] {
  if (expected === undefined) return []
  const end = lastOf(report)
  const rung = report.rings.flatMap(({ shown: all, step }) => all.map((one) => ({ one, step })))
  const agents = report.queues.flatMap(({ shown: one, step }) => (one ? [{ one, step }] : []))
  const shown = [...rung, ...agents].map(({ one, step }) => ({
    ...{ destination: one.destination, text: displayed(one), step },
  }))
  if (typeof expected === 'string') {
    const other = shown.find(({ text }) => text !== expected)
    if (shown.length === 0) return [{ path: ['shows'], expected, got: 'no telephone rings', step: end }]
    if (!other) return []
    return [{ path: ['shows'], expected, got: `${other.text} on ${other.destination}`, step: other.step }]
  }
  return Object.entries(expected).flatMap(([destination, wanted]): Unnamed[] => {
    const path = ['shows', destination]
    const own = shown.filter((one) => one.destination === destination)
    if (own.length === 0) return [{ path, expected: wanted, got: `${destination} does not ring`, step: end }]
    const other = own.find(({ text }) => text !== wanted)
    return other ? [{ path, expected: wanted, got: other.text, step: other.step }] : []
  })
}

function compareHeard(expected: Expectation['hears'], report: TrialReport): Unnamed[] {
  const audio = report.hears.filter(({ names, failed }) => names !== undefined && failed !== true)
  return firstOther(['hears'], expected, audio, {
    fits: (wanted, heard) => heard.names?.includes(wanted) === true,
    says: (wanted) => wanted,
    saysGot: (heard) => heard.audio ?? '',
    step: ({ atMs }) => stepAt(report, atMs),
    end: lastOf(report),
  })
}
