import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openBench } from './load.ts'
import { startBelplan, startPeer } from './subjects.ts'
import { openArena, type Way } from './freeswitch/arena.ts'
import { runPhase } from './freeswitch/phase.ts'
import { quantile } from './stats.ts'
const folder = mkdtempSync('/tmp/bench-fs-')
const bench = await openBench(folder)
const o = { folder, hookPort: bench.hook.port }
const b = await startBelplan(o), e = await startPeer('esl', o), m = await startPeer('modesl', o)
const arena = await openArena({ freeswitch: '/usr/local/freeswitch/bin/freeswitch', folder: join(folder, 'switch'), sockets: { belplan: b.port, esl: e.port, modesl: m.port }, url: `http://127.0.0.1:${bench.hook.port}/name?did=%2B31502100000&callerid=` })
const ways = (process.argv[2] ?? 'lua,belplan').split(',') as Way[]
for (const way of ways) await runPhase(arena, { way, calls: 40, perSecond: 20 })
for (const way of ways) {
  const perf = process.argv[3] ? spawn('perf', ['record', '-g', '-e', 'cpu-clock', '-F', '2000', '-p', String(arena.pid), '-o', `/tmp/fs-${way}.data`], { stdio: 'ignore' }) : undefined
  const p = await runPhase(arena, { way, calls: 200, perSecond: 20 })
  if (perf) { perf.kill('SIGINT'); await once(perf, 'exit') }
  console.log(way, p.switchCpuMs.toFixed(1), 'p50', quantile(p.setUpMs, .5).toFixed(1), p.good)
}
await arena.stop(); for (const s of [b, e, m]) await s.stop(); await bench.hook.program.stop()
process.exit()
