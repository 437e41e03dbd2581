import { mkdtempSync, readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { openBench, load } from './load.ts'
import { startBelplan, promptDocument } from './subjects.ts'
const folder = mkdtempSync('/tmp/bench-')
const bench = await openBench(folder)
const hookPort = bench.hook.port
const s = await startBelplan({ folder, hookPort, documents: { bench: promptDocument(hookPort) }, nodeArgs: ['--heapsnapshot-signal=SIGUSR2', '--diagnostic-dir=' + folder] })
await load(bench, s, { flow: 'hold', pace: { perSecond: 400 }, warmUp: 0, calls: Number(process.argv[2]), whileHeld: async () => {
  await delay(1000)
  process.kill(s.pid, 'SIGUSR2')
  await delay(9000)
} })
await s.stop(); await bench.hook.program.stop()
console.log(folder, readdirSync(folder))
