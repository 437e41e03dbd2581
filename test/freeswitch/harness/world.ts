import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallOptions, CallReport } from './caller.ts'
import { placeCall } from './caller.ts'
import type { Controller, Documents } from './controller.ts'
import { startController } from './controller.ts'
import type { Hook, Reply } from './hooks.ts'
import { startHooks } from './hooks.ts'
import { freeTcpPorts, freeUdpPorts } from './ports.ts'
import type { Running } from './processes.ts'
import type { Switch, SwitchPorts } from './switch.ts'
import { startSwitch } from './switch.ts'
import type { Telephone } from './telephone.ts'
import { createTelephone } from './telephone.ts'
import { findFreeSwitch } from './tools.ts'
import type { Wire } from './wire.ts'
import { openWire } from './wire.ts'

/** The tones that stand for prompts, as audio of every document: told apart by ear. */
export const prompts = { start: 500, wrong: 700, late: 900, sorry: 1100, other: 1300 } as const
const audio = Object.fromEntries(
  Object.entries(prompts).map(([name, freqHz]) => [name, `tone_stream://%(600,0,${freqHz})`]),
)

/** What a test says of its line: a document with one plan, or more. */
export interface Line {
  readonly webhooks?: Readonly<Record<string, unknown>>
  readonly audio?: Readonly<Record<string, string>>
  readonly steps: readonly unknown[]
  readonly missed?: string
  /** Plans without numbers. */
  readonly plans?: Readonly<Record<string, readonly unknown[]>>
}

/** A FreeSWITCH, a controller, customers' servers and telephones, all on loopback and all of one test file. */
export interface World {
  hook(reply: Reply): Hook
  telephone(): Telephone
  /** Behind the gateway `carrier`; reached by every E.164 number. */
  readonly carrier: Telephone
  /** Adds a document to the plan set; returns the number that leads to it. */
  line(line: Line): string
  document(line: Line, did: string): unknown
  call(options: CallOptions): Promise<CallReport>
  readonly documents: Documents
  readonly controller: Controller
  readonly switch: Switch
  readonly wire: Wire
  /** To be called before the tests; everything that plans name must be there. */
  start(): Promise<void>
  /** Ends everything that was started. `failed`: prints the last lines of the logs. */
  stop(failed: boolean): Promise<void>
}

const TELEPHONES = 40
const CALLERS = 60

/** Takes ports and starts the customers' server, so that plans can be written. */
export async function openWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'belplan-'))
  const hooks = await startHooks()
  const udp = await freeUdpPorts(2 + 2 * (TELEPHONES + CALLERS))
  const [esl, noController, apiPort, eventSocket] = (await freeTcpPorts(4)) as [number, number, number, number]
  const take = () => {
    const port = udp.pop()
    if (port === undefined) throw new Error('too many calls and telephones in one file')
    return port
  }
  // Below what the system gives out by itself; FreeSWITCH passes over ports that are in use.
  const firstRtp = 12_000 + 2 * Math.floor(Math.random() * 9000)
  const ports: SwitchPorts = { externalSip: take(), internalSip: take(), carrier: take(), eventSocket, firstRtp, lastRtp: firstRtp + 1000 }
  const documents: Record<string, unknown> = {}
  const processes: Running[] = []
  let parts: { freeswitch: Switch; wire: Wire; controller: Controller } | undefined
  const running = () => {
    if (parts === undefined) throw new Error('the world has not been started')
    return parts
  }
  const newTelephone = (number: string, port: number) =>
    createTelephone({
      wire: () => running().wire,
      switch: () => running().freeswitch,
      started: (process) => processes.push(process),
      ...{ number, port, mediaPort: take(), folder },
    })
  let calls = 0

  return {
    hook: (reply) => hooks.hook(reply),
    telephone() {
      const port = take()
      return newTelephone(`9${port}`, port)
    },
    carrier: newTelephone('+31502102544', ports.carrier),
    line(line) {
      const number = 1 + Object.keys(documents).length
      const did = `+3150210${String(number).padStart(4, '0')}`
      documents[`line-${number}`] = documentOf(line, did)
      return did
    },
    document: documentOf,
    async call(options) {
      const callId = `belplan-${++calls}-${process.pid}`
      const { wire, freeswitch } = running()
      return placeCall(options, { wire, switchPort: freeswitch.ports.externalSip, port: take(), mediaPort: take(), folder, callId })
    },
    documents,
    get controller() {
      return running().controller
    },
    get switch() {
      return running().freeswitch
    },
    get wire() {
      return running().wire
    },
    async start() {
      const freeswitchBin = findFreeSwitch(process.env)
      if (freeswitchBin === undefined) throw new Error('no FreeSWITCH')
      const controllers = [`127.0.0.1:${esl}`, `127.0.0.1:${noController}`] as const
      for (const name of ['switch', 'controller']) mkdirSync(join(folder, name))
      const freeswitch = await startSwitch({ freeswitch: freeswitchBin, folder: join(folder, 'switch'), controllers, ports })
      const wire = await openWire(ports)
      const config = configuration(esl, freeswitch)
      const controller = await startController({ folder: join(folder, 'controller'), apiPort, config, documents }).catch(
        async (error: unknown) => {
          await Promise.all([freeswitch.stop(), wire.stop()])
          throw error
        },
      )
      parts = { freeswitch, wire, controller }
    },
    async stop(failed) {
      if (failed && parts !== undefined) {
        console.error(`--- controller\n${parts.controller.tail(60)}\n--- FreeSWITCH\n${parts.freeswitch.tail(60)}`)
      }
      await Promise.all(processes.map((process) => process.end()))
      if (parts !== undefined) {
        await Promise.all([parts.controller.stop(), parts.freeswitch.stop(), parts.wire.stop()])
      }
      await hooks.close()
      if (failed) console.error(`--- all files are in ${folder}`)
      else rmSync(folder, { recursive: true, force: true })
    },
  }
}

function documentOf({ webhooks = {}, audio: more = {}, steps, missed, plans = {} }: Line, did: string): unknown {
  const main = { numbers: [did], steps, ...(missed === undefined ? {} : { missed }) }
  const others = Object.entries(plans).map(([name, list]) => [name, { steps: list }])
  return { version: 1, audio: { ...audio, ...more }, webhooks, plans: { main, ...Object.fromEntries(others) } }
}

/** belplan.json as an operator would write it; a telephone's number is 9 and its port. */
function configuration(esl: number, freeswitch: Switch): Record<string, unknown> {
  return {
    defaultCountry: 'NL',
    esl: { host: '127.0.0.1', port: esl },
    freeswitch: { host: '127.0.0.1', port: freeswitch.ports.eventSocket, password: freeswitch.password },
    routes: [
      { match: '^\\+31900', deny: 'premium numbers are not allowed' },
      { match: '^2\\d\\d$', dial: 'user/{destination}@{domain}' },
      { match: '^9(\\d{5})$', dial: 'sofia/external/{destination}@127.0.0.1:{1}' },
      { match: '^88$', dial: 'sofia/gateway/nowhere/{destination}' },
      { match: '^\\+', dial: 'sofia/gateway/carrier/{destination}' },
    ],
    transferContexts: ['default'],
    webhooks: { allowPrivateNetworks: ['127.0.0.0/8'] },
  }
}
