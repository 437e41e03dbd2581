/** System calls of one call, counted by strace. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { load, type Bench } from '../load.ts'
import { number, type Table } from '../report.ts'
import { startBelplan } from '../subjects.ts'

const CALLS = 300
const PER_SECOND = 20
/** Rarer than this they belong to no call. */
const LEAST_PER_CALL = 0.05

export async function syscallsTable(bench: Bench): Promise<Table> {
  const controller = await startBelplan({ folder: bench.folder, hookPort: bench.hook.port })
  const counts = join(bench.folder, 'strace.txt')
  try {
    await load(bench, controller, { pace: { perSecond: 300 }, warmUp: 0, calls: 1500 })
    const strace = spawn('strace', ['-c', '-f', '-p', String(controller.pid), '-o', counts], {
      stdio: 'ignore',
    })
    const ended = once(strace, 'exit')
    // It says nothing when it is there.
    await delay(1500)
    await load(bench, controller, { pace: { perSecond: PER_SECOND }, warmUp: 0, calls: CALLS, hookMs: 5 })
    strace.kill('SIGINT')
    await ended
  } finally {
    await controller.stop()
  }
  const rows = [...readFileSync(counts, 'utf8').matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$/gm)]
    .map(([, count, name]) => [name!, Number(count) / CALLS] as const)
    .filter(([name, perCall]) => name !== 'total' && perCall >= LEAST_PER_CALL)
    .map(([name, perCall]) => [name, number(perCall)])
  return {
    title: `System calls per call, ${PER_SECOND} calls a second`,
    head: ['', 'per call'],
    rows,
    figures: [],
  }
}
