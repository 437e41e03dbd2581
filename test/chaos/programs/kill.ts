/** kill -9 of one controller after the other, under a mix of calls. */
import { setTimeout as delay } from 'node:timers/promises'
import { openTestBed } from '../test-bed.ts'
import type { ControllerProcess } from '../../harness/controller-process.ts'
import { allJournalled, judge, rowsOf } from '../judge.ts'
import { callees, documentsOf, hooks, mix } from '../kinds.ts'
import { offerCalls, type Offered } from '../traffic.ts'
import { atMost, figure, holds, isKept, type Row, type Verdict } from '../verdict.ts'

export interface KillOptions {
  readonly seconds: number
  readonly perSecond: number
  /** One controller is ended every so many seconds, in turn. */
  readonly everySeconds: number
}

export interface EndOptions extends KillOptions {
  readonly title: string
  /** Ends the controller; resolves when the process is gone. */
  readonly end: (controller: ControllerProcess) => Promise<number>
  /** How long the process may take to be gone. */
  readonly goneWithinMs?: number
}

export const kill = (options: KillOptions): Promise<Verdict> =>
  endInTurn({ ...options, title: 'kill -9', end: (controller) => controller.end('SIGKILL') })

export const roll = (options: KillOptions): Promise<Verdict> =>
  endInTurn({
    ...{ ...options, title: 'rolling restart (SIGTERM)', goneWithinMs: 2000 },
    end: (controller) => controller.end('SIGTERM'),
  })

/** Ends one controller after the other under load, and starts each again. */
async function endInTurn(options: EndOptions): Promise<Verdict> {
  const { title, seconds, perSecond, everySeconds, end, goneWithinMs } = options
  const testBed = await openTestBed({ hooks, callees, documents: documentsOf(mix) })
  let verdict: Verdict | undefined
  try {
    const traffic = offerCalls(testBed, mix, { perSecond, seconds })
    const ends: { readonly atMs: number; readonly goneMs: number; readonly backMs: number }[] = []
    const began = performance.now()
    for (let turn = 0; ; turn++) {
      const at = (turn + 1) * everySeconds * 1000
      if (at >= seconds * 1000) break
      await delay(Math.max(0, began + at - performance.now()))
      const controller = turn % 2 === 0 ? testBed.a : testBed.b
      const atMs = Date.now()
      const goneMs = await end(controller)
      await controller.start()
      ends.push({ atMs, goneMs, backMs: Date.now() })
    }
    await traffic.over
    const leftAfterMs = await testBed.quiet(30_000)
    const judged = judge(traffic.offered, testBed)
    const { records, ids, taken } = await allJournalled(testBed.data, judged.offered)
    const empty = ends.filter((one) => !offeredDuring(traffic.offered, one)).length
    const rows: Row[] = [
      figure('calls offered', judged.offered),
      holds(
        'times a controller was ended',
        ends.length,
        'with calls offered each time',
        ends.length > 0 && empty === 0,
      ),
      figure('calls that another controller went on with', taken),
      ...rowsOf(judged, { leftAfterMs, channels: await testBed.channels() }),
      holds(
        'records in the journal',
        records,
        `one for each of ${judged.offered} calls`,
        records === judged.offered && ids === records,
      ),
    ]
    if (goneWithinMs !== undefined) {
      rows.push(
        atMost(
          'longest time until a process was gone',
          Math.max(0, ...ends.map(({ goneMs }) => goneMs)),
          goneWithinMs,
        ),
      )
    }
    verdict = { title: `${title}: ${perSecond} calls/s for ${seconds} s`, rows, faults: judged.faults }
    return verdict
  } finally {
    await testBed.close(verdict === undefined || !isKept(verdict))
  }
}

/** A call began while the controller was away. */
function offeredDuring(
  offered: readonly Offered[],
  { atMs, backMs }: { atMs: number; backMs: number },
): boolean {
  return offered.some(({ caller }) => caller.invitedMs >= atMs && caller.invitedMs <= backMs)
}
