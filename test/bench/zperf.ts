import { mkdtempSync, rmSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { openBench, load } from './load.ts'
import { startBelplan } from './subjects.ts'
const folder = mkdtempSync('/tmp/bench-')
const bench = await openBench(folder)
const s = await startBelplan({ folder, hookPort: bench.hook.port })
const perSecond = Number(process.argv[2] ?? 20), calls = Number(process.argv[3] ?? 200)
await load(bench, s, { pace: { perSecond: 200 }, warmUp: 0, calls: 1500, hookMs: 5 })
await delay(1500)
const st = spawn('perf', ['record', '-e', 'cpu-clock', '-F', '4000', '-p', String(s.pid), '-o', '/tmp/perf.data'], { stdio: 'ignore' })
await delay(1500)
await load(bench, s, { pace: { perSecond }, warmUp: 0, calls, hookMs: 5 })
st.kill('SIGINT'); await once(st, 'exit')
await s.stop(); await bench.hook.program.stop(); rmSync(folder, { recursive: true })
