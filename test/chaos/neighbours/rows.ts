/** The figures of the run, and what is promised of them. */
import { setTimeout as delay } from 'node:timers/promises'
import { setUpTimes } from '../judge.ts'
import type { Offered } from '../traffic.ts'
import { atMost, figure, holds, none, percentile, type Row } from '../verdict.ts'
import { behaviours } from './behaviours.ts'
import type { Turn } from './evil-process.ts'
import type { EvilReport } from './orders.ts'
import type { Reload } from './reloads.ts'
import { DESCRIPTORS, type NeighboursTestBed } from './test-beds.ts'
import { recordedCallers, said, sumOf, type Watched } from './watch.ts'

/** How much later bank's calls may ring beside evil: the slowest in a hundred. */
const LATER_MS = 10
const RELOAD_MS = 3000
/** A missed call's webhook is tried again for so long; a lost controller's record comes later still. */
const TOLD_MS = 30_000

export interface Phase {
  readonly offered: readonly Offered[]
  readonly reloads: readonly Reload[]
  readonly watched: Watched
}

/** Every call's record, and every missed call's webhook, once they had the time that they may take. */
export async function untilTold(
  { data, customers }: NeighboursTestBed,
  calls: readonly Offered[],
): Promise<Row[]> {
  const missed = calls.filter(({ kind }) => kind.way.asks?.includes('missed'))
  const look = async () => {
    const callers = await recordedCallers(data, 'bank')
    const recorded = new Set(callers)
    const told = new Set(
      customers.questions.flatMap(({ hook, caller }) => (hook === 'missed' ? [caller] : [])),
    )
    return {
      records: callers.length,
      missing: calls.filter(({ number }) => !recorded.has(number)).length,
      untold: missed.filter(({ number }) => !told.has(number)).length,
    }
  }
  let found = await look()
  for (const began = performance.now(); performance.now() - began < TOLD_MS; found = await look()) {
    if (found.missing === 0 && found.untold === 0) break
    await delay(500)
  }
  return [
    none('calls without a record', found.missing),
    holds('records', found.records, `one for each of ${calls.length}`, found.records === calls.length),
    none(`missed calls not told, of ${missed.length}`, found.untold),
  ]
}

/** By the wire where there is one: whoever plays callers and callees is late itself. */
export async function times(
  testBed: NeighboursTestBed,
  alone: Phase,
  beside: Phase,
  timed: boolean,
): Promise<Row[]> {
  const setUps = await testBed.setUps?.()
  // A code takes as long as it is keyed.
  const of = ({ offered }: Phase) => {
    const calls = offered.filter(({ kind }) => kind.caller === undefined)
    return setUps
      ? calls.flatMap(({ number }) => setUps.get(number) ?? []).map(Math.round)
      : setUpTimes(calls, testBed)
  }
  const [before, after] = [of(alone), of(beside)]
  const both = (share: number): [number, number] => [percentile(before, share), percentile(after, share)]
  const [p99Before, p99After] = both(0.99)
  const p99 = 'set-up p99, alone / beside evil, ms'
  return [
    figure('set-up p50, alone / beside evil, ms', both(0.5).join(' / ')),
    timed
      ? holds(p99, `${p99Before} / ${p99After}`, `within ${LATER_MS} ms`, p99After <= p99Before + LATER_MS)
      : figure(p99, `${p99Before} / ${p99After}`),
    figure('slowest set-up, alone / beside evil, ms', `${Math.max(...before)} / ${Math.max(...after)}`),
  ]
}

export function reloadRows({ reloads }: Phase, timed: boolean): Row[] {
  const slowest = Math.max(0, ...reloads.map(({ ms }) => ms))
  const what = `slowest reload of bank, of ${reloads.length}`
  const lost = reloads.filter(({ call }) => call === undefined).length
  return [
    timed ? atMost(what, slowest, RELOAD_MS) : figure(what, `${Math.round(slowest)} ms`),
    none('reloads of bank that never served', lost),
    ...reloads.map(({ ms, beside = 'nothing' }) => figure(`  beside ${beside}`, `${Math.round(ms)} ms`)),
  ]
}

export async function controllerRows(
  { controllers }: NeighboursTestBed,
  alone: Phase,
  beside: Phase,
): Promise<Row[]> {
  const failed = await sumOf(controllers, 'belplan_journal_failures_total')
  const both = (value: (watched: Watched) => string | number) =>
    `${value(alone.watched)} / ${value(beside.watched)}`
  const { files } = beside.watched
  return [
    none('controllers that ended', controllers.filter(({ isRunning }) => !isRunning).length),
    none('times a port closed as overloaded', said(controllers, 'overloaded: not listening')),
    none('times no descriptor was left', said(controllers, 'EMFILE')),
    none('records that could not be written', failed),
    none('times that no metrics were had', alone.watched.unanswered + beside.watched.unanswered),
    holds(
      'most descriptors of a controller, alone / beside evil',
      both((watched) => watched.files),
      `at most half of ${DESCRIPTORS}`,
      files <= DESCRIPTORS / 2,
    ),
    figure(
      'most memory of a controller, MiB',
      both(({ residentMiB }) => Math.round(residentMiB)),
    ),
    figure(
      'latest event loop, ms',
      both(({ lagMs }) => Math.round(lagMs)),
    ),
    figure(
      'the same of what measures set-up',
      both(({ ownLagMs }) => Math.round(ownLagMs)),
    ),
    figure(
      'idle share of the machine, %',
      both(({ idle }) => Math.round(100 * idle)),
    ),
  ]
}

/** What evil did, and the slowest set-up of bank meanwhile. */
export function evilRows(
  testBed: NeighboursTestBed,
  { offered }: Phase,
  turns: readonly Turn[],
  report: EvilReport,
): Row[] {
  const played = turns.filter(({ index }) => report.calls[index]! > 0).length
  return [
    holds('behaviours of evil that were played', played, `all ${turns.length}`, played === turns.length),
    figure("CPU of evil's own process, s", (report.cpuMs / 1000).toFixed(1)),
    figure('  each: calls, questions, slowest set-up of bank, ms', ''),
    ...turns.map(({ index, atMs }, turn) => {
      const until = turns[turn + 1]?.atMs ?? Infinity
      const during = offered.filter(
        ({ kind, caller }) =>
          kind.caller === undefined && caller.invitedMs >= atMs && caller.invitedMs < until,
      )
      const slowest = Math.max(0, ...setUpTimes(during, testBed))
      return figure(
        `  ${behaviours[index]!.name}`,
        `${report.calls[index]!}, ${report.questions[index]!}, ${slowest}`,
      )
    }),
  ]
}
