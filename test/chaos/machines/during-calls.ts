/**
 * Calls go on through a fault: nobody who calls notices it, each call has one record and is told of, and what is published
 * afterwards is served by all.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { CallRecord } from '../../../src/records/record.ts'
import { until } from '../../harness/until.ts'
import { judge, rowsOf } from '../judge.ts'
import { shortMix as kinds } from '../kinds.ts'
import { valueOf } from '../neighbours/watch.ts'
import { offerCalls, type Offered } from '../traffic.ts'
import { atMost, figure, holds, isKept, type Verdict } from '../verdict.ts'
import { CONTROLLERS, openMachines, type Machines } from './bed.ts'
import { startCluster, type Cluster, type DatabaseServer } from './database.ts'
import { judgeEvents } from './events.ts'
import type { AllMachines, Fault } from './faults.ts'
import { lateCalls, lateSetUps, longest, spread, type Late } from './lateness.ts'
import { judgeRecords, settledRecords } from './records.ts'

export interface DuringOptions {
  readonly seconds: number
  readonly perSecond: number
  /** Without HAProxy. */
  readonly direct: boolean
  /** Whether lateness is promised too: a short run on a busy machine says little of the slowest [true]. */
  readonly timed?: boolean
}

/** A machine that vanishes costs a caller no more, and a database nothing: then it is the noise of the machine that this runs on. */
const LATE_MS = 1000
/** Calls that came so shortly before or after a fault may have met it. */
const BESIDE_MS = 20_000
/** By then a controller that is back has let go of the calls that others went on with. */
const LET_GO_MS = 30_000
/** A controller tries the database every two seconds while that is away. */
const IN_STEP_MS = 5000
/** From the answer to a publish to the last controller that serves it. */
const SERVED_MS = 1000
/** Nothing new was told for so long: nothing more will be. */
const TOLD_MS = 30_000

export async function duringCalls(
  { title, standby, turns }: Fault,
  machines: AllMachines,
  { seconds, perSecond, direct, timed: areTimed = true }: DuringOptions,
): Promise<Verdict> {
  const late = (what: string, ms: number) => (areTimed ? atMost(what, ms, LATE_MS) : figure(what, `${ms} ms`))
  let cluster: Cluster | undefined
  const bed = await openMachines({
    ...{ machines, kinds, direct, events: '/events' },
    async store(run, folder) {
      const { primary } = machines
      cluster = await startCluster({ folder, run, primary, ...(standby && { standby: machines.standby }) })
      return cluster.url
    },
  })
  let verdict: Verdict | undefined
  try {
    const traffic = offerCalls(bed, kinds, { perSecond, seconds })
    const began = performance.now()
    const at = (share: number) => delay(Math.max(0, began + share * seconds * 1000 - performance.now()))
    const times: { readonly fromMs: number; readonly untilMs: number }[] = []
    for (const { from, to, begin, end } of turns) {
      await at(from)
      const fromMs = Date.now()
      await begin(machines, cluster!)
      await at(to)
      await end(machines, cluster!)
      times.push({ fromMs, untilMs: Date.now() })
    }
    const inStepMs = await timed('all are in step with the database', () =>
      allSay(bed, 'belplan_plans_in_step', 1),
    )
    const servedMs = await publish(bed)
    await traffic.over
    const { offered } = traffic
    const leftAfterMs = await bed.quiet(30_000)
    const letGoMs = await timed('no call is held', () => allSay(bed, 'belplan_calls_held', 0), LET_GO_MS)
    const judged = judge(offered, bed)
    const setUps = await bed.setUps()
    const cameMeanwhile = ({ caller: { invitedMs } }: Offered, moreMs = 0) =>
      times.some(({ fromMs, untilMs }) => invitedMs >= fromMs - moreMs && invitedMs <= untilMs + moreMs)
    const during = offered.filter((call) => cameMeanwhile(call))
    const metFault = ({ call }: Late) => cameMeanwhile(call, BESIDE_MS)
    const lateness = (all: readonly Late[]) => ({
      met: all.filter(metFault),
      others: all.filter((one) => !metFault(one)),
    })
    const [setUp, wait] = [lateness(lateSetUps(offered, setUps)), lateness(lateCalls(offered))]
    const server = cluster!.standby ?? cluster!.primary
    const records = judgeRecords(offered, await settledRecords(offered, () => recordsIn(server)))
    await untilAllIsTold(bed)
    const events = judgeEvents(offered, bed, bed.customers.told)
    verdict = {
      title: `${title}${direct ? ', without HAProxy' : ''}: ${perSecond} calls/s for ${seconds} s`,
      rows: [
        figure('calls offered', judged.offered),
        holds('of these meanwhile', during.length, 'some', during.length > 0),
        ...rowsOf(judged, { leftAfterMs, channels: await bed.channels() }),
        figure('set-up, ms: half, 99 of 100, longest', spread(setUps, offered)),
        figure('the same of calls that came meanwhile', spread(setUps, during)),
        late('longest set-up, beyond what is usual of its kind', longest(setUp.met)),
        late('longest wait, beyond what is usual of its kind', longest(wait.met)),
        // That is the machine on which all of this runs.
        figure(
          'both, of calls while nothing was wrong',
          `${longest(setUp.others)} / ${longest(wait.others)} ms`,
        ),
        within('controllers hold no call afterwards', letGoMs, LET_GO_MS),
        ...records.rows,
        ...events.rows,
        within('afterwards all are in step with the database', inStepMs, IN_STEP_MS),
        within('what is published then is served by all', servedMs, areTimed ? SERVED_MS : IN_STEP_MS),
      ],
      faults: [
        ...judged.faults,
        ...(areTimed ? [...faultsOf(setUp.met, 'set up'), ...faultsOf(wait.met, 'waited')] : []),
        ...records.faults,
        ...events.faults,
      ],
    }
    return verdict
  } finally {
    await bed.close(verdict === undefined || !isKept(verdict))
  }
}

