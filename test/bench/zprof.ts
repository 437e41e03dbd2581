import { mkdtempSync } from 'node:fs'
import { openBench, load, decisionsMs } from './load.ts'
import { startBelplan } from './subjects.ts'
const folder = mkdtempSync('/tmp/bench-')
const bench = await openBench(folder)
const s = await startBelplan({ folder, hookPort: bench.hook.port, core: 0, nodeArgs: ['--cpu-prof', '--cpu-prof-interval=250', '--cpu-prof-dir=' + folder] })
const r = await load(bench, s, { pace: { inFlight: 100 }, warmUp: 6000, calls: 24000 })
console.log({ good: r.good, bad: r.bad, perSec: r.good / r.wallMs * 1000, sysMs: r.systemCpuMs! / r.good, share: r.generatorShare })
await s.stop()
await bench.hook.program.stop()
console.log(folder)
