/**
 * `node test/fuzz/connections.ts`: holds 2,000 connections that say nothing and 2,000 that say a byte a second, on the
 * event socket and as many on the API, while 20 calls a second come in. Exits with 1 when a call is late by more
 * than 50 ms at p99, against the same calls without the connections, or when the API does not answer.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { placeCall } from '../../src/simulator/place-call.ts'
import { startControllerProcess } from '../harness/controller-process.ts'
import { freeTcpPorts } from '../harness/ports.ts'
import { createProcessGroup } from '../harness/processes.ts'

const OF_EACH_KIND = 2000
const CALLS = 300
const EVERY_MS = 50
const LATE_MS = 50
/** What was closed is opened again within so long: not all at once, which would be a flood of connections instead. */
const AGAIN_MS = 2000
const TURNS = 50

/** What a slow connection has to say, if it ever gets so far. */
const SLOW = {
  esl: `Content-Type: command/reply\nReply-Text: ${'+OK'.repeat(1000)}`,
  api: `GET /calls HTTP/1.1\r\nHost: belplan\r\nX-Slow: ${'a'.repeat(3000)}`,
}

const [port, kind] = process.argv.slice(2)
if (port === undefined) await main()
else await hold(Number(port), kind as keyof typeof SLOW)

/** Keeps so many connections open, whatever is closed of them; a process of its own. */
async function hold(to: number, what: keyof typeof SLOW): Promise<void> {
  const slow = new Map<Socket, number>()
  let connected = 0
  function another(isSlow: boolean): void {
    const socket = connect(to, '127.0.0.1')
    socket.on('connect', () => {
      connected++
      if (isSlow) slow.set(socket, 0)
      // Whoever lets go of some of them has had them all.
      if (connected === 2 * OF_EACH_KIND) process.send?.(connected)
    })
    socket.on('error', () => undefined)
    socket.on('data', () => undefined)
    socket.on('close', () => {
      slow.delete(socket)
      setTimeout(() => another(isSlow), AGAIN_MS * Math.random())
    })
  }
  for (let i = 0; i < OF_EACH_KIND; i++) {
    another(true)
    another(false)
    if (i % 20 === 0) await delay(50)
  }
  // Each has its own moment within the second.
  let turn = 0
  setInterval(() => {
    turn = (turn + 1) % TURNS
    let i = 0
    for (const [socket, at] of slow) {
      if (i++ % TURNS !== turn) continue
      socket.write(SLOW[what][at % SLOW[what].length] ?? '')
      slow.set(socket, at + 1)
    }
  }, 1000 / TURNS)
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'belplan-connections-'))
  const { run, end } = createProcessGroup()
  const [esl, apiPort] = (await freeTcpPorts(2)) as [number, number]
  const controller = await startControllerProcess({
    ...{ folder: join(folder, 'controller'), run, apiPort },
    config: { esl: { port: esl }, routes: [{ match: '^2', dial: 'user/{destination}@{domain}' }] },
    documents: {
      acme: {
        domain: 'acme.example',
        plans: { main: { numbers: ['*'], steps: [{ type: 'bridge', destination: '215' }] } },
      },
    },
  })
  const holders: ChildProcess[] = []
  try {
    await calls(esl, 40)
    const before = await calls(esl, CALLS)
    for (const [to, what] of [
      [esl, 'esl'],
      [apiPort, 'api'],
    ] as const)
      holders.push(fork(import.meta.filename, [String(to), what]))
    await Promise.all(holders.map((holder) => once(holder, 'message')))
    const asking = askApi(controller.apiUrl)
    const during = await calls(esl, CALLS)
    const api = await asking
    report('without', before)
    report('with', during)
    console.log(`the API: ${api.answers} answers, slowest ${api.slowestMs.toFixed(0)} ms`)
    const late = quantile(during, 0.99) - quantile(before, 0.5)
    const lost = 2 * CALLS - before.length - during.length
    console.log(`late by ${late.toFixed(1)} ms at p99, ${lost} calls lost`)
    if (late > LATE_MS || lost > 0 || api.answers < 10) process.exitCode = 1
  } finally {
    for (const holder of holders) holder.kill()
    await end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** From the connection to the INVITE of the callee, in ms, of every call that got so far. */
async function calls(to: number, count: number): Promise<number[]> {
  const setUps: number[] = []
  const placed: Promise<unknown>[] = []
  for (let i = 0; i < count; i++) {
    const began = performance.now()
    const call = placeCall(
      { host: '127.0.0.1', port: to },
      {
        did: '+31502100000',
        domain: 'acme.example',
        tickMs: 0,
        speed: Infinity,
        attempts: 1,
        answers: { '215': { outcome: 'busy' } },
        observe: ({ type }) => type === 'invite' && setUps.push(performance.now() - began),
      },
    )
    placed.push(call)
    await delay(Math.max(0, EVERY_MS - (performance.now() - began)))
  }
  await Promise.all(placed)
  return setUps
}

/** As a load balancer does. */
async function askApi(url: string): Promise<{ answers: number; slowestMs: number }> {
  let answers = 0
  let slowestMs = 0
  for (let i = 0; i < 12; i++) {
    const began = performance.now()
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) }).catch(
      () => undefined,
    )
    if (response?.status === 200) answers++
    slowestMs = Math.max(slowestMs, performance.now() - began)
    await delay(500)
  }
  return { answers, slowestMs }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

function report(what: string, setUps: readonly number[]): void {
  const [p50, p99] = [0.5, 0.99].map((share) => quantile(setUps, share).toFixed(1)) as [string, string]
  console.log(
    `${what} the connections: ${setUps.length} calls, set-up p50 ${p50} ms, p99 ${p99} ms, slowest ${Math.max(...setUps).toFixed(1)} ms`,
  )
}
