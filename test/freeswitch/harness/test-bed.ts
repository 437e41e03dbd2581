import { globSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CallRecord } from '../../../src/records/index.ts'
import type { CallOptions, CallReport } from './caller.ts'
import { placeCall } from './caller.ts'
import { edit } from './configuration.ts'
import { startControllerProcess, type ControllerProcess } from '../../harness/controller-process.ts'
import type { Hook, Reply } from './hooks.ts'
import { startHooks } from './hooks.ts'
import type { Line } from './plan-set.ts'
import { configurationFor, documentOf } from './plan-set.ts'
import { freeTcpPorts, reserveMediaPorts, reservePorts } from '../../harness/ports.ts'
import { createProcessGroup } from '../../harness/processes.ts'
import { until } from '../../harness/until.ts'
import type { Switch, SwitchOptions, SwitchPorts } from './switch.ts'
import { startSwitch } from './switch.ts'
import type { Telephone } from './telephone.ts'
import { createTelephone } from './telephone.ts'
import { findFreeSwitch } from './tools.ts'
import type { Wire } from './wire.ts'
import { openWire } from './wire.ts'
import { removeFolder } from '../../harness/remove-folder.ts'

/** One FreeSWITCH or more, a controller, customers' servers and telephones, all on loopback and all of one test file. */
export interface TestBed {
  hook(reply: Reply): Hook
  telephone(): Telephone
  /** Behind the gateway `carrier`; reached by every E.164 number. */
  readonly carrier: Telephone
  /** Adds a document to the plan set; returns the number that leads to it. */
  line(line: Line): string
  /** What the document of a line is named. */
  documentName(did: string): string
  call(options: CallOptions): Promise<CallReport>
  /** The id of the caller's channel, once FreeSWITCH [the first] lists it, which is a moment after it is there. */
  channel(did: string, on?: Switch): Promise<string>
  /** Resolves as soon as a caller is in the queue. */
  queued(queue: string): Promise<void>
  readonly controller: ControllerProcess
  /** The operator's folder for them. */
  readonly recordings: string
  /** All files that a line was recorded in, sorted. */
  recordingsOf(did: string): readonly string[]
  /** The journal's, of all calls on that number. */
  records(did: string): readonly CallRecord[]
  /** The first of them, once it is there [within 15 s]. */
  record(did: string, withinMs?: number): Promise<CallRecord>
  /** The first, or only, one. */
  readonly switch: Switch
  readonly switches: readonly Switch[]
  /** All that FreeSWITCH and the controller have written: logs, journal, revisions. */
  written(): string
  /** To be called before the tests; everything that plans name must be there. */
  start(): Promise<void>
  /** Ends everything that was started. `failed`: prints the last lines of the logs, and leaves the files. */
  stop(failed: boolean): Promise<void>
}

/** Calls and telephones of a file. */
const PARTIES = 120
/** Of each FreeSWITCH: two for each leg of a call. */
const RTP_PORTS = 1000

/**
 * SIPp keys with the payload type 96, also where it is called and another one was offered. It gives up a scenario at the NOTIFY of
 * waiting messages that whoever registers is sent.
 */
function suitSipp(conf: string): void {
  for (const profile of ['internal', 'external']) {
    const dtmf = '<param name="dtmf-type" value="rfc2833"/>'
    const more = [
      '<param name="rfc2833-pt" value="96"/>',
      '<param name="send-message-query-on-register" value="false"/>',
    ]
    edit(conf, `sip_profiles/${profile}.xml`, (text) => text.replace(dtmf, [dtmf, ...more].join('')))
  }
}

export interface OpenOptions extends Pick<SwitchOptions, 'change'> {
  /** So many FreeSWITCH [1]. */
  readonly switchCount?: number
  /** So many of them, the first ones, are in the controller's list [all]. */
  readonly listed?: number
}

