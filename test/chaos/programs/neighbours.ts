/**
 * A hostile customer beside an honest one, on the same controllers. First `bank` is alone, then `evil` comes: with
 * the largest document that validates, a webhook server that does everything a server should not, callers at their
 * limits, and documents that are put beside each change of bank's. Bank must not notice.
 */
import { judge, rowsOf } from '../judge.ts'
import { kinds } from '../neighbours/bank.ts'
import { behaviours, evilDid } from '../neighbours/behaviours.ts'
import { attemptsOf, type Attempt } from '../neighbours/broken-documents.ts'
import { largestDocument, planName } from '../neighbours/evil-document.ts'
import { startEvil } from '../neighbours/evil-process.ts'
import { put, reloadInTurn, serve } from '../neighbours/reloads.ts'
import { controllerRows, evilRows, reloadRows, times, untilTold, type Phase } from '../neighbours/rows.ts'
import { freeSwitchTestBed, simulatorTestBed, type NeighboursTestBed } from '../neighbours/test-beds.ts'
import { watch } from '../neighbours/watch.ts'
import { offerCalls, type Offered } from '../traffic.ts'
import { figure, isKept, none, type Row, type Verdict } from '../verdict.ts'

const WARM_SECONDS = 5
/** Numbers that no other call has. */
const WARM_SERIAL = 1_000_000
const CHANGE_SERIAL = 2_000_000

export interface NeighboursOptions {
  /** Of bank and evil side by side. */
  readonly seconds: number
  /** Of bank alone, before. */
  readonly aloneSeconds: number
  readonly perSecond: number
  /** Evil's calls at one time. */
  readonly callers: number
  /** Bank's document changes this often. */
  readonly everySeconds: number
  /** Names of evil's behaviours [all]. */
  readonly only?: readonly string[]
  /** Whether times are promised too: a short run on a busy machine says little of the slowest [true]. */
  readonly timed?: boolean
}

export const neighbours = (options: NeighboursOptions): Promise<Verdict> =>
  run('on a real FreeSWITCH', freeSwitchTestBed, options)

export const neighboursOnSimulator = (options: NeighboursOptions): Promise<Verdict> =>
  run('on the simulator', simulatorTestBed, options)

async function run(
  where: string,
  open: (evilSip: number) => Promise<NeighboursTestBed>,
  options: NeighboursOptions,
): Promise<Verdict> {
  const { seconds, aloneSeconds, perSecond, callers, timed = true } = options
  const { only = behaviours.map(({ name }) => name) } = options
  const played = only.map((name) => behaviours.findIndex((one) => one.name === name))
  if (played.includes(-1)) throw new Error(`not all of these are behaviours of evil: ${only.join(', ')}`)
  const evil = await startEvil()
  let testBed: NeighboursTestBed | undefined
  let verdict: Verdict | undefined
  try {
    const attempts = attemptsOf(evil.port)
    testBed = await open(evil.sipPort)
    // Programs are slow at first; nobody is compared with that.
    const warm = offerCalls(testBed, kinds, { perSecond, seconds: WARM_SECONDS, serial: WARM_SERIAL })
    await warm.over
    const alone = await phase(testBed, { ...options, seconds: aloneSeconds }, [], 0)
    put(testBed.controllers, 'evil', largestDocument(evil.port))
    if (!(await serve(testBed.controllers, evilDid(0), planName(behaviours[0]!.name))))
      throw new Error('the largest document does not serve')
    const turnMs = (1000 * seconds) / played.length
    const over = evil.play({ way: testBed.way, callers, turns: played, turnMs })
    // Whoever waits for it sees the error, unless another one comes first.
    over.catch(() => undefined)
    const beside = await phase(testBed, options, attempts, perSecond * aloneSeconds)
    const report = await over
    const offered = [...warm.offered, ...alone.offered, ...beside.offered]
    const calls = [...offered, ...changesOf(alone), ...changesOf(beside)]
    const told = await untilTold(testBed, calls)
    const left = await testBed.leftOver?.()
    const judged = judge(calls, testBed)
    const rows: Row[] = [
      figure('calls offered', calls.length),
      ...(await times(testBed, alone, beside, timed)),
      ...rowsOf(judged, left),
      none('what no controller may bring about', testBed.violations.length),
      ...told,
      ...reloadRows(beside, timed),
      ...(await controllerRows(testBed, alone, beside)),
      ...evilRows(testBed, beside, evil.turns, report),
    ]
    const faults = [...testBed.violations, ...judged.faults]
    const load = `${perSecond} calls/s, ${aloneSeconds} s alone and ${seconds} s beside evil`
    verdict = { title: `an honest customer beside a hostile one, ${where}: ${load}`, rows, faults }
    return verdict
  } finally {
    await evil.stop()
    await testBed?.close(verdict === undefined || !isKept(verdict))
  }
}

/** Bank's calls and bank's changes; with what evil puts beside them, where it is there. */
async function phase(
  testBed: NeighboursTestBed,
  { seconds, perSecond, everySeconds }: NeighboursOptions,
  attempts: readonly Attempt[],
  serial: number,
): Promise<Phase> {
  const { controllers, hooksPort } = testBed
  const watching = watch(controllers)
  const traffic = offerCalls(testBed, kinds, { perSecond, seconds, serial })
  const change = serial + 1
  const reloads = await reloadInTurn({
    ...{ controllers, testBed, hooksPort, change, attempts },
    everyMs: 1000 * everySeconds,
    untilMs: 1000 * seconds,
    serial: CHANGE_SERIAL + change,
  })
  await traffic.over
  return { offered: traffic.offered, reloads, watched: await watching.stop() }
}

const changesOf = ({ reloads }: Phase): Offered[] => reloads.flatMap(({ call }) => call ?? [])
