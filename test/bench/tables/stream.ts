/**
 * What readers of `/stream` cost the calls, at 50 calls a second: CPU with none, 1 and 100 that read all that comes; and
 * memory and time to decide with 1,000 that do not keep up. Interleaved, against the same controller without readers.
 */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { collectGarbage, INSPECT } from '../inspect.ts'
import { decisionsMs, load, type Bench, type Loaded } from '../load.ts'
import type { ReadersEvent, ReadersOrder } from '../load/readers.ts'
import { residentKiB, startProgram, type Program } from '../program.ts'
import { number, type Table } from '../report.ts'
import { quantile, spreadPercent } from '../stats.ts'
import { startBelplan, type Controller } from '../subjects.ts'

export interface StreamOptions {
  readonly rounds: number
  /** Of each round with readers that keep up, and of the time with those that do not. */
  readonly seconds: number
  readonly slowSeconds: number
}

const PER_SECOND = 50
const SLOW_READERS = 1000
/** Calls after which code is warm. */
const WARM = 12_000
const CORE = 0
const LOAD_CORE = 1

export async function streamTable(bench: Bench, options: StreamOptions): Promise<Table> {
  const { rounds, seconds, slowSeconds } = options
  const start = () =>
    startBelplan({ folder: bench.folder, hookPort: bench.hook.port, core: CORE, nodeArgs: [INSPECT] })
  // One never had a reader: behind the last one the stream is kept for a minute.
  const [unread, read] = [await start(), await start()]
  const warm = { pace: { inFlight: 100 }, warmUp: 0, calls: WARM }
  const cpu = new Map<number, number[]>()
  try {
    for (const controller of [unread, read]) await load(bench, controller, warm)
    for (let round = 0; round < rounds; round++) {
      for (const count of [0, 1, 100]) {
        const controller = count === 0 ? unread : read
        const readers = await openReaders(bench, controller, { count, how: 'reads' })
        const loaded = await atPace(bench, controller, seconds)
        await readers.stop()
        cpu.set(count, [...(cpu.get(count) ?? []), loaded.ownCpuMs / loaded.good])
      }
    }
    const before = await atPace(bench, unread, slowSeconds)
    await collectGarbage(read.logFile)
    const slow = await withSlowReaders(bench, read, slowSeconds)
    return tableOf(cpu, before, slow)
  } finally {
    await Promise.all([unread.stop(), read.stop()])
  }
}

const atPace = (bench: Bench, controller: Controller, seconds: number): Promise<Loaded> =>
  load(bench, controller, {
    pace: { perSecond: PER_SECOND },
    warmUp: PER_SECOND * 2,
    calls: PER_SECOND * seconds,
  })

interface Readers {
  report(): Promise<Extract<ReadersEvent, { kind: 'report' }>>
  stop(): Promise<void>
}

async function openReaders(
  { folder }: Bench,
  { apiUrl }: Controller,
  order: Omit<ReadersOrder, 'port'>,
): Promise<Readers> {
  const program: Program = startProgram({
    args: [join(import.meta.dirname, '../load/readers.ts')],
    logFile: join(folder, 'readers.log'),
    core: LOAD_CORE,
  })
  const next = <K extends ReadersEvent['kind']>(kind: K) =>
    program.next((message) => {
      const event = message as ReadersEvent
      return event.kind === kind ? (event as Extract<ReadersEvent, { kind: K }>) : undefined
    })
  const opened = next('opened')
  program.send({ ...order, port: Number(new URL(apiUrl).port) } satisfies ReadersOrder)
  await opened
  return {
    report() {
      const told = next('report')
      program.send('report' as unknown as object)
      return told
    },
    stop: () => program.stop(),
  }
}

interface Slow {
  readonly loaded: Loaded
  /** Memory in use, garbage collected, before they came, after that time, and after as much time again, in MiB. */
  readonly usedMiB: readonly [before: number, then: number, later: number]
  readonly residentMiB: readonly [before: number, then: number, later: number]
  readonly dropped: number
  readonly readers: number
}

