/**
 * Connections to the database that several machines share. Whoever has one is in a process that no call waits for, and goes
 * on without it: each question ends within seconds, whatever the network does.
 *
 * Nothing of a session is relied upon: behind a pooler, each transaction may be in another one.
 */
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import { Client, Pool, type PoolClient, type PoolConfig, types } from 'pg'
import { type Server, serversOf } from '../util/database-url.ts'
import type { Tables } from './tables.ts'

type TypeId = (typeof types.builtins)[keyof typeof types.builtins]

export type Connection = Kysely<Tables>

export interface ConnectOptions {
  readonly url: string
  /** Shown to whoever looks at the database's sessions; `belplan` stands before it. */
  readonly name: string
  /** Connections at one time [2]. */
  readonly most?: number
  /** For the answer to a question [5000]. */
  readonly answerMs?: number
}

const CONNECT_MS = 2000
const ANSWER_MS = 5000
/** An idle connection that a firewall has forgotten would cost the next question its time. */
const IDLE_MS = 20_000
const KEEPALIVE_MS = 5000

const { INT8, DATE } = types.builtins

const ownTypes: NonNullable<PoolConfig['types']> = {
  getTypeParser(oid: TypeId, format?: 'text' | 'binary') {
    // A bigint is text to pg: sequence numbers and counts are far below 2^53. A date is midnight in this machine's time zone.
    if (oid === INT8) return Number
    if (oid === DATE) return (text: string) => text
    return types.getTypeParser(oid, format) as (text: string) => unknown
  },
}

/**
 * Connects with the first question, and again after each failure. Questions reject with pg's errors; of several servers they go
 * to the one that can be written to. `destroy` ends it.
 */
export function connect({ url, name, most = 2, answerMs = ANSWER_MS }: ConnectOptions): Connection {
  const pools = serversOf(url).map((server) => openPool(server, { name, most, answerMs }))
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: firstWritable(pools) }) }).withSchema(
    'belplan',
  )
}

function openPool(
  { url }: Server,
  { name, most, answerMs }: { readonly name: string; readonly most: number; readonly answerMs: number },
): Pool {
  const pool = new Pool({
    ...{ connectionString: url, max: most, types: ownTypes, application_name: `belplan ${name}` },
    ...{ connectionTimeoutMillis: CONNECT_MS, query_timeout: answerMs, idleTimeoutMillis: IDLE_MS },
    ...{ keepAlive: true, keepAliveInitialDelayMillis: KEEPALIVE_MS },
  })
  // A connection that breaks is found out by the next question, which makes a new one.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => void client.on('error', () => undefined))
  return pool
}

const UNWRITABLE = Symbol('cannot be written to')

/** What Kysely takes for a pool: connections of the server that can be written to. */
function firstWritable(pools: readonly Pool[]): PostgresPool {
  let current = 0
  const asked = new WeakSet<PoolClient>()

  async function connectTo(pool: Pool): Promise<PoolClient> {
    const client = await pool.connect()
    if (pools.length === 1 || asked.has(client)) return client
    try {
      const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby')
      if (rows[0]?.standby !== false) throw new Error('the server is a standby')
      asked.add(client)
      return client
    } catch (error) {
      client.release(true)
      throw error
    }
  }

  async function connectToAny(): Promise<PoolClient> {
    for (let tries = 1; ; tries++) {
      const tried = current
      try {
        return await connectTo(pools[tried]!)
      } catch (error) {
        if (current === tried) current = (tried + 1) % pools.length
        if (tries >= pools.length) throw error
      }
    }
  }

  return {
    Client,
    options: pools[0]!.options,
    async connect() {
      return careful(await connectToAny(), (fault) => {
        if (fault === UNWRITABLE) current = (current + 1) % pools.length
      })
    },
    async end() {
      await Promise.all(pools.map((pool) => pool.end()))
    },
  }
}

/** Of read_only_sql_transaction: a server that was the primary until now. */
const READ_ONLY = '25006'

/**
 * A connection that did not answer in time, or not as a server does, is no use to the next question: its answer may yet come. So
 * is one to a server that cannot be written to.
 */
function careful(client: PoolClient, onFault: (fault: unknown) => void): PostgresPoolClient {
  let isBroken = false
  return new Proxy(client, {
    get(target, key) {
      if (key === 'release') return (discard?: boolean) => target.release(discard || isBroken)
      if (key !== 'query') return Reflect.get(target, key) as unknown
      return async (sql: string, values: unknown[]) => {
        try {
          return await target.query(sql, values)
        } catch (error) {
          const isUnwritable = codeOf(error) === READ_ONLY
          if (isUnwritable) onFault(UNWRITABLE)
          if (isUnwritable || isOutage(error)) isBroken = true
          throw error
        }
      }
    },
  })
}

const codeOf = (error: unknown): string | undefined => (error as { code?: string }).code

/** Classes of SQLSTATE: connection, resources, operator's intervention, system. */
const OUTAGE = /^(?:08|53|57|58)/

/** Whether the database could not be asked, or is about to go; else it refused what it was asked. */
export function isOutage(error: unknown): boolean {
  const code = codeOf(error)
  // Errors of the server have a code of five characters; those of the network and of pg itself have others, or none.
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) return true
  return OUTAGE.test(code) || code === READ_ONLY
}
