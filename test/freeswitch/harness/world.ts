import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallOptions, CallReport } from './caller.ts'
import { placeCall } from './caller.ts'
import type { Controller } from './controller.ts'
import { startController } from './controller.ts'
import type { Hook, Reply } from './hooks.ts'
import { startHooks } from './hooks.ts'
import type { Line } from './plan-set.ts'
import { configurationFor, documentOf } from './plan-set.ts'
import { freeTcpPorts, freeUdpPorts } from './ports.ts'
import { createProcessGroup } from './processes.ts'
import type { Switch, SwitchPorts } from './switch.ts'
import { startSwitch } from './switch.ts'
import type { Telephone } from './telephone.ts'
import { createTelephone } from './telephone.ts'
import { findFreeSwitch } from './tools.ts'
import type { Wire } from './wire.ts'
import { openWire } from './wire.ts'

/** A FreeSWITCH, a controller, customers' servers and telephones, all on loopback and all of one test file. */
export interface World {
  hook(reply: Reply): Hook
  telephone(): Telephone
  /** Behind the gateway `carrier`; reached by every E.164 number. */
  readonly carrier: Telephone
  /** Adds a document to the plan set; returns the number that leads to it. */
  line(line: Line): string
  call(options: CallOptions): Promise<CallReport>
  readonly controller: Controller
  readonly switch: Switch
  /** All that FreeSWITCH and the controller have written: logs, journal, revisions. */
  written(): string
  /** To be called before the tests; everything that plans name must be there. */
  start(): Promise<void>
  /** Ends everything that was started. `failed`: prints the last lines of the logs, and leaves the files. */
  stop(failed: boolean): Promise<void>
}

/** UDP ports: two for each call and each telephone of a file. */
const PORTS = 240

/** Takes ports and starts the customers' server, so that plans can be written. */
export async function openWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'belplan-'))
  const { run, end } = createProcessGroup()
  const hooks = await startHooks()
  const udp = await freeUdpPorts(PORTS)
  const tcp = await freeTcpPorts(4)
  const take = (ports: number[]) => {
    const port = ports.pop()
    if (port === undefined) throw new Error('too many calls and telephones in one file')
    return port
  }
  const [esl, noController, apiPort] = [take(tcp), take(tcp), take(tcp)]
  // Below what the system gives out by itself; FreeSWITCH passes over ports that are in use.
  const firstRtp = 12_000 + 2 * Math.floor(Math.random() * 9000)
  const ports: SwitchPorts = {
    externalSip: take(udp),
    internalSip: take(udp),
    carrier: take(udp),
    eventSocket: take(tcp),
    firstRtp,
    lastRtp: firstRtp + 1000,
  }
  const documents: Record<string, unknown> = {}
  const stops: (() => Promise<void>)[] = [() => hooks.close(), end]
  const started: { switch?: Switch; controller?: Controller; wire?: Wire } = {}
  const running = <K extends keyof typeof started>(name: K) => {
    const part = started[name]
    if (part === undefined) throw new Error(`the ${name} has not been started`)
    return part
  }
  const newTelephone = (number: string, port: number) =>
    createTelephone({
      wire: () => running('wire'),
      switch: () => running('switch'),
      ...{ number, port, mediaPort: take(udp), folder, run },
    })
  let calls = 0

  return {
    hook: (reply) => hooks.hook(reply),
    telephone() {
      const port = take(udp)
      return newTelephone(`9${port}`, port)
    },
    carrier: newTelephone('+31502102544', ports.carrier),
    line(line) {
      const number = 1 + Object.keys(documents).length
      const did = `+3150210${String(number).padStart(4, '0')}`
      documents[`line-${number}`] = documentOf(line, did)
      return did
    },
    async call(options) {
      const callId = `belplan-${++calls}-${process.pid}`
      const own = { port: take(udp), mediaPort: take(udp), folder, run, callId }
      return placeCall(options, { ...own, wire: running('wire'), switchPort: ports.externalSip })
    },
    get controller() {
      return running('controller')
    },
    get switch() {
      return running('switch')
    },
    written: () =>
      globSync(['switch/log/*', 'controller/*.out', 'controller/data/**/*.json*'], { cwd: folder })
        .map((file) => readFileSync(join(folder, file), 'utf8'))
        .join('\n'),
    async start() {
      const freeswitch = findFreeSwitch(process.env)
      if (freeswitch === undefined) throw new Error('no FreeSWITCH')
      for (const name of ['switch', 'controller']) mkdirSync(join(folder, name))
      started.switch = await startSwitch({
        ...{ freeswitch, folder: join(folder, 'switch'), run, ports },
        controllers: [`127.0.0.1:${esl}`, `127.0.0.1:${noController}`],
      })
      const wire = await openWire(ports)
      started.wire = wire
      stops.push(() => wire.stop())
      started.controller = await startController({
        ...{ folder: join(folder, 'controller'), run, apiPort, documents },
        config: configurationFor(esl, started.switch),
      })
    },
    async stop(failed) {
      if (failed) {
        console.error(`--- controller\n${started.controller?.tail(20) ?? 'not started'}`)
        console.error(`--- FreeSWITCH\n${started.switch?.tail(30) ?? 'not started'}`)
        console.error(`--- all files are in ${folder}`)
      }
      await Promise.all(stops.map((stop) => stop()))
      if (!failed) rmSync(folder, { recursive: true, force: true })
    },
  }
}
