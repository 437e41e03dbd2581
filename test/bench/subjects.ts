/** What is measured: the controller, and the peers that do the same. Each is started as its users start it. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unlimited } from '../freeswitch/harness/controller.ts'
import { freeTcpPorts } from '../harness/ports.ts'
import { until } from '../harness/until.ts'
import { startProgram, type Program } from './program.ts'

export interface Subject {
  readonly name: string
  readonly pid: number
  /** Where FreeSWITCH connects to. */
  readonly port: number
  /** CPU time so far by its own account, in ms. */
  ownCpuMs(): Promise<number>
  stop(): Promise<void>
}

export interface Controller extends Subject {
  readonly apiUrl: string
  readonly folder: string
  /** What it prints. */
  readonly logFile: string
  metric(name: string): Promise<number>
}

export interface SubjectOptions {
  readonly folder: string
  /** Of the webhook server. */
  readonly hookPort: number
  readonly core?: number
}

const main = join(import.meta.dirname, '../../src/main.ts')

export const FLOW_NUMBER = '31502100000'
export const PROMPT_NUMBER = '31502100001'

/** Connect, webhook, caller's name, bridge, let go. */
export const flowDocument = (hookPort: number): object => ({
  version: 1,
  webhooks: {
    crm: { urlTemplate: `http://127.0.0.1:${hookPort}/name?did={did}&callerid={callerid}` },
  },
  plans: {
    main: {
      numbers: [`+${FLOW_NUMBER}`],
      steps: [
        {
          type: 'webhook',
          webhook: 'crm',
          success: [
            { type: 'callername', mode: 'webhook' },
            { type: 'bridge', from: 'webhook', ringSeconds: 20 },
          ],
        },
      ],
    },
  },
})

/** Waits for a code in a prompt. */
export const promptDocument = (hookPort: number): object => ({
  version: 1,
  audio: { enter: 'belplan/en/enter-code.wav' },
  webhooks: {
    vip: {
      urlTemplate: `http://127.0.0.1:${hookPort}/code?code={code}&callerid={callerid}`,
      ivr: { startMessage: 'enter' },
    },
  },
  plans: {
    main: {
      numbers: [`+${PROMPT_NUMBER}`],
      steps: [{ type: 'webhook', webhook: 'vip' }, { type: 'hangup' }],
    },
  },
})

export interface ControllerOptions extends SubjectOptions {
  /** The plan set by document's name. */
  readonly documents?: Readonly<Record<string, object>>
  readonly nodeArgs?: readonly string[]
}

/** `belplan serve`, with limits that a load test is meant to reach lifted. */
export async function startBelplan(options: ControllerOptions): Promise<Controller> {
  const { hookPort, core, nodeArgs = [], documents = { bench: flowDocument(hookPort) } } = options
  const folder = mkdtempSync(join(options.folder, 'belplan-'))
  writeDocuments(join(folder, 'plans'), documents)
  const [port, apiPort] = (await freeTcpPorts(2)) as [number, number]
  const config = {
    defaultCountry: 'NL',
    esl: { port, maxCalls: 20_000 },
    api: { port: apiPort },
    routes: [{ match: '^\\+', dial: 'sofia/gateway/carrier/{destination}' }],
    webhooks: {
      allowPrivateNetworks: ['127.0.0.0/8'],
      maxConcurrent: 1000,
      maxQueued: 1000,
      maxConcurrentPerDocument: 1000,
      requestsPerSecond: 0,
    },
    limits: unlimited,
  }
  writeFileSync(join(folder, 'belplan.json'), JSON.stringify(config))
  const logFile = join(folder, 'out.log')
  const program = startProgram({
    args: [...nodeArgs, main, 'serve', '--config', join(folder, 'belplan.json')],
    cwd: folder,
    logFile,
    ...(core !== undefined && { core }),
  })
  const apiUrl = `http://127.0.0.1:${apiPort}`
  await until(
    'the controller is ready',
    async () => ((await fetch(`${apiUrl}/readyz`).catch(() => undefined))?.status === 200 ? true : undefined),
    { withinMs: 60_000, everyMs: 100 },
  )
  const metric = async (name: string) => {
    const text = await (await fetch(`${apiUrl}/metrics`)).text()
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
  }
  return {
    ...subject('belplan', program, port, async () => 1000 * (await metric('process_cpu_seconds_total'))),
    apiUrl,
    folder,
    logFile,
    metric,
  }
}

export function writeDocuments(folder: string, documents: Readonly<Record<string, object>>): void {
  mkdirSync(folder, { recursive: true })
  for (const [name, document] of Object.entries(documents))
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(document))
}

export type Peer = 'esl' | 'modesl' | 'floor'

/** A program of peers/. */
export async function startPeer(name: Peer, options: SubjectOptions): Promise<Subject> {
  const { folder, hookPort, core } = options
  const [port] = (await freeTcpPorts(1)) as [number]
  const url = `http://127.0.0.1:${hookPort}/name?did=%2B31502100000&callerid=`
  const program = startProgram({
    args: ['--no-deprecation', join(import.meta.dirname, 'peers', `${name}.ts`), String(port), url],
    logFile: join(folder, `${name}.log`),
    ...(core !== undefined && { core }),
  })
  await program.next((message) => ((message as { kind: string }).kind === 'ready' ? true : undefined))
  return subject(name, program, port, () => {
    const told = program.next((message) => {
      const { kind, user, system } = message as { kind: string; user: number; system: number }
      return kind === 'cpu' ? (user + system) / 1000 : undefined
    })
    program.send({})
    return told
  })
}

function subject(name: string, program: Program, port: number, ownCpuMs: () => Promise<number>): Subject {
  return { name, pid: program.pid, port, ownCpuMs, stop: () => program.stop() }
}
