/**
 * Machines on a network of their own, as network namespaces of Linux: each has its address, and can be cut off, so that what
 * is sent to it is dropped and nothing is refused. Needs root, and `ip` of iproute2.
 */
import { execFileSync } from 'node:child_process'
import type { Run } from '../../harness/processes.ts'

export interface Machine {
  readonly address: string
  readonly namespace: string
  /** Where it is plugged in: a port of the bridge that is in a namespace of its own. */
  readonly port: string
  readonly hub: string
}

export interface Network<Name extends string> {
  readonly machines: Readonly<Record<Name, Machine>>
  /** Ends whatever runs on a machine, and takes all away. */
  close(): void
}

/** All machines are in it. */
export const NETWORK = '10.213.0.0/24'

const ip = (...args: readonly string[]): string =>
  execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** Why there can be none here; undefined: there can. */
export function whyNoNetwork(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces are for root'
  try {
    openNetwork(['probe']).close()
    return undefined
  } catch (error) {
    return `no network namespaces: ${(error as Error).message.trim()}`
  }
}

/** Throws where it cannot be made; nothing is left then. */
export function openNetwork<const Name extends string>(names: readonly Name[]): Network<Name> {
  removeOrphans()
  const named = (what: string) => `belplan-${process.pid}-${what}`
  const hub = named('hub')
  const machines = Object.fromEntries(
    names.map((name, i) => [
      name,
      { address: `10.213.0.${i + 1}`, namespace: named(name), port: `port${i + 1}`, hub },
    ]),
  ) as Record<Name, Machine>
  const all = Object.values<Machine>(machines)
  const macOf = (machine: Machine) => `02:00:00:00:00:${machine.port.slice('port'.length).padStart(2, '0')}`
  const close = () => [hub, ...all.map(({ namespace }) => namespace)].forEach(remove)
  try {
    ip('netns', 'add', hub)
    ip('-n', hub, 'link', 'add', 'lan', 'type', 'bridge')
    ip('-n', hub, 'link', 'set', 'lan', 'up')
    for (const machine of all) {
      const { namespace, address, port } = machine
      ip('netns', 'add', namespace)
      ip('-n', namespace, 'link', 'set', 'lo', 'up')
      ip('-n', hub, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
      ip('-n', hub, 'link', 'set', port, 'master', 'lan', 'up')
      ip('-n', namespace, 'link', 'set', 'eth0', 'address', macOf(machine), 'up')
      ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0')
    }
    // As behind a router: an address that does not answer is no news, and a machine that is gone has no "no route to host".
    for (const { namespace } of all)
      for (const other of all)
        if (other.namespace !== namespace)
          ip('-n', namespace, 'neighbour', 'replace', other.address, 'lladdr', macOf(other), 'dev', 'eth0')
  } catch (error) {
    close()
    throw error
  }
  return { machines, close }
}

/** From now on nothing that is sent to it, or by it, arrives. */
export function cutOff({ hub, port }: Machine): void {
  ip('-n', hub, 'link', 'set', port, 'nomaster')
}

export function mend({ hub, port }: Machine): void {
  ip('-n', hub, 'link', 'set', port, 'master', 'lan')
}

/** Starts programs there, with the same process id as without. */
export const runOn =
  ({ namespace }: Machine, run: Run): Run =>
  (command, args, options) =>
    run('ip', ['netns', 'exec', namespace, command, ...args], options)

function remove(namespace: string): void {
  const there = ip('netns', 'list')
    .split('\n')
    .some((line) => line.split(' ')[0] === namespace)
  if (!there) return
  killAllIn(namespace)
  ip('netns', 'delete', namespace)
}

/** SIGKILL, whatever runs there: it is ours, since nobody else knows the namespace. */
export const killAllOn = ({ namespace }: Pick<Machine, 'namespace'>): void => killAllIn(namespace)

function killAllIn(namespace: string): void {
  for (const pid of ip('netns', 'pids', namespace).split('\n')) if (pid !== '') kill(Number(pid))
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** What a run left that was killed. */
function removeOrphans(): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const [name = ''] = line.split(' ')
    const pid = /^belplan-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isRunning(Number(pid))) remove(name)
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
