/** Programs under measurement and those that measure: processes of their own, each on a core of its own if it can. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs'

export interface Program {
  readonly pid: number
  send(message: object): void
  /** Resolves with the first message that `read` understands; rejects when the program ends before. */
  next<T>(read: (message: unknown) => T | undefined): Promise<T>
  stop(): Promise<void>
}

export interface ProgramOptions {
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** For what it prints. */
  readonly logFile: string
  /** To be kept on this core, where the system can do that. */
  readonly core?: number
}

const canPin = spawnSync('taskset', ['-V'], { stdio: 'ignore' }).status === 0

/** A command that is kept on a core, where there is one to keep it on and the system can do that. */
export const pinned = (core: number | undefined, ...command: [string, ...string[]]): [string, string[]] =>
  core === undefined || !canPin
    ? [command[0], command.slice(1)]
    : ['taskset', ['--cpu-list', String(core), ...command]]

/** Node.js with `args`. */
export function startProgram({ args, cwd, env, logFile, core }: ProgramOptions): Program {
  const log = openSync(logFile, 'a')
  const child = spawn(...pinned(core, process.execPath, ...args), {
    ...(cwd !== undefined && { cwd }),
    env: env ?? process.env,
    stdio: ['ignore', log, log, 'ipc'],
    serialization: 'advanced',
  })
  closeSync(log)
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  const tail = () => readFileSync(logFile, 'utf8').split('\n').slice(-15).join('\n')
  return {
    pid: child.pid ?? 0,
    send: (message) => void child.send(message),
    next: (read) => nextOf(child, read, () => `${args.join(' ')} ended:\n${tail()}`),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      const kill = setTimeout(() => child.kill('SIGKILL'), 5000)
      child.kill('SIGTERM')
      await ended
      clearTimeout(kill)
    },
  }
}

function nextOf<T>(
  child: ChildProcess,
  read: (message: unknown) => T | undefined,
  why: () => string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const done = () => {
      child.off('message', onMessage)
      child.off('exit', onExit)
    }
    const onExit = () => {
      done()
      reject(new Error(why()))
    }
    const onMessage = (message: unknown) => {
      const found = read(message)
      if (found === undefined) return
      done()
      resolve(found)
    }
    child.on('message', onMessage)
    child.on('exit', onExit)
    if (child.exitCode !== null || child.signalCode !== null) onExit()
  })
}

/** CPU time of all threads so far, as the system counts it, in ms (steps of 10); undefined where there is no /proc. */
export function systemCpuMs(pid: number): number | undefined {
  const stat = readOf(pid, 'stat')
  if (stat === undefined) return undefined
  // proc(5): utime and stime are fields 14 and 15, behind a name that may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Processes that one has started, by what is in their command lines; none where there is no /proc. */
export function childrenOf(pid: number, command = ''): number[] {
  const pids = existsSync('/proc/self') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : []
  return pids.map(Number).filter((child) => {
    const stat = readOf(child, 'stat')
    const parent = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    return parent === pid && readOf(child, 'cmdline')?.includes(command)
  })
}

/** Resident memory in KiB; undefined where there is no /proc. */
export function residentKiB(pid: number): number | undefined {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readOf(pid, 'status') ?? '')
  return line === null ? undefined : Number(line[1])
}

/** Open files and sockets; undefined where there is no /proc. */
export function openFiles(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return undefined
  }
}

function readOf(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return undefined
  }
}
