/** Where the two customers meet: on a real FreeSWITCH with two controllers, or on the simulator with one. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProcessGroup, type Run } from '../../harness/processes.ts'
import { openTestBed } from '../test-bed.ts'
import { startControllerProcess, type ControllerProcess } from '../../harness/controller-process.ts'
import { openCustomers } from '../customers.ts'
import type { Left, Seen } from '../judge.ts'
import { steadyPorts } from '../../harness/ports.ts'
import type { Places } from '../traffic.ts'
import { bankDocument, callees, hooks } from './bank.ts'
import type { Way } from './orders.ts'
import { captureInvites } from '../invites.ts'
import { createSimulatorCalls } from './simulator-calls.ts'
import { removeFolder } from '../../harness/remove-folder.ts'

export interface NeighboursTestBed extends Places, Seen {
  readonly controllers: readonly ControllerProcess[]
  /** Of the controllers. */
  readonly data: string
  readonly hooksPort: number
  /** Where evil's callers call in. */
  readonly way: Way
  /** What no controller may bring about; FreeSWITCH does not tell. */
  readonly violations: readonly string[]
  /** Of callers' numbers, in milliseconds, once all calls are over; the simulator has no wire. */
  readonly setUps?: () => Promise<ReadonlyMap<string, number>>
  /** Channels that are left over; the simulator has none to count. */
  readonly leftOver?: () => Promise<Left>
  close(failed: boolean): Promise<void>
}

/** Of a controller: as many as many systems give a service. */
export const DESCRIPTORS = 1024
/**
 * Of each document, on each controller. Bank has ten calls a second, some twenty of which are held at one time, and eleven
 * legs, all on one controller. What evil may have on two, calls that come back included, fits into the 200 sessions a
 * second that FreeSWITCH takes.
 */
const limits = { calls: 60, callsPerMinute: 1200, legsPerSecond: 15 }

/** `evilSip`: the port of evil's telephones. */
const config = {
  defaultCountry: 'NL',
  invalidDocuments: 'keepPrevious',
  limits,
  owners: { bank: { numbers: ['+3150210*'] }, evil: { numbers: ['+3150220*', '+315024*'] } },
}
const webhooks = { allowPrivateNetworks: ['127.0.0.0/8'] }

export async function freeSwitchTestBed(evilSip: number): Promise<NeighboursTestBed> {
  const testBed = await openTestBed({
    ...{ hooks, callees, config, webhooks },
    wrap: withDescriptors,
    routes: (switchPort) => [
      { match: '^8\\d{3}$', dial: `sofia/external/{destination}@127.0.0.1:${evilSip}` },
      { match: '^\\+3150220', dial: `sofia/external/{destination}@127.0.0.1:${switchPort}` },
    ],
    documents: (port) => ({ bank: bankDocument(port, 0) }),
  })
  const switchPort = testBed.switch.ports.externalSip
  const folder = mkdtempSync(join(tmpdir(), 'belplan-invites-'))
  const invites = await captureInvites(switchPort, join(folder, 'invites.pcap'))
  return {
    ...testBed,
    setUps: invites.stop,
    leftOver: async () => ({ leftAfterMs: await testBed.quiet(30_000), channels: await testBed.channels() }),
    controllers: [testBed.a, testBed.b],
    hooksPort: testBed.customers.port,
    way: { switchPort },
    violations: [],
    async close(failed) {
      await invites.stop()
      removeFolder(folder)
      await testBed.close(failed)
    },
  }
}

export async function simulatorTestBed(): Promise<NeighboursTestBed> {
  const folder = mkdtempSync(join(tmpdir(), 'belplan-neighbours-'))
  const { run, end } = createProcessGroup()
  const customers = await openCustomers(hooks)
  const [eslPort, apiPort] = (await steadyPorts(2)) as [number, number]
  const data = join(folder, 'data')
  const controller = await startControllerProcess({
    ...{ folder: join(folder, 'controller'), run: withDescriptors(run), apiPort },
    config: {
      ...{ ...config, data, webhooks, esl: { host: '127.0.0.1', port: eslPort } },
      routes: [{ match: '^([78]\\d{3}|\\+3150220.*)$', dial: 'sofia/external/{destination}@127.0.0.1:5080' }],
    },
    documents: { bank: bankDocument(customers.port, 0) },
  })
  const targets = [{ host: '127.0.0.1', port: eslPort }]
  const calls = createSimulatorCalls({ targets, callees })
  return {
    ...{ customers, data, way: { targets }, controllers: [controller], hooksPort: customers.port },
    call: (script) => calls.call(script),
    callees: calls,
    violations: calls.violations,
    async close(failed) {
      await end()
      await customers.close()
      if (failed) console.log(`logs and journal: ${folder}`)
      else removeFolder(folder)
    },
  }
}

/** Node.js raises its limit to the hard one: that is the one to set. */
function withDescriptors(run: Run): Run {
  return (command, args, options) =>
    run('sh', ['-c', `ulimit -n ${DESCRIPTORS} && exec "$0" "$@"`, command, ...args], options)
}
