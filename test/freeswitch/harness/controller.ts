import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Run } from '../../harness/processes.ts'
import { until } from '../../harness/until.ts'

const main = resolve(import.meta.dirname, '../../../src/main.ts')

/** For programs whose calls are more than customers make, or all from one number. */
export const unlimited = { calls: 0, legsPerSecond: 0, perCaller: { callsPerMinute: 0, calls: 0 } }

/** Documents of a plan set by name; written as they are, so that a test can also write a bad one. */
export type Documents = Readonly<Record<string, unknown>>

export interface ControllerOptions {
  /** An empty folder of its own. */
  readonly folder: string
  readonly run: Run
  readonly apiPort: number
  /** The rest of belplan.json. */
  readonly config: Readonly<Record<string, unknown>>
  readonly documents: Documents
}

/** A controller, started as a user starts it. */
export interface Controller {
  readonly apiUrl: string
  /** Puts other documents in the place of the plan set on disk. */
  write(documents: Documents): void
  /** POST /plans/reload. */
  reload(): Promise<Response>
  signal(name: NodeJS.Signals): void
  tail(lines: number): string
  stop(): Promise<void>
}

/** Writes a configuration and a plan set and starts `belplan serve`; resolves when /readyz says 200. */
export async function startController(options: ControllerOptions): Promise<Controller> {
  const plans = join(options.folder, 'plans')
  const config = join(options.folder, 'belplan.json')
  const apiUrl = `http://127.0.0.1:${options.apiPort}`
  const write = (documents: Documents) => {
    rmSync(plans, { recursive: true, force: true })
    mkdirSync(plans, { recursive: true })
    for (const [name, document] of Object.entries(documents)) {
      writeFileSync(join(plans, `${name}.json`), JSON.stringify(document, undefined, 2))
    }
  }
  write(options.documents)
  const api = { host: '127.0.0.1', port: options.apiPort }
  writeFileSync(
    config,
    JSON.stringify({ plans: 'plans', data: 'data', api, limits: unlimited, ...options.config }, undefined, 2),
  )

  const process = options.run(globalThis.process.execPath, [main, 'serve', '--config', config], {
    cwd: options.folder,
    logFile: join(options.folder, 'controller.out'),
  })
  try {
    await until(
      'the controller is ready',
      async () => {
        if (process.child.exitCode !== null) throw new Error(`it ended with ${process.child.exitCode}`)
        const ready = await fetch(`${apiUrl}/readyz`).catch(() => undefined)
        return ready?.status === 200 ? true : undefined
      },
      { withinMs: 20_000, everyMs: 50 },
    )
  } catch (error) {
    await process.end()
    throw new Error(`the controller did not start:\n${process.tail(40)}`, { cause: error })
  }
  return {
    apiUrl,
    write,
    reload: () => fetch(`${apiUrl}/plans/reload`, { method: 'POST' }),
    signal: (name) => void process.child.kill(name),
    tail: (lines) => process.tail(lines),
    stop: () => process.end(),
  }
}
