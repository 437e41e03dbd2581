/**
 * Calls by the thousand against one controller, by the simulator: memory stays level, and nothing is
 * left open. Begins with three times as many calls that do not count, which fill what is meant to be filled: pools,
 * caches, the list of recent records (V8 doubles its table late), and the code that V8 compiles from what is used.
 */
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { placeCall, type Target } from '../../../src/simulator/place-call.ts'
import type { CallScript } from '../../../src/simulator/script.ts'
import { steadyPorts } from '../../harness/ports.ts'
import { createProcessGroup } from '../../harness/processes.ts'
import { collectGarbage, INSPECT } from '../../bench/inspect.ts'
import { startControllerProcess, type ControllerProcess } from '../../harness/controller-process.ts'
import { openCustomers } from '../customers.ts'
import { trend } from '../trend.ts'
import { figure, holds, isKept, none, type Verdict } from '../verdict.ts'
import { removeFolder } from '../../harness/remove-folder.ts'

const AT_ONCE = 25
const SAMPLES = 100
const WARM_UP = 3
/** Of the level, over the whole run: more is a leak. */
const GROWTH = 0.03
/** Handles that come and go by themselves: kept-alive connections to the customers' server, a GC's timer. */
const HANDLES = 5
/** Kept-alive connections are closed by then. */
const CALM_MS = 8000
/** An overloaded controller listens again a second later. */
const SHED_MS = 1000

const audio = { hello: 'tone_stream://%(200,0,600)' }
const documents = {
  soak: {
    version: 1,
    audio,
    plans: {
      code: {
        numbers: ['+31502100000'],
        steps: [{ type: 'webhook', webhook: 'crm', success: [{ type: 'bridge', from: 'webhook' }] }],
      },
      prompt: { numbers: ['+31502100001'], steps: [{ type: 'play', audio: 'hello' }, { type: 'hangup' }] },
      menu: {
        numbers: ['+31502100002'],
        steps: [
          {
            type: 'ivr',
            startMessage: 'hello',
            choices: { 1: [{ type: 'bridge', destination: ['201', '202'], strategy: 'sequential' }] },
            failure: [],
          },
        ],
      },
      missed: {
        numbers: ['+31502100003'],
        missed: 'missed',
        steps: [{ type: 'bridge', destination: '203' }],
      },
    },
  },
}

/** One of each in turn. */
const scripts: readonly CallScript[] = [
  { did: '+31502100000', answers: { '201': { outcome: 'answered', talkMs: 100 } } },
  { did: '+31502100001' },
  {
    did: '+31502100002',
    digits: ['1'],
    answers: { '201': { outcome: 'busy' }, '202': { outcome: 'answered' } },
  },
  { did: '+31502100003', hangUp: { when: 'ringing' } },
  { did: '+31502100001', hangUp: { when: 'prompt' } },
  { did: '+31502109999' },
]

export interface SoakOptions {
  readonly calls: number
  /** What the heap may grow by over the run, of its level [0.03]. */
  readonly growth?: number
}