async function withSlowReaders(bench: Bench, controller: Controller, seconds: number): Promise<Slow> {
  const { pid, logFile, metric } = controller
  const used = async () => {
    await collectGarbage(logFile)
    const bytes =
      (await metric('nodejs_heap_size_used_bytes')) + (await metric('nodejs_external_memory_bytes'))
    return bytes / 1024 / 1024
  }
  const resident = () => (residentKiB(pid) ?? NaN) / 1024
  const [usedBefore, residentBefore] = [await used(), resident()]
  const readers = await openReaders(bench, controller, { count: SLOW_READERS, how: 'stalls' })
  const dropped = () => metric('belplan_stream_dropped_total')
  const droppedBefore = await dropped()
  const loaded = await atPace(bench, controller, seconds)
  const [usedThen, residentThen] = [await used(), resident()]
  await atPace(bench, controller, seconds)
  const there = await metric('belplan_stream_readers')
  const slow = {
    ...{ loaded, readers: there },
    dropped: (await dropped()) - droppedBefore,
    usedMiB: [usedBefore, usedThen, await used()] as const,
    residentMiB: [residentBefore, residentThen, resident()] as const,
  }
  await readers.stop()
  await delay(500)
  return slow
}

function tableOf(cpu: ReadonlyMap<number, readonly number[]>, before: Loaded, slow: Slow): Table {
  // What disturbs a round only adds to it.
  const least = (values: readonly number[]) => Math.min(...values)
  const cpuOf = (readers: number) => least(cpu.get(readers)!)
  const p = (loaded: Loaded, q: number) => quantile(decisionsMs(loaded), q)
  const row = (name: string, values: readonly number[]) => [
    name,
    number(least(values)),
    `± ${number(spreadPercent(values))} %`,
    `${number((least(values) / cpuOf(0) - 1) * 100)} %`,
    ...['', '', ''],
  ]
  const decided = (name: string, loaded: Loaded) => [
    name,
    number(loaded.ownCpuMs / loaded.good),
    ...['', ''],
    ...[0.5, 0.99].map((q) => number(p(loaded, q))),
    number(Object.values(loaded.bad).reduce((sum, count) => sum + count, 0)),
  ]
  return {
    title: `Readers of /stream, at ${PER_SECOND} calls a second`,
    head: ['', 'CPU ms/call', 'spread', 'more', 'decision p50, ms', 'p99', 'bad'],
    rows: [
      ...[...cpu].map(([readers, values]) => row(readers === 1 ? '1 reader' : `${readers} readers`, values)),
      decided('none, later', before),
      decided(`${SLOW_READERS} slow readers`, slow.loaded),
    ],
    figures: [
      { name: 'CPU per call with 1 reader, against none', value: cpuOf(1) / cpuOf(0), unit: '×', target: { most: 1.05 } },
      { name: 'CPU per call with 100 readers, against none', value: cpuOf(100) / cpuOf(0), unit: '×', target: { most: 1.2 } },
      { name: 'decision p99 with slow readers, more than without', value: p(slow.loaded, 0.99) - p(before, 0.99), unit: 'ms', target: { most: 5 } },
      { name: 'memory in use that grew in the second half of their time', value: slow.usedMiB[2] - slow.usedMiB[1], unit: 'MiB', target: { most: 16 } },
    ], // prettier-ignore
    notes: [
      `CPU: the least of ${cpu.get(0)!.length} interleaved rounds.`,
      `Memory before slow readers, with them, and as long after that: in use ${slow.usedMiB.map(number).join(', ')} MiB; resident ${slow.residentMiB.map(number).join(', ')} MiB.`,
      `${number(slow.dropped)} were cut off, and came back; ${number(slow.readers)} read at the end.`,
    ],
  }
}
