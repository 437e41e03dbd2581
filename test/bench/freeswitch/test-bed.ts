/** A real FreeSWITCH with the project's configuration, and beside it what the comparison needs: Lua, and the peers. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freeTcpPorts, reservePorts, type Ports } from '../../harness/ports.ts'
import { createProcessGroup, type Run } from '../../harness/processes.ts'
import { allow, edit } from '../../freeswitch/harness/configuration.ts'
import { startSwitch, type Switch } from '../../freeswitch/harness/switch.ts'
import { openWire, type Wire } from '../../freeswitch/harness/wire.ts'

/** What steers the calls, by the number that leads to it. */
export const NUMBERS = {
  lua: '31502100001',
  belplan: '31502100000',
  esl: '31502100002',
  modesl: '31502100003',
  floor: '31502100004',
} as const

export type Way = keyof typeof NUMBERS

export interface TestBed {
  readonly switch: Switch
  /** Of FreeSWITCH. */
  readonly pid: number
  readonly wire: Wire
  readonly run: Run
  readonly folder: string
  readonly carrier: number
  readonly caller: number
  stop(): Promise<void>
}

export interface TestBedOptions {
  readonly freeswitch: string
  readonly folder: string
  /** Event-socket ports of what is compared. */
  readonly sockets: Readonly<Record<Exclude<Way, 'lua'>, number>>
  /** The webhook's URL up to the caller's number. */
  readonly url: string
}

/** mod_curl and mod_lua run commands, which is why the project's configuration has neither. */
const MODULES = ['mod_lua', 'mod_curl']
const ALLOWED = ['mod_lua.lua.app', 'mod_lua.lua.api', 'mod_curl.curl.app', 'mod_curl.curl.api']

export async function openTestBed({ freeswitch, folder, sockets, url }: TestBedOptions): Promise<TestBed> {
  const { run, end } = createProcessGroup()
  const sip = await reservePorts(4)
  const [externalSip, internalSip, carrier, caller] = Array.from({ length: 4 }, () => sip.take()) as [
    number,
    number,
    number,
    number,
  ]
  const [eventSocket, nobody] = (await freeTcpPorts(2)) as [number, number]
  const ports = { externalSip, internalSip, carrier, eventSocket, firstRtp: 14_000, lastRtp: 24_000 }
  await releaseAll(sip, [externalSip, internalSip, carrier, caller])
  mkdirSync(folder, { recursive: true })
  let pid = 0
  // The configuration is in its place when the program is about to be started.
  const runAmended: Run = (command, args, options) => {
    amend(join(options.cwd, 'conf'), sockets, url)
    const running = run(command, args, options)
    pid = running.child.pid ?? 0
    return running
  }
  const controllers = [`127.0.0.1:${sockets.belplan}`, `127.0.0.1:${nobody}`] as const
  const started = await startSwitch({ freeswitch, folder, run: runAmended, controllers, ports })
  const wire = await openWire(ports)
  return {
    switch: started,
    pid,
    wire,
    run,
    folder,
    carrier,
    caller,
    async stop() {
      await wire.stop()
      await end()
      await sip.close()
    },
  }
}

async function releaseAll(sip: Ports, ports: readonly number[]): Promise<void> {
  await Promise.all(ports.map((port) => sip.release(port)))
}

function amend(conf: string, sockets: TestBedOptions['sockets'], url: string): void {
  const loads = MODULES.map((module) => `<load module="${module}"/>`).join('')
  edit(conf, 'autoload_configs/modules.conf.xml', (text) => text.replace('</modules>', `${loads}</modules>`))
  allow(conf, ...ALLOWED)
  const lua = `${join(import.meta.dirname, 'flow.lua')} ${url.replaceAll('&', '&amp;')}`
  const extensions = [
    extension('lua', NUMBERS.lua, `<action application="lua" data="${lua}"/>`),
    ...(['esl', 'modesl', 'floor'] as const).map((way) => extension(way, NUMBERS[way], socket(sockets[way]))),
  ]
  edit(conf, 'dialplan/inbound.xml', (text) =>
    text.replace('<context name="inbound">', `$&\n${extensions.join('\n')}`),
  )
}

function extension(name: string, number: string, actions: string): string {
  return `<extension name="${name}"><condition field="destination_number" expression="^${number}$">${actions}</condition></extension>`
}

const socket = (port: number): string =>
  '<action application="set" data="hangup_after_bridge=true"/>' +
  `<action application="socket" data="127.0.0.1:${port} async full"/>`