const within = (what: string, ms: number | undefined, mostMs: number) =>
  holds(
    what,
    ms === undefined ? 'never' : `after ${ms} ms`,
    `within ${mostMs} ms`,
    ms !== undefined && ms <= mostMs,
  )

const faultsOf = (all: readonly Late[], what: string) =>
  all
    .filter(({ lateMs }) => lateMs > LATE_MS)
    .map(({ call: { number, kind }, lateMs }) => `${number} ${kind.name}: ${what} ${lateMs} ms late`)

async function recordsIn(server: DatabaseServer): Promise<readonly CallRecord[]> {
  const rows = await server.query<{ record: CallRecord }>('SELECT record FROM belplan.calls')
  return rows.map(({ record }) => record)
}

/** Undefined: not within a minute or so. */
async function timed(
  what: string,
  probe: () => Promise<true | undefined>,
  withinMs = 60_000,
): Promise<number | undefined> {
  const began = performance.now()
  return until(what, probe, { withinMs, everyMs: 50 }).then(
    () => Math.round(performance.now() - began),
    () => undefined,
  )
}

/** Publishes a document by one controller, as soon as it is taken. Milliseconds until all serve it; undefined: they do not. */
async function publish({ ask }: Machines): Promise<number | undefined> {
  const path = '/plans/documents/published'
  const plans = { main: { numbers: ['+31502199999'], steps: [{ type: 'hangup' }] } }
  const put = async () => {
    const headers = { 'if-none-match': '*' }
    const response = await ask('a', path, {
      method: 'PUT',
      body: JSON.stringify({ version: 1, plans }),
      headers,
    })
    await response.text()
    return response.ok ? true : undefined
  }
  const served = async () => {
    const each = await Promise.all(CONTROLLERS.map((name) => ask(name, path)))
    await Promise.all(each.map((response) => response.text()))
    return each.every(({ ok }) => ok) ? true : undefined
  }
  return (await timed('a document is published', put)) === undefined
    ? undefined
    : timed('it is served', served)
}

/** Whether a metric has this value at all controllers. */
async function allSay({ ask }: Machines, metric: string, value: number): Promise<true | undefined> {
  const each = await Promise.all(
    CONTROLLERS.map(async (name) => {
      const response = await ask(name, '/metrics', { headers: { connection: 'close' } })
      return valueOf(await response.text(), metric) === value
    }),
  )
  return each.every(Boolean) ? true : undefined
}

async function untilAllIsTold({ customers }: Machines): Promise<void> {
  let before = -1
  let sinceMs = performance.now()
  while (performance.now() - sinceMs < TOLD_MS) {
    if (customers.told.length !== before) sinceMs = performance.now()
    before = customers.told.length
    await delay(500)
  }
}
