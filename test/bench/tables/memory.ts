/** What a call costs in memory while it is held in a prompt, and what is left of one that was let go. */
import { setTimeout as delay } from 'node:timers/promises'
import { load, type Bench } from '../load.ts'
import { openFiles, residentKiB } from '../program.ts'
import { number, type Table } from '../report.ts'
import { promptDocument, startBelplan, type Controller } from '../subjects.ts'

interface Held {
  readonly rssKiB: number
  readonly heapKiB: number
  readonly files: number
}

/** Garbage is collected when V8 sees fit: a moment's quiet, so that it is not taken for memory in use. */
const SETTLE_MS = 4000

async function look({ pid, metric }: Controller): Promise<Held> {
  await delay(SETTLE_MS)
  const heap = await metric('nodejs_heap_size_used_bytes')
  return { rssKiB: residentKiB(pid) ?? NaN, heapKiB: heap / 1024, files: openFiles(pid) ?? NaN }
}

export async function memoryTable(
  bench: Bench,
  { held, letGo }: { held: number; letGo: number },
): Promise<Table> {
  const { folder } = bench
  const hookPort = bench.hook.port
  const prompts = await startBelplan({ folder, hookPort, documents: { bench: promptDocument(hookPort) } })
  let [before, during]: (Held | undefined)[] = []
  try {
    // The code that runs in a prompt, and the heap it takes to run it, are there before the first call counts.
    await load(bench, prompts, { flow: 'hold', pace: { perSecond: 500 }, warmUp: 0, calls: 1000 })
    before = await look(prompts)
    const whileHeld = async () => void (during = await look(prompts))
    await load(bench, prompts, { flow: 'hold', pace: { perSecond: 500 }, warmUp: 0, calls: held, whileHeld })
  } finally {
    await prompts.stop()
  }
  const passing = await startBelplan({ folder, hookPort })
  let [first, last]: (Held | undefined)[] = []
  try {
    const some = { pace: { perSecond: 400 }, warmUp: 0, calls: letGo }
    await load(bench, passing, some)
    first = await look(passing)
    await load(bench, passing, some)
    last = await look(passing)
  } finally {
    await passing.stop()
  }
  const perHeld = (during!.rssKiB - before.rssKiB) / held
  const perLetGo = (last.rssKiB - first.rssKiB) / letGo
  return {
    title: 'Memory',
    head: ['', 'calls', 'RSS KiB/call', 'heap KiB/call', 'sockets/call'],
    rows: [
      ['held in a prompt', number(held), number(perHeld), number((during!.heapKiB - before.heapKiB) / held), number((during!.files - before.files) / held)],
      ['let go', number(letGo), number(perLetGo), number((last.heapKiB - first.heapKiB) / letGo), number((last.files - first.files) / letGo)],
    ], // prettier-ignore
    figures: [
      { name: 'memory per held call', value: perHeld, unit: 'KiB RSS', target: { most: 12 } },
      { name: 'memory per call that was let go', value: perLetGo, unit: 'KiB RSS', target: { most: 0.1 } },
      {
        name: 'files and sockets left by calls that were let go',
        value: last.files - first.files,
        unit: '',
        target: { most: 0 },
      },
    ],
  }
}
