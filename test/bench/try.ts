import { mkdtempSync } from 'node:fs'
import { openBench, load, decisionsMs } from '/work/main/test/bench/load.ts'
import { startBelplan, startPeer } from '/work/main/test/bench/subjects.ts'
import { quantile } from '/work/main/test/bench/stats.ts'
const folder = mkdtempSync('/tmp/bench-')
const bench = await openBench(folder)
const o = { folder, hookPort: bench.hook.port, core: 0 }
for (const name of process.argv.slice(2)) {
  const s = name === 'belplan' ? await startBelplan(o) : await startPeer(name as 'esl', o)
  const calls = name === "belplan" ? 15000 : 3000
  const r = await load(bench, s, { pace: { inFlight: 200 }, warmUp: calls / 3, calls })
  const d = decisionsMs(r)
  console.log(name, { good: r.good, bad: r.bad, perSec: r.good / r.wallMs * 1000, sysMs: r.systemCpuMs! / r.good, ownMs: r.ownCpuMs / r.good, share: r.generatorShare, hookShare: r.hook.cpuMs / r.wallMs, bytes: r.bytes / r.good, commands: r.commands / r.good, apps: r.applications / r.good, p50: quantile(d, .5), p99: quantile(d, .99), rss: r.peakRssMiB })
  await s.stop()
}
await bench.hook.program.stop()
console.log(folder)
