/**
 * A controller that is stopped still accepts connections, so its supervisor has to end it. The one here does
 * what a unit with WatchdogSec does: it ends a process that gave no sign of life for 3 s and starts it again.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { openTestBed } from '../test-bed.ts'
import type { ControllerProcess } from '../../harness/controller-process.ts'
import { judge, rowsOf } from '../judge.ts'
import { callees, documentsOf, hooks, mix } from '../kinds.ts'
import { offerCalls } from '../traffic.ts'
import { atMost, figure, holds, isKept, type Verdict } from '../verdict.ts'

const WATCHDOG_MS = 3000
const ASK_MS = 250
/** The dialplan's pause, a question asked again, and the way to a telephone, on a busy machine. */
const RETRY_MS = 1500

export interface StallOptions {
  readonly seconds: number
  readonly perSecond: number
  /** One controller is stopped every so many seconds, in turn. */
  readonly everySeconds: number
}

export async function stall({ seconds, perSecond, everySeconds }: StallOptions): Promise<Verdict> {
  // A customer's server that takes its time would add to the wait.
  const kinds = mix.filter(({ name }) => !name.startsWith('slow'))
  const testBed = await openTestBed({ hooks, callees, documents: documentsOf(kinds) })
  let verdict: Verdict | undefined
  try {
    const supervisors = [testBed.a, testBed.b].map(supervise)
    const traffic = offerCalls(testBed, kinds, { perSecond, seconds })
    const began = performance.now()
    let stops = 0
    for (let at = everySeconds; at < seconds - WATCHDOG_MS / 1000; at += everySeconds) {
      await delay(Math.max(0, began + at * 1000 - performance.now()))
      ;[testBed.a, testBed.b][stops++ % 2]!.signal('SIGSTOP')
    }
    await traffic.over
    const leftAfterMs = await testBed.quiet(30_000)
    const restarts = (await Promise.all(supervisors.map((stop) => stop()))).flat()
    const judged = judge(traffic.offered, testBed)
    verdict = {
      title: `stalled controllers (SIGSTOP): ${perSecond} calls/s for ${seconds} s`,
      rows: [
        figure('calls offered', judged.offered),
        holds(
          'controllers stopped',
          stops,
          'each was ended and started again',
          stops > 0 && restarts.length === stops,
        ),
        ...rowsOf(judged, { leftAfterMs, channels: await testBed.channels() }),
        atMost('longest wait of a caller', judged.longestSilenceMs, WATCHDOG_MS + RETRY_MS),
      ],
      faults: judged.faults,
    }
    return verdict
  } finally {
    await testBed.close(verdict === undefined || !isKept(verdict))
  }
}

/** Ends the controller when it gave no sign of life for so long, and starts it again; the result stops that. */
function supervise(controller: ControllerProcess): () => Promise<number[]> {
  const stopping = new AbortController()
  const restarts: number[] = []
  async function watch(): Promise<void> {
    let seenMs = Date.now()
    while (!stopping.signal.aborted) {
      const left = seenMs + WATCHDOG_MS - Date.now()
      if (left <= 0) {
        await controller.end('SIGKILL')
        await controller.start()
        restarts.push(Date.now())
        seenMs = Date.now()
        continue
      }
      const signal = AbortSignal.timeout(Math.min(left, ASK_MS))
      const answer = await fetch(`${controller.apiUrl}/healthz`, { signal }).catch(() => undefined)
      if (answer?.ok === true) seenMs = Date.now()
      await delay(Math.min(ASK_MS, Math.max(0, seenMs + WATCHDOG_MS - Date.now())))
    }
  }
  const watching = watch()
  return async () => {
    stopping.abort()
    await watching
    return restarts
  }
}
