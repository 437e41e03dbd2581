/**
 * The load generator: plays FreeSWITCH's side of thousands of calls a second, in a process of its own, and reports
 * how much of a core that took. A program: orders and reports are messages to and from the parent process.
 */
import { connect, type Socket } from 'node:net'
import { createDelay } from './delay.ts'
import { framesFor } from './frames.ts'
import type { LoadEvent, LoadOrder, LoadReport } from './orders.ts'
import { LoadCall } from './call.ts'

/** How often each channel of FreeSWITCH looks for queued commands. */
const TICK_MS = 20
const REFUSED_MS = 100
/** A closed loop reaches its number of calls within this time, not in one instant. */
const RAMP_MS = 1000
/** A call that is not over by then is not as planned. */
const LOST_MS = 15_000

function run(order: LoadOrder, report: (event: LoadEvent) => void): void {
  const frames = { plain: framesFor(order, 'plain'), json: framesFor(order, 'json') }
  const tick = createDelay(TICK_MS)
  /** Calls that are not over, the oldest first. */
  const live = new Map<Socket, { readonly sinceMs: number; readonly call: LoadCall }>()
  const all = order.warmUp + order.calls
  const refused = createDelay(REFUSED_MS)
  const decisionMs = new Float64Array(all).fill(NaN)
  const bad: Record<string, number> = {}
  const totals = { bytes: 0, commands: 0, applications: 0 }
  let [placed, over, good] = [0, 0, 0]
  let began = { ms: 0, cpu: process.cpuUsage() }

  function place(): void {
    const n = placed++
    const hex = n.toString(16).padStart(12, '0')
    const values = { uuid: `b0cafe00-0000-4000-8000-${hex}`, number: `3161${String(n).padStart(7, '0')}` }
    // An address of its own for each block of calls: ports of closed connections stay in use for a while.
    const localAddress = `127.0.1.${1 + (n % 200)}`
    const socket = connect({ host: '127.0.0.1', port: order.port, localAddress, noDelay: true })
    const call = new LoadCall(socket, {
      values,
      flow: order.flow,
      frames,
      tick,
      onEnd: (how, call) => ended(n, how, call),
    })
    live.set(socket, { sinceMs: performance.now(), call })
    socket.once('close', () => live.delete(socket))
  }

  function dropLost(): void {
    const since = performance.now() - LOST_MS
    for (const [socket, { sinceMs, call }] of live) {
      if (sinceMs > since) return
      call.end(`lost after ${call.commands} commands`)
      socket.destroy()
    }
  }

  function ended(n: number, how: string, call: LoadCall): void {
    if (n >= order.warmUp) {
      decisionMs[n] = call.decisionMs
      totals.bytes += call.bytes
      totals.commands += call.commands
      totals.applications += call.applications
      if (how === 'letGo' || how === 'held') good++
      else bad[how] = (bad[how] ?? 0) + 1
    }
    over++
    if (over === order.warmUp) measure()
    if (over === all) finish()
    else if ('inFlight' in order.pace) {
      // FreeSWITCH would go to another host; here there is none, and the next call comes a little later.
      if (how === 'ECONNREFUSED') refused.add(next)
      else next()
    }
  }

  function next(): void {
    if (placed < all) place()
  }

  function measure(): void {
    began = { ms: performance.now(), cpu: process.cpuUsage() }
    report({ kind: 'measuring' })
  }

  function finish(): void {
    clearInterval(watch)
    const cpu = process.cpuUsage(began.cpu)
    const result: LoadReport = {
      good,
      bad,
      wallMs: performance.now() - began.ms,
      cpuMs: (cpu.user + cpu.system) / 1000,
      ...totals,
      decisionMs: decisionMs.subarray(order.warmUp),
      firstMeasured: order.warmUp,
      peakRssMiB: process.resourceUsage().maxRSS / 1024,
    }
    report({ kind: 'done', report: result })
  }

  const watch = order.flow === 'letGo' ? setInterval(dropLost, 1000) : undefined
  if (order.warmUp === 0) measure()
  if ('inFlight' in order.pace) {
    const { inFlight } = order.pace
    for (let i = 0; i < inFlight; i++) setTimeout(next, (i * RAMP_MS) / inFlight)
    return
  }
  const { perSecond } = order.pace
  const startMs = performance.now()
  const timer = setInterval(() => {
    const due = Math.min(all, ((performance.now() - startMs) * perSecond) / 1000)
    while (placed < due) place()
    if (placed === all) clearInterval(timer)
  }, 1)
}

process.on('message', (order: LoadOrder) => {
  try {
    run(order, (event) => process.send!(event))
  } catch (error) {
    process.send!({ kind: 'failed', reason: String(error) } satisfies LoadEvent)
  }
})
process.on('disconnect', () => process.exit())
