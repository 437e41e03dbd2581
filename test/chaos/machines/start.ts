/** A fault on machines of its own: whoever calls is on the machine `switch`, as FreeSWITCH is. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Verdict } from '../verdict.ts'
import { findProgram } from '../../harness/find-program.ts'
import type { DuringOptions } from './during-calls.ts'
import { type FaultName, MACHINES } from './faults.ts'
import { openNetwork, whyNoNetwork } from './network.ts'

const inside = fileURLToPath(new URL('inside.ts', import.meta.url))

/** Why there can be none here; undefined: there can. */
export function whyNoMachines(env: NodeJS.ProcessEnv): string | undefined {
  for (const [program, debianPackage] of [
    ['ip', 'iproute2'],
    ['haproxy', 'haproxy'],
    ['dumpcap', 'wireshark-common'],
  ] as const)
    if (findProgram([program], env, ['/usr/sbin', '/sbin']) === undefined)
      return `no ${program}: install the Debian package ${debianPackage}`
  return whyNoNetwork()
}

/** Rejects where it did not come to a verdict. Nothing of it is left, whatever happens. */
export async function onMachines(fault: FaultName, options: DuringOptions): Promise<Verdict> {
  const { machines, close } = openNetwork(MACHINES)
  const task = JSON.stringify({ fault, options, machines })
  const { namespace } = machines.switch
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, inside, task], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  const stop = () => void child.kill('SIGTERM')
  process.on('exit', close)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  try {
    let verdict: Verdict | undefined
    child.on('message', (message) => void (verdict = message as Verdict))
    await once(child, 'exit')
    if (verdict === undefined) throw new Error(`${fault} came to no verdict`)
    return verdict
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
    process.off('exit', close)
    close()
  }
}
