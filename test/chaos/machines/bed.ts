/**
 * Three controllers on machines of their own; FreeSWITCH, HAProxy, callers, callees and customers' servers on another one, on
 * which this process is.
 */
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startControllerProcess, type ControllerProcess } from '../../harness/controller-process.ts'
import { createProcessGroup, type Run } from '../../harness/processes.ts'
import { pushPlans } from '../../harness/push-plans.ts'
import { removeFolder } from '../../harness/remove-folder.ts'
import { captureInvites } from '../invites.ts'
import { callees, documentsOf, hooks, type Kind } from '../kinds.ts'
import { openSwitchBed, type SwitchBed } from '../switch-bed.ts'
import { startBalancer, type Balancer } from './balancer.ts'
import { telling } from './events.ts'
import { type Machine, NETWORK, runOn } from './network.ts'

export const CONTROLLERS = ['a', 'b', 'c'] as const
export type ControllerName = (typeof CONTROLLERS)[number]

/** On addresses that nobody else has; a controller is known by its machine's name, which is the same for all here, and its port. */
const ESL_PORTS = { a: 8084, b: 8085, c: 8086 } as const
const API_PORT = 8080
const SWITCH_PORTS = [5080, 5060, 5090, 8021] as const
const TOKEN = 'only-for-tests-only-for-tests'

export interface MachinesSpec {
  /** FreeSWITCH's and the controllers'. */
  readonly machines: Readonly<Record<'switch' | ControllerName, Machine>>
  readonly kinds: readonly Kind[]
  /** FreeSWITCH goes to the controllers by itself, without HAProxy. */
  readonly direct?: boolean
  /** Starts the database that the controllers share, with `run` in a folder of its own; resolves with their URL. */
  readonly store: (run: Run, folder: string) => Promise<string>
  /** Where events of all calls are told, below the customers'. */
  readonly events: string
}

export interface Machines extends Omit<SwitchBed, 'route' | 'close'> {
  readonly controllers: Readonly<Record<ControllerName, ControllerProcess>>
  readonly balancer: Balancer | undefined
  /** For whatever else runs on these machines. */
  readonly run: Run
  readonly folder: string
  /** Asks the API of a controller, as whoever may do everything. */
  ask(controller: ControllerName, path: string, init?: RequestInit): Promise<Response>
  /** Once all calls are over: caller's number → milliseconds from the INVITE to the one that a callee gets, on the wire. */
  setUps(): Promise<ReadonlyMap<string, number>>
  /** Ends everything; keeps the files where `failed`. */
  close(failed: boolean): Promise<void>
}

/** All controllers are ready when it resolves. */
export async function openMachines(spec: MachinesSpec): Promise<Machines> {
  const { machines, kinds, direct = false } = spec
  const folder = mkdtempSync(join(tmpdir(), 'belplan-machines-'))
  const { run, end } = createProcessGroup()
  const addresses = CONTROLLERS.map((name) => `${machines[name].address}:${ESL_PORTS[name]}`)
  const [first, second, third] = addresses as [string, string, string]
  try {
    const store = await spec.store(run, join(folder, 'database'))
    const balancer = direct ? undefined : await startBalancer({ folder, run, controllers: addresses })
    const { route, ...bed } = await openSwitchBed({
      ...{ folder: join(folder, 'switch'), run, ports: SWITCH_PORTS, hooks, callees },
      customersHost: '0.0.0.0',
      // As freeswitch/haproxy.cfg says.
      controllers: balancer
        ? [`${balancer.address}|${first}`, `${balancer.address}|${second}`]
        : [first, `${second}|${third}`],
      variables: {
        event_socket_ip: '0.0.0.0',
        event_socket_cidr: '0.0.0.0/0',
      },
    })
    const config = {
      defaultCountry: 'NL',
      freeswitch: {
        ...{ host: machines.switch.address, port: bed.switch.ports.eventSocket },
        password: bed.switch.password,
      },
      routes: [route],
      webhooks: { allowPrivateNetworks: [NETWORK] },
      store,
    }
    const { address: host } = machines.switch
    const { port } = bed.customers
    const documents = telling(
      documentsOf(kinds, undefined, host)(port),
      `http://${host}:${port}${spec.events}`,
    )
    const start = (name: ControllerName) => {
      const { address } = machines[name]
      const own = join(folder, `controller-${name}`)
      mkdirSync(own)
      return startControllerProcess({
        ...{ folder: own, run: runOn(machines[name], run), apiHost: address, apiPort: API_PORT },
        // Those of the database serve.
        documents: {},
        config: {
          ...config,
          esl: { host: address, port: ESL_PORTS[name], allow: [machines.switch.address] },
          api: { host: address, port: API_PORT, token: TOKEN },
        },
      })
    }
    await pushPlans(run, join(folder, 'pushed'), config, documents)
    const invites = await captureInvites(bed.switch.ports.externalSip, join(folder, 'invites.pcap'))
    const [a, b, c] = await Promise.all([start('a'), start('b'), start('c')])
    const controllers = { a, b, c }
    return {
      ...{ ...bed, controllers, balancer, run, folder, setUps: invites.stop },
      ask(controller, path, init = {}) {
        const headers = new Headers(init.headers)
        headers.set('authorization', `Bearer ${TOKEN}`)
        return fetch(`${controllers[controller].apiUrl}${path}`, { ...init, headers })
      },
      async close(failed) {
        await Promise.all([invites.stop(), end()])
        await bed.close()
        if (failed) console.log(`logs and journals: ${folder}`)
        else removeFolder(folder)
      },
    }
  } catch (error) {
    await end()
    console.log(`logs: ${folder}`)
    throw error
  }
}
