/** One run of the load generator against one controller. */
import { join } from 'node:path'
import type { HookEvent, HookOrder, HookReport } from './webhook/orders.ts'
import type { LoadEvent, LoadOrder, LoadReport } from './load/orders.ts'
import { startProgram, systemCpuMs, type Program } from './program.ts'
import { FLOW_NUMBER, type Subject } from './subjects.ts'

/** What loads a controller: both on the core that is not the controller's. */
export interface Bench {
  readonly folder: string
  readonly hook: { readonly program: Program; readonly port: number }
}

export interface Loaded extends LoadReport {
  /** CPU time of the controller while it was measured, in ms: as the system counts it, and as it says itself. */
  readonly systemCpuMs: number | undefined
  readonly ownCpuMs: number
  readonly hook: HookReport
  /** Share of a core that the generator used. */
  readonly generatorShare: number
}

/** A generator that was this busy may be what was measured. */
export const MOST_SHARE = 0.7

const LOAD_CORE = 1
const program = (path: string) => join(import.meta.dirname, path)

export async function openBench(folder: string): Promise<Bench> {
  const hook = startProgram({
    args: [program('webhook/server.ts')],
    logFile: join(folder, 'webhook.log'),
    core: LOAD_CORE,
  })
  const port = await hook.next((message) => {
    const event = message as HookEvent
    return event.kind === 'listening' ? event.port : undefined
  })
  return { folder, hook: { program: hook, port } }
}

export interface LoadOptions extends Omit<LoadOrder, 'port' | 'dialplan' | 'flow' | 'did'> {
  readonly did?: string
  readonly flow?: LoadOrder['flow']
  readonly dialplan?: LoadOrder['dialplan']
  /** How long the webhook takes. */
  readonly hookMs?: number
  /** Called when the warm-up is over. */
  readonly onMeasuring?: () => void
  /** Calls that are held stay until this resolves. */
  readonly whileHeld?: () => Promise<void>
}

export async function load(bench: Bench, subject: Subject, options: LoadOptions): Promise<Loaded> {
  const { hookMs = 0, onMeasuring, whileHeld, flow = 'letGo', ...given } = options
  const rest = { dialplan: 'shipped', did: FLOW_NUMBER, ...given } as const
  const hook = bench.hook.program
  const order = (message: HookOrder) => hook.send(message)
  const begun = hook.next((message) => ((message as HookEvent).kind === 'begun' ? true : undefined))
  order({ kind: 'begin', callers: rest.warmUp + rest.calls, delayMs: hookMs })
  await begun
  const generator = startProgram({
    args: ['--max-semi-space-size=32', program('load/generator.ts')],
    logFile: join(bench.folder, 'generator.log'),
    core: LOAD_CORE,
  })
  try {
    const measuring = generator.next((message) => eventOf(message, 'measuring'))
    generator.send({ ...rest, flow, port: subject.port } satisfies LoadOrder)
    await measuring
    const finished = generator.next((message) => eventOf(message, 'done'))
    const before = { own: await subject.ownCpuMs(), system: systemCpuMs(subject.pid) }
    onMeasuring?.()
    const { report } = await finished
    const after = { own: await subject.ownCpuMs(), system: systemCpuMs(subject.pid) }
    await whileHeld?.()
    const told = hook.next((message) => {
      const event = message as HookEvent
      return event.kind === 'report' ? event.report : undefined
    })
    order({ kind: 'report' })
    return {
      ...report,
      systemCpuMs:
        before.system === undefined || after.system === undefined ? undefined : after.system - before.system,
      ownCpuMs: after.own - before.own,
      hook: await told,
      generatorShare: report.cpuMs / report.wallMs,
    }
  } finally {
    await generator.stop()
  }
}

/** Milliseconds from connect reply to the decision's first command, the webhook's own time taken out. */
export function decisionsMs({ decisionMs, firstMeasured, hook }: Loaded): Float64Array {
  return decisionMs.map((ms, i) => ms - hook.ownMs[firstMeasured + i]!)
}

function eventOf<K extends LoadEvent['kind']>(
  message: unknown,
  kind: K,
): Extract<LoadEvent, { kind: K }> | undefined {
  const event = message as LoadEvent
  if (event.kind === 'failed') throw new Error(event.reason)
  return event.kind === kind ? (event as Extract<LoadEvent, { kind: K }>) : undefined
}
