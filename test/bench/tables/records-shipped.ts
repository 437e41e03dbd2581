/** Records on their way to a PostgreSQL on this machine: whether calls notice, and how fast what an outage has left is gone. */
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { openPostgres } from '../../harness/postgres.ts'
import type { JournalEvent, JournalOrder } from '../load/orders.ts'
import { decisionsMs, load, type Bench } from '../load.ts'
import { childrenOf, startProgram, systemCpuMs } from '../program.ts'
import { number, type Table } from '../report.ts'
import { quantile } from '../stats.ts'
import { startBelplan, type Controller } from '../subjects.ts'

const CALLS_PER_SECOND = 100
const HOOK_MS = 20
/** Of all controllers of a machine. */
const RECORDS_PER_SECOND = 2500
const PAUSE_MS = 100
const LOAD_CORE = 1

/** proc(5): the fourth field. */
const parentOf = (pid: number): number =>
  Number(
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) \S /s, '')
      .split(' ')[0],
  )

export interface ShippedOptions {
  readonly seconds: number
  /** How long the database was away. */
  readonly outageSeconds: number
}

export async function recordsShippedTable(bench: Bench, options: ShippedOptions): Promise<Table> {
  const { seconds, outageSeconds } = options
  // As it is used: a commit is on the disk.
  const postgres = await openPostgres({
    flags: ['-c', 'fsync=on', '-c', 'shared_buffers=512MB', '-c', 'max_wal_size=4GB'],
  })
  let written = 0

  async function append(controller: Controller, records: number, perSecond?: number): Promise<number> {
    const folder = join(dirname(controller.logFile), 'data', 'journal')
    mkdirSync(folder, { recursive: true })
    const program = startProgram({
      args: [join(import.meta.dirname, '../load/journal-writer.ts')],
      logFile: join(bench.folder, 'journal-writer.log'),
      core: LOAD_CORE,
    })
    const file = join(folder, `${new Date().toISOString().slice(0, 10)}.jsonl`)
    const done = program.next((message) => (message as JournalEvent).bytes)
    program.send({ file, from: written, records, ...(perSecond && { perSecond }) } satisfies JournalOrder)
    written += records
    return done
  }

  /** Decisions on calls while `work` is done. */
  async function beside(controller: Controller, forSeconds: number, work: () => Promise<unknown>) {
    let working: Promise<unknown> | undefined
    const loaded = await load(bench, controller, {
      ...{ pace: { perSecond: CALLS_PER_SECOND }, warmUp: 2 * CALLS_PER_SECOND, hookMs: HOOK_MS },
      calls: forSeconds * CALLS_PER_SECOND,
      onMeasuring: () => void (working = work()),
    })
    await working
    return decisionsMs(loaded)
  }

  const writing = (controller: Controller) => () =>
    append(controller, RECORDS_PER_SECOND * seconds, RECORDS_PER_SECOND)
  const shippedUp = async (controller: Controller) => {
    while ((await controller.metric('belplan_records_waiting')) > 0) await delay(PAUSE_MS)
  }
  const plain = { folder: bench.folder, hookPort: bench.hook.port }

  try {
    const alone = await startBelplan(plain)
    const aloneMs = await beside(alone, seconds, writing(alone)).finally(alone.stop)
    const { url } = await postgres.database()
    written = 0
    const controller = await startBelplan({ ...plain, config: { store: url } })
    const client = new Client({ connectionString: url })
    try {
      let mostWaiting = 0
      let isOver = false
      const shippingMs = await beside(controller, seconds, async () => {
        const looking = (async () => {
          while (!isOver) {
            mostWaiting = Math.max(mostWaiting, await controller.metric('belplan_records_waiting'))
            await delay(10 * PAUSE_MS)
          }
        })()
        await writing(controller)()
        isOver = true
        await looking
      })
      await delay(3000)
      await shippedUp(controller)

      await postgres.stop()
      const bytes = await append(controller, outageSeconds * RECORDS_PER_SECOND)
      const isRead = async () => {
        const page = (await (await fetch(`${controller.apiUrl}/calls?limit=1&state=ended`)).json()) as {
          readonly missing?: readonly string[]
        }
        return page.missing?.includes('older') !== true
      }
      while (!(await isRead())) await delay(PAUSE_MS)
      while ((await controller.metric('belplan_records_waiting')) < outageSeconds * RECORDS_PER_SECOND)
        await delay(PAUSE_MS)
      await postgres.start()
      const began = performance.now()
      await client.connect()
      const { rows: backend } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      const server = parentOf(backend[0]!.pid)
      const shippers = childrenOf(controller.pid, 'shipping-process')
      const cpuMs = (pids: readonly number[]) => pids.reduce((sum, pid) => sum + (systemCpuMs(pid) ?? 0), 0)
      const before = cpuMs(shippers)
      const failed = () => controller.metric('belplan_shipping_failures_total')
      const failedBefore = await failed()
      const drained = outageSeconds * RECORDS_PER_SECOND
      await shippedUp(controller)
      const drainSeconds = (performance.now() - began) / 1000
      const rate = drained / drainSeconds
      const failures = (await failed()) - failedBefore
      // Each of its processes was started after the outage.
      const serverUs = (cpuMs(childrenOf(server)) * 1000) / drained
      const shipperUs = ((cpuMs(shippers) - before) * 1000) / drained

      const { rows } = await client.query<{ calls: string }>(
        `SELECT count(*) AS calls FROM belplan.calls WHERE controller = 'host-a:8084'`,
      )
      if (Number(rows[0]!.calls) !== written)
        throw new Error(`${rows[0]!.calls} of ${written} records are in the database`)

      const row = (what: string, ms: Iterable<number>) => [
        what,
        ...[0.5, 0.99, 1].map((q) => number(quantile(ms, q))),
      ]
      const calls = `${CALLS_PER_SECOND} calls a second, decision, ms`
      return {
        title: `${RECORDS_PER_SECOND.toLocaleString('en')} records a second for ${seconds} s, and what ${outageSeconds} s without the database left`,
        head: ['', 'p50', 'p99', 'most'],
        rows: [
          row(`${calls}; records to the journal alone`, aloneMs),
          row(`${calls}; shipped as well`, shippingMs),
        ],
        figures: [
          {
            name: 'p99 of a call’s delay by shipping',
            value: quantile(shippingMs, 0.99) - quantile(aloneMs, 0.99),
            unit: 'ms',
            target: { most: 5 },
          },
          {
            name: 'records a second after the outage',
            value: rate,
            unit: '/s',
            target: { least: 10 * RECORDS_PER_SECOND },
          },
          { name: 'CPU time of shipping a record', value: shipperUs, unit: 'µs' },
          { name: 'CPU time of PostgreSQL for a record', value: serverUs, unit: 'µs' },
          {
            name: 'cores that ten times the rate of arrival takes',
            value: (10 * RECORDS_PER_SECOND * (shipperUs + serverUs)) / 1e6,
            unit: '',
            target: { most: 2 },
          },
          { name: 'records that waited at most', value: mostWaiting, unit: '' },
        ],
        notes: [
          `A record takes ${number(shipperUs)} µs of a processor to be shipped, and ${number(serverUs)} of PostgreSQL; ${number(failures)} attempts failed while it was back.`,
          `${number(bytes / 1024 ** 2)} MiB of journal, ${number(bytes / (outageSeconds * RECORDS_PER_SECOND))} bytes a record, were shipped in ${number(drainSeconds)} s; PostgreSQL and all else share ${navigator.hardwareConcurrency} cores.`,
        ],
      }
    } finally {
      await client.end().catch(() => undefined)
      await controller.stop()
    }
  } finally {
    await postgres.close()
  }
}