/** Takes ports and starts the customers' server, so that plans can be written. */
export async function openTestBed({
  change,
  switchCount = 1,
  listed = switchCount,
}: OpenOptions = {}): Promise<TestBed> {
  const folder = mkdtempSync(join(tmpdir(), 'belplan-freeswitch-'))
  const { run, end } = createProcessGroup()
  const hooks = await startHooks()
  const sip = await reservePorts(PARTIES + 1)
  const [esl, noController, apiPort, ...eventSockets] = (await freeTcpPorts(3 + switchCount)) as [
    ...[number, number, number],
    ...number[],
  ]
  // Below what the system gives out by itself; FreeSWITCH passes over ports that are in use.
  const firstRtp = 12_000 + 2 * Math.floor(Math.random() * 9000)
  const media = await reserveMediaPorts(PARTIES + 2 * switchCount, firstRtp + switchCount * (RTP_PORTS + 2))
  const carrier = sip.take()
  const portsOf = eventSockets.map((eventSocket, i): SwitchPorts => {
    const first = firstRtp + i * (RTP_PORTS + 2)
    // FreeSWITCH binds TCP, too: not where the system picks the ports of outgoing connections.
    const [externalSip, internalSip] = [media.take(), media.take()]
    return { externalSip, internalSip, carrier, eventSocket, firstRtp: first, lastRtp: first + RTP_PORTS }
  })
  const documents: Record<string, unknown> = {}
  const recordings = join(folder, 'recordings')
  const stops: (() => Promise<void>)[] = [() => hooks.close(), () => sip.close(), () => media.close(), end]
  const switches: Switch[] = []
  const started: { controller?: ControllerProcess; wire?: Wire } = {}
  const running = <K extends keyof typeof started>(name: K) => {
    const part = started[name]
    if (part === undefined) throw new Error(`the ${name} has not been started`)
    return part
  }
  const firstSwitch = () => {
    if (switches[0] === undefined) throw new Error('FreeSWITCH has not been started')
    return switches[0]
  }
  const partyAt = (port: number) => {
    const mediaPort = media.take()
    const release = async () => {
      await Promise.all([sip.release(port), media.release(mediaPort)])
    }
    return { port, mediaPort, release }
  }
  const newTelephone = (number: string, port: number) =>
    createTelephone({
      wire: () => running('wire'),
      switch: firstSwitch,
      ...{ number, ...partyAt(port), folder, run },
    })
  const documentName = (did: string) => `line-${Number(did.slice(-4))}`
  let calls = 0
  const records: TestBed['records'] = (did) =>
    globSync('controller/data/journal/*.jsonl', { cwd: folder })
      .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1))
      .map((line) => JSON.parse(line) as CallRecord)
      .filter((record) => record.did === did)

  return {
    hook: (reply) => hooks.hook(reply),
    telephone() {
      const port = sip.take()
      return newTelephone(`9${port}`, port)
    },
    carrier: newTelephone('+31502102544', carrier),
    line(line) {
      const number = 1 + Object.keys(documents).length
      const did = `+3150210${String(number).padStart(4, '0')}`
      documents[documentName(did)] = documentOf(line, did)
      return did
    },
    documentName,
    async call(options) {
      const callId = `belplan-${++calls}-${process.pid}`
      return placeCall(options, {
        ...{ ...partyAt(sip.take()), folder, run, callId },
        wire: running('wire'),
        switchPort: (options.to ?? firstSwitch()).ports.externalSip,
      })
    },
    channel: (did, on = firstSwitch()) =>
      until(`the channel of ${did} is listed`, async () => {
        const channels = (await on.api('show channels')).split('\n')
        return channels.find((line) => line.includes(did))?.split(',')[0]
      }),
    async queued(queue) {
      await until(`a caller is in ${queue}`, async () => {
        const members = await firstSwitch().api(`callcenter_config queue list members ${queue}`)
        return members.includes(`${queue}|`) ? true : undefined
      })
    },
    recordings,
    recordingsOf: (did) => globSync(join(recordings, documentName(did), '**/*.wav')).sort(),
    records,
    record: (did, withinMs = 15_000) => until(`the record of ${did}`, () => records(did)[0], { withinMs }),
    get controller() {
      return running('controller')
    },
    get switch() {
      return firstSwitch()
    },
    switches,
    written: () =>
      globSync(['switch-*/log/*', 'controller/*.out', 'controller/data/**/*.json*'], { cwd: folder })
        .map((file) => readFileSync(join(folder, file), 'utf8'))
        .join('\n'),
    async start() {
      const freeswitch = findFreeSwitch(process.env)
      if (freeswitch === undefined) throw new Error('no FreeSWITCH')
      mkdirSync(join(folder, 'controller'))
      for (const [i, ports] of portsOf.entries()) {
        const its = join(folder, `switch-${i + 1}`)
        mkdirSync(its)
        await Promise.all([media.release(ports.externalSip), media.release(ports.internalSip)])
        const one = await startSwitch({
          ...{ freeswitch, folder: its, run, ports },
          controllers: [`127.0.0.1:${esl}`, `127.0.0.1:${noController}`],
          change(conf) {
            suitSipp(conf)
            change?.(conf)
          },
        })
        switches.push(one)
      }
      const wire = await openWire(...portsOf)
      started.wire = wire
      stops.push(() => wire.stop())
      started.controller = await startControllerProcess({
        ...{ folder: join(folder, 'controller'), run, apiPort, documents },
        config: { ...configurationFor(esl, switches.slice(0, listed), Object.keys(documents)), recordings },
      })
    },
    async stop(failed) {
      if (failed) {
        console.error(`--- controller\n${started.controller?.tail(20) ?? 'not started'}`)
        for (const [i, one] of switches.entries()) console.error(`--- FreeSWITCH ${i + 1}\n${one.tail(30)}`)
        console.error(`--- all files are in ${folder}`)
      }
      await Promise.all(stops.map((stop) => stop()))
      if (!failed) removeFolder(folder)
    },
  }
}
