/** Random calls that a real FreeSWITCH can play in some seconds, each with what a trial says of it. */
import fc from 'fast-check'
import { parseConfig } from '../../src/config/parse.ts'
import { grantEntries } from '../../src/config/plan-options.ts'
import { createGrants, loadDraft, planSetOf, type PlanSet } from '../../src/plan/index.ts'
import { definitionOf } from '../../src/plan/step-definitions.ts'
import { compileRoute } from '../../src/routing/index.ts'
import { createTrials, type TrialReport } from '../../src/trial/index.ts'
import type { Given, ScriptedCall, ScriptedResponse } from '../../src/trial/script.ts'
import type { CallOptions } from './harness/caller.ts'
import { configurationFor, documentOf, prompts, type Line } from './harness/plan-set.ts'

/** What a telephone does when it is called. */
export type Telephoned =
  | 'busy'
  | 'rejected'
  | 'unavailable'
  | 'failed'
  | 'noAnswer'
  | { afterSeconds: number; talkSeconds: number; confirms: boolean }

/** A server: what it answers one time after the other, or that nobody listens. */
export type Served = readonly ScriptedResponse[] | 'down'

export interface TrialCall {
  readonly line: Line
  readonly call: Pick<ScriptedCall, 'callerid' | 'callername' | 'withheld'>
  readonly digits: readonly string[]
  /** By the numbers of `TELEPHONES`. */
  readonly telephones: readonly Telephoned[]
  readonly servers: Readonly<Record<string, Served>>
  readonly hangsUpAfterMs: number | undefined
}

/** Stand for the numbers of telephones, in a plan's text. */
export const TELEPHONES = ['900001', '900002'] as const
/** Where a server is that never answers, in seconds: longer than anybody waits. */
export const NEVER_SECONDS = 30
export const DOMAIN = 'belplan.test'
/** Stands for the number that is dialled. */
export const DID = '+31502100001'

export const urlOf = (webhook: string) => `http://${webhook}.test/`
export const DOWN = 'http://127.0.0.1:1/'

