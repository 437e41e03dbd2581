/** The HAProxy that is shipped for FreeSWITCH's machines, with other controllers behind it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import type { Run, Running } from '../../harness/processes.ts'
import { until } from '../../harness/until.ts'

const shipped = resolve(import.meta.dirname, '../../../freeswitch/haproxy.cfg')

export interface BalancerOptions {
  readonly folder: string
  readonly run: Run
  /** As host:port. */
  readonly controllers: readonly string[]
}

export interface Balancer {
  /** Where FreeSWITCH's `socket` goes to. */
  readonly address: string
  /** What it knows of each controller: `UP`, `DOWN`, `NOLB` …, in their order. */
  states(): Promise<string[]>
  /** What it logged. */
  readonly logFile: string
  /** Ends it at once. */
  kill(): Promise<void>
}

/** Resolves when it takes connections. */
export async function startBalancer({ folder, run, controllers }: BalancerOptions): Promise<Balancer> {
  const text = readFileSync(shipped, 'utf8')
  const theirs = /(?:^ {4}server .*\n)+/m
  if (!theirs.test(text)) throw new Error(`${shipped} names no controllers`)
  const servers = controllers.map(
    (controller, i) => `    server ${String.fromCharCode(97 + i)} ${controller}\n`,
  )
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(file, text.replace(theirs, servers.join('')))
  const address = /bind (127\.0\.0\.1:\d+)$/m.exec(text)![1]!
  const status = /bind (127\.0\.0\.1:\d+)$/m.exec(text.slice(text.indexOf('frontend status')))![1]!
  const logFile = join(folder, 'haproxy.out')
  const haproxy: Running = run('haproxy', ['-db', '-f', file], { cwd: folder, logFile })
  await until(
    'HAProxy takes connections',
    () => {
      if (haproxy.child.exitCode !== null) throw new Error(`HAProxy ended:\n${haproxy.tail(20)}`)
      return answers(status)
    },
    { everyMs: 50 },
  )
  return {
    address,
    logFile,
    async states() {
      const csv = await (await fetch(`http://${status}/;csv`)).text()
      const [head = '', ...rows] = csv.split('\n').map((line) => line.split(','))
      const column = (name: string) => head.indexOf(name)
      return rows
        .filter((row) => row[0] === 'controllers' && row[column('svname')] !== 'BACKEND')
        .map((row) => row[column('status')]!)
    },
    kill: () => haproxy.end('SIGKILL'),
  }
}

function answers(address: string): Promise<true | undefined> {
  const [host, port] = address.split(':') as [string, string]
  return new Promise((resolve) => {
    const socket = connect(Number(port), host)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(undefined))
    socket.once('connect', () => socket.destroy())
  })
}
