import { mkdtempSync, rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { openBench, load } from './load.ts'
import { startBelplan } from './subjects.ts'
import { systemCpuMs } from './program.ts'
const folder = mkdtempSync('/tmp/bench-')
const bench = await openBench(folder)
  const s = await startBelplan({ folder, hookPort: bench.hook.port })
  await delay(1000)
  const i0 = systemCpuMs(s.pid)!; await delay(5000); const idle = (systemCpuMs(s.pid)! - i0) / 5
  const out: string[] = []
  for (const [rate, warm, calls] of [[20, 40, 160]] as const) {
    const r = await load(bench, s, { pace: { perSecond: rate }, warmUp: warm, calls, hookMs: 5 })
    out.push((r.systemCpuMs! / r.good).toFixed(2))
  }
  await load(bench, s, { pace: { perSecond: 400 }, warmUp: 0, calls: 3000, hookMs: 5 })
  const r = await load(bench, s, { pace: { perSecond: 20 }, warmUp: 0, calls: 200, hookMs: 5 })
  console.log(process.cwd(), 'idle ms/s', idle.toFixed(1), 'cold per call', out.join(' '), 'hot at 20/s', (r.systemCpuMs! / r.good).toFixed(2))
  await s.stop()
await bench.hook.program.stop()
rmSync(folder, { recursive: true })
