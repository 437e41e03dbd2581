import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { api } from './event-socket.ts'
import type { Run, Running } from '../../harness/processes.ts'
import { until } from '../../harness/until.ts'

const configuration = resolve(import.meta.dirname, '../../../freeswitch')

export interface SwitchOptions {
  /** The program. */
  readonly freeswitch: string
  /** An empty folder of its own. */
  readonly folder: string
  readonly run: Run
  /** Controllers, as host:port. */
  readonly controllers: readonly [string, string]
  readonly ports: SwitchPorts
  /** Of vars.xml: others than those that the tests have, or in their place. */
  readonly variables?: Readonly<Record<string, string | number>>
  /** Changes the configuration, in this folder, before it is read. */
  readonly change?: (conf: string) => void
}

export interface SwitchPorts {
  readonly externalSip: number
  readonly internalSip: number
  readonly carrier: number
  readonly eventSocket: number
  readonly firstRtp: number
  readonly lastRtp: number
}

/** A FreeSWITCH of the tests' own. */
export interface Switch {
  readonly ports: SwitchPorts
  readonly password: string
  readonly domain: string
  api(command: string): Promise<string>
  tail(lines: number): string
  stop(): Promise<void>
  /** Ends it as a crash does (SIGKILL); resolves when the process is gone. */
  crash(): Promise<void>
  /** Starts it again; resolves when it takes calls. */
  start(): Promise<void>
}

/** Starts a FreeSWITCH with the project's configuration, on loopback; resolves when it takes calls. */
export async function startSwitch({
  freeswitch,
  folder,
  run,
  controllers,
  ports,
  variables,
  change,
}: SwitchOptions): Promise<Switch> {
  const password = 'only-for-tests'
  const domain = 'belplan.test'
  const conf = join(folder, 'conf')
  cpSync(configuration, conf, { recursive: true })
  for (const name of ['log', 'db', 'run']) mkdirSync(join(folder, name))
  writeVariables(join(conf, 'vars.local.xml'), {
    belplan_controller_a: controllers[0],
    belplan_controller_b: controllers[1],
    domain,
    directory_password: password,
    internal_sip_port: ports.internalSip,
    external_sip_port: ports.externalSip,
    rtp_start_port: ports.firstRtp,
    rtp_end_port: ports.lastRtp,
    carrier_proxy: `127.0.0.1:${ports.carrier}`,
    event_socket_port: ports.eventSocket,
    event_socket_password: password,
    // Shared by all customers: what their limits add up to has to fit in.
    sessions_per_second: 200,
    ...variables,
  })
  change?.(conf)
  const folders = ['conf', 'log', 'db', 'run'].flatMap((name) => [`-${name}`, join(folder, name)])
  const sounds = ['-sounds', join(conf, 'sounds'), '-temp', join(folder, 'run')]
  const log = join(folder, 'log', 'freeswitch.log')
  const ask = (command: string) => api(ports.eventSocket, password, command)
  let process: Running
  // What goes wrong before the log is opened is said on standard output.
  const tail = (lines: number) =>
    existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(-lines).join('\n') : process.tail(lines)

  async function start(): Promise<void> {
    process = run(freeswitch, ['-nonat', '-np', '-nf', '-nc', ...folders, ...sounds], {
      cwd: folder,
      logFile: join(folder, 'freeswitch.out'),
    })
    try {
      await until(
        'FreeSWITCH is ready',
        async () => {
          if (process.child.exitCode !== null)
            throw new Error(`FreeSWITCH ended with ${process.child.exitCode}`)
          const profiles = await ask('sofia status').catch(() => '')
          return (profiles.match(/profile\s.*RUNNING/g) ?? []).length === 2 ? true : undefined
        },
        { withinMs: 30_000, everyMs: 100 },
      )
    } catch (error) {
      await process.end()
      throw new Error(`FreeSWITCH did not start:\n${tail(40)}`, { cause: error })
    }
  }

  await start()
  return {
    ...{ ports, password, domain, api: ask, tail, start },
    stop: () => process.end(),
    async crash() {
      process.child.kill('SIGKILL')
      await process.exit
    },
  }
}

function writeVariables(file: string, variables: Readonly<Record<string, string | number>>): void {
  const lines = Object.entries(variables).map(([k, v]) => `  <X-PRE-PROCESS cmd="set" data="${k}=${v}"/>`)
  // The tags of include have lines of their own: FreeSWITCH drops every line that one of them is on.
  writeFileSync(file, ['<include>', ...lines, '</include>', ''].join('\n'))
}
