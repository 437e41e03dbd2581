/** From the connect reply to the first command that the decision needs, at 500 calls a second. */
import { decisionsMs, load, type Bench } from '../load.ts'
import { number, type Table } from '../report.ts'
import { quantile } from '../stats.ts'
import { startBelplan } from '../subjects.ts'

const PER_SECOND = 500
/** What the webhook takes: as little as can be, and what a good one takes. */
const HOOK_MS = [0, 20] as const

export async function decisionTable(bench: Bench, seconds: number): Promise<Table> {
  const controller = await startBelplan({ folder: bench.folder, hookPort: bench.hook.port })
  const rows: string[][] = []
  const worst: number[] = []
  try {
    for (const hookMs of HOOK_MS) {
      const pace = { perSecond: PER_SECOND }
      const calls = PER_SECOND * seconds
      const loaded = await load(bench, controller, { pace, warmUp: PER_SECOND * 8, calls, hookMs })
      const times = decisionsMs(loaded)
      worst.push(quantile(times, 0.99))
      rows.push([
        `webhook takes ${hookMs} ms`,
        ...[0.5, 0.9, 0.99, 0.999].map((q) => number(quantile(times, q))),
        number(loaded.good),
        number(Object.values(loaded.bad).reduce((sum, count) => sum + count, 0)),
      ])
    }
  } finally {
    await controller.stop()
  }
  return {
    title: `Connect reply → first command of the decision, ms, ${PER_SECOND} calls a second, the webhook's own time taken out`,
    head: ['', 'p50', 'p90', 'p99', 'p99.9', 'good', 'bad'],
    rows,
    figures: [
      { name: 'decision p99', value: Math.max(...worst), unit: 'ms', target: { most: 5 } },
      { name: 'decision p99 with a webhook of 20 ms', value: worst[1]!, unit: 'ms' },
    ],
    notes: [
      'FreeSWITCH tells that the channel is parked no sooner than the next command: with a webhook faster than that, 3 ms of it are the wait for the park.',
    ],
  }
}
