import { mkdtempSync, rmSync } from 'node:fs'
import { openBench, load, decisionsMs } from './load.ts'
import { startBelplan, startPeer } from './subjects.ts'
import { quantile } from './stats.ts'
const folder = mkdtempSync('/tmp/bench-')
const bench = await openBench(folder)
const o = { folder, hookPort: bench.hook.port, core: 0 }
for (const name of process.argv.slice(2)) {
  const s = name === 'belplan' ? await startBelplan(o) : await startPeer(name as 'esl', o)
  const calls = name === 'belplan' ? 12000 : 4000
  const r = await load(bench, s, { pace: { inFlight: 100 }, warmUp: calls / 2, calls })
  const d = decisionsMs(r)
  console.log(process.cwd(), name, 'ms/call', (r.systemCpuMs! / r.good).toFixed(3), 'calls/s', (r.good / r.wallMs * 1000).toFixed(0), JSON.stringify(r.bad), 'lg', r.generatorShare.toFixed(2), 'hook', (r.hook.cpuMs / r.wallMs).toFixed(2), 'bytes', (r.bytes / r.good).toFixed(0), 'p50', quantile(d, .5).toFixed(1))
  await s.stop()
}
await bench.hook.program.stop()
rmSync(folder, { recursive: true })
