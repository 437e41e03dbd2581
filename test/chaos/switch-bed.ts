/** A FreeSWITCH with the project's configuration, callers, callees and customers' servers; controllers are others' affair. */
import { mkdirSync } from 'node:fs'
import type { Run } from '../harness/processes.ts'
import { startSwitch, type Switch, type SwitchOptions } from '../freeswitch/harness/switch.ts'
import { findFreeSwitch } from '../freeswitch/harness/tools.ts'
import { until } from '../harness/until.ts'
import { openCustomers, type Customers, type HookReply } from './customers.ts'
import { openCallees, type Behaviour, type Callees } from './sip/callees.ts'
import { placeCall, type Caller, type CallerScript } from './sip/caller.ts'
import { openEar } from './sip/ear.ts'
import { openSipPort } from './sip/port.ts'
import { openVoice } from './sip/voice.ts'

export interface SwitchBedSpec extends Pick<SwitchOptions, 'controllers' | 'change' | 'variables'> {
  /** For FreeSWITCH's files. */
  readonly folder: string
  readonly run: Run
  /** Of FreeSWITCH: SIP of carriers, SIP of telephones, the carrier, the event socket. */
  readonly ports: readonly [number, number, number, number]
  readonly hooks?: Readonly<Record<string, HookReply>> | undefined
  /** Where customers' servers listen [127.0.0.1]. */
  readonly customersHost?: string
  /** By the number dialled; the operator's routes send `7…` to them. */
  readonly callees: Readonly<Record<string, Behaviour>>
}

export interface SwitchBed {
  readonly switch: Switch
  readonly customers: Customers
  readonly callees: Callees
  /** The route to the callees. */
  readonly route: { readonly match: string; readonly dial: string }
  call(script: CallerScript): Caller
  channels(): Promise<number>
  /** Milliseconds until no channel was left; undefined when some were still there. */
  quiet(withinMs: number): Promise<number | undefined>
  /** Ends all but what `run` started. */
  close(): Promise<void>
}

export async function openSwitchBed(spec: SwitchBedSpec): Promise<SwitchBed> {
  const freeswitch = findFreeSwitch(process.env)
  if (freeswitch === undefined) throw new Error('no FreeSWITCH')
  const { folder, run, controllers, change, variables, customersHost } = spec
  mkdirSync(folder, { recursive: true })
  const customers = await openCustomers(spec.hooks ?? {}, customersHost)
  const [voice, ear] = await Promise.all([openVoice(), openEar()])
  const callees = await openCallees(spec.callees, voice)
  const sip = await openSipPort(() => undefined)
  const [externalSip, internalSip, carrier, eventSocket] = spec.ports
  // Below those that the system gives away, and apart from them.
  const firstRtp = 12_000 + 2 * Math.floor(Math.random() * 4000)
  const fs = await startSwitch({
    ...{ freeswitch, folder, run, controllers },
    ports: { externalSip, internalSip, carrier, eventSocket, firstRtp, lastRtp: firstRtp + 2000 },
    ...(change && { change }),
    ...(variables && { variables }),
  })
  const channels = async () => Number(/(\d+) total/.exec(await fs.api('show channels count'))?.[1] ?? NaN)
  return {
    ...{ switch: fs, customers, callees, channels },
    route: { match: '^7\\d{3}$', dial: `sofia/external/{destination}@127.0.0.1:${callees.port}` },
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
    async close() {
      for (const part of [sip, callees, ear, voice]) part.close()
      await customers.close()
    },
  }
}
