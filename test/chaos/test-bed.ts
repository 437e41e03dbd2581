/** A FreeSWITCH with the project's configuration, two controllers, callers, callees and customers' servers. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  startControllerProcess,
  type ControllerProcess,
  type Documents,
} from '../harness/controller-process.ts'
import { createProcessGroup, type Run } from '../harness/processes.ts'
import { steadyPorts } from '../harness/ports.ts'
import { removeFolder } from '../harness/remove-folder.ts'
import { openSwitchBed, type SwitchBed, type SwitchBedSpec } from './switch-bed.ts'

export interface TestBedSpec extends Pick<SwitchBedSpec, 'hooks' | 'callees' | 'change'> {
  /** Given where hooks can be asked. */
  readonly documents: (customersPort: number) => Documents
  /** Of the controllers' configuration. */
  readonly webhooks?: Readonly<Record<string, unknown>>
  readonly config?: Readonly<Record<string, unknown>>
  /** Behind the one to the callees; given FreeSWITCH's port for calls that come in. */
  readonly routes?: (switchPort: number) => readonly object[]
  /** How controllers are started. */
  readonly wrap?: (run: Run) => Run
}

export interface TestBed extends Omit<SwitchBed, 'route' | 'close'> {
  readonly a: ControllerProcess
  readonly b: ControllerProcess
  /** Where the controllers keep journal and revisions, both in the same place. */
  readonly data: string
  /** Where FreeSWITCH records conversations. */
  readonly recordings: string
  /** Ends everything; keeps the files where `failed`. */
  close(failed: boolean): Promise<void>
}

/** Both controllers are ready when it resolves. */
export async function openTestBed(spec: TestBedSpec): Promise<TestBed> {
  const folder = mkdtempSync(join(tmpdir(), 'belplan-chaos-'))
  const { run, end } = createProcessGroup()
  const data = join(folder, 'data')
  const recordings = join(folder, 'recordings')
  const ports = (await steadyPorts(8)) as [number, number, number, number, number, number, number, number]
  const [externalSip, internalSip, carrier, eventSocket, eslA, eslB, apiA, apiB] = ports
  const { hooks, callees, change } = spec
  const { route, ...bed } = await openSwitchBed({
    ...{ folder: join(folder, 'switch'), run, hooks, callees },
    controllers: [`127.0.0.1:${eslA}`, `127.0.0.1:${eslB}`],
    ports: [externalSip, internalSip, carrier, eventSocket],
    ...(change && { change }),
  })
  const config = {
    ...spec.config,
    data,
    recordings,
    defaultCountry: 'NL',
    freeswitch: { host: '127.0.0.1', port: eventSocket, password: bed.switch.password },
    routes: [route, ...(spec.routes?.(externalSip) ?? [])],
    webhooks: { allowPrivateNetworks: ['127.0.0.0/8'], ...spec.webhooks },
  }
  const documents = spec.documents(bed.customers.port)
  const start = spec.wrap?.(run) ?? run
  const controller = (name: string, eslPort: number, apiPort: number) =>
    startControllerProcess({
      ...{ folder: join(folder, `controller-${name}`), run: start, apiPort },
      config: { ...config, esl: { host: '127.0.0.1', port: eslPort } },
      // Something changed meanwhile: each start serves a revision of its own, and calls keep theirs.
      documents: (nth) =>
        Object.fromEntries(
          Object.entries(documents).map(([key, document]) => [
            key,
            { ...(document as object), description: `start ${nth} of ${name}` },
          ]),
        ),
    })
  // One after the other: the second one finds the revision that the first one kept.
  const a = await controller('a', eslA, apiA)
  const b = await controller('b', eslB, apiB)

  return {
    ...{ ...bed, a, b, data, recordings },
    async close(failed) {
      await end()
      await bed.close()
      if (failed) console.log(`logs and journal: ${folder}`)
      else removeFolder(folder)
    },
  }
}
