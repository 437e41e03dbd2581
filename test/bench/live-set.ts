/**
 * What a controller has of a large set: it starts from the local copy, and takes one change after the other. Says how long each took,
 * and how long its event loop stood still.
 *
 *   node --expose-gc live-set.ts DATA
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { changedSet, type SetSlice } from '../../src/plan/index.ts'
import { readLocalSet } from '../../src/shared-plans/read-local-set.ts'

export type ToLiveSet = NextSet | { readonly memory: true }

export interface NextSet {
  readonly removed: readonly string[]
  readonly slices: readonly SetSlice[]
  readonly revision: string
  /** One of its numbers. */
  readonly did: string
}

export type FromLiveSet = Timed | Memory

export interface Memory {
  readonly kind: 'memory'
  readonly rssBytes: number
  readonly heapBytes: number
}

export interface Timed {
  readonly kind: 'started' | 'changed'
  readonly ms: number
  /** Of a processor, garbage collection included. */
  readonly cpuMs: number
  /** The longest that nothing else had a turn. */
  readonly standstillMs: number
  readonly numbers: number
}

const RESOLUTION_MS = 1
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

async function timed(kind: Timed['kind'], work: () => Promise<number>): Promise<void> {
  delays.reset()
  delays.enable()
  const cpu = process.cpuUsage()
  const began = performance.now()
  const numbers = await work()
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  // What is left to be collected, and the delay that is still to be noticed.
  await new Promise((resolve) => setTimeout(resolve, 20))
  delays.disable()
  const standstillMs = Math.max(0, delays.max / 1e6 - RESOLUTION_MS)
  process.send!({ kind, ms, cpuMs: (user + system) / 1000, standstillMs, numbers } satisfies Timed)
}

const options = { defaultCountry: 'NL' } as const
let set = await (async () => {
  let found: Awaited<ReturnType<typeof readLocalSet>>
  await timed('started', async () => {
    found = await readLocalSet({ data: process.argv[2]!, options })
    return found?.set.counts.numbers ?? 0
  })
  return found!.set
})()

function memory(): Memory {
  global.gc!()
  const { rss, heapUsed } = process.memoryUsage()
  return { kind: 'memory', rssBytes: rss, heapBytes: heapUsed }
}

async function change({ removed, slices, revision, did }: NextSet): Promise<number> {
  set = await changedSet(set, { removed, slices }, revision, new Date())
  const found = set.find(did)
  if (found.document === undefined) throw new Error(`${did} leads to nothing`)
  set.compiled(found.document)
  return set.counts.numbers
}

process.on('message', (message: ToLiveSet) => {
  if ('memory' in message) process.send!(memory())
  else void timed('changed', () => change(message))
})
process.once('disconnect', () => process.exit())
