/**
 * An inbound link, of which there may be none, one, or one for each FreeSWITCH: the state of FreeSWITCH, and how calls end. Calls do not depend on it; a lost event
 * costs the end of a conversation in a record, or the record of a call whose controller was lost.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { UUID } from '../syntax/index.ts'
import { BelplanError } from '../util/errors.ts'
import { openSession, type SeenEnd, type Session, type SessionOptions } from './session.ts'

interface LinkState {
  readonly connected: boolean
  /** As FreeSWITCH says it, such as `FreeSWITCH Version 1.11.2-dev~64bit (…)`. */
  readonly version?: string
  /** Connected or not connected since; ISO 8601. */
  readonly since: string
  /** Why it is not connected. */
  readonly error?: string
}

export interface CallEnd extends SeenEnd {
  /** The name of the FreeSWITCH that says so. */
  readonly freeswitch: string
}

export interface Link {
  /** Of the FreeSWITCH, as the configuration has it. */
  readonly name: string
  state(): LinkState
  /** Whether the channel exists; rejects with BelplanError('disconnected') when FreeSWITCH cannot be queried. */
  exists(uuid: string): Promise<boolean>
  /** Whether a module of FreeSWITCH is loaded; rejects as `exists` does. */
  hasModule(name: string): Promise<boolean>
  /** Whether FreeSWITCH has this Core-UUID, which is another one after each start; rejects as `exists` does. */
  isStill(core: string): Promise<boolean>
  /** Whether this link has been connected to the FreeSWITCH that has, or had, this Core-UUID. */
  knows(core: string): boolean
  /** Resolves when the first attempt to connect has succeeded or failed. */
  readonly attempted: Promise<unknown>
  close(): Promise<void>
}

export interface LinkOptions extends Pick<SessionOptions, 'host' | 'port' | 'password' | 'belplanNode'> {
  readonly name: string
  /** As SessionOptions has it. */
  readonly onEnd: (end: CallEnd, event: Readonly<Record<string, unknown>>) => void
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** For the first time or again: ends may have been missed in the meantime. */
  readonly onConnected?: () => void
  readonly keepAliveMs?: number
  readonly replyMs?: number
  /** The pause before the first new attempt; it doubles up to 50 times that. */
  readonly retryMs?: number
}

/** Opens the link and keeps it open: reconnects until `close`. */
export function openLink(options: LinkOptions): Link {
  const { log, name, host, port, keepAliveMs = 10_000, replyMs = 5_000, retryMs = 200 } = options
  const closing = new AbortController()
  const cores = new Set<string>()
  const attempted = Promise.withResolvers<undefined>()
  let state: LinkState = { connected: false, since: new Date().toISOString(), error: 'not connected yet' }
  let session: Session | undefined
  let retry = retryMs
  const closed = () => closing.signal.aborted

  const run = async (): Promise<void> => {
    while (!closed()) {
      session = openSession({
        ...options,
        keepAliveMs,
        replyMs,
        onEnd: (end, event) => options.onEnd({ ...end, freeswitch: name }, event),
        onReady(version, core) {
          retry = retryMs
          cores.add(core)
          state = { connected: true, version, since: new Date().toISOString() }
          log.info({ freeswitch: name, host, port, version }, 'linked with FreeSWITCH')
          options.onConnected?.()
          attempted.resolve(undefined)
        },
      })
      const error = await session.ended
      session = undefined
      attempted.resolve(undefined)
      // One line for each change, not one for each attempt.
      if (state.connected || state.error !== error) {
        if (!closed()) log.warn({ freeswitch: name, host, port, error }, 'no link with FreeSWITCH')
        state = { connected: false, since: state.connected ? new Date().toISOString() : state.since, error }
      }
      await pause(retry, undefined, { signal: closing.signal }).catch(() => undefined)
      retry = Math.min(retry * 2, retryMs * 50)
    }
  }
  const running = run()

  async function query<T>(send: (to: Session) => Promise<T>): Promise<T> {
    if (session === undefined || !state.connected)
      throw new BelplanError('disconnected', 'no link with FreeSWITCH')
    return send(session).catch((error: unknown) => {
      throw new BelplanError(
        'disconnected',
        `FreeSWITCH was asked and did not say: ${String(error)}`,
        [],
        error,
      )
    })
  }

  return {
    name,
    state: () => state,
    exists: async (uuid) => UUID.test(uuid) && query((open) => open.exists(uuid)),
    hasModule: (name) => query((open) => open.hasModule(name)),
    isStill: (core) => query(async (open) => (await open.core()) === core),
    knows: (core) => cores.has(core),
    attempted: attempted.promise,
    async close() {
      closing.abort()
      session?.end()
      await running
    },
  }
}