const AUDIO = { quiet: 'silence_stream://700', gone: 'belplan/nl/not-there.wav' }
const TONE_SECONDS = 0.6

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
/** Once for three times absent. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 })
const filled = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> =>
  fc
    .record(fields)
    .map((made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)))

const tones = fc.constantFrom('start', 'other', 'sorry')
const destination = fc.oneof(
  { arbitrary: fc.constantFrom(...TELEPHONES), weight: 5 },
  { arbitrary: fc.constant([...TELEPHONES]), weight: 3 },
  { arbitrary: fc.constant([TELEPHONES[0], { to: TELEPHONES[1], ringSeconds: 2 }]), weight: 2 },
  { arbitrary: fc.constantFrom('0900123', '555'), weight: 1 },
)
const entry = {
  startMessage: fc.constant('start'),
  errorMessage: fc.constantFrom('wrong', undefined),
  timeoutMessage: fc.constantFrom('late', undefined),
  timeoutSeconds: fc.constant(3),
  interDigitSeconds: fc.constant(2),
  attempts: fc.constantFrom(1, 2),
}
const code = { ...entry, minDigits: fc.constantFrom(1, 3), maxDigits: fc.constant(4) }

const text = fc.constantFrom('VIP ', `O'Brien, "Bob" <x>`, '日本 100%', 'NL: Jane/Joe @ ACME', 'a;b=c\\d')

function stepsOf(depth: number, below: boolean, leads: boolean, most: number): fc.Arbitrary<object[]> {
  return fc.array(stepOf(depth, below, leads), { minLength: 1, maxLength: most })
}

/** `below`: a webhook's success. `leads`: to the other plan. */
function stepOf(depth: number, below: boolean, leads: boolean): fc.Arbitrary<object> {
  const of = (type: string, fields: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
    filled({ type: fc.constant(type), ...fields })
  const ring = {
    ringSeconds: fc.constantFrom(1, 2),
    strategy: fc.constantFrom('simultaneous', 'sequential'),
    announce: seldom(tones),
    confirm: seldom(fc.boolean()),
    callerName: seldom(text),
    record: fc.constantFrom(true, undefined, undefined),
  }
  const flat = [
    of('bridge', { ...ring, destination }),
    of('callername', { mode: fc.constantFrom('prepend', 'replace'), text }),
    of('play', { audio: fc.oneof(tones, fc.constantFrom('quiet', 'gone')), answer: optional(fc.boolean()) }),
    of('record', { announce: fc.oneof(tones, fc.constantFrom('gone', undefined)) }),
    of('record', { stop: fc.constant(true) }),
    of('transfer', { destination: fc.constantFrom('8000', '8001') }),
    of('hangup', { cause: fc.constantFrom(undefined, 'USER_BUSY', 'CALL_REJECTED', 'NO_ROUTE_DESTINATION') }),
    ...(below
      ? [of('callername', { mode: fc.constant('webhook') }), of('bridge', { ...ring, from: fc.constant('webhook') })]
      : []),
  ] // prettier-ignore
  if (depth === 0) return fc.oneof(...flat)
  const inner = stepsOf(depth - 1, below, leads, 2)
  const outcomes = ['busy', 'rejected', 'noAnswer', 'unavailable', 'failed']
  const on = filled(Object.fromEntries(outcomes.map((outcome) => [outcome, optional(inner)])))
  return fc.oneof(
    ...flat,
    of('bridge', { ...ring, destination, on }),
    of('bridge', { ...ring, destination, on }),
    of('ivr', { ...code, success: inner, failure: inner }),
    of('ivr', {
      ...entry,
      choices: filled({ '1': inner, '12': inner, '*': optional(inner) }),
      failure: inner,
    }),
    of('webhook', {
      webhook: fc.constantFrom('crm', 'pin'),
      success: stepsOf(depth - 1, true, leads, 2),
      failure: inner,
    }),
    ...(leads ? [of('goto', { plan: fc.constant('night') })] : []),
  )
}

const served: fc.Arbitrary<Served> = fc.oneof(
  { arbitrary: fc.array(answer(), { minLength: 1, maxLength: 2 }), weight: 6 },
  { arbitrary: fc.constant('down' as const), weight: 1 },
)

function answer(): fc.Arbitrary<ScriptedResponse> {
  return fc.oneof(
    {
      arbitrary: filled({
        status: fc.constantFrom('ACK', 'ACK', 'NAK', 'ERR'),
        destination: optional(fc.constantFrom(...TELEPHONES, 'nobody')),
        callername: optional(fc.constantFrom('Jane Doe', 'Müller', '{x}${y}')),
      }),
      weight: 6,
    },
    { arbitrary: fc.constant({ http: 503, body: 'no' }), weight: 1 },
    { arbitrary: fc.constant({ status: 'ACK', afterSeconds: NEVER_SECONDS } as const), weight: 1 },
  )
}

const presentation = fc.constantFrom(undefined, 'caller', 'called', 'suppressed')

const calls: fc.Arbitrary<TrialCall> = fc
  .record({
    steps: stepsOf(2, false, true, 3),
    night: stepsOf(1, false, false, 2),
    missed: fc.boolean(),
    webhooks: fc.record({
      crm: filled({ callerIdPresentation: presentation }),
      pin: filled({ callerIdPresentation: presentation, ivr: filled(code) }),
    }),
    call: fc.record({
      callerid: fc.constantFrom('+31612345678', '0612345678', 'anonymous'),
      callername: fc.constantFrom('', 'Jane', 'Müller', '100% a@b'),
      withheld: fc.oneof(fc.constant(false), fc.boolean()),
    }),
    digits: fc.array(fc.constantFrom('', '1', '12', '*', '9', '1234', '123#', '#', '12#'), { maxLength: 4 }),
    telephones: fc.tuple(telephoned(), telephoned()),
    servers: fc.record({ crm: served, pin: served }),
    hangsUpAfterMs: fc.oneof(
      fc.constant(undefined),
      fc.constant(undefined),
      fc.integer({ min: 500, max: 6000 }),
    ),
  })
  .map(({ steps, night, missed, webhooks, servers, ...rest }) => ({
    line: {
      audio: AUDIO,
      webhooks: {
        ...Object.fromEntries(
          Object.entries(webhooks).map(([name, spec]) => [
            name,
            {
              ...spec,
              urlTemplate: servers[name as 'crm'] === 'down' ? DOWN : urlOf(name),
              timeoutSeconds: 1,
            },
          ]),
        ),
        lost: { urlTemplate: urlOf('lost'), reply: 'ignored' },
      },
      ...{ steps, plans: { night } },
      ...(missed && { missed: 'lost' }),
    },
    ...{ servers, ...rest },
  }))

function telephoned(): fc.Arbitrary<Telephoned> {
  return fc.oneof(
    {
      arbitrary: fc.constantFrom('busy', 'rejected', 'unavailable', 'failed', 'noAnswer', 'busy'),
      weight: 6,
    },
    { arbitrary: fc.constant({ afterSeconds: 0.4, talkSeconds: 2, confirms: true }), weight: 1 },
    { arbitrary: fc.constant({ afterSeconds: 0.4, talkSeconds: 1.5, confirms: false }), weight: 1 },
  )
}

const { routes, checkpointSecret: _, ...config } = parseConfig(
  'belplan.json',
  Buffer.from(JSON.stringify({ ...configurationFor(1, []), recordings: '/recordings' })),
  {},
) // prettier-ignore
const entries = grantEntries(config)
const trials = createTrials({
  config: { ...config, routes: routes.map(compileRoute) },
  grants: createGrants(entries, 'NL'),
  version: '1.2.3',
})

async function setOf(line: Line): Promise<PlanSet> {
  const bytes = Buffer.from(JSON.stringify(documentOf(line, DID)))
  const loaded = await loadDraft('line', 'line.json', bytes, { defaultCountry: 'NL', grants: entries })
  if (loaded.errors.length > 0) throw new Error(JSON.stringify(loaded.errors))
  return planSetOf(loaded, 'NL')
}

function givenOf({ digits, telephones, servers }: TrialCall): Given {
  return {
    digits,
    webhooks: { ...servers, lost: { http: 200 } },
    destinations: Object.fromEntries(TELEPHONES.map((number, i) => [number, telephones[i]!])),
    queues: {},
    mailboxes: {},
    audioSeconds: {
      ...Object.fromEntries(Object.keys(prompts).map((name) => [name, TONE_SECONDS])),
      gone: 'unplayable',
    },
  }
}

function run(made: TrialCall, set: PlanSet, hangsUpAfterMs?: number): Promise<TrialReport> {
  const given = givenOf(made)
  const call = { ...made.call, did: DID, domain: DOMAIN }
  const script =
    hangsUpAfterMs === undefined ? given : { ...given, hangsUpAfterSeconds: hangsUpAfterMs / 1000 }
  return trials.run({ call, given: script }, set)
}

/** A call, what a trial says of it, and how its caller plays it. */
export interface Tried {
  readonly made: TrialCall
  readonly report: TrialReport
  readonly caller: Pick<CallOptions, 'keys' | 'hangUpAfterMs' | 'cancelAfterMs'>
}

const CANDIDATES = 300
const LONGEST_MS = 14_000
/** A busy machine is late by less. */
const TOLERANCE_MS = 700
const KEYED_AFTER_MS = 700

const endMs = ({ hears }: TrialReport) => Math.max(0, ...hears.map(({ atMs, ms }) => atMs + ms))
/** An interrupted step says how far it had come, too. */
const outcomesOf = ({ steps, ending }: TrialReport) =>
  JSON.stringify([ending, steps.map(({ ms: _, eachMs: __, atMs: ___, ...kept }) => kept)])

/** Undefined where it cannot be played, or not so that it is always the same. */
async function tried(made: TrialCall): Promise<Tried | undefined> {
  const set = await setOf(made.line)
  const whole = await run(made, set)
  const hangsUp = made.hangsUpAfterMs !== undefined && made.hangsUpAfterMs < endMs(whole)
  const report = hangsUp ? await run(made, set, made.hangsUpAfterMs) : whole
  if (report.steps.length === 0 || endMs(report) > LONGEST_MS || !isSteady(made, report)) return undefined
  if (hangsUp) {
    const near = [made.hangsUpAfterMs - TOLERANCE_MS, made.hangsUpAfterMs + TOLERANCE_MS]
    const others = await Promise.all(near.map((ms) => run(made, set, Math.max(1, ms))))
    if (report.ending !== 'callerHungUp' || others.some((other) => outcomesOf(other) !== outcomesOf(report)))
      return undefined
  }
  const caller = callerOf(report, answeredAtMs(report, set), hangsUp ? made.hangsUpAfterMs : undefined)
  return caller && { made, report, caller }
}

/** Each telephone takes one call, and of those that ring together one decides. */
function isSteady({ telephones }: TrialCall, { rings }: TrialReport): boolean {
  const called = rings.flatMap(({ shown }) => shown.map(({ destination }) => destination))
  if (new Set(called).size < called.length) return false
  return rings.every(({ shown }) => {
    const together = shown.map(({ destination }) => telephones[TELEPHONES.indexOf(destination as '900001')]!)
    return new Set(together.filter((one) => one !== 'noAnswer').map((one) => JSON.stringify(one))).size < 2
  })
}

/** When the call is answered by a step that plays or asks for digits. */
function answeredAtMs({ steps }: TrialReport, set: PlanSet): number | undefined {
  const { steps: compiled, document } = set.compiled('line')!
  return steps.find(({ step }) => {
    const { spec } = compiled.find(({ name }) => name === step)!
    return definitionOf(spec).answers?.(spec, document)
  })?.atMs
}

/** What the caller does and when, counted from the answer. */
function callerOf(
  report: TrialReport,
  from: number | undefined,
  hangsUpAtMs: number | undefined,
): Tried['caller'] | undefined {
  const keying = report.hears.filter(({ sound }) => sound === 'keying')
  if (keying.length !== report.keyed.length) return undefined
  if (!report.answered && hangsUpAtMs !== undefined) {
    // It rings once, and early media would be another answer.
    if (report.hears.some(({ sound }) => sound === 'audio')) return undefined
    const ringsAtMs = report.hears.find(({ sound }) => sound === 'ringing')?.atMs ?? 0
    return { cancelAfterMs: Math.round(hangsUpAtMs - ringsAtMs) }
  }
  if (from === undefined) return report.keyed.length === 0 ? {} : undefined
  let before = 0
  const keys = report.keyed.flatMap(({ keys: digits }, i) => {
    if (digits === '') return []
    const atMs = keying[i]!.atMs + KEYED_AFTER_MS - from
    const entered = { afterMs: Math.round(atMs - before), digits, by: 'info' as const }
    before = atMs
    return [entered]
  })
  if (hangsUpAtMs === undefined) return { keys }
  const hangUpAfterMs = Math.round(hangsUpAtMs - from - before)
  return hangUpAfterMs < TOLERANCE_MS ? undefined : { keys, hangUpAfterMs }
}

/**
 * So many of them, the first ones that show something that those before did not, and then those
 * with most steps. `seed`: which ones they
 * are chosen from.
 */
export async function triedCalls(count: number, seed: number): Promise<readonly Tried[]> {
  const chosen: Tried[] = []
  const others: Tried[] = []
  const known = new Set<string>()
  for (const made of fc.sample(calls, { numRuns: CANDIDATES, seed })) {
    const one = await tried(made)
    if (one === undefined) continue
    const { steps, ending } = one.report
    const shows = [ending, ...steps.map(({ type, outcome }) => `${type} ${outcome}`)]
    ;(shows.some((what) => !known.has(what)) ? chosen : others).push(one)
    shows.forEach((what) => known.add(what))
  }
  others.sort((a, b) => b.report.steps.length - a.report.steps.length)
  return [...chosen, ...others].slice(0, count)
}
