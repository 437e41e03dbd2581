/**
 * Evil's webhook server and its callers, in a process of its own that gives way to every other: what it takes of
 * the machine is not what is measured. A program: an order comes and events go as messages of the parent process.
 */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { setPriority } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { openCallees, type Behaviour } from '../sip/callees.ts'
import { placeCall, type Caller, type CallerScript } from '../sip/caller.ts'
import type { Ear } from '../sip/ear.ts'
import { openSipPort } from '../sip/port.ts'
import { behaviours, evilDid, LOOP, loopNumbers, ringing } from './behaviours.ts'
import type { EvilEvent, EvilOrder, Way } from './orders.ts'
import { createSimulatorCalls } from './simulator-calls.ts'

/** Of all callers together: more would only find that evil is past its limit for the minute. */
const CALLS_PER_SECOND = 15
/** A loop lasts no longer than it rings. */
const LOOP_MS = 5000
/** Calls that have come round, in all of the loops at one time. */
const MOST_ROUND = 200
const PRIORITY = 10
const PROMPT_MS = 2000

const tell = (event: EvilEvent) => void process.send!(event)
const nobody: Readonly<Record<string, Behaviour>> = Object.fromEntries(
  ringing.map((number) => [number, { status: undefined, afterMs: 0 }]),
)
const questions = behaviours.map(() => 0)
const calls = behaviours.map(() => 0)

/** Takes connections on all of 127.0.0.0/8, and from nowhere else. */
async function serve(): Promise<number> {
  let serial = 0
  const server = createServer((socket) => {
    if (socket.localAddress?.startsWith('127.') !== true) return void socket.destroy()
    socket.on('error', () => undefined)
    readRequests(socket, (target) => {
      const url = new URL(target, 'http://evil')
      const index = Number(url.pathname.split('/')[1])
      const { port } = server.address() as AddressInfo
      questions[index] = (questions[index] ?? 0) + 1
      behaviours[index]?.answer?.(socket, { url, serial: serial++, port })
    })
  })
  server.listen(0, '0.0.0.0', 4096)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Requests are GETs without a body: one ends with an empty line. */
function readRequests(socket: Socket, onRequest: (target: string) => void): void {
  let rest = ''
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1')
    for (let end = rest.indexOf('\r\n\r\n'); end !== -1; end = rest.indexOf('\r\n\r\n')) {
      const target = /^GET (\S+) /.exec(rest)?.[1]
      rest = rest.slice(end + 4)
      if (target !== undefined) onRequest(target)
    }
  })
}

/** What FreeSWITCH plays is sent, and nobody listens. */
async function openDeafEar(): Promise<Ear> {
  const { port, close } = await openSipPort(() => undefined)
  const heard = { tones: new Map<number, number>(), silence: () => 0 }
  return { port, close, listen: () => ({ heard, packets: [], busy: () => undefined, stop: () => undefined }) }
}

/** Every call that rings one of the numbers that lead back comes in again. */
function simulatorCaller(
  targets: Extract<Way, { targets: unknown }>['targets'],
): (script: CallerScript) => Caller {
  const loops = new Set(loopNumbers)
  let round = 0
  const { call } = createSimulatorCalls({
    ...{ targets, callees: nobody, audioMs: PROMPT_MS },
    onInvite({ destination, headers }) {
      const did = destination.replace(/@.*/, '')
      if (!loops.has(did) || round >= MOST_ROUND) return
      round++
      const hops = headers['X-Belplan-Hops'] ?? '1'
      const again = call(scriptOf(did, LOOP_MS), { 'sip_h_X-Belplan-Hops': hops })
      void again.over.finally(() => round--)
    },
  })
  return call
}

let callers = 0
const scriptOf = (did: string, mostMs: number): CallerScript => {
  const number = `+3165${String(callers++).padStart(7, '0')}`
  return { did, number, name: 'Mallory', mostMs }
}

async function play(
  { callers: all, turns, turnMs }: EvilOrder,
  place: (script: CallerScript) => Caller,
): Promise<void> {
  const began = performance.now()
  const ended: Promise<void>[] = []
  for (const [turn, index] of turns.entries()) {
    const { name, callers: most = all } = behaviours[index]!
    const until = began + (turn + 1) * turnMs
    tell({ kind: 'turn', index, atMs: Date.now() })
    for (let at = 0; at < Math.min(most, all); at++) ended.push(callUntil(index, until, name === LOOP, at))
    await delay(until - performance.now())
  }
  await Promise.all(ended)

  async function callUntil(index: number, until: number, loops: boolean, at: number): Promise<void> {
    // One after the other: FreeSWITCH takes no more than so many at once.
    await delay(Math.min((at * 1000) / all, turnMs / 2))
    for (let left = until - performance.now(); left > 0; left = until - performance.now()) {
      calls[index]!++
      await place(scriptOf(evilDid(index), loops ? Math.min(left, LOOP_MS) : left)).over
      await delay(Math.min((all * 1000) / CALLS_PER_SECOND, Math.max(0, until - performance.now())))
    }
  }
}

setPriority(PRIORITY)
const port = await serve()
const sip = await openSipPort(() => undefined)
const callees = await openCallees(nobody, { port: 9, speak: () => () => undefined, close: () => undefined })
tell({ kind: 'listening', port, sipPort: callees.port })

process.on('message', (order: EvilOrder) => {
  void (async () => {
    const { way } = order
    const ear = await openDeafEar()
    const place =
      'targets' in way
        ? simulatorCaller(way.targets)
        : (script: CallerScript) => placeCall(script, { sip, ear, switchPort: way.switchPort })
    await play(order, place)
    const { user, system } = process.cpuUsage()
    tell({ kind: 'over', report: { calls, questions, cpuMs: (user + system) / 1000 } })
  })()
})
process.on('disconnect', () => process.exit())