export async function soak({ calls, growth: most = GROWTH }: SoakOptions): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'belplan-soak-'))
  const { run, end } = createProcessGroup()
  const env = { ...process.env, NODE_OPTIONS: INSPECT }
  const customers = await openCustomers({
    crm: { body: 'status=ACK&destination=201' },
    missed: { body: 'thanks' },
  })
  const [eslPort, apiPort] = (await steadyPorts(2)) as [number, number]
  const hook = (name: string, more: object = {}) => ({
    urlTemplate: `http://127.0.0.1:${customers.port}/${name}?caller={callerid}`,
    ...more,
  })
  const soaked = {
    ...documents.soak,
    webhooks: { crm: hook('crm'), missed: hook('missed', { reply: 'ignored' }) },
  }
  let verdict: Verdict | undefined
  try {
    const controller = await startControllerProcess({
      ...{ folder: join(folder, 'controller'), apiPort },
      run: (command, args, options) => run(command, args, { ...options, env }),
      config: {
        defaultCountry: 'NL',
        log: 'warn',
        esl: { host: '127.0.0.1', port: eslPort },
        routes: [{ match: '^2\\d\\d$', dial: 'user/{destination}@belplan.test' }],
        webhooks: { allowPrivateNetworks: ['127.0.0.0/8'] },
      },
      documents: { soak: soaked },
    })
    const target = { host: '127.0.0.1', port: eslPort }
    const warm = await placeMany(target, WARM_UP * calls, () => Promise.resolve())
    await delay(CALM_MS)
    const before = await measure(controller)
    const heap: number[] = []
    const began = performance.now()
    const placed = await placeMany(target, calls, async () => {
      // What is left behind a full collection is what counts.
      await collectGarbage(controller.logFile)
      heap.push((await measure(controller)).heap)
    })
    const seconds = (performance.now() - began) / 1000
    await delay(CALM_MS)
    const after = await measure(controller)
    const { level, growth } = trend(heap)
    const share = growth / level
    verdict = {
      title: `soak: ${calls} calls, behind ${WARM_UP * calls} that do not count`,
      rows: [
        figure('calls a second', Math.round(calls / seconds)),
        none('calls that did not end as they should', warm.bad + placed.bad),
        figure('calls that found the port closed by overload', warm.shed + placed.shed),
        holds(
          'heap after collection: level, and growth over the run',
          `${mib(level)} MiB, ${(100 * share).toFixed(1)} %`,
          `at most ${100 * most} %`,
          share <= most,
        ),
        figure('resident memory, before and after', `${mib(before.rss)} / ${mib(after.rss)} MiB`),
        ...(['files', 'handles', 'timers', 'requests'] as const).map((name) =>
          holds(
            `open ${name}, before and after`,
            `${before[name]} / ${after[name]}`,
            `no more than ${HANDLES} apart`,
            after[name] - before[name] <= HANDLES,
          ),
        ),
        none('calls still held', after.held),
      ],
      faults: [],
    }
    return verdict
  } finally {
    await end()
    await customers.close()
    if (verdict !== undefined && isKept(verdict)) removeFolder(folder)
    else console.log(`logs and journal: ${folder}`)
  }
}

interface Placed {
  /** Sat in silence, or were done something that no plan says. */
  readonly bad: number
  /** Found the port closed, since the controller was overloaded, and were offered again. */
  readonly shed: number
}

/** Places calls, so many at once, until that many were taken. */
async function placeMany(target: Target, calls: number, sample: () => Promise<unknown>): Promise<Placed> {
  const placed = { bad: 0, shed: 0 }
  let next = 0
  const every = Math.max(1, Math.floor(calls / SAMPLES))
  async function one(): Promise<void> {
    while (next < calls) {
      const index = next++
      if (index % every === 0) await sample()
      const script = { ...scripts[index % scripts.length]!, caller: `+316${10_000_000 + index}` }
      let result = await placeCall(target, { ...script, tickMs: 0, speed: Infinity })
      for (; result.ended === 'lost'; placed.shed++) {
        await delay(SHED_MS)
        result = await placeCall(target, { ...script, tickMs: 0, speed: Infinity })
      }
      if (result.ended === 'stuck' || result.violations.length > 0) placed.bad++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return placed
}

interface Measured {
  readonly heap: number
  readonly rss: number
  readonly files: number
  readonly handles: number
  readonly timers: number
  readonly requests: number
  readonly held: number
}

/** What the process says of itself in /metrics, and what the kernel says. */
async function measure({ apiUrl, pid }: ControllerProcess): Promise<Measured> {
  const text = await (await fetch(`${apiUrl}/metrics`)).text()
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1] ?? 0)
  return {
    heap: value('nodejs_heap_size_used_bytes'),
    rss: value('process_resident_memory_bytes'),
    files: readdirSync(`/proc/${pid}/fd`).length,
    handles: value('nodejs_active_handles_total'),
    timers: value('nodejs_active_resources\\{type="Timeout"\\}'),
    requests: value('nodejs_active_requests_total'),
    held: value('belplan_calls_held'),
  }
}

const mib = (bytes: number) => (bytes / 1024 / 1024).toFixed(1)
