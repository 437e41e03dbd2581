/** `belplan serve` in a process of its own, as an operator runs it: started, signalled, ended and started again. */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Run, Running } from './processes.ts'
import { until } from './until.ts'

const thisRelease = resolve(import.meta.dirname, '../../src/main.ts')

/** For programs whose calls are more than customers make, or all from one number. */
const unlimited = { calls: 0, legsPerSecond: 0, perCaller: { callsPerMinute: 0, calls: 0 } }

/** Documents of a plan set by name; written as they are, so that a test can also write a bad one. */
export type Documents = Readonly<Record<string, unknown>>

export interface ControllerProcessOptions {
  /** For configuration, plans, log and data; made where it is not there. */
  readonly folder: string
  readonly run: Run
  /** The program [that of this release]. */
  readonly main?: string
  readonly apiPort: number
  /** Where its API listens [127.0.0.1]. */
  readonly apiHost?: string
  /** The rest of belplan.json. */
  readonly config: Readonly<Record<string, unknown>>
  /** The plan set on disk at a start: the first, second … */
  readonly documents: Documents | ((start: number) => Documents)
}

export interface ControllerProcess {
  readonly apiUrl: string
  /** Of the process started last. */
  readonly pid: number
  readonly isRunning: boolean
  /** What it prints, of all its starts. */
  readonly logFile: string
  /** Starts it again, once it has ended, perhaps as another release; resolves when /readyz says 200. */
  start(main?: string): Promise<void>
  /** Sends a signal; resolves at once. */
  signal(name: NodeJS.Signals): void
  /** Sends a signal [SIGTERM], and SIGKILL 5 s later; resolves with the milliseconds until the process is gone. */
  end(name?: NodeJS.Signals): Promise<number>
  /** Puts a text in the place of one document on disk, in one step. */
  put(document: string, text: string): void
  /** Puts other documents in the place of the plan set on disk. */
  write(documents: Documents): void
  /** POST /plans/reload. */
  reload(): Promise<Response>
  tail(lines: number): string
}

/** Writes configuration and plan set, and starts it; resolves when /readyz says 200, and rejects with its log otherwise. */
export async function startControllerProcess(options: ControllerProcessOptions): Promise<ControllerProcess> {
  const { folder, run, apiPort, apiHost = '127.0.0.1' } = options
  let main = options.main ?? thisRelease
  const plans = join(folder, 'plans')
  const config = join(folder, 'belplan.json')
  const logFile = join(folder, 'controller.out')
  const apiUrl = `http://${apiHost}:${apiPort}`
  const put = (document: string, text: string) => {
    const written = join(plans, `${document}.new`)
    writeFileSync(written, text)
    renameSync(written, join(plans, `${document}.json`))
  }
  const write = (documents: Documents) => {
    for (const file of readdirSync(plans)) {
      if (!(file.replace(/\.json$/, '') in documents)) rmSync(join(plans, file))
    }
    for (const [name, document] of Object.entries(documents)) put(name, JSON.stringify(document))
  }
  mkdirSync(plans, { recursive: true })
  const api = { host: apiHost, port: apiPort }
  const written = { plans: 'plans', data: 'data', api, limits: unlimited, ...options.config }
  writeFileSync(config, JSON.stringify(written, undefined, 2))

  let starts = 0
  const launch = (): Running => {
    starts++
    write(typeof options.documents === 'function' ? options.documents(starts) : options.documents)
    return run(process.execPath, [main, 'serve', '--config', config], { cwd: folder, logFile })
  }
  let running = launch()
  const ready = async () => {
    if (running.child.exitCode !== null) throw new Error(`it ended with ${running.child.exitCode}`)
    const response = await fetch(`${apiUrl}/readyz`).catch(() => undefined)
    return response?.status === 200 ? true : undefined
  }
  const isReady = async () => {
    try {
      await until('the controller is ready', ready, { withinMs: 60_000, everyMs: 50 })
    } catch (error) {
      await running.end()
      throw new Error(`the controller did not start:\n${running.tail(40)}`, { cause: error })
    }
  }
  await isReady()
  return {
    apiUrl,
    get pid() {
      return running.child.pid ?? 0
    },
    get isRunning() {
      return running.child.exitCode === null && running.child.signalCode === null
    },
    logFile,
    start(another = main) {
      main = another
      running = launch()
      return isReady()
    },
    signal: (name) => void running.child.kill(name),
    async end(name) {
      const began = performance.now()
      await running.end(name)
      return Math.round(performance.now() - began)
    },
    put,
    write,
    reload: () => fetch(`${apiUrl}/plans/reload`, { method: 'POST' }),
    tail: (lines) => running.tail(lines),
  }
}
