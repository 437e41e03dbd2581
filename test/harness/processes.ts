/** Programs that a test starts. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'

/** A process that writes its output into a file. */
export interface Running {
  readonly child: ChildProcess
  /** Resolves with the exit code; 128 where a signal ended it. */
  readonly exit: Promise<number>
  /** The last lines of what it printed. */
  tail(lines: number): string
  /** Sends a signal [SIGTERM], and SIGKILL when that did not end it within 5 s; resolves when the process is gone. */
  end(signal?: NodeJS.Signals): Promise<void>
}

export interface RunOptions {
  readonly cwd: string
  readonly logFile: string
  readonly env?: NodeJS.ProcessEnv
}

/** Starts a program; `exit` rejects when it cannot be started. */
export type Run = (command: string, args: readonly string[], options: RunOptions) => Running

export interface ProcessGroup {
  readonly run: Run
  /** Ends all that still run. */
  end(): Promise<void>
}

/** Processes that do not outlive this one, however it ends. */
export function createProcessGroup(): ProcessGroup {
  const children = new Set<ChildProcess>()
  const killAll = () => children.forEach((child) => child.kill('SIGKILL'))
  process.on('exit', killAll)
  return {
    run(command, args, options) {
      const running = start(command, args, options)
      children.add(running.child)
      running.child.once('exit', () => children.delete(running.child))
      return running
    },
    async end() {
      await Promise.all([...children].map((child) => endProcess(child)))
      process.off('exit', killAll)
    },
  }
}

function start(command: string, args: readonly string[], options: RunOptions): Running {
  const log = openSync(options.logFile, 'a')
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 128))
  })
  // A test that awaits it gets the error; where none does, it is no unhandled rejection.
  exit.catch(() => undefined)
  return {
    child,
    exit,
    tail: (lines) => readFileSync(options.logFile, 'utf8').split('\n').slice(-lines).join('\n'),
    end: (signal) => endProcess(child, signal),
  }
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  const killer = setTimeout(() => child.kill('SIGKILL'), 5000)
  child.kill(signal)
  await ended
  clearTimeout(killer)
}
