/** What is measured: the controller, and the peers that do the same. Each is started as its users start it. */
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import {
  startControllerProcess,
  type ControllerProcess,
  type Documents,
} from '../harness/controller-process.ts'
import { freeTcpPorts } from '../harness/ports.ts'
import { createProcessGroup } from '../harness/processes.ts'
import { pushPlans } from '../harness/push-plans.ts'
import { pinned, startProgram } from './program.ts'

export interface Subject {
  readonly name: string
  readonly pid: number
  /** Where FreeSWITCH connects to. */
  readonly port: number
  /** CPU time so far by its own account, in ms. */
  ownCpuMs(): Promise<number>
  stop(): Promise<void>
}

export interface Controller extends Subject, Pick<ControllerProcess, 'apiUrl' | 'logFile' | 'write'> {
  metric(name: string): Promise<number>
}

export interface SubjectOptions {
  readonly folder: string
  /** Of the webhook server. */
  readonly hookPort: number
  readonly core?: number
}

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
  readonly documents?: Documents
  readonly nodeArgs?: readonly string[]
  /** More of belplan.json. */
  readonly config?: Readonly<Record<string, unknown>>
}

/** `belplan serve`, with limits that a load test is meant to reach lifted. */
export async function startBelplan(options: ControllerOptions): Promise<Controller> {
  const { hookPort, core, nodeArgs = [], documents = { bench: flowDocument(hookPort) }, config } = options
  const [port, apiPort] = (await freeTcpPorts(2)) as [number, number]
  const { run, end } = createProcessGroup()
  const folder = mkdtempSync(join(options.folder, 'belplan-'))
  const whole = {
    defaultCountry: 'NL',
    esl: { port, maxCalls: 20_000 },
    routes: [{ match: '^\\+', dial: 'sofia/gateway/carrier/{destination}' }],
    webhooks: {
      allowPrivateNetworks: ['127.0.0.0/8'],
      maxConcurrent: 1000,
      maxQueued: 1000,
      maxConcurrentPerDocument: 1000,
      requestsPerSecond: 0,
    },
    ...config,
  }
  if (config?.store !== undefined) await pushPlans(run, join(folder, 'pushed'), whole, documents)
  const controller = await startControllerProcess({
    ...{ folder, apiPort, documents, config: whole },
    run: (node, args, more) => run(...pinned(core, node, ...nodeArgs, ...args), more),
  })
  const metric = async (name: string) => {
    const text = await (await fetch(`${controller.apiUrl}/metrics`)).text()
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
  }
  const { pid, apiUrl, logFile, write } = controller
  return {
    ...{ name: 'belplan', pid, port, apiUrl, logFile, write, metric },
    ownCpuMs: async () => 1000 * (await metric('process_cpu_seconds_total')),
    stop: end,
  }
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
  return {
    ...{ name, pid: program.pid, port },
    ownCpuMs() {
      const told = program.next((message) => {
        const { kind, user, system } = message as { kind: string; user: number; system: number }
        return kind === 'cpu' ? (user + system) / 1000 : undefined
      })
      program.send({})
      return told
    },
    stop: () => program.stop(),
  }
}
