/** Judges calls by what callers, callees and customers' servers saw; the controllers' own words do not count. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { CallRecord } from '../../src/records/record.ts'
import type { Customers, Question } from './customers.ts'
import type { Callees, Leg } from './sip/callees.ts'
import type { Offered } from './traffic.ts'
import { figure, holds, none, type Row } from './verdict.ts'

/** A silence of this length is one that a caller notices. */
const SILENCE_MS = 5000
/** Clocks of three parties, and the time that a BYE takes through a busy switch. */
const CUT_TOLERANCE_MS = 500

export interface Judged {
  readonly offered: number
  /** Went the way of their plan, in every respect. */
  readonly good: number
  readonly cut: number
  readonly rungTwice: number
  readonly otherKeys: number
  readonly silent: number
  readonly tired: number
  readonly longestSilenceMs: number
  readonly askedAgain: number
  readonly faults: readonly string[]
}

/** What callees and customers' servers saw. */
export interface Seen {
  readonly callees: Pick<Callees, 'legs'>
  readonly customers: Pick<Customers, 'questions'>
}

export function judge(offered: readonly Offered[], { callees, customers }: Seen): Judged {
  const legs = Map.groupBy(callees.legs, ({ number }) => number)
  const questions = Map.groupBy(customers.questions, ({ caller }) => caller)
  const each = offered.map((call) =>
    judgeOne(call, legs.get(call.number) ?? [], questions.get(call.number) ?? []),
  )
  const count = (fits: (one: JudgedCall) => boolean) => each.filter(fits).length
  return {
    offered: offered.length,
    good: count(({ faults }) => faults.length === 0),
    cut: count((one) => one.cut),
    rungTwice: count((one) => one.rungTwice),
    otherKeys: count((one) => one.otherKeys),
    silent: count((one) => one.silenceMs > SILENCE_MS),
    tired: offered.filter(({ report }) => report === undefined || report.endedBy === 'tired').length,
    longestSilenceMs: Math.max(0, ...each.map(({ silenceMs }) => silenceMs)),
    askedAgain: each.reduce((sum, one) => sum + one.askedAgain, 0),
    faults: each.flatMap(({ faults }, i) =>
      faults.length === 0 ? [] : [`${offered[i]!.number} ${offered[i]!.kind.name}: ${faults.join('; ')}`],
    ),
  }
}

interface JudgedCall {
  readonly cut: boolean
  readonly rungTwice: boolean
  readonly otherKeys: boolean
  readonly askedAgain: number
  readonly silenceMs: number
  readonly faults: readonly string[]
}

function judgeOne(
  { kind, report }: Offered,
  legs: readonly Leg[],
  questions: readonly Question[],
): JudgedCall {
  const { way } = kind
  const faults: string[] = []
  const expect = (fits: boolean, fault: string) => {
    if (!fits) faults.push(fault)
  }
  const rung = legs.map(({ destination }) => destination)
  const rungTwice = new Set(rung).size < rung.length
  expect(
    rung.join() === way.rings.join(),
    `rang ${rung.join() || 'nobody'}, not ${way.rings.join() || 'nobody'}`,
  )
  if (way.name !== undefined)
    expect(legs.at(-1)?.name === way.name, `showed ${legs.at(-1)?.name ?? 'nothing'}`)

  const asked = Map.groupBy(questions, ({ hook }) => hook)
  const otherKeys = [...asked.values()].some((same) => new Set(same.map(({ key }) => key)).size > 1)
  expect(!otherKeys, 'asked again with another Idempotency-Key')
  const asks = [...asked.keys()].join()
  const spared = way.mayAskNobody === true && asks === ''
  expect(spared || asks === (way.asks ?? []).join(), `asked ${asks || 'nobody'}`)

  const talked = legs.find(({ answeredMs }) => answeredMs !== undefined)
  const talkMs = talked === undefined ? 0 : (talked.endedMs ?? Date.now()) - talked.answeredMs!
  const cut = talked !== undefined && talkMs < (way.talkMs ?? 0) - CUT_TOLERANCE_MS
  if (way.talkMs !== undefined) expect(talked !== undefined, 'nobody talked')
  expect(!cut, `the conversation was cut after ${talkMs} ms`)

  if (report === undefined)
    return { cut, rungTwice, otherKeys, askedAgain: 0, silenceMs: 0, faults: [...faults, 'never ended'] }
  expect(report.status === way.status, `status ${report.status ?? 'none'}, not ${way.status}`)
  expect(report.endedBy === way.endedBy, `ended by ${report.endedBy}`)
  for (const [freqHz, ms] of Object.entries(way.hears ?? {})) {
    const heard = report.tones.get(Number(freqHz)) ?? 0
    expect(heard >= ms, `heard ${freqHz} Hz for ${heard} ms only`)
  }
  const toFirstSign = (report.firstSignMs ?? report.endedMs) - report.invitedMs
  const silenceMs = Math.max(toFirstSign, report.silenceMs)
  expect(silenceMs <= SILENCE_MS, `silence of ${silenceMs} ms`)
  const askedAgain = questions.length - asked.size
  return { cut, rungTwice, otherKeys, askedAgain, silenceMs, faults }
}

