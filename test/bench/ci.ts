/**
 * What continuous integration holds on to: ratios against esl in the same run, and what is counted instead of
 * timed. A time would say more about the machine than about the controller.
 */
import type { Bench } from './load.ts'
import { isMet, printTable } from './report.ts'
import { median } from './stats.ts'
import { faultOf, runRounds, tableOf, type Round } from './tables/throughput.ts'

/** Below what is measured on a quiet machine, so that it fails for a change and not for a neighbour. */
const LEAST_RATIO = 1.3
/** All that a call needs; a command more is a decision and not an accident. */
const MOST_BYTES = 900
const MOST_APPLICATIONS = 1

/** Resolves with the exit code. */
export async function checkRatios(bench: Bench): Promise<number> {
  const rounds = await runRounds(bench, { rounds: 2, calls: 4000, peers: ['esl'] })
  const { figures: _, ...table } = tableOf(rounds)
  const cpu = (name: string) => median(rounds.get(name)!.map((round: Round) => round.cpuMs))
  const own = rounds.get('belplan')!
  const { loaded } = own[0]!
  const checked = {
    ...table,
    figures: [
      { name: 'CPU per call of esl against it', value: cpu('esl') / cpu('belplan'), unit: '×', target: { least: LEAST_RATIO } },
      { name: 'bytes written per call', value: loaded.bytes / loaded.good, unit: '', target: { most: MOST_BYTES } },
      { name: 'ticks waited per call', value: loaded.applications / loaded.good, unit: '', target: { most: MOST_APPLICATIONS } },
    ],
  } // prettier-ignore
  printTable(checked)
  // Nothing was measured where calls did not go as planned.
  const broken = own.some((round) => faultOf(round) !== undefined)
  return broken || !checked.figures.every(isMet) ? 1 : 0
}
