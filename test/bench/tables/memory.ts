/** What a call costs in memory while it is held in a prompt, and what is left of those that were let go. */
import { setTimeout as delay } from 'node:timers/promises'
import { collectGarbage, INSPECT } from '../inspect.ts'
import { load, type Bench } from '../load.ts'
import { openFiles, residentKiB } from '../program.ts'
import { number, type Table } from '../report.ts'
import { flowDocument, PROMPT_NUMBER, promptDocument, startBelplan, type Controller } from '../subjects.ts'

interface Look {
  readonly rssKiB: number
  readonly heapKiB: number
  readonly files: number
}

/** The webhook's idle connections are closed by then, and freed pages are the system's again. */
const SETTLE_MS = 6000

/**
 * Calls that grow the process to the size that it works in: code is compiled, and the places of the latest 20,000
 * records are remembered.
 */
const GROW = 25_000

async function look({ pid, metric, logFile }: Controller): Promise<Look> {
  await delay(SETTLE_MS)
  await collectGarbage(logFile)
  await delay(1000)
  const heap = await metric('nodejs_heap_size_used_bytes')
  return { rssKiB: residentKiB(pid) ?? NaN, heapKiB: heap / 1024, files: openFiles(pid) ?? NaN }
}

/** `held` at one time; `letGo` one after another. */
export async function memoryTable(
  bench: Bench,
  { held, letGo }: { held: number; letGo: number },
): Promise<Table> {
  const hookPort = bench.hook.port
  const documents = { flow: flowDocument(hookPort), prompt: promptDocument(hookPort) }
  const controller = await startBelplan({ folder: bench.folder, hookPort, documents, nodeArgs: [INSPECT] })
  const passing = (calls: number) => load(bench, controller, { pace: { inFlight: 50 }, warmUp: 0, calls })
  const looks: Look[] = []
  try {
    await passing(GROW)
    looks.push(await look(controller))
    await passing(letGo)
    looks.push(await look(controller))
    await load(bench, controller, {
      ...{ flow: 'hold', did: PROMPT_NUMBER, pace: { perSecond: 500 }, warmUp: 0, calls: held },
      whileHeld: async () => void looks.push(await look(controller)),
    })
  } finally {
    await controller.stop()
  }
  const [grown, before, during] = looks as [Look, Look, Look]
  const row = (name: string, calls: number, from: Look, to: Look) => [
    name,
    number(calls),
    number((to.rssKiB - from.rssKiB) / calls),
    number((to.heapKiB - from.heapKiB) / calls),
    number((to.files - from.files) / calls),
  ]
  return {
    title: 'Memory',
    head: ['', 'calls', 'RSS KiB/call', 'heap KiB/call', 'sockets/call'],
    rows: [row('let go', letGo, grown, before), row('held in a prompt', held, before, during)],
    figures: [
      { name: 'memory per held call', value: (during.rssKiB - before.rssKiB) / held, unit: 'KiB RSS', target: { most: 12 } },
      { name: 'memory per call that was let go', value: (before.rssKiB - grown.rssKiB) / letGo, unit: 'KiB RSS', target: { most: 0.25 } },
      { name: 'files and sockets left by calls that were let go', value: before.files - grown.files, unit: '', target: { most: 0 } },
    ], // prettier-ignore
    notes: [
      `RSS of the process after ${number(GROW)} calls: ${number(grown.rssKiB / 1024)} MiB; each time after a full garbage collection.`,
    ],
  }
}
