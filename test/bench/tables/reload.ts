/** A reload of a large set, and what calls notice of it. */
import { DOCUMENTS, LARGE, largeSet } from '../large-set.ts'
import { decisionsMs, load, type Bench } from '../load.ts'
import { number, type Table } from '../report.ts'
import { quantile } from '../stats.ts'
import { startBelplan, type Controller } from '../subjects.ts'

const PER_SECOND = 100
const HOOK_MS = 20

async function reload({ apiUrl }: Controller): Promise<number> {
  const began = performance.now()
  const response = await fetch(`${apiUrl}/plans/reload`, {
    method: 'POST',
    signal: AbortSignal.timeout(60_000),
  })
  const body = (await response.json()) as { changed?: boolean; documents?: number }
  if (body.changed !== true || body.documents !== DOCUMENTS)
    throw new Error(`the reload said ${response.status} ${JSON.stringify(body)}`)
  return performance.now() - began
}

export async function reloadTable(bench: Bench, seconds: number): Promise<Table> {
  const { folder } = bench
  const hookPort = bench.hook.port
  const controller = await startBelplan({ folder, hookPort, documents: largeSet(hookPort, 0) })
  const took: number[] = []
  const order = {
    pace: { perSecond: PER_SECOND },
    warmUp: 2 * PER_SECOND,
    calls: seconds * PER_SECOND,
    hookMs: HOOK_MS,
  }
  try {
    const calm = decisionsMs(await load(bench, controller, order))
    let over = false
    let reloading = Promise.resolve()
    const busy = decisionsMs(
      await load(bench, controller, {
        ...order,
        onMeasuring() {
          reloading = (async () => {
            for (let generation = 1; !over; generation++) {
              controller.write(largeSet(hookPort, generation))
              took.push(await reload(controller))
            }
          })()
        },
      }),
    )
    over = true
    await reloading
    const [calmP99, busyP99] = [quantile(calm, 0.99), quantile(busy, 0.99)]
    return {
      title: `Reload of ${LARGE}, ${PER_SECOND} calls a second meanwhile`,
      head: ['', 'p50', 'p99', 'most'],
      rows: [
        ['reload, ms', number(quantile(took, 0.5)), number(quantile(took, 0.99)), number(Math.max(...took))],
        ['decision without one, ms', ...[0.5, 0.99, 1].map((q) => number(quantile(calm, q)))],
        ['decision during reloads, ms', ...[0.5, 0.99, 1].map((q) => number(quantile(busy, q)))],
      ],
      figures: [
        { name: 'reload', value: quantile(took, 0.5) / 1000, unit: 's', target: { most: 3 } },
        {
          name: 'p99 of a call’s delay by reloads',
          value: busyP99 - calmP99,
          unit: 'ms',
          target: { most: 20 },
        },
      ],
      notes: [`${took.length} reloads, one after the other, each of a set that was all new.`],
    }
  } finally {
    await controller.stop()
  }
}
