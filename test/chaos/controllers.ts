/** The two controllers: started as an operator starts them, and ended in every way there is. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startController, type Documents } from '../freeswitch/harness/controller.ts'
import type { Run, Running } from '../harness/processes.ts'

export interface ControllerSpec {
  readonly name: string
  /** A folder of its own; `data` is shared. */
  readonly folder: string
  readonly run: Run
  readonly apiPort: number
  readonly eslPort: number
  readonly config: Readonly<Record<string, unknown>>
  readonly documents: Documents
}

export interface Controller {
  readonly name: string
  readonly apiUrl: string
  readonly pid: number
  /** What it says, of all its starts. */
  readonly logFile: string
  readonly running: boolean
  /** Resolves when it is ready. */
  start(): Promise<void>
  /** Sends a signal; resolves at once. */
  signal(name: NodeJS.Signals): void
  /** Sends a signal and resolves with the milliseconds until the process is gone. */
  end(name: NodeJS.Signals): Promise<number>
  /** Puts the text in the place of a document on disk, in one step. */
  put(document: string, text: string): void
  tail(lines: number): string
}

export function createController(spec: ControllerSpec): Controller {
  const { name, folder, apiPort, eslPort, config, documents } = spec
  mkdirSync(folder, { recursive: true })
  let process: Running | undefined
  let starts = 0
  const run: Run = (command, args, options) => (process = spec.run(command, args, options))
  const alive = () =>
    process !== undefined && process.child.exitCode === null && process.child.signalCode === null
  return {
    name,
    logFile: join(folder, 'controller.out'),
    apiUrl: `http://127.0.0.1:${apiPort}`,
    get pid() {
      return process?.child.pid ?? 0
    },
    get running() {
      return alive()
    },
    async start() {
      const esl = { host: '127.0.0.1', port: eslPort }
      // Something changed meanwhile: each start serves a revision of its own, and calls keep theirs.
      const changed = { description: `start ${++starts} of ${name}` }
      await startController({
        ...{ folder, run, apiPort, config: { ...config, esl } },
        documents: Object.fromEntries(
          Object.entries(documents).map(([key, document]) => [key, { ...(document as object), ...changed }]),
        ),
      })
    },
    signal: (signal) => void process?.child.kill(signal),
    async end(signal) {
      const began = performance.now()
      process?.child.kill(signal)
      await process?.exit
      return Math.round(performance.now() - began)
    },
    put(document, text) {
      const written = join(folder, 'plans', `${document}.new`)
      writeFileSync(written, text)
      renameSync(written, join(folder, 'plans', `${document}.json`))
    },
    tail: (lines) => process?.tail(lines) ?? '',
  }
}

/** Folder names below `folder`. */
export const folderOf = (folder: string, name: string): string => join(folder, `controller-${name}`)