/** Channels of the switch when all calls were over, and how long it took until there were none. */
export interface Left {
  readonly leftAfterMs: number | undefined
  readonly channels: number
}

/** The rows that every run with calls has. */
export function rowsOf(judged: Judged, left?: Left): Row[] {
  const { offered, good } = judged
  return [
    holds('calls that went the way of their plan', good, `all ${offered} offered`, good === offered),
    none('conversations cut', judged.cut),
    none('callees rung twice for one call', judged.rungTwice),
    none('webhooks asked again with another Idempotency-Key', judged.otherKeys),
    none('callers in silence for more than 5 s', judged.silent),
    none('calls that did not end', judged.tired),
    ...(left
      ? [none(`channels left over${left.leftAfterMs === undefined ? ' after 30 s' : ''}`, left.channels)]
      : []),
    figure('webhooks asked again with the same key', judged.askedAgain),
    figure('longest silence, ms', judged.longestSilenceMs),
  ]
}

/** A controller whose link is there takes over, within two minutes, what another had claimed as it was killed. */
const TAKEN_OVER_MS = 130_000
const WRITTEN_MS = 15_000

/** As `journalled`, once there are that many: a call whose controller was lost gets its record seconds later. */
export async function allJournalled(data: string, records: number): Promise<Journalled> {
  const beganMs = Date.now()
  const patience = () => (readdirSync(join(data, 'talking')).length > 0 ? TAKEN_OVER_MS : WRITTEN_MS)
  while (journalled(data).records < records && Date.now() - beganMs < patience()) await delay(250)
  return journalled(data)
}

export interface Journalled {
  readonly records: number
  readonly ids: number
  readonly taken: number
}

/** All records of the journal. */
export function readJournal(data: string): CallRecord[] {
  const folder = join(data, 'journal')
  return readdirSync(folder)
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CallRecord)
}

/** Records of the journal: `taken` were held by more than one controller. */
function journalled(data: string): Journalled {
  const records = readJournal(data)
  return {
    records: records.length,
    ids: new Set(records.map(({ id }) => id)).size,
    taken: records.filter(({ controllers }) => controllers.length > 1).length,
  }
}

/** From the caller's INVITE to the first one at a callee, of the calls that got so far; in ms. */
export function setUpTimes(offered: readonly Offered[], { callees }: Pick<Seen, 'callees'>): number[] {
  const rung = new Map(callees.legs.toReversed().map(({ number, atMs }) => [number, atMs]))
  return offered.flatMap(({ number, caller }) => {
    const atMs = rung.get(number)
    return atMs === undefined ? [] : [atMs - caller.invitedMs]
  })
}
