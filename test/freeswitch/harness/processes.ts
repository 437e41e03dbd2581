import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'

/** A process that writes its output into a file. */
export interface Running {
  readonly child: ChildProcess
  /** Resolves with the exit code; 128 and the number of the signal where one ended it. */
  readonly exit: Promise<number>
  /** The last lines of what it printed. */
  tail(lines: number): string
  /** SIGTERM, and SIGKILL when that did not end it in time. */
  end(withinMs?: number): Promise<void>
}

export interface RunOptions {
  readonly cwd: string
  readonly logFile: string
  readonly env?: NodeJS.ProcessEnv
}

/** Starts a program; `exit` rejects when it cannot be started. */
export function run(command: string, args: readonly string[], options: RunOptions): Running {
  const log = createWriteStream(options.logFile, { flags: 'a' })
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => log.end(() => resolve(signal === null ? (code ?? 0) : 128)))
  })
  // Whoever waits for it sees the error; whoever does not is not to be ended by it.
  exit.catch(() => undefined)
  return {
    child,
    exit,
    tail: (lines) => readFileSync(options.logFile, 'utf8').split('\n').slice(-lines).join('\n'),
    end: (withinMs = 5000) => endProcess(child, withinMs),
  }
}

async function endProcess(child: ChildProcess, withinMs: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  const killer = setTimeout(() => child.kill('SIGKILL'), withinMs)
  child.kill('SIGTERM')
  await ended
  clearTimeout(killer)
}
