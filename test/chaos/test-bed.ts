/** A FreeSWITCH with the project's configuration, two controllers, callers, callees and customers' servers. */
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  startControllerProcess,
  type ControllerProcess,
  type Documents,
} from '../harness/controller-process.ts'
import { createProcessGroup, type Run } from '../harness/processes.ts'
import { startSwitch, type Switch } from '../freeswitch/harness/switch.ts'
import { findFreeSwitch } from '../freeswitch/harness/tools.ts'
import { until } from '../harness/until.ts'
import { openCustomers, type Customers, type HookReply } from './customers.ts'
import { steadyPorts } from '../harness/ports.ts'
import { openCallees, type Behaviour, type Callees } from './sip/callees.ts'
import { placeCall, type Caller, type CallerScript } from './sip/caller.ts'
import { openEar } from './sip/ear.ts'
import { openSipPort } from './sip/port.ts'
import { openVoice } from './sip/voice.ts'
import { removeFolder } from '../harness/remove-folder.ts'

export interface TestBedSpec {
  readonly hooks?: Readonly<Record<string, HookReply>>
  /** By the number dialled; the operator's routes send `7…` to them. */
  readonly callees: Readonly<Record<string, Behaviour>>
  /** Given where hooks can be asked. */
  readonly documents: (customersPort: number) => Documents
  /** Of the controllers' configuration. */
  readonly webhooks?: Readonly<Record<string, unknown>>
  readonly config?: Readonly<Record<string, unknown>>
  /** Behind the one to the callees; given FreeSWITCH's port for calls that come in. */
  readonly routes?: (switchPort: number) => readonly object[]
  /** Changes FreeSWITCH's configuration, in this folder, before it is read. */
  readonly change?: (conf: string) => void
  /** How controllers are started. */
  readonly wrap?: (run: Run) => Run
}

export interface TestBed {
  readonly switch: Switch
  readonly a: ControllerProcess
  readonly b: ControllerProcess
  readonly customers: Customers
  readonly callees: Callees
  /** Where the controllers keep journal and revisions, both in the same place. */
  readonly data: string
  /** Where FreeSWITCH records conversations. */
  readonly recordings: string
  call(script: CallerScript): Caller
  channels(): Promise<number>
  /** Milliseconds until no channel was left; undefined when some were still there. */
  quiet(withinMs: number): Promise<number | undefined>
  /** Ends everything; keeps the files where `failed`. */
  close(failed: boolean): Promise<void>
}

/** Both controllers are ready when it resolves. */
export async function openTestBed(spec: TestBedSpec): Promise<TestBed> {
  const freeswitch = findFreeSwitch(process.env)
  if (freeswitch === undefined) throw new Error('no FreeSWITCH')
  const folder = mkdtempSync(join(tmpdir(), 'belplan-chaos-'))
  const { run, end } = createProcessGroup()
  const data = join(folder, 'data')
  const recordings = join(folder, 'recordings')
  mkdirSync(join(folder, 'switch'))
  const customers = await openCustomers(spec.hooks ?? {})
  const [voice, ear] = await Promise.all([openVoice(), openEar()])
  const callees = await openCallees(spec.callees, voice)
  const sip = await openSipPort(() => undefined)
  const [externalSip, internalSip, carrier, eventSocket, eslA, eslB, apiA, apiB] = (await steadyPorts(8)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  // Below those, and apart from them.
  const firstRtp = 12_000 + 2 * Math.floor(Math.random() * 4000)
  const ports = { externalSip, internalSip, carrier, eventSocket, firstRtp, lastRtp: firstRtp + 2000 }
  const controllers: [string, string] = [`127.0.0.1:${eslA}`, `127.0.0.1:${eslB}`]
  const { change } = spec
  const fs = await startSwitch({
    ...{ freeswitch, folder: join(folder, 'switch'), run, controllers, ports },
    ...(change && { change }),
  })
  const config = {
    ...spec.config,
    data,
    recordings,
    defaultCountry: 'NL',
    freeswitch: { host: '127.0.0.1', port: eventSocket, password: fs.password },
    routes: [
      { match: '^7\\d{3}$', dial: `sofia/external/{destination}@127.0.0.1:${callees.port}` },
      ...(spec.routes?.(externalSip) ?? []),
    ],
    webhooks: { allowPrivateNetworks: ['127.0.0.0/8'], ...spec.webhooks },
  }
  const documents = spec.documents(customers.port)
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

  const channels = async () => Number(/(\d+) total/.exec(await fs.api('show channels count'))?.[1] ?? NaN)
  return {
    ...{ switch: fs, a, b, customers, callees, data, recordings, channels },
    call: (script) => placeCall(script, { sip, ear, switchPort: externalSip }),
    async quiet(withinMs) {
      const began = performance.now()
      const quiet = until('no channel is left', async () => ((await channels()) === 0 ? true : undefined), {
        withinMs,
        everyMs: 250,
      })
      return quiet.then(
        () => Math.round(performance.now() - began),
        () => undefined,
      )
    },
    async close(failed) {
      await end()
      for (const part of [sip, callees, ear, voice]) part.close()
      await customers.close()
      if (failed) console.log(`logs and journal: ${folder}`)
      else removeFolder(folder)
    },
  }
}
